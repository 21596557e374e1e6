package io.millrace.bench.sizing;

import io.millrace.app.command.Command;
import io.millrace.app.command.CommandFailure;
import io.millrace.bench.Dataset;
import io.millrace.bench.Rest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
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

  private static final Set<String> QUICK = Set.of("mvq", "mvg", "mvc");

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
    double begin = cpuSeconds();
    for (int at = from; at < to; at += BATCH) {
      int end = Math.min(to, at + BATCH);
      rest.put(PATH + "/points?wait=" + (end == to), batch(dataset, at, end));
    }
    while (!isGreen(rest, to)) {
      Thread.sleep(Duration.ofMillis(200));
    }
    double used = cpuSeconds() - begin;
    long until = System.nanoTime() + SETTLING.toNanos();
    while (bytes("mvr") > Size.rawBytes(to, dataset.dimension()) * 1.05
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
      vector(body, dataset.query(query));
      bodies.add(body.append('}').toString());
    }
    for (String body : bodies) {
      rest.search(PATH, body); // warms up
    }
    double begin = cpuSeconds();
    for (int i = 0; i < searches; i++) {
      rest.search(PATH, bodies.get(i % bodies.size()));
    }
    return cpuSeconds() - begin;
  }

  private Size size(int points, double searchMillis, double loadMillis) throws IOException {
    long raw = bytes("mvr");
    long quick = 0;
    for (String part : QUICK) {
      quick += bytes(part);
    }
    long own = memory("RssAnon:");
    long mapped = memory("RssFile:");
    return new Size(
        points, raw, quick, bytes("") - raw - quick, own, mapped, searchMillis, loadMillis);
  }

  /// Of the files of the index with that ending, or all for an empty one.
  private long bytes(String ending) throws IOException {
    try (var files = Files.walk(dataDir.resolve("collections"))) {
      return files
          .filter(file -> file.getParent() != null && file.getParent().endsWith("index"))
          .filter(file -> ending.isEmpty() || file.toString().endsWith("." + ending))
          .mapToLong(SizingCommand::bytes)
          .sum();
    } catch (UncheckedIOException gone) {
      return bytes(ending); // a merge removed a file that had just been listed
    }
  }

  private static long bytes(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (NoSuchFileException merged) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private double cpuSeconds() {
    return ProcessHandle.of(serverPid)
            .flatMap(process -> process.info().totalCpuDuration())
            .orElseThrow(() -> new CommandFailure("there is no process " + serverPid))
            .toNanos()
        / 1e9;
  }

  private long memory(String name) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + serverPid + "/status"))) {
      if (line.startsWith(name)) {
        String digits = line.substring(name.length(), line.lastIndexOf(' ')).strip();
        return Long.parseLong(digits) * 1024;
      }
    }
    return 0;
  }

  /// The same for a point whatever came before it.
  private static float[] made(Dataset dataset, int point) {
    int rows = dataset.points();
    float[] one = dataset.vector(point % rows);
    float[] other = dataset.vector(new SplittableRandom(SEED + point).nextInt(rows));
    float[] vector = new float[one.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = MAIN * one[i] + (1 - MAIN) * other[i];
    }
    return vector;
  }

  private static String batch(Dataset dataset, int from, int to) {
    StringBuilder body = new StringBuilder("{\"points\":[");
    for (int point = from; point < to; point++) {
      body.append(point == from ? "" : ",").append("{\"id\":").append(point).append(",\"vector\":");
      vector(body, made(dataset, point));
      body.append(",\"payload\":").append(dataset.payload(point % dataset.points())).append('}');
    }
    return body.append("]}").toString();
  }

  private static void vector(StringBuilder body, float[] vector) {
    char separator = '[';
    for (float x : vector) {
      body.append(separator).append(x);
      separator = ',';
    }
    body.append(']');
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
