package io.millrace.torture.workload;

import io.millrace.torture.history.Change;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.RawJson;
import io.millrace.torture.history.Which;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A change as a record: one point as its envelope, a deletion of one point as a tombstone in one
/// of the forms of its key, everything else as an operation.
///
/// @param key absent = none
/// @param value absent = none
record Wire(Optional<String> key, Optional<String> value, Map<String, String> headers) {
  /// Names the collection where nothing else can.
  private static final String COLLECTION_HEADER = "millrace-collection";

  private static final String VERSION_HEADER = "millrace-version";

  /// Bad in a way that does not depend on any state.
  private static final List<String> BAD =
      List.of(
          "{\"collection_name\":\"%s\",\"id\":1,\"vector\":[1,2",
          "{\"collection_name\":\"%s\",\"id\":-1,\"vector\":[1,2,3,4]}",
          "{\"collection_name\":\"%s\",\"id\":1,\"vector\":[1,2,3,4,5,6,7]}",
          "{\"collection_name\":\"%s\",\"id\":1,\"vector\":[]}",
          "{\"collection_name\":\"%s\",\"hello\":1}",
          "{\"collection_name\":\"not-%s\",\"id\":1,\"vector\":[1,2,3,4]}");

  /// As a line of a file or as the value of a Kafka record; never a tombstone.
  static Wire line(String collection, Change change) {
    return new Wire(Optional.empty(), Optional.of(value(collection, change)), Map.of());
  }

  static Wire record(Draw draw, String collection, Change change) {
    if (change instanceof Change.Versioned(var inner, long version) && draw.percent(50)) {
      Wire plain = record(draw, collection, inner);
      Map<String, String> headers = new LinkedHashMap<>(plain.headers());
      headers.put(VERSION_HEADER, Long.toString(version));
      return new Wire(plain.key(), plain.value(), headers);
    }
    if (change instanceof Change.Delete(Which.Ids(var ids)) && ids.size() == 1) {
      return draw.percent(70)
          ? tombstone(draw, collection, ids.getFirst())
          : new Wire(Optional.of(ids.getFirst()), Optional.of(value(collection, change)), Map.of());
    }
    return new Wire(Optional.of("k"), Optional.of(value(collection, change)), Map.of());
  }

  static Wire bad(Draw draw, String collection) {
    return new Wire(Optional.of("bad"), Optional.of(draw.of(BAD).formatted(collection)), Map.of());
  }

  private static String value(String collection, Change change) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("collection_name", RawJson.quote(collection));
    put(fields, change);
    return RawJson.object(fields);
  }

  private static void put(Map<String, String> fields, Change change) {
    switch (change) {
      case Change.Upsert(var points) when points.size() == 1 -> {
        PointValue point = points.getFirst();
        fields.put("id", point.id());
        fields.put("vector", point.vectors().json());
        fields.put("payload", point.payload().text());
      }
      case Change.Delete(Which.Ids(var ids)) when ids.size() == 1 -> {
        fields.put("id", ids.getFirst());
        fields.put("op", "\"delete\"");
      }
      case Change.Upsert c -> fields.put(c.verb(), c.body());
      case Change.Delete c -> fields.put(c.verb(), c.body());
      case Change.SetPayload c -> fields.put(c.verb(), c.body());
      case Change.OverwritePayload c -> fields.put(c.verb(), c.body());
      case Change.DeletePayload c -> fields.put(c.verb(), c.body());
      case Change.UpdateVectors c -> fields.put(c.verb(), c.body());
      case Change.All c -> fields.put(c.verb(), c.body());
      case Change.Versioned(var inner, long version) -> {
        fields.put("version", Long.toString(version));
        put(fields, inner);
      }
    }
  }

  private static Wire tombstone(Draw draw, String collection, String id) {
    Optional<String> value =
        draw.of(List.of(Optional.empty(), Optional.of(""), Optional.of("null")));
    String object = "{\"id\":%s,\"collection_name\":%s}".formatted(id, RawJson.quote(collection));
    Map<String, String> header = Map.of(COLLECTION_HEADER, collection);
    return switch (draw.below(4)) {
      case 0 -> new Wire(Optional.of(object), value, Map.of());
      case 1 ->
          new Wire(
              Optional.of("{\"schema\":{\"type\":\"struct\"},\"payload\":" + object + "}"),
              value,
              Map.of());
      case 2 -> new Wire(Optional.of(id), value, header);
      default -> new Wire(Optional.of(id.startsWith("\"") ? RawJson.text(id) : id), value, header);
    };
  }
}
