package io.millrace.bench.engine;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a run shows: tables while it goes on, then JSON and pictures.
final class EngineReport {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final double[] RECALLS = {0.90, 0.95, 0.97, 0.99};

  /// What others are compared with, in this order, whichever is there.
  private static final List<String> BASES = List.of("hnswlib", "lucene");

  private final PrintWriter out;
  private final ObjectNode root = JSON.createObjectNode();
  private final Map<String, String> pictures = new LinkedHashMap<>();
  private final Map<String, Curve> grown = new LinkedHashMap<>();

  EngineReport(PrintWriter out) {
    this.out = out;
  }

  void start(Corpus corpus, int m, int efConstruct, long seed, boolean vectorized) {
    say(
        "%,d rows of %d components, %d queries, recall@%d; M %d, efConstruction %d, seed %d%s",
        corpus.points(),
        corpus.dimension(),
        corpus.queries(),
        Corpus.K,
        m,
        efConstruct,
        seed,
        vectorized ? "" : "; WITHOUT the vector module");
    root.put("points", corpus.points())
        .put("dimension", corpus.dimension())
        .put("queries", corpus.queries())
        .put("m", m)
        .put("ef_construct", efConstruct)
        .put("seed", seed)
        .put("vector_module", vectorized)
        .put("processors", Runtime.getRuntime().availableProcessors())
        .put("java", Runtime.version().toString());
  }

  void builds(Map<String, Double> seconds) {
    say("");
    say("build, CPU seconds");
    ObjectNode builds = root.putObject("build_cpu_seconds");
    seconds.forEach((name, spent) -> {
      say("  %-16s %8.1f", name, spent);
      builds.put(name, spent);
    });
  }

  void multivectors(MultivectorTable.Result result) {
    say("");
    say(
        "%,d multivectors of %d rows of %d components; %.0f CPU seconds until the graph is there;"
            + " CPU µs per query",
        result.documents(), result.rows(), result.dimension(), result.buildSeconds());
    say("  %10s %12s %12s %10s", "query rows", "scan", "graph", "recall@" + Corpus.K);
    ObjectNode node = root.putObject("multivectors");
    node.put("documents", result.documents())
        .put("rows", result.rows())
        .put("dimension", result.dimension())
        .put("build_cpu_seconds", result.buildSeconds());
    ArrayNode lines = node.putArray("lines");
    for (MultivectorTable.Line line : result.lines()) {
      say(
          "  %10d %,12.0f %,12.0f %10.4f",
          line.queryRows(), line.scanMicros(), line.graphMicros(), line.recall());
      lines
          .addObject()
          .put("query_rows", line.queryRows())
          .put("scan_micros", line.scanMicros())
          .put("graph_micros", line.graphMicros())
          .put("recall", line.recall());
    }
  }

  void recall(int threads, Map<String, Curve> curves) {
    String base = base(curves);
    say("");
    say(
        "CPU µs per query at equal recall@%d, %d thread%s; in brackets how many times as fast as %s"
            + " (least–most of the rounds)",
        Corpus.K, threads, threads == 1 ? "" : "s", base);
    table(curves, base);
    curvesTo(root.putObject("threads_" + threads), curves, base);
    pictures.put(
        "engine-threads-" + threads + ".svg",
        CurvePicture.svg(
            "CPU per query and recall@%d, %d thread%s"
                .formatted(Corpus.K, threads, threads == 1 ? "" : "s"),
            curves));
  }

  void segments(Map<String, Curve> curves) {
    say("");
    say("CPU µs per query of our search in several graph segments; in brackets against one");
    table(curves, "1 segment");
    curvesTo(root.putObject("segments"), curves, "1 segment");
    pictures.put(
        "engine-segments.svg", CurvePicture.svg("CPU per query in several segments", curves));
  }

  /// @param base the one that was left alone for a while
  void rest(Map<String, String> segments, Map<String, Curve> curves, String base) {
    say("");
    segments.forEach((name, what) -> say("%s: %s", name, what));
    say("CPU µs per query; in brackets against %s", base);
    table(curves, base);
    ObjectNode node = root.putObject("rest");
    segments.forEach(node.putObject("segments")::put);
    curvesTo(node, curves, base);
  }

  /// One size more.
  ///
  /// @param heapBytes what the engine holds after its build, the corpus aside
  void growth(int points, double buildSeconds, long heapBytes, Curve curve) {
    if (!root.has("growth")) {
      say("");
      say("growth: build and search of ours alone, CPU µs; heap of the engine");
      say(
          "  %9s %14s %10s %10s %10s %10s",
          "points", "build a point", "@0.95", "@0.97", "@0.99", "heap MiB");
    }
    say(
        "  %,9d %14.0f %10.0f %10.0f %10.0f %10.1f",
        points,
        1e6 * buildSeconds / points,
        curve.costAt(0.95),
        curve.costAt(0.97),
        curve.costAt(0.99),
        heapBytes / (double) (1 << 20));
    grown.put(
        String.format(Locale.ROOT, "%,d, built in %.0f each", points, 1e6 * buildSeconds / points),
        curve);
    pictures.put("engine-growth.svg", CurvePicture.svg("CPU per query of so many points", grown));
    ObjectNode size = root.withArray("growth").addObject().put("points", points);
    size.put("build_cpu_seconds", buildSeconds).put("heap_bytes", heapBytes);
    ArrayNode knots = size.putArray("curve");
    for (Curve.Knot knot : curve.knots()) {
      ObjectNode one = knots.addObject().put("ef", knot.ef()).put("recall", knot.recall());
      knot.micros().forEach(one.putArray("cpu_us")::add);
    }
  }

  void filters(List<FilterTable.Row> rows) {
    say("");
    say("under filters: CPU µs per query (recall@%d where below 0.995)", Corpus.K);
    List<String> others =
        rows.isEmpty() ? List.of() : List.copyOf(rows.getFirst().others().keySet());
    say(
        "  %-13s %7s %16s %16s %16s %10s %16s%s",
        "filter",
        "share",
        "the rule",
        "walk alone",
        "scan alone",
        "over best",
        "lucene",
        columns(others));
    ArrayNode table = root.putArray("filters");
    for (FilterTable.Row row : rows) {
      say(
          "  %-13s %6.1f%% %16s %16s %16s %10.2f %16s%s%s",
          row.kind(),
          100 * row.share(),
          cell(row.rule()),
          cell(row.walk()),
          cell(row.scan()),
          row.overBest(),
          cell(row.lucene()),
          columns(row.others().values().stream().map(EngineReport::cell).toList()),
          row.rule().full() == row.queries() ? "" : "  INCOMPLETE ANSWERS");
      ObjectNode node = table.addObject().put("filter", row.kind()).put("share", row.share());
      node.put("queries", row.queries()).put("over_best", row.overBest());
      cell(node.putObject("rule"), row.rule());
      cell(node.putObject("walk"), row.walk());
      cell(node.putObject("scan"), row.scan());
      cell(node.putObject("lucene"), row.lucene());
      row.others().forEach((name, cell) -> cell(node.putObject(name), cell));
    }
  }

  private static String columns(List<String> texts) {
    return texts.stream().map(text -> String.format(Locale.ROOT, " %16s", text)).collect(joining());
  }

  private static String cell(FilterTable.Cell cell) {
    return cell.recall() >= 0.995
        ? String.format(Locale.ROOT, "%.0f", cell.micros())
        : String.format(Locale.ROOT, "%.0f (%.3f)", cell.micros(), cell.recall());
  }

  private static void cell(ObjectNode node, FilterTable.Cell cell) {
    node.put("cpu_us", cell.micros()).put("recall", cell.recall()).put("complete", cell.full());
  }

  private static String base(Map<String, Curve> curves) {
    return BASES.stream().filter(curves::containsKey).findFirst().orElseThrow();
  }

  private void table(Map<String, Curve> curves, String base) {
    Curve against = Objects.requireNonNull(curves.get(base));
    StringBuilder head = new StringBuilder(String.format(Locale.ROOT, "  %-16s", "recall@10"));
    for (double recall : RECALLS) {
      head.append(String.format(Locale.ROOT, " %26.2f", recall));
    }
    say("%s", head);
    curves.forEach((name, curve) -> {
      StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-16s", name));
      for (double recall : RECALLS) {
        Curve.Spread ratio = curve.ratioTo(against, recall);
        double cost = curve.costAt(recall);
        line.append(
            Double.isNaN(cost)
                ? String.format(Locale.ROOT, " %26s", "not reached")
                : String.format(
                    Locale.ROOT,
                    " %7.0f %18s",
                    cost,
                    "(%.2f, %.2f–%.2f)".formatted(ratio.median(), ratio.least(), ratio.most())));
      }
      say("%s", line);
    });
  }

  private static void curvesTo(ObjectNode node, Map<String, Curve> curves, String base) {
    Curve against = Objects.requireNonNull(curves.get(base));
    node.put("base", base);
    curves.forEach((name, curve) -> {
      ObjectNode engine = node.putObject(name);
      ArrayNode knots = engine.putArray("curve");
      for (Curve.Knot knot : curve.knots()) {
        ObjectNode one = knots.addObject().put("ef", knot.ef()).put("recall", knot.recall());
        ArrayNode micros = one.putArray("cpu_us");
        knot.micros().forEach(micros::add);
      }
      ArrayNode ratios = engine.putArray("against_base");
      for (double recall : RECALLS) {
        Curve.Spread ratio = curve.ratioTo(against, recall);
        if (!Double.isNaN(ratio.median())) {
          ratios
              .addObject()
              .put("recall", recall)
              .put("cpu_us", curve.costAt(recall))
              .put("ratio", ratio.median())
              .put("least", ratio.least())
              .put("most", ratio.most());
        }
      }
    });
  }

  String json() {
    return root.toPrettyString() + "\n";
  }

  List<Path> pictures(Path folder) throws IOException {
    List<Path> written = new ArrayList<>();
    for (Map.Entry<String, String> picture : pictures.entrySet()) {
      written.add(Files.writeString(folder.resolve(picture.getKey()), picture.getValue()));
    }
    return written;
  }

  private void say(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }
}
