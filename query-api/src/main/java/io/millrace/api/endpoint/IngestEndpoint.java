package io.millrace.api.endpoint;

import io.millrace.api.SourceControl;
import io.millrace.api.SourceControl.Kind;
import io.millrace.api.SourceControl.Question;
import io.millrace.api.json.JsonIn;
import io.millrace.api.status.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The sources of records: what they do, and what a person may ask of them.
public final class IngestEndpoint {
  private static final Duration WAIT = Duration.ofSeconds(10);
  private static final int LETTERS = 100;

  private final SourceControl sources;

  public IngestEndpoint(SourceControl sources) {
    this.sources = sources;
  }

  private Answer answer(Question question) {
    String json = sources.ask(question);
    return new Answer.Result(out -> out.writeRawValue(json));
  }

  public Answer list(Call call) {
    return answer(Question.of(Kind.LIST, "", ""));
  }

  public Answer describe(Call call) {
    return answer(Question.of(Kind.DESCRIBE, call.path("source"), ""));
  }

  public Answer put(Call call) {
    String body = call.body(JsonIn::tree).toString();
    return answer(Question.of(Kind.PUT, call.path("source"), body));
  }

  public Answer delete(Call call) {
    return answer(Question.of(Kind.DELETE, call.path("source"), ""));
  }

  public Answer pause(Call call) {
    return stopOrGo(Kind.PAUSE, call);
  }

  public Answer resume(Call call) {
    return stopOrGo(Kind.RESUME, call);
  }

  private Answer stopOrGo(Kind kind, Call call) {
    List<String> streams = new ArrayList<>();
    if (call.hasBody()) {
      for (JsonNode stream : call.body(JsonIn::tree).path("streams")) {
        streams.add(stream.asString(""));
      }
    }
    return answer(new Question(kind, call.path("source"), "", streams, Duration.ZERO));
  }

  /// `{"to": "earliest" | "latest" | "<time>" | {"<stream>": <next>}, "streams": […]}`.
  public Answer reset(Call call) {
    String body = call.body(JsonIn::tree).toString();
    return answer(Question.of(Kind.RESET, call.path("source"), body));
  }

  public Answer tryRecord(Call call) {
    JsonNode body = call.body(JsonIn::tree);
    String source = body.path("source").asString("");
    if (source.isEmpty()) {
      throw Fault.json(400, "Format error in JSON body: missing field `source`");
    }
    return answer(Question.of(Kind.TRY_RECORD, source, body.toString()));
  }

  public Answer deadLetters(Call call) {
    Map<String, String> query = call.query();
    StringBuilder body = new StringBuilder("{");
    body.append("\"limit\":").append(call.number("limit").orElse(LETTERS));
    for (String name : List.of("collection", "code", "from", "to", "after", "id")) {
      String value = name.equals("id") ? call.path().get("id") : query.get(name);
      if (value != null) {
        body.append(",\"").append(name).append("\":");
        body.append(tools.jackson.databind.node.StringNode.valueOf(value));
      }
    }
    String source = query.getOrDefault("source", "");
    return answer(Question.of(Kind.DEAD_LETTERS, source, body.append('}').toString()));
  }

  /// `{"source", "ids": […] or "code" and "collection", "limit", "mode": "safe" | "force",
  /// "dry_run"}`.
  public Answer replay(Call call) {
    return letters(Kind.REPLAY, call);
  }

  /// The same choice, and `"confirm": true`.
  public Answer purge(Call call) {
    return letters(Kind.PURGE, call);
  }

  private Answer letters(Kind kind, Call call) {
    JsonNode body = call.body(JsonIn::tree);
    String source = body.path("source").asString("");
    if (source.isEmpty()) {
      throw Fault.json(400, "Format error in JSON body: missing field `source`");
    }
    return answer(Question.of(kind, source, body.toString()));
  }

  /// `?position=orders/products/0@348123`, or `?source=orders&partition=products/0&offset=348123`.
  public Answer await(Call call) {
    Map<String, String> query = call.query();
    List<String> positions = new ArrayList<>();
    if (query.containsKey("position")) {
      positions.addAll(positions(query.get("position")));
    } else {
      for (String name : List.of("source", "partition", "offset")) {
        if (!query.containsKey(name)) {
          throw Fault.queryParameter("missing field `" + name + "`, or `position` instead");
        }
      }
      positions.add(query.get("source") + "/" + query.get("partition") + "@" + query.get("offset"));
    }
    String collection = Optional.ofNullable(query.get("collection")).orElse("");
    return answer(new Question(Kind.AWAIT, "", collection, positions, call.patience(WAIT)));
  }

  static List<String> positions(String list) {
    return List.of(list.split(",", -1)).stream().map(String::strip).toList();
  }
}
