package io.millrace.api.http;

import io.millrace.api.audit.AuditEntry;
import io.millrace.api.audit.AuditLog;
import io.millrace.api.auth.Access;
import io.millrace.api.status.Reply;
import io.undertow.util.Headers;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Tells the audit log, where there is one, of every request that needs a right; those of unknown
/// routes are among them. Probes, the root and the console need none. What is scraped over and over
/// is left out as in Qdrant, unless the key is wrong.
final class AuditTrail {
  private static final Set<String> SCRAPED = Set.of("/metrics", "/telemetry", "/cluster/telemetry");

  /// Of an address of IPv6 with one of IPv4 in it.
  private static final int ADDRESS_CHARS = 45;

  private final Optional<AuditLog> log;

  AuditTrail(Optional<AuditLog> log) {
    this.log = log;
  }

  boolean isKept() {
    return log.isPresent();
  }

  /// Once per request, when its status is decided.
  void tell(Request request) {
    if (log.isEmpty() || isFree(request) || isScrape(request) || !request.beginTelling()) {
      return;
    }
    log.get()
        .write(
            new AuditEntry(
                request.method(),
                request.route(),
                request.caller(),
                remote(request, log.get().settings().trustForwarded()),
                request.collection(),
                request.exchange().getStatusCode(),
                request.refusal().filter(AuditTrail::isDenial).map(Reply::text),
                request.id()));
  }

  private static boolean isFree(Request request) {
    return request.match().filter(m -> m.route().access() == Access.FREE).isPresent();
  }

  private static boolean isScrape(Request request) {
    return SCRAPED.contains(request.route()) && request.exchange().getStatusCode() != 401;
  }

  private static boolean isDenial(Reply reply) {
    return reply.status() == 401 || reply.status() == 403;
  }

  /// The first address of the header, as Qdrant takes it: a proxy has to replace what clients send.
  private static String remote(Request request, boolean trustForwarded) {
    String forwarded = request.exchange().getRequestHeaders().getFirst(Headers.X_FORWARDED_FOR);
    String first = trustForwarded ? first(forwarded) : "";
    return isAddress(first) ? first : request.peer();
  }

  private static String first(@Nullable String list) {
    if (list == null) {
      return "";
    }
    int comma = list.indexOf(',');
    return (comma < 0 ? list : list.substring(0, comma)).strip();
  }

  private static boolean isAddress(String text) {
    return !text.isEmpty()
        && text.length() <= ADDRESS_CHARS
        && text.chars()
            .allMatch(c -> c < 0x80 && (Character.digit(c, 16) >= 0 || c == '.' || c == ':'));
  }
}
