package io.millrace.api.http;

import io.millrace.api.slow.SlowSearch;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HttpString;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// Log lines about requests: route templates and shapes of filters, never paths or bodies, so no
/// key, vector or payload can get into them. What they say are key-value pairs, which are fields of
/// a JSON line. Each request has an id: the client's `x-request-id` if it is a plain word, else a
/// new one; the answer carries it back.
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

  /// Whether each request gets a line.
  boolean isOfAll() {
    return rule.access() == Access.ALL;
  }

  /// The id of a request, which its answer carries too.
  String begin(HttpServerExchange exchange) {
    String given = exchange.getRequestHeaders().getFirst(REQUEST_ID);
    String id = isPlain(given) ? given : fresh();
    exchange.getResponseHeaders().put(REQUEST_ID, id);
    return id;
  }

  /// Unlike others; nobody has to be kept from guessing it. A version 4 UUID as RFC 9562 has it.
  private static String fresh() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long high = random.nextLong() & ~0xF000L | 0x4000L;
    long low = random.nextLong() >>> 2 | 1L << 63;
    return new UUID(high, low).toString();
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

  void end(Request request, long nanos) {
    Rule now = rule;
    HttpServerExchange exchange = request.exchange();
    int status = exchange.getStatusCode();
    boolean isWanted =
        switch (now.access()) {
          case NONE -> false;
          case ERRORS -> status >= 400;
          case ALL -> true;
        };
    if (isWanted) {
      line(ACCESS.atInfo(), request, nanos)
          .addKeyValue("bytes", bytes(exchange))
          .addKeyValue("remote", request.peer())
          .addKeyValue("request_id", request.id())
          .log("A request was answered");
    }
    if (isSlow(now, nanos)) {
      LoggingEventBuilder line = line(SLOW.atWarn(), request, nanos);
      Optional<String> collection = request.collection().filter(RequestLog::isPlain);
      if (collection.isPresent()) {
        line = line.addKeyValue("collection", collection.get());
      }
      Map<String, Object> facts =
          request.searched().map(SlowSearch::new).map(SlowSearch::facts).orElse(Map.of());
      for (Map.Entry<String, Object> fact : facts.entrySet()) {
        line = line.addKeyValue(fact.getKey(), fact.getValue());
      }
      line.addKeyValue("request_id", request.id()).log("A request was slow");
    }
  }

  /// Whether a request that took so long is slow by the rule of now.
  boolean isSlow(long nanos) {
    return isSlow(rule, nanos);
  }

  private static boolean isSlow(Rule rule, long nanos) {
    return rule.slow().isPositive() && nanos > rule.slow().toNanos();
  }

  /// Of the body. An answer with a length may be on its way still.
  private static long bytes(HttpServerExchange exchange) {
    long length = exchange.getResponseContentLength();
    return length < 0 ? exchange.getResponseBytesSent() : length;
  }

  private static LoggingEventBuilder line(LoggingEventBuilder line, Request request, long nanos) {
    return line.addKeyValue("method", request.method())
        .addKeyValue("route", request.route())
        .addKeyValue("status", request.exchange().getStatusCode())
        .addKeyValue("ms", nanos / 1_000_000);
  }
}
