package io.millrace.torture.history;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One change that is all or nothing, in the words of Qdrant's `POST /points/batch`.
public sealed interface Change {
  record Upsert(List<PointValue> points) implements Change {
    public Upsert {
      points = List.copyOf(points);
    }
  }

  record Delete(Which which) implements Change {}

  /// Merges top-level keys; a null deletes the key.
  record SetPayload(Which which, Payload patch) implements Change {}

  record OverwritePayload(Which which, Payload payload) implements Change {}

  record DeletePayload(Which which, List<String> keys) implements Change {
    public DeletePayload {
      keys = List.copyOf(keys);
    }
  }

  /// Replaces the vectors that are named; the payloads of these points are not looked at.
  record UpdateVectors(List<PointValue> points) implements Change {
    public UpdateVectors {
      points = List.copyOf(points);
    }
  }

  /// All of them in their order, or none; streams only.
  record All(List<Change> changes) implements Change {
    public All {
      changes = List.copyOf(changes);
    }
  }

  /// Changes those points only whose version is lower, and gives them this one; streams only.
  record Versioned(Change change, long version) implements Change {}

  /// The name of the operation.
  default String verb() {
    return switch (this) {
      case Upsert u -> "upsert";
      case Delete d -> "delete";
      case SetPayload s -> "set_payload";
      case OverwritePayload o -> "overwrite_payload";
      case DeletePayload d -> "delete_payload";
      case UpdateVectors u -> "update_vectors";
      case All a -> "operations";
      case Versioned v -> "versioned";
    };
  }

  /// The object behind the verb, which is also the body of the REST call.
  default String body() {
    return switch (this) {
      case Upsert(var points) -> "{\"points\":[" + join(points, true) + "]}";
      case UpdateVectors(var points) -> "{\"points\":[" + join(points, false) + "]}";
      case All(var changes) ->
          "[" + String.join(",", changes.stream().map(Change::json).toList()) + "]";
      case Versioned(var change, var version) ->
          "{\"version\":%d,\"change\":%s}".formatted(version, change.json());
      case Delete(var which) -> RawJson.object(which.body());
      case SetPayload(var which, var patch) -> with(which, "payload", patch.text());
      case OverwritePayload(var which, var payload) -> with(which, "payload", payload.text());
      case DeletePayload(var which, var keys) ->
          with(
              which,
              "keys",
              "[" + String.join(",", keys.stream().map(RawJson::quote).toList()) + "]");
    };
  }

  default String json() {
    return RawJson.object(Map.of(verb(), body()));
  }

  static Change parse(String json) {
    Map.Entry<String, String> only = RawJson.fields(json).entrySet().iterator().next();
    if (only.getKey().equals("operations")) {
      return new All(RawJson.items(only.getValue()).stream().map(Change::parse).toList());
    }
    Map<String, String> body = RawJson.fields(only.getValue());
    Payload payload = new Payload(body.getOrDefault("payload", "{}"));
    return switch (only.getKey()) {
      case "versioned" ->
          new Versioned(
              parse(body.getOrDefault("change", "")),
              Long.parseLong(body.getOrDefault("version", "")));
      case "upsert" -> new Upsert(points(body));
      case "update_vectors" -> new UpdateVectors(points(body));
      case "delete" -> new Delete(Which.parse(body));
      case "set_payload" -> new SetPayload(Which.parse(body), payload);
      case "overwrite_payload" -> new OverwritePayload(Which.parse(body), payload);
      case "delete_payload" ->
          new DeletePayload(
              Which.parse(body),
              RawJson.items(body.getOrDefault("keys", "[]")).stream().map(RawJson::text).toList());
      default -> throw new IllegalArgumentException("unknown change: " + json);
    };
  }

  private static List<PointValue> points(Map<String, String> body) {
    return RawJson.items(body.getOrDefault("points", "[]")).stream()
        .map(PointValue::parse)
        .toList();
  }

  private static String join(List<PointValue> points, boolean payloads) {
    return String.join(
        ",",
        points.stream()
            .map(p ->
                payloads
                    ? p.json()
                    : "{\"id\":%s,\"vector\":%s}".formatted(p.id(), p.vectors().json()))
            .toList());
  }

  private static String with(Which which, String key, String value) {
    Map<String, String> body = new LinkedHashMap<>(which.body());
    body.put(key, value);
    return RawJson.object(body);
  }
}
