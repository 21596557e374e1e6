package io.millrace.api.http;

import io.millrace.api.auth.Caller;
import io.millrace.api.slow.Searches;
import io.millrace.api.status.Reply;
import io.undertow.server.HttpServerExchange;
import java.util.Optional;

/// One request on its way: what is known of it from the start, and what is learnt while it is
/// served. Used by the request's own thread.
final class Request {
  private final HttpServerExchange exchange;
  private final String id;
  private final String method;
  private final Optional<Router.Match> match;
  private final long start;
  private Caller caller = Caller.UNKNOWN;
  private Optional<Reply> refusal = Optional.empty();
  private Optional<Searches> searches = Optional.empty();
  private boolean told;

  /// @param match empty for a route nobody knows
  /// @param start by [System#nanoTime]
  Request(
      HttpServerExchange exchange,
      String id,
      String method,
      Optional<Router.Match> match,
      long start) {
    this.exchange = exchange;
    this.id = id;
    this.method = method;
    this.match = match;
    this.start = start;
  }

  HttpServerExchange exchange() {
    return exchange;
  }

  /// As in the answer's `x-request-id`.
  String id() {
    return id;
  }

  String method() {
    return method;
  }

  Optional<Router.Match> match() {
    return match;
  }

  long start() {
    return start;
  }

  /// The template, never the path.
  String route() {
    return match.map(m -> m.route().template()).orElse("unknown");
  }

  /// As the path names it: it may be an alias, and there may be none of that name.
  Optional<String> collection() {
    return match.flatMap(m -> Optional.ofNullable(m.parameters().get("collection_name")));
  }

  /// Address of who is connected, which may be a proxy.
  String peer() {
    return exchange.getSourceAddress().getAddress().getHostAddress();
  }

  Caller caller() {
    return caller;
  }

  void isFrom(Caller known) {
    caller = known;
  }

  Optional<Reply> refusal() {
    return refusal;
  }

  void isRefused(Reply reply) {
    refusal = Optional.of(reply);
  }

  /// What was searched for, if anything was.
  Optional<Searches.Searched> searched() {
    return searches.flatMap(Searches::searched);
  }

  void searches(Searches of) {
    searches = Optional.of(of);
  }

  /// True once, for the one who tells the audit log.
  boolean beginTelling() {
    boolean first = !told;
    told = true;
    return first;
  }
}
