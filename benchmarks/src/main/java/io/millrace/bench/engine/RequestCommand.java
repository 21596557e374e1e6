package io.millrace.bench.engine;

import io.millrace.app.command.Command;
import io.millrace.app.command.CommandFailure;
import io.millrace.bench.Dataset;
import io.millrace.bench.Points;
import io.millrace.bench.Rest;
import io.millrace.bench.ServerProcess;
import io.millrace.bench.Times;
import io.millrace.collection.Searcher;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.NearestQuery;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `millrace bench-request`: what a query with ten payloads costs a server beside the engine's own
/// work.
///
/// The sample lies in two collections made alike: one of a running server, one in this process. In
/// rounds the same queries are asked of both, over HTTP and through a [Searcher], payloads
/// included, and the CPU time of the threads that work is taken: of the server all but those of
/// compiler and collector, here the one that asks.
///
/// The engine's own work is taken off twice: as the server counts it, and as the same searches cost
/// in a loop of nothing else, which leaves what the requests between them cost the caches to the
/// request.
@picocli.CommandLine.Command(
    name = "bench-request",
    description = {
      "Measures the CPU time of a query with ten payloads on a running server, and how much of it is",
      "the engine's own. scripts/bench request starts a server of its own and then this."
    })
public final class RequestCommand implements Command {
  private static final String PATH = "/collections/bench-request";
  private static final int M = 16;
  private static final int EF_CONSTRUCT = 100;
  private static final int BATCH = 500;
  private static final int LIMIT = 10;
  private static final int WARM_ROUNDS = 30;
  private static final SearchParams DEFAULT =
      new SearchParams(
          OptionalInt.empty(),
          false,
          false,
          false,
          SearchParams.Rescore.DEFAULT,
          OptionalDouble.empty());
  private static final String SEARCH_CPU = "\nmillrace_search_cpu_seconds_total ";
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--url", paramLabel = "URL", defaultValue = "http://127.0.0.1:6333")
  private URI url = URI.create("http://127.0.0.1:6333");

  @Option(names = "--samples", paramLabel = "DIR", defaultValue = "samples")
  private Path samples = Path.of("samples");

  @Option(names = "--server-pid", paramLabel = "PID", required = true)
  private long serverPid;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "60",
      description = "Rounds in which both are asked every query, default ${DEFAULT-VALUE}.")
  private int rounds = 60;

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "1",
      description = "Connections over which the server is asked at once, default ${DEFAULT-VALUE}.")
  private int connections = 1;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Dataset dataset = Dataset.open(samples);
    VectorConfig vector =
        new VectorConfig(
            dataset.dimension(),
            Distance.COSINE,
            M,
            EF_CONSTRUCT,
            1,
            new VectorConfig.Quantization.None());
    Path folder = Files.createTempDirectory("millrace-request");
    try (Rest rest = new Rest(url);
        OneGraph own = new OneGraph(folder, vector, dataset.points(), dataset.points())) {
      load(rest, dataset);
      own.fill(BATCH, number -> point(dataset, number));
      try (Searcher searcher = own.searcher()) {
        measure(rest, searcher, dataset);
      }
      rest.delete(PATH);
    } finally {
      remove(folder);
    }
    return 0;
  }

  private static Point point(Dataset dataset, int number) {
    return new Point(
        PointId.of(number),
        Map.of("", new VectorValue.Dense(dataset.vector(number))),
        PayloadBytes.of(dataset.payload(number)));
  }

  private static void load(Rest rest, Dataset dataset) throws InterruptedException {
    rest.delete(PATH);
    rest.put(
        PATH,
        """
        {"vectors":{"size":%d,"distance":"Cosine"},
         "hnsw_config":{"m":%d,"ef_construct":%d},
         "optimizers_config":{"indexing_threshold":%d}}\
        """
            .formatted(
                dataset.dimension(),
                M,
                EF_CONSTRUCT,
                OneGraph.threshold(dataset.points(), dataset.dimension())));
    for (int at = 0; at < dataset.points(); at += BATCH) {
      int end = Math.min(dataset.points(), at + BATCH);
      rest.put(PATH + "/points?wait=" + (end == dataset.points()), Points.upsert(dataset, at, end));
    }
    while (!rest.get(PATH).path("status").asString("").equals("green")
        || rest.get(PATH).path("indexed_vectors_count").longValue() < dataset.points()) {
      Thread.sleep(100);
    }
  }

  private void measure(Rest rest, Searcher searcher, Dataset dataset) throws InterruptedException {
    ServerProcess server = new ServerProcess(serverPid);
    List<String> bodies = new ArrayList<>();
    for (int query = 0; query < dataset.queries(); query++) {
      StringBuilder body = new StringBuilder("{\"limit\":10,\"with_payload\":true,\"query\":");
      Points.append(body, dataset.query(query));
      bodies.add(body.append('}').toString());
    }
    long[] all = new long[rounds];
    long[] engine = new long[rounds];
    long[] beside = new long[rounds];
    long[] loop = new long[rounds];
    long[] besideLoop = new long[rounds];
    try (ExecutorService asking = Executors.newFixedThreadPool(Math.max(1, connections))) {
      for (int round = -WARM_ROUNDS; round < rounds; round++) {
        long searchedBefore = searchNanos(rest);
        long before = server.workNanos();
        ask(rest, bodies, asking);
        long asked = (server.workNanos() - before) / bodies.size();
        long searched = (searchNanos(rest) - searchedBefore) / bodies.size();
        long alone = search(searcher, dataset) / bodies.size();
        if (round >= 0) {
          all[round] = asked;
          engine[round] = searched;
          beside[round] = asked - searched;
          loop[round] = alone;
          besideLoop[round] = asked - alone;
        }
      }
    }
    out()
        .printf(
            Locale.ROOT,
            "%,d points of %d components, %d queries for 10 hits with payload, %d at once;%n"
                + "CPU µs a query: least / tenth part / median of %d rounds%n",
            dataset.points(),
            dataset.dimension(),
            bodies.size(),
            connections,
            rounds);
    print("the server, in all", all);
    print("of it the engine's own", engine);
    print("beside it", beside);
    print("the engine in a loop of its own", loop);
    print("beside that", besideLoop);
    out().flush();
  }

  private static void ask(Rest rest, List<String> bodies, ExecutorService asking)
      throws InterruptedException {
    List<Callable<JsonNode>> requests = new ArrayList<>();
    for (String body : bodies) {
      requests.add(() -> rest.post(PATH + "/points/query", body));
    }
    for (Future<JsonNode> answer : asking.invokeAll(requests)) {
      try {
        answer.get();
      } catch (ExecutionException e) {
        throw new CommandFailure("a query failed: " + e.getCause(), e);
      }
    }
  }

  /// CPU time of searches, as the server counts it.
  private static long searchNanos(Rest rest) throws InterruptedException {
    String metrics = rest.text("/metrics");
    int at = metrics.indexOf(SEARCH_CPU);
    if (at < 0) {
      throw new CommandFailure("the server's metrics have no CPU time of searches");
    }
    int from = at + SEARCH_CPU.length();
    return Math.round(
        1e9 * Double.parseDouble(metrics.substring(from, metrics.indexOf('\n', from))));
  }

  private void print(String what, long[] nanos) {
    Times times = Times.of(nanos);
    out()
        .printf(
            Locale.ROOT,
            "  %-32s %4.0f / %4.0f / %4.0f%n",
            what,
            times.percentileMillis(0) * 1e3,
            times.percentileMillis(0.1) * 1e3,
            times.percentileMillis(0.5) * 1e3);
  }

  /// CPU time of this thread for every query once.
  private static long search(Searcher searcher, Dataset dataset) {
    long before = THREADS.getCurrentThreadCpuTime();
    for (int query = 0; query < dataset.queries(); query++) {
      int hits =
          searcher
              .nearest(
                  new NearestQuery(
                      "",
                      new VectorValue.Dense(dataset.query(query)),
                      Filter.ALL,
                      LIMIT,
                      0,
                      OptionalDouble.empty(),
                      DEFAULT,
                      Fetch.PAYLOAD),
                  Deadline.NONE)
              .size();
      if (hits != LIMIT) {
        throw new CommandFailure("a query has " + hits + " hits");
      }
    }
    return THREADS.getCurrentThreadCpuTime() - before;
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
