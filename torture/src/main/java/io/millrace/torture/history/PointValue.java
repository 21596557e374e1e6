package io.millrace.torture.history;

import java.util.LinkedHashMap;
import java.util.Map;

/// A point as it is sent or as it was read.
///
/// @param id its JSON text: `42` or `"…uuid…"`
public record PointValue(String id, Vectors vectors, Payload payload) {

  public static PointValue parse(String json) {
    Map<String, String> fields = RawJson.fields(json);
    String id = fields.get("id");
    if (id == null) {
      throw new IllegalArgumentException("a point without id: " + json);
    }
    String payload = fields.getOrDefault("payload", "null");
    return new PointValue(
        id,
        fields.containsKey("vector") ? Vectors.parse(fields.get("vector")) : Vectors.NONE,
        payload.equals("null") ? Payload.EMPTY : new Payload(payload));
  }

  public String json() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("id", id);
    fields.put("vector", vectors.json());
    fields.put("payload", payload.text());
    return RawJson.object(fields);
  }
}
