package io.millrace.torture;

import io.millrace.torture.checker.Violation;
import io.millrace.torture.history.RawJson;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// How a trial ended.
///
/// @param cycles done of `planned`; fewer when the time was over or something was found
/// @param found how many violations there are; the list holds the first of each kind
record Verdict(
    String id,
    long seed,
    int cycles,
    int planned,
    double seconds,
    Map<String, Long> figures,
    long found,
    List<Violation> violations) {

  Verdict {
    figures = new LinkedHashMap<>(figures);
    violations = List.copyOf(violations);
  }

  boolean isPassed() {
    return found == 0 && cycles > 0;
  }

  String json() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("id", RawJson.quote(id));
    fields.put("verdict", isPassed() ? "\"passed\"" : "\"failed\"");
    fields.put("seed", Long.toString(seed));
    fields.put("cycles", Integer.toString(cycles));
    fields.put("planned", Integer.toString(planned));
    fields.put("seconds", String.format(Locale.ROOT, "%.1f", seconds));
    figures.forEach((name, value) -> fields.put(name, Long.toString(value)));
    fields.put("found", Long.toString(found));
    fields.put(
        "violations",
        "["
            + String.join(",", violations.stream().map(v -> RawJson.quote(v.toString())).toList())
            + "]");
    return RawJson.object(fields);
  }

  String markdownRow() {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %d of %d | %d | %d | %d | %d | %.1f |",
        id,
        isPassed() ? "passed" : "**failed** (" + found + ")",
        cycles,
        planned,
        figures.getOrDefault("kills", 0L),
        figures.getOrDefault("acknowledged", 0L) + figures.getOrDefault("records", 0L),
        figures.getOrDefault("unanswered", 0L),
        figures.getOrDefault("points", 0L),
        seconds);
  }
}
