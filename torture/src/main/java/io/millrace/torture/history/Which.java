package io.millrace.torture.history;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The points a change is about.
public sealed interface Which {
  record Ids(List<String> ids) implements Which {
    public Ids {
      ids = List.copyOf(ids);
    }
  }

  /// All points whose payload has each of these top-level keys with exactly this raw value (whole
  /// numbers and strings only).
  record Where(Map<String, String> equal) implements Which {
    public Where {
      equal = Map.copyOf(equal);
    }

    public boolean matches(Payload payload) {
      Map<String, String> fields = payload.fields();
      return equal.entrySet().stream().allMatch(e -> e.getValue().equals(fields.get(e.getKey())));
    }

    /// The same as a filter of Qdrant's.
    public String filter() {
      var out = new StringBuilder("{\"must\":[");
      for (Map.Entry<String, String> e : new TreeMap<>(equal).entrySet()) {
        out.append(out.charAt(out.length() - 1) == '}' ? "," : "")
            .append("{\"key\":%s,".formatted(RawJson.quote(e.getKey())))
            .append("\"match\":{\"value\":%s}}".formatted(e.getValue()));
      }
      return out.append("]}").toString();
    }

    public static Where parse(String filter) {
      Map<String, String> equal = new TreeMap<>();
      for (String condition : RawJson.items(RawJson.fields(filter).getOrDefault("must", "[]"))) {
        Map<String, String> fields = RawJson.fields(condition);
        equal.put(
            RawJson.text(fields.getOrDefault("key", "\"\"")),
            RawJson.fields(fields.getOrDefault("match", "{}")).getOrDefault("value", "null"));
      }
      return new Where(equal);
    }
  }

  /// The field of a request body that says so.
  default Map<String, String> body() {
    Map<String, String> body = new LinkedHashMap<>();
    switch (this) {
      case Ids(List<String> ids) -> body.put("points", "[" + String.join(",", ids) + "]");
      case Where where -> body.put("filter", where.filter());
    }
    return body;
  }

  static Which parse(Map<String, String> body) {
    String ids = body.get("points");
    return ids != null
        ? new Ids(RawJson.items(ids))
        : Where.parse(body.getOrDefault("filter", "{}"));
  }
}
