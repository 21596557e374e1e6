package io.millrace.bench.load;

import io.millrace.app.command.ApiKeyOption;
import io.millrace.app.command.Command;
import io.millrace.bench.Dataset;
import io.millrace.bench.ExactAnswers;
import io.millrace.bench.IndexBytes;
import io.millrace.bench.Points;
import io.millrace.bench.Recall;
import io.millrace.bench.Rest;
import io.millrace.bench.ServerProcess;
import io.millrace.bench.Times;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `millrace bench`: loads a data set over REST into a collection with float rows and into one with
/// SQ8, waits for the graphs, and asks every query with and without filters, exactly and by
/// default. One client, one request at a time: the times are those of a lonely user.
@picocli.CommandLine.Command(
    name = "bench",
    description = {
      "Measures a running server: ingest rate, recall@10 against exact answers, QPS, p50, p95",
      "and p99.",
      "scripts/bench starts a server of its own and then this."
    })
public final class BenchCommand implements Command {
  private static final int K = 10;
  private static final int BATCH = 500;

  /// Twice the default time between two commits.
  private static final double MOST_SETTLING_SECONDS = 20;

  private static final JsonMapper JSON = JsonMapper.shared();

  /// The filters reported where the data set has them: nothing known of the query, alike it, unlike
  /// it, each at 50, 10 and 1 %, and the 0.1 % ones.
  private static final List<String> FILTERS =
      List.of(
          "none",
          "hash-50",
          "hash-10",
          "hash-1",
          "hash-0.1",
          "own-50",
          "own-10",
          "own-1",
          "own-0.1",
          "far-50",
          "far-10",
          "far-1");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:6333",
      description = "The server, default ${DEFAULT-VALUE}.")
  private URI url = URI.create("http://127.0.0.1:6333");

  @Option(
      names = "--samples",
      paramLabel = "DIR",
      defaultValue = "samples",
      description = "The data set, default ${DEFAULT-VALUE}.")
  private Path samples = Path.of("samples");

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Timed passes over the queries after one to warm up, default ${DEFAULT-VALUE}.")
  private int rounds = 3;

  @Option(names = "--ef", paramLabel = "N", description = "hnsw_ef of the searches.")
  private Optional<Integer> ef = Optional.empty();

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "The server's data folder, to report bytes per vector.")
  private Optional<Path> dataDir = Optional.empty();

  @Option(
      names = "--server-pid",
      paramLabel = "PID",
      description = "The server's process on this machine, to report its memory.")
  private Optional<Long> serverPid = Optional.empty();

  @Option(
      names = {"--save", "--json"},
      paramLabel = "FILE",
      description = "Write the report there too, as JSON.")
  private Optional<Path> save = Optional.empty();

  @Option(
      names = "--compare",
      paramLabel = "OLD",
      description = "A report saved before: print this run's figures divided by its.")
  private Optional<Path> compare = Optional.empty();

  @Mixin private ApiKeyOption apiKey = new ApiKeyOption();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Dataset dataset = Dataset.open(samples);
    Optional<Baseline> baseline = compare.map(file -> Baseline.read(file, dataset)); // before work
    List<Loaded> loads = new ArrayList<>();
    List<Measured> rows = new ArrayList<>();
    try (Rest rest = new Rest(url, apiKey.key())) {
      out()
          .printf(
              "%s: %,d points, %d dimensions, %d queries, k = %d, one request at a time%n",
              url, dataset.points(), dataset.dimension(), dataset.queries(), K);
      for (String kind : List.of("flat", "float", "sq8")) {
        loads.add(load(rest, dataset, kind));
      }
      header();
      for (ExactAnswers exact : dataset.answers()) {
        if (!FILTERS.contains(exact.name())) {
          continue;
        }
        // Kinds take turns under each filter, so that a noisy moment does not hit one of them only.
        rows.add(measure(rest, dataset, "float", true, exact));
        rows.add(measure(rest, dataset, "float", false, exact));
        rows.add(measure(rest, dataset, "sq8", false, exact));
        rows.subList(rows.size() - 3, rows.size()).forEach(this::show);
      }
      for (Loaded loaded : loads) {
        rest.delete(path(loaded.rows()));
      }
    }
    JsonNode report = BenchReport.of(dataset, K, loads, rows);
    if (save.isPresent()) {
      Files.writeString(save.get(), report.toPrettyString() + "\n");
    }
    baseline.ifPresent(old -> old.compare(report).forEach(out()::println));
    return 0;
  }

  private static String path(String kind) {
    return "/collections/bench-" + kind;
  }

  private Loaded load(Rest rest, Dataset dataset, String kind)
      throws InterruptedException, IOException {
    rest.delete(path(kind));
    ObjectNode body = JSON.createObjectNode();
    body.putObject("vectors").put("size", dataset.dimension()).put("distance", "Cosine");
    body.putObject("optimizers_config").put("indexing_threshold", kind.equals("flat") ? 0 : 1000);
    body.putObject("hnsw_config").put("full_scan_threshold", 10);
    if (kind.equals("sq8")) {
      body.putObject("quantization_config").putObject("scalar").put("type", "int8");
    }
    rest.put(path(kind), body.toString());
    List<String> batches = new ArrayList<>();
    for (int from = 0; from < dataset.points(); from += BATCH) {
      batches.add(Points.upsert(dataset, from, Math.min(dataset.points(), from + BATCH)));
    }
    IndexBytes before = onDisk();
    long start = System.nanoTime();
    for (int i = 0; i < batches.size(); i++) {
      boolean last = i == batches.size() - 1;
      rest.put(path(kind) + "/points?wait=" + last, batches.get(i));
    }
    double searchable = secondsSince(start);
    boolean wantsGraph = !kind.equals("flat");
    while (wantsGraph && !isGreen(rest, kind)) {
      Thread.sleep(Duration.ofMillis(100));
    }
    double graph = wantsGraph ? secondsSince(start) : 0;
    out()
        .printf(
            Locale.ROOT,
            "%-5s loaded %,.0f points/s over REST, searchable after %.1f s, %s%n",
            kind,
            dataset.points() / searchable,
            searchable,
            wantsGraph ? "graph after %.1f s".formatted(graph) : "graphs switched off");
    Optional<IndexBytes> disk =
        dataDir.isPresent() ? Optional.of(settled(before, dataset)) : Optional.empty();
    disk.ifPresent(bytes -> out().println("      bytes per vector on disk: " + bytes));
    Optional<ServerProcess.Memory> memory =
        serverPid.flatMap(pid -> new ServerProcess(pid).memory());
    memory.ifPresent(m -> out().println("      server's memory: " + m));
    return new Loaded(kind, dataset.points() / searchable, graph, disk, memory);
  }

  /// Waits for the files of merged segments to be removed, which the next commit does.
  private IndexBytes settled(IndexBytes before, Dataset dataset)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    while (true) {
      IndexBytes each = onDisk().minus(before).per(dataset.points());
      if (each.of("raw") <= 4L * dataset.dimension()
          || secondsSince(start) > MOST_SETTLING_SECONDS) {
        return each;
      }
      Thread.sleep(Duration.ofMillis(500));
    }
  }

  private IndexBytes onDisk() throws IOException {
    return dataDir.isPresent() ? IndexBytes.in(dataDir.get()) : IndexBytes.NONE;
  }

  private static boolean isGreen(Rest rest, String kind) throws InterruptedException {
    JsonNode info = rest.get(path(kind));
    return info.path("status").asString("").equals("green")
        && info.path("indexed_vectors_count").longValue() > 0;
  }

  private Measured measure(
      Rest rest, Dataset dataset, String kind, boolean exactly, ExactAnswers exact)
      throws InterruptedException {
    List<String> bodies = new ArrayList<>();
    for (int q = 0; q < dataset.queries(); q++) {
      bodies.add(search(dataset, q, exactly, exact));
    }
    double recall = 0;
    int complete = 0;
    for (int q = 0; q < bodies.size(); q++) {
      List<Integer> found = rest.search(path(kind), bodies.get(q));
      recall += Recall.of(dataset, exact, q, K, found);
      complete += found.size() == exact.top(q, K).size() ? 1 : 0;
    }
    long[] nanos = new long[rounds * bodies.size()];
    long start = System.nanoTime();
    for (int i = 0; i < nanos.length; i++) {
      long at = System.nanoTime();
      rest.search(path(kind), bodies.get(i % bodies.size()));
      nanos[i] = System.nanoTime() - at;
    }
    double seconds = secondsSince(start);
    Times times = Times.of(nanos);
    return new Measured(
        kind,
        exactly ? "exact" : "default",
        exact.name(),
        exact.selectivity(),
        recall / bodies.size(),
        complete,
        bodies.size(),
        nanos.length / seconds,
        times.percentileMillis(0.5),
        times.percentileMillis(0.95),
        times.percentileMillis(0.99));
  }

  private String search(Dataset dataset, int query, boolean exactly, ExactAnswers exact) {
    StringBuilder b = new StringBuilder("{\"limit\":").append(K).append(",\"vector\":");
    Points.append(b, dataset.query(query));
    if (exactly) {
      b.append(",\"params\":{\"exact\":true}");
    } else if (ef.isPresent()) {
      b.append(",\"params\":{\"hnsw_ef\":").append(ef.get()).append('}');
    }
    exact.filter(query).ifPresent(filter -> b.append(",\"filter\":").append(filter));
    return b.append('}').toString();
  }

  private void header() {
    out().println();
    out()
        .printf(
            "%-9s %7s %-6s %-8s %9s %12s %9s %8s %8s %8s%n",
            "filter",
            "share",
            "rows",
            "mode",
            "recall@10",
            "complete",
            "QPS",
            "p50 ms",
            "p95 ms",
            "p99 ms");
  }

  private void show(Measured m) {
    out()
        .printf(
            Locale.ROOT,
            "%-9s %6.2f%% %-6s %-8s %9.4f %6d of %3d %8.0f %8.2f %8.2f %8.2f%n",
            m.filter(),
            100 * m.share(),
            m.rows(),
            m.mode(),
            m.recall(),
            m.complete(),
            m.queries(),
            m.perSecond(),
            m.p50Millis(),
            m.p95Millis(),
            m.p99Millis());
    out().flush();
  }

  private static double secondsSince(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
