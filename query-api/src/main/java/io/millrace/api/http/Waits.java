package io.millrace.api.http;

import io.millrace.api.SourceControl;
import io.millrace.api.SourceControl.Kind;
import io.millrace.api.SourceControl.Question;
import io.millrace.api.auth.Access;
import io.millrace.api.endpoint.Call;
import io.millrace.api.json.JsonIn;
import io.millrace.model.Failure;
import io.undertow.server.HttpServerExchange;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Makes a read wait until what was written to a source before can be seen: header
/// `millrace-min-position` or parameter `min_position`, a list of positions with commas.
final class Waits {
  static final String ASKED = "millrace-min-position";
  static final String CONTAINED = "millrace-position";
  private static final String PARAMETER = "min_position";
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final SourceControl sources;

  Waits(SourceControl sources) {
    this.sources = sources;
  }

  static boolean isAsked(HttpServerExchange exchange) {
    return exchange.getRequestHeaders().contains(ASKED)
        || exchange.getQueryString().contains(PARAMETER);
  }

  /// Returns what the answer may call itself after: the positions it contains. Throws
  /// [Failure.TimedOut] with the lag.
  Optional<String> await(Router.Route route, Call call, @Nullable String header) {
    String asked = header != null ? header : call.query().get(PARAMETER);
    if (asked == null || route.access() != Access.READ) {
      return Optional.empty();
    }
    String collection = call.path().getOrDefault("collection_name", "");
    List<String> positions = List.of(asked.split(",", -1)).stream().map(String::strip).toList();
    JsonNode answer =
        JsonIn.read(
            sources.ask(
                new Question(Kind.AWAIT, "", collection, positions, call.patience(PATIENCE))),
            JsonIn::tree);
    if (!answer.path("status").asString("").equals("completed")) {
      String why = answer.path("why").asString("");
      throw new Failure.TimedOut(
          "The positions asked for are not searchable yet: "
              + (why.isEmpty() ? "lag " + answer.path("lag") : why));
    }
    StringBuilder contained = new StringBuilder();
    for (var position : answer.path("positions").properties()) {
      contained
          .append(contained.isEmpty() ? "" : ",")
          .append(position.getKey())
          .append('@')
          .append(position.getValue().asString());
    }
    return Optional.of(contained.toString());
  }
}
