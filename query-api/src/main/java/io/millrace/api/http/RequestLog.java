package io.millrace.api.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.HttpString;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Log lines about requests: route templates, never paths or bodies, so no key, vector or payload
/// can get into them. Each request has an id: the client's `x-request-id` if it is a plain word,
/// else a new one; the answer carries it back.
///
/// ```
/// logger      level  when
/// access      INFO   the answers that `logger.access` asks for
/// slow        WARN   a request took longer than `service.slow_query_secs`
/// ```
public final class RequestLog {
  public enum Access {
    NONE,
    /// Answers with status 400 and above.
    ERRORS,
    ALL
  }

  /// @param slow 0 = no slow log
  public record Rule(Access access, Duration slow) {
    public static final Rule NOTHING = new Rule(Access.NONE, Duration.ZERO);
  }

  private static final Logger ACCESS = LoggerFactory.getLogger("access");
  private static final Logger SLOW = LoggerFactory.getLogger("slow");
  private static final HttpString REQUEST_ID = new HttpString("x-request-id");

  /// Longer ids of clients are replaced: log lines have a bound.
  private static final int ID_CHARS = 64;

  private volatile Rule rule = Rule.NOTHING;

  void follow(Rule changed) {
    rule = changed;
  }

  /// The id of a request, which its answer carries too.
  String begin(HttpServerExchange exchange) {
    String given = exchange.getRequestHeaders().getFirst(REQUEST_ID);
    String id = isPlain(given) ? given : UUID.randomUUID().toString();
    exchange.getResponseHeaders().put(REQUEST_ID, id);
    return id;
  }

  /// Line breaks, spaces and `=` could forge other keys of the line.
  private static boolean isPlain(@Nullable String id) {
    return id != null
        && !id.isEmpty()
        && id.length() <= ID_CHARS
        && id.chars()
            .allMatch(c ->
                (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '-'
                    || c == '_'
                    || c == '.');
  }

  void end(HttpServerExchange exchange, String id, Optional<Router.Match> match, long nanos) {
    Rule now = rule;
    int status = exchange.getStatusCode();
    boolean isWanted =
        switch (now.access()) {
          case NONE -> false;
          case ERRORS -> status >= 400;
          case ALL -> true;
        };
    if (isWanted) {
      ACCESS.info(
          "method={} route={} status={} ms={} bytes={} remote={} request_id={}",
          exchange.getRequestMethod(),
          route(match),
          status,
          nanos / 1_000_000,
          exchange.getResponseBytesSent(),
          exchange.getSourceAddress().getAddress().getHostAddress(),
          id);
    }
    if (now.slow().isPositive() && nanos > now.slow().toNanos()) {
      SLOW.warn(
          "A request was slow method={} route={}{} status={} ms={} request_id={}",
          exchange.getRequestMethod(),
          route(match),
          collection(match),
          status,
          nanos / 1_000_000,
          id);
    }
  }

  private static String route(Optional<Router.Match> match) {
    return match.map(m -> m.route().template()).orElse("unknown");
  }

  private static String collection(Optional<Router.Match> match) {
    return match
        .flatMap(m -> Optional.ofNullable(m.parameters().get("collection_name")))
        .filter(RequestLog::isPlain)
        .map(name -> " collection=" + name)
        .orElse("");
  }
}
