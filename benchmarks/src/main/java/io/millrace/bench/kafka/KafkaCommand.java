package io.millrace.bench.kafka;

import io.millrace.app.command.Command;
import io.millrace.app.command.CommandFailure;
import io.millrace.bench.Rest;
import io.millrace.bench.ServerProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `millrace bench-kafka`: fills a topic, lets a source of the server read it from the start, and
/// takes the time until all of it can be searched. What is measured is reading, decoding, the log
/// and the index together; broker, server and this command share the machine.
@picocli.CommandLine.Command(
    name = "bench-kafka",
    description = {
      "Measures a running server's Kafka path: records per second until searchable with graphs off "
          + "and on, with 1 %% bad records, and the time from sending to searchable.",
      "scripts/bench kafka starts a broker and a server of its own and then this."
    })
public final class KafkaCommand implements Command {
  private static final int PARTITIONS = 3;
  private static final int PATIENCE_SECONDS = 600;

  /// Below it a graph is built as early as in any default collection of this size.
  private static final int GRAPH_THRESHOLD_KB = 10_000;

  private static final JsonMapper JSON = JsonMapper.shared();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:6333",
      description = "The server, default ${DEFAULT-VALUE}.")
  private URI url = URI.create("http://127.0.0.1:6333");

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      required = true,
      description = "The broker that the server reads from.")
  private String kafka = "";

  @Option(names = "--server-pid", paramLabel = "PID", description = "To report its CPU time.")
  private Optional<Long> serverPid = Optional.empty();

  @Option(names = "--broker-pid", paramLabel = "PID", description = "To report its CPU time.")
  private Optional<Long> brokerPid = Optional.empty();

  @Option(
      names = "--records",
      paramLabel = "N",
      defaultValue = "150000",
      description =
          "Records of 128 components of a case, a third of it of 384; default ${DEFAULT-VALUE}.")
  private int records = 150_000;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "How often rates are taken, after a round to warm up; default ${DEFAULT-VALUE}.")
  private int rounds = 3;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "PART",
      description = "Some of rates, graphs, freshness; default all.")
  private Set<String> only = Set.of("rates", "graphs", "freshness");

  @Option(names = "--json", paramLabel = "FILE", description = "Write the report there too.")
  private Optional<Path> json = Optional.empty();

  /// A kind of topic that is read.
  private record Case(String name, Records records, int count) {}

  /// One reading of a topic.
  ///
  /// @param startSeconds from the making of the source until its first records were searchable
  /// @param seconds from then until all whole records were
  /// @param left records searchable in these
  /// @param serverSeconds CPU time of the server over that time
  /// @param brokerSeconds CPU time of the broker over that time
  private record Reading(
      String name,
      int count,
      long bytes,
      double startSeconds,
      double seconds,
      int left,
      double serverSeconds,
      double brokerSeconds) {
    double perSecond() {
      return left / seconds;
    }
  }

  private int collections;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ObjectNode report = JSON.createObjectNode();
    try (Rest rest = new Rest(url);
        TopicFiller filler = new TopicFiller(kafka)) {
      if (only.contains("rates")) {
        rates(rest, filler, report);
      }
      if (only.contains("graphs")) {
        graphs(rest, filler, report);
      }
      if (only.contains("freshness")) {
        freshness(rest, filler, report);
      }
    }
    if (json.isPresent()) {
      Files.writeString(json.get(), report.toPrettyString() + "\n");
    }
    return 0;
  }

  private void rates(Rest rest, TopicFiller filler, ObjectNode report) throws InterruptedException {
    int fewer = records / 3;
    List<Case> cases =
        List.of(
            new Case("128, JSON", new Records(128, Records.Form.JSON, 0), records),
            new Case("128, base64", new Records(128, Records.Form.BASE64, 0), records),
            new Case("384, JSON", new Records(384, Records.Form.JSON, 0), fewer),
            new Case("384, base64", new Records(384, Records.Form.BASE64, 0), fewer),
            new Case("384, JSON, 1 % bad", new Records(384, Records.Form.JSON, 100), fewer));
    List<String> topics = new ArrayList<>();
    List<Long> bytes = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      topics.add("bench-rate-" + i);
      bytes.add(fill(filler, topics.get(i), cases.get(i)));
    }
    out()
        .printf(
            "graphs off: records per second from the first searchable one to the last, median of %d"
                + " rounds%n%-20s %9s %9s %19s %10s %12s %12s%n",
            rounds,
            "components, form",
            "records",
            "per s",
            "least–most",
            "MB/s",
            "server µs",
            "broker µs");
    List<List<Reading>> readings = new ArrayList<>();
    cases.forEach(c -> readings.add(new ArrayList<>()));
    // Round by round, so that a noisy moment does not hit one case only; the first warms up.
    for (int round = 0; round <= rounds; round++) {
      for (int i = 0; i < cases.size(); i++) {
        Reading reading = read(rest, topics.get(i), cases.get(i), bytes.get(i), 0, false);
        if (round > 0) {
          readings.get(i).add(reading);
        }
      }
    }
    for (List<Reading> same : readings) {
      Reading median = median(same);
      out()
          .printf(
              Locale.ROOT,
              "%-20s %,9d %,9.0f %,9.0f–%,9.0f %10.1f %12.1f %12.1f%n",
              median.name(),
              median.count(),
              median.perSecond(),
              same.getFirst().perSecond(),
              same.getLast().perSecond(),
              median.perSecond() * median.bytes() / median.count() / 1e6,
              1e6 * median.serverSeconds() / median.count(),
              1e6 * median.brokerSeconds() / median.count());
      into(report.withArray("rates").addObject(), median);
    }
    out().flush();
  }

  /// Sorts them by their rates.
  private static Reading median(List<Reading> same) {
    same.sort(Comparator.comparingDouble(Reading::perSecond));
    return same.get(same.size() / 2);
  }

  /// Graphs off and on in turn, then on until the graph stands.
  private void graphs(Rest rest, TopicFiller filler, ObjectNode report)
      throws IOException, InterruptedException {
    Case made = new Case("384, JSON", new Records(384, Records.Form.JSON, 0), records / 3);
    long bytes = fill(filler, "bench-graphs", made);
    Reading unused = read(rest, "bench-graphs", made, bytes, 0, false); // warms up
    List<Reading> without = new ArrayList<>();
    List<Reading> with = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      without.add(read(rest, "bench-graphs", made, bytes, 0, false));
      with.add(read(rest, "bench-graphs", made, bytes, GRAPH_THRESHOLD_KB, false));
      shares.add(with.getLast().perSecond() / without.getLast().perSecond());
    }
    shares.sort(Comparator.naturalOrder());
    Reading green = read(rest, "bench-graphs", made, bytes, GRAPH_THRESHOLD_KB, true);
    Path folder = Files.createTempDirectory("millrace-bench-alone");
    double alone;
    try {
      alone = EngineAlone.seconds(folder, made.records(), made.count(), GRAPH_THRESHOLD_KB);
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    out()
        .printf(
            Locale.ROOT,
            "%n%,d records of 384 components searchable at %,.0f per s without graphs, %,.0f with (%.2f"
                + " x, %.2f–%.2f); graph over all after %.1f s, the engine alone without Kafka %.1f"
                + " s (%.2f x)%n",
            made.count(),
            median(without).perSecond(),
            median(with).perSecond(),
            shares.get(rounds / 2),
            shares.getFirst(),
            shares.getLast(),
            green.startSeconds() + green.seconds(),
            alone,
            (green.startSeconds() + green.seconds()) / alone);
    out().flush();
    ObjectNode node = report.putObject("graphs");
    into(node.putObject("without"), median(without));
    into(node.putObject("searchable"), median(with));
    node.put("share", shares.get(rounds / 2));
    into(node.putObject("graph"), green);
    node.put("engine_alone_seconds", alone);
  }

  private void freshness(Rest rest, TopicFiller filler, ObjectNode report)
      throws InterruptedException {
    Records made = new Records(384, Records.Form.JSON, 0);
    for (int perSecond : List.of(1_000, 2_000)) {
      String topic = "bench-freshness-" + perSecond;
      filler.create(topic, 1);
      String name = open(rest, topic, made, GRAPH_THRESHOLD_KB);
      Freshness fresh =
          Freshness.measure(rest, filler, topic, "/collections/" + name, made, 20, perSecond);
      close(rest, name);
      out()
          .printf(
              Locale.ROOT,
              "%nfreshness at %,.0f records/s of 384 components, %,d records: p50 %.0f ms, p99 %.0f"
                  + " ms, worst %.0f ms%n",
              fresh.perSecond(),
              fresh.records(),
              fresh.p50Millis(),
              fresh.p99Millis(),
              fresh.worstMillis());
      out().flush();
      report
          .withArray("freshness")
          .addObject()
          .put("records_per_second", fresh.perSecond())
          .put("p50_ms", fresh.p50Millis())
          .put("p99_ms", fresh.p99Millis())
          .put("worst_ms", fresh.worstMillis());
    }
  }

  /// Sends all records of a case.
  ///
  /// @return their bytes
  private static long fill(TopicFiller filler, String topic, Case made)
      throws InterruptedException {
    filler.create(topic, PARTITIONS);
    long bytes = 0;
    for (int id = 0; id < made.count(); id++) {
      byte[] value = made.records().record(id);
      bytes += value.length;
      filler.send(topic, id, value);
    }
    filler.flush();
    return bytes;
  }

  /// Makes a collection and a source that reads the topic into it.
  ///
  /// @return the name of both
  private String open(Rest rest, String topic, Records made, int threshold)
      throws InterruptedException {
    collections++;
    String name = "bench-kafka-" + collections;
    rest.put(
        "/collections/" + name,
        "{\"vectors\":{\"size\":%d,\"distance\":\"Cosine\"},\"optimizers_config\":{\"indexing_threshold\":%d}}"
            .formatted(made.dimension(), threshold));
    rest.put(
        "/ingest/sources/" + name,
        """
        {"type": "kafka", "bootstrap": "%s", "topics": ["%s"],
         "bindings": [{"topics": ["%s"], "collection": "%s"}]}
        """
            .formatted(kafka, topic, topic, name));
    return name;
  }

  private static void close(Rest rest, String name) throws InterruptedException {
    rest.delete("/ingest/sources/" + name);
    rest.delete("/collections/" + name);
  }

  /// Reads a topic from its start into a new collection.
  ///
  /// @param threshold `indexing_threshold` in KB, 0 for no graphs
  /// @param graph whether to wait for the graph over all points too
  private Reading read(Rest rest, String topic, Case made, long bytes, int threshold, boolean graph)
      throws InterruptedException {
    double server = cpuSeconds(serverPid);
    double broker = cpuSeconds(brokerPid);
    long start = System.nanoTime();
    String name = open(rest, topic, made.records(), threshold);
    int expected = made.records().good(made.count());
    int atFirst = 0;
    long first = start;
    while (true) {
      JsonNode info = rest.get("/collections/" + name);
      int points = info.path("points_count").intValue();
      if (atFirst == 0 && points > 0) {
        atFirst = points;
        first = System.nanoTime();
      }
      boolean searchable = points == expected;
      boolean built =
          info.path("indexed_vectors_count").intValue() == expected
              && info.path("status").asString("").equals("green");
      if (searchable && (built || !graph)) {
        break;
      }
      if ((System.nanoTime() - start) / 1e9 > PATIENCE_SECONDS) {
        throw new CommandFailure(
            topic + " was not read within " + PATIENCE_SECONDS + " s: " + info);
      }
      Thread.sleep(10);
    }
    double seconds = (System.nanoTime() - first) / 1e9;
    var reading =
        new Reading(
            made.name(),
            made.count(),
            bytes,
            (first - start) / 1e9,
            seconds,
            expected - atFirst,
            cpuSeconds(serverPid) - server,
            cpuSeconds(brokerPid) - broker);
    close(rest, name);
    return reading;
  }

  /// 0 for a process that is not named.
  private static double cpuSeconds(Optional<Long> pid) {
    return pid.map(number -> new ServerProcess(number).cpuSeconds()).orElse(0.0);
  }

  private static void into(ObjectNode node, Reading reading) {
    node.put("case", reading.name())
        .put("records", reading.count())
        .put("bytes", reading.bytes())
        .put("start_seconds", reading.startSeconds())
        .put("seconds", reading.seconds())
        .put("records_per_second", reading.perSecond())
        .put("server_cpu_seconds", reading.serverSeconds())
        .put("broker_cpu_seconds", reading.brokerSeconds());
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
