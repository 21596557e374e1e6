package io.millrace.bench.demo;

import io.millrace.app.command.Command;
import io.millrace.app.command.CommandFailure;
import io.millrace.bench.Dataset;
import io.millrace.bench.ExactAnswers;
import io.millrace.bench.Points;
import io.millrace.bench.Recall;
import io.millrace.bench.Rest;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `millrace demo`: the main job on real input. Half of the sample goes through Kafka, half through
/// files; when all of it can be searched and the graph is built, three searches are shown and the
/// answers to all queries are compared with the exact ones. Ends with 1 as soon as something is not
/// as it must be.
@picocli.CommandLine.Command(
    name = "demo",
    description = {
      "Sends the sample to a running server by Kafka and by files, searches it and compares the "
          + "answers with the exact ones.",
      "scripts/quickstart starts all that it needs and then this."
    })
public final class DemoCommand implements Command {
  private static final int K = 10;

  /// What the answers must reach with the default settings of a search, without a filter and with
  /// each.
  private static final double LEAST_RECALL = 0.97;

  private static final int LINE = 96;

  /// Small on purpose, so that the sample gets a graph and searches walk it: a full scan of it
  /// would be exact, and its recall no figure.
  private static final String SETTINGS =
      """
      {"vectors": {"size": %d, "distance": "Cosine"},
       "optimizers_config": {"indexing_threshold": 1000},
       "hnsw_config": {"full_scan_threshold": 10}}
      """;

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

  @Option(
      names = "--topic",
      paramLabel = "NAME",
      defaultValue = "words",
      description = "A topic that the server reads into the collection, default ${DEFAULT-VALUE}.")
  private String topic = "words";

  @Option(
      names = "--inbox",
      paramLabel = "DIR",
      required = true,
      description = "A folder that the server reads into the collection.")
  private Path inbox = Path.of("");

  @Option(
      names = "--collection",
      paramLabel = "NAME",
      defaultValue = "wordnet",
      description = "The collection to create and fill, default ${DEFAULT-VALUE}.")
  private String collection = "wordnet";

  @Option(
      names = "--samples",
      paramLabel = "DIR",
      defaultValue = "samples",
      description = "The data set, default ${DEFAULT-VALUE}.")
  private Path samples = Path.of("samples");

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "How long each step may take, default ${DEFAULT-VALUE}.")
  private int patienceSeconds = 300;

  @Option(
      names = "--server-pid",
      paramLabel = "PID",
      description = "The server's process: when it ends, waiting for it ends too.")
  private Optional<Long> serverPid = Optional.empty();

  /// Points that a search returned, best first.
  private record Hits(List<JsonNode> found) {
    List<Integer> ids() {
      return found.stream().map(hit -> hit.path("id").intValue()).toList();
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Dataset dataset = Dataset.open(samples);
    say("sample", "%,d points, %d dimensions", dataset.points(), dataset.dimension());
    try (Rest rest = new Rest(url)) {
      awaitReady(rest);
      say("server", "ready at %s", url);
      rest.put(path(""), SETTINGS.formatted(dataset.dimension()));

      long start = System.nanoTime();
      send(new SampleRecords(dataset));
      awaitPoints(rest, dataset.points(), start);
      double searchable = secondsSince(start);
      long indexed = awaitGraph(rest, start);
      double built = secondsSince(start);

      show(rest, dataset, "We ascended the mountain", Optional.empty());
      show(rest, dataset, "thresher, thrasher, thresher shark", Optional.empty());
      show(rest, dataset, "thresher, thrasher, thresher shark", Optional.of("noun.food"));
      boolean good = compare(rest, dataset);

      out().println();
      say("points", "%,d", dataset.points());
      say("searchable", "after %.1f s", searchable);
      say(
          "records/s",
          "%,.0f, from the first send to the last point found",
          dataset.points() / searchable);
      say("graph", "over %,d vectors after %.1f s", indexed, built);
      return good ? 0 : 1;
    }
  }

  private void awaitReady(Rest rest) throws InterruptedException {
    long start = System.nanoTime();
    while (!rest.isReady()) {
      pause(start, 100, "the server at " + url + " is not ready");
    }
  }

  private void send(SampleRecords records) throws IOException {
    try {
      int sent = records.toKafka(kafka, topic);
      say("sent", "%,d records to topic %s at %s", sent, topic, kafka);
    } catch (KafkaException e) {
      throw new CommandFailure("topic " + topic + " at " + kafka + " took no records: " + e, e);
    }
    int files = records.toFolder(inbox);
    say("dropped", "%d files into %s", files, inbox);
  }

  private void awaitPoints(Rest rest, int points, long start) throws InterruptedException {
    double shown = 0;
    while (true) {
      long found = rest.get(path("")).path("points_count").longValue();
      double seconds = secondsSince(start);
      if (found == points || seconds - shown >= 1) { // one line a second
        say("", "%,7d of %,d points can be found after %.1f s", found, points, seconds);
        shown = seconds;
      }
      if (found > points) {
        throw new CommandFailure("there are more points than were sent");
      }
      if (found == points) {
        break;
      }
      pause(start, 250, "only " + found + " of " + points + " points arrived");
    }
    long counted = rest.post(path("/points/count"), "{\"exact\": true}").path("count").longValue();
    if (counted != points) {
      throw new CommandFailure("an exact count says " + counted + " instead of " + points);
    }
  }

  /// @return the number of vectors in graphs
  private long awaitGraph(Rest rest, long start) throws InterruptedException {
    while (true) {
      JsonNode info = rest.get(path(""));
      String status = info.path("status").asString("");
      long indexed = info.path("indexed_vectors_count").longValue();
      if (status.equals("green") && indexed > 0) {
        return indexed;
      }
      pause(
          start, 100, "the collection is " + status + " with " + indexed + " vectors in the graph");
    }
  }

  private void show(Rest rest, Dataset dataset, String text, Optional<String> category)
      throws InterruptedException {
    int query = queryNamed(dataset, text);
    String filter =
        category
            .map(c -> "{\"must\":[{\"key\":\"category\",\"match\":{\"value\":\"" + c + "\"}}]}")
            .orElse("");
    out().println();
    out()
        .println(
            "\""
                + cut(dataset.queryFacts(query).path("text").asString(""))
                + "\""
                + category.map(c -> ", only " + c).orElse(""));
    Hits hits = search(rest, dataset, query, 5, filter, "[\"lemmas\",\"gloss\",\"category\"]");
    for (JsonNode hit : hits.found()) {
      JsonNode payload = hit.path("payload");
      var words = new StringJoiner(", ");
      payload.path("lemmas").forEach(lemma -> words.add(lemma.asString("")));
      String line = words + ": " + payload.path("gloss").asString("");
      out().printf(Locale.ROOT, "  %.3f  %s%n", hit.path("score").doubleValue(), cut(line));
    }
    if (hits.found().size() != 5) {
      throw new CommandFailure("5 hits were expected, " + hits.found().size() + " came");
    }
    for (JsonNode hit : hits.found()) {
      String found = hit.path("payload").path("category").asString("");
      if (category.isPresent() && !found.equals(category.get())) {
        throw new CommandFailure("a hit of category " + found + " passed the filter");
      }
    }
  }

  /// One line of a terminal.
  private static String cut(String text) {
    return text.length() <= LINE ? text : text.substring(0, LINE - 1) + "…";
  }

  private static int queryNamed(Dataset dataset, String start) {
    for (int q = 0; q < dataset.queries(); q++) {
      if (dataset.queryFacts(q).path("text").asString("").startsWith(start)) {
        return q;
      }
    }
    throw new CommandFailure("the data set has no query \"" + start + "\"");
  }

  private boolean compare(Rest rest, Dataset dataset) throws InterruptedException {
    out().println();
    out().printf("recall@%d against the exact answers, %d queries each%n", K, dataset.queries());
    out()
        .printf(
            "  %-9s %7s %10s %15s %10s%n", "filter", "share", "recall@10", "complete", "ms each");
    var faults = new ArrayList<String>();
    for (ExactAnswers exact : dataset.answers()) {
      double sum = 0;
      int complete = 0;
      long start = System.nanoTime();
      for (int q = 0; q < dataset.queries(); q++) {
        String filter = exact.filter(q).map(JsonNode::toString).orElse("");
        List<Integer> ids = search(rest, dataset, q, K, filter, "false").ids();
        sum += Recall.of(dataset, exact, q, K, ids);
        complete += ids.size() == exact.top(q, K).size() ? 1 : 0;
      }
      double millis = secondsSince(start) * 1000 / dataset.queries();
      double recall = sum / dataset.queries();
      out()
          .printf(
              Locale.ROOT,
              "  %-9s %5.1f %% %10.4f %8d of %d %10.2f%n",
              exact.name(),
              exact.selectivity() * 100,
              recall,
              complete,
              dataset.queries(),
              millis);
      tooLow(exact.name(), recall).ifPresent(faults::add);
      if (complete != dataset.queries()) {
        faults.add("answers with filter " + exact.name() + " lack hits that exist");
      }
    }
    faults.forEach(fault -> out().println("FAILED  " + fault));
    return faults.isEmpty();
  }

  static Optional<String> tooLow(String filter, double recall) {
    return recall < LEAST_RECALL
        ? Optional.of("recall with filter " + filter + " is below " + LEAST_RECALL)
        : Optional.empty();
  }

  private Hits search(
      Rest rest, Dataset dataset, int query, int limit, String filter, String withPayload)
      throws InterruptedException {
    var body = new StringBuilder("{\"query\":");
    Points.append(body, dataset.query(query));
    body.append(",\"limit\":").append(limit).append(",\"with_payload\":").append(withPayload);
    if (!filter.isEmpty()) {
      body.append(",\"filter\":").append(filter);
    }
    var found = new ArrayList<JsonNode>();
    rest.post(path("/points/query"), body.append('}').toString())
        .path("points")
        .forEach(found::add);
    return new Hits(List.copyOf(found));
  }

  private String path(String rest) {
    return "/collections/" + collection + rest;
  }

  /// Waits a moment; past the time that a step may take, or without a server, it fails instead.
  private void pause(long start, int millis, String state) throws InterruptedException {
    boolean gone =
        serverPid.isPresent()
            && !ProcessHandle.of(serverPid.get()).map(ProcessHandle::isAlive).orElse(false);
    if (gone) {
      throw new CommandFailure(state + ": the server ended");
    }
    if (secondsSince(start) > patienceSeconds) {
      throw new CommandFailure(state + " after " + patienceSeconds + " s");
    }
    Thread.sleep(Duration.ofMillis(millis));
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private void say(String what, String format, Object... values) {
    out().printf(Locale.ROOT, "%-11s", what);
    out().printf(Locale.ROOT, format, values);
    out().println();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
