package io.millrace.bench.sizing;

import io.millrace.app.command.Command;
import io.millrace.app.command.CommandFailure;
import io.millrace.bench.Dataset;
import io.millrace.bench.IndexBytes;
import io.millrace.bench.Points;
import io.millrace.bench.Rest;
import io.millrace.bench.ServerProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `millrace bench-sizing`: one SQ8 collection that grows from size to size. At each it waits for
/// the graph and a commit, then takes what lies on disk and in memory, and the CPU time of searches
/// one at a time. CPU time, not wall clock: other programs on the machine change little of it.
///
/// Vectors are made of the sample's: 0.7 of one row and 0.3 of another, so that a million of them
/// are still spread as real ones are. Payloads are the sample's, again and again.
@picocli.CommandLine.Command(
    name = "bench-sizing",
    description = {
      "Measures disk, memory and CPU of a running server at several sizes of a collection.",
      "scripts/bench sizing starts a server of its own and then this."
    })
public final class SizingCommand implements Command {
  private static final String PATH = "/collections/sizing";
  private static final String PICTURE = "sizing.svg";
  private static final int BATCH = 500;
  private static final int M = 16;
  private static final long SEED = 7;
  private static final float MAIN = 0.7f;

  /// The files of merged segments go with the commit after the merge.
  private static final Duration SETTLING = Duration.ofSeconds(25);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--url", paramLabel = "URL", defaultValue = "http://127.0.0.1:6333")
  private URI url = URI.create("http://127.0.0.1:6333");

  @Option(names = "--samples", paramLabel = "DIR", defaultValue = "samples")
  private Path samples = Path.of("samples");

  @Option(
      names = "--sizes",
      split = ",",
      paramLabel = "N",
      defaultValue = "10000,20000,50000,100000",
      description = "Rising numbers of points, default ${DEFAULT-VALUE}.")
  private List<Integer> sizes = List.of();

  @Option(
      names = "--searches",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Searches per size, default ${DEFAULT-VALUE}.")
  private int searches = 2_000;

  @Option(names = "--data-dir", paramLabel = "DIR", required = true)
  private Path dataDir = Path.of("data");

  @Option(names = "--server-pid", paramLabel = "PID", required = true)
  private long serverPid;

  @Option(
      names = "--page",
      paramLabel = "FILE",
      description = "Write a page there and its picture beside it.")
  private Optional<Path> page = Optional.empty();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Dataset dataset = Dataset.open(samples);
    List<Size> measured = new ArrayList<>();
    try (Rest rest = new Rest(url)) {
      rest.delete(PATH);
      rest.put(
          PATH,
          """
          {"vectors":{"size":%d,"distance":"Cosine"},
           "hnsw_config":{"m":%d},
           "optimizers_config":{"indexing_threshold":1000},
           "quantization_config":{"scalar":{"type":"int8"}}}\
          """
              .formatted(dataset.dimension(), M));
      int loaded = 0;
      for (int size : sizes) {
        if (size <= loaded) {
          throw new CommandFailure("--sizes have to rise, " + size + " does not");
        }
        double loadSeconds = load(rest, dataset, loaded, size);
        double searchSeconds = search(rest, dataset);
        Size now = size(size, searchSeconds * 1e3 / searches, loadSeconds * 1e6 / (size - loaded));
        measured.add(now);
        loaded = size;
        out().printf(Locale.ROOT, "%,d points: %s%n", size, now);
        out().flush();
      }
      rest.delete(PATH);
    }
    String text = Size.table(measured, dataset.dimension(), M);
    out().println();
    out().print(text);
    out().flush();
    if (page.isPresent()) {
      Files.writeString(page.get(), page(dataset.dimension(), text));
      Files.writeString(
          page.get().resolveSibling(PICTURE), SizingChart.svg(measured, dataset.dimension(), M));
    }
    return 0;
  }

  private static String page(int dimension, String table) throws IOException {
    return """
    # Measured sizes

    Written by `scripts/bench sizing` on %s, %d processors, %s: one SQ8 collection of %d dimensions with the payloads of `samples/` that grows from size to size, one search at a time. CPU is the server's time on the processor, not wall clock. MB are 10⁶ bytes. What the formulas are stands in [sizing](sizing.md).

    ![Dots were measured, dashed lines computed](%s)

    %s\
    """
        .formatted(
            processor(),
            Runtime.getRuntime().availableProcessors(),
            LocalDate.now(ZoneOffset.UTC),
            dimension,
            PICTURE,
            table);
  }

  private static String processor() throws IOException {
    Path facts = Path.of("/proc/cpuinfo");
    if (Files.exists(facts)) {
      for (String line : Files.readAllLines(facts)) {
        if (line.startsWith("model name")) {
          return line.substring(line.indexOf(':') + 1).strip();
        }
      }
    }
    return System.getProperty("os.arch");
  }

  /// CPU seconds from the first point to the finished graph.
  private double load(Rest rest, Dataset dataset, int from, int to)
      throws InterruptedException, IOException {
    double begin = server().cpuSeconds();
    for (int at = from; at < to; at += BATCH) {
      int end = Math.min(to, at + BATCH);
      rest.put(PATH + "/points?wait=" + (end == to), Points.upsert(new Mixed(dataset), at, end));
    }
    while (!isGreen(rest, to)) {
      Thread.sleep(Duration.ofMillis(200));
    }
    double used = server().cpuSeconds() - begin;
    long until = System.nanoTime() + SETTLING.toNanos();
    while (IndexBytes.in(dataDir).of("raw") > Size.rawBytes(to, dataset.dimension()) * 1.05
        && System.nanoTime() < until) {
      Thread.sleep(Duration.ofMillis(500));
    }
    return used;
  }

  private static boolean isGreen(Rest rest, int points) throws InterruptedException {
    JsonNode info = rest.get(PATH);
    return info.path("status").asString("").equals("green")
        && info.path("points_count").longValue() == points
        && info.path("indexed_vectors_count").longValue() > 0;
  }

  private double search(Rest rest, Dataset dataset) throws InterruptedException {
    List<String> bodies = new ArrayList<>();
    for (int query = 0; query < dataset.queries(); query++) {
      StringBuilder body = new StringBuilder("{\"limit\":10,\"vector\":");
      Points.append(body, dataset.query(query));
      bodies.add(body.append('}').toString());
    }
    for (String body : bodies) {
      rest.search(PATH, body); // warms up
    }
    double begin = server().cpuSeconds();
    for (int i = 0; i < searches; i++) {
      rest.search(PATH, bodies.get(i % bodies.size()));
    }
    return server().cpuSeconds() - begin;
  }

  private Size size(int points, double searchMillis, double loadMillis) throws IOException {
    IndexBytes disk = IndexBytes.in(dataDir);
    ServerProcess.Memory memory =
        server().memory().orElseThrow(() -> new CommandFailure("the system tells no memory"));
    return new Size(
        points,
        disk.of("raw"),
        disk.of("int8") + disk.of("links") + disk.of("codes"),
        disk.of("other"),
        memory.own(),
        memory.mapped(),
        searchMillis,
        loadMillis);
  }

  /// Any number of points made of those of a data set; the same whatever came before them.
  private record Mixed(Dataset dataset) implements Points.Source {
    @Override
    public float[] vector(int point) {
      int rows = dataset.points();
      float[] one = dataset.vector(point % rows);
      float[] other = dataset.vector(new SplittableRandom(SEED + point).nextInt(rows));
      float[] vector = new float[one.length];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = MAIN * one[i] + (1 - MAIN) * other[i];
      }
      return vector;
    }

    @Override
    public String payload(int point) {
      return dataset.payload(point % dataset.points());
    }
  }

  private ServerProcess server() {
    return new ServerProcess(serverPid);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
