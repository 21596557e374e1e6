package io.millrace.bench.load;

import io.millrace.app.command.CommandFailure;
import io.millrace.bench.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A saved report ([BenchReport]) that a new one is held against.
final class Baseline {
  private static final List<String> OF_LOADS = List.of("points_per_second", "graph_seconds");
  private static final List<String> OF_SEARCHES =
      List.of("recall", "qps", "p50_ms", "p95_ms", "p99_ms");

  private final Path file;
  private final JsonNode old;

  private Baseline(Path file, JsonNode old) {
    this.file = file;
    this.old = old;
  }

  /// Reads a report. One that cannot be read, is none, or is of another data set, is wrong usage:
  /// the exit code is 2.
  static Baseline read(Path file, Dataset dataset) {
    JsonNode old;
    try {
      old = JsonMapper.shared().readTree(Files.readString(file));
    } catch (IOException e) {
      throw CommandFailure.misuse("--compare " + file + " cannot be read");
    } catch (JacksonException e) {
      throw CommandFailure.misuse("--compare " + file + " is not JSON");
    }
    if (!old.path("searches").isArray() || !old.path("loads").isArray()) {
      throw CommandFailure.misuse("--compare " + file + " is no report of `millrace bench --save`");
    }
    int points = old.path("points").asInt(0);
    int dimension = old.path("dimension").asInt(0);
    if (points != dataset.points() || dimension != dataset.dimension()) {
      throw CommandFailure.misuse(
          "--compare %s is of %d points of %d dimensions, this data set has %d of %d"
              .formatted(file, points, dimension, dataset.points(), dataset.dimension()));
    }
    return new Baseline(file, old);
  }

  /// Lines of text: a table of the loads and one of the searches, each figure of the new report
  /// divided by that of the old one. `-` stands where the old report has no such figure.
  List<String> compare(JsonNode report) {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add("this run divided by " + file + ": rates above 1 and times below 1 are better");
    lines.add("%-26s %17s %13s".formatted("load", "points_per_second", "graph_seconds"));
    for (JsonNode load : report.path("loads")) {
      JsonNode before = alike(old.path("loads"), load, List.of("rows"));
      lines.add(
          "%-26s %17s %13s"
              .formatted(
                  load.path("rows").asString(),
                  ratio(load, before, OF_LOADS.get(0)),
                  ratio(load, before, OF_LOADS.get(1))));
    }
    lines.add(row("filter", "rows", "mode", List.of("recall", "QPS", "p50", "p95", "p99")));
    for (JsonNode search : report.path("searches")) {
      JsonNode before = alike(old.path("searches"), search, List.of("filter", "rows", "mode"));
      lines.add(
          row(
              search.path("filter").asString(),
              search.path("rows").asString(),
              search.path("mode").asString(),
              OF_SEARCHES.stream().map(name -> ratio(search, before, name)).toList()));
    }
    return lines;
  }

  private static String row(String filter, String rows, String mode, List<String> figures) {
    StringBuilder line = new StringBuilder("%-9s %-6s %-8s".formatted(filter, rows, mode));
    figures.forEach(figure -> line.append(" %8s".formatted(figure)));
    return line.toString();
  }

  /// The one that has the same names, or a missing node.
  private static JsonNode alike(JsonNode all, JsonNode one, List<String> names) {
    for (JsonNode each : all) {
      if (names.stream().allMatch(name -> each.path(name).equals(one.path(name)))) {
        return each;
      }
    }
    return all.path("none");
  }

  private static String ratio(JsonNode now, JsonNode before, String name) {
    double divisor = before.path(name).asDouble(0);
    return divisor == 0
        ? "-"
        : String.format(Locale.ROOT, "%.2f", now.path(name).asDouble(0) / divisor);
  }
}
