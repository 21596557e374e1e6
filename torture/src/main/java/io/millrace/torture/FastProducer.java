package io.millrace.torture;

import io.millrace.torture.fault.Broker;
import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Event;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.RawTopic;
import io.millrace.torture.workload.RestCollections;
import io.millrace.torture.workload.SourceView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// the producer is faster than indexing, by far: its binding may take a fifth of what comes.
/// One record has nearly 8 MiB, and REST writes go on beside. What is held in memory stays in its
/// budget, nobody leaves a group, REST is answered, and in the end the lag falls to 0.
final class FastProducer implements Trial {
  private static final String SOURCE = "feed";
  private static final String TOPIC = "flood";
  private static final String COLLECTION = "c";
  private static final Duration CATCH_UP = Duration.ofSeconds(120);

  /// A record or two of the largest size may come on top of a full budget.
  private static final double ABOVE_BUDGET = 20 << 20;

  private static final int VECTOR = 64;

  /// Of about 1,200 bytes: five times what the three partitions may take together.
  private static final int PER_SECOND = 25_000;

  private final int seconds;

  /// @param seconds per cycle that the producer writes
  FastProducer(int seconds) {
    this.seconds = seconds;
  }

  @Override
  public void run(TrialRun run) {
    long sent = 0;
    long rest = 0;
    try (Broker broker = Broker.start(run.kafkaLib(), run.folder());
        var topic = new RawTopic(broker.address(), TOPIC, 3)) {
      String config =
          KafkaLooks.config(
              broker.address(),
              SOURCE,
              TOPIC,
              "collection: c, limits: { bytes_per_second: 2000000 }",
              "");
      try (Server server = run.start(run.launch("serve", run.config(config)))) {
        var api = new Api(server.url(), Duration.ofSeconds(60));
        RestCollections.create(api, COLLECTION, Map.of("", VECTOR));
        while (run.goesOn()) {
          long first = sent;
          long end = System.nanoTime() + seconds * 1_000_000_000L;
          CompletableFuture<Long> producing =
              CompletableFuture.supplyAsync(() -> flood(topic, first, end));
          List<Double> took = new ArrayList<>();
          double held = 0;
          double budget = 0;
          while (!producing.isDone()) {
            long begin = System.nanoTime();
            String point = "{\"points\":[" + point(10_000_000_000L + rest, "") + "]}";
            Api.Answer answer =
                api.send("PUT", "/collections/" + COLLECTION + "/points?wait=true", point);
            took.add((System.nanoTime() - begin) / 1e9);
            if (answer.isOk()) {
              rest++;
            } else {
              run.history().add(new Event.Fault("a REST write beside the flood: " + answer));
            }
            Optional<SourceView> view = SourceView.of(api, SOURCE);
            held = Math.max(held, view.map(v -> v.figure("in_flight_bytes")).orElse(0.0));
            budget = Math.max(budget, view.map(v -> v.figure("budget_bytes")).orElse(0.0));
            Pause.millis(50);
          }
          sent = producing.join();
          took.sort(null);
          run.history()
              .add(new Event.Bounded("bytes between fetch and log", held, budget + ABOVE_BUDGET));
          run.history()
              .add(
                  new Event.Bounded(
                      "p99 of a REST write beside the flood, seconds",
                      took.get((int) Math.ceil(took.size() * 0.99) - 1),
                      run.timesCount() ? 2.5 : 15));
          caughtUp(run, api, topic);
          KafkaLooks.points(run, api, COLLECTION, sent + rest, "points in the end");
          run.cycleDone(
              "%d records of the flood, %d REST writes beside, %.0f MB held at most"
                  .formatted(sent - first, took.size(), held / 1e6));
        }
      }
    }
  }

  /// Returns behind the last id.
  private static long flood(RawTopic topic, long first, long endNanos) {
    long id = first;
    var unused = topic.send((int) (id % 3), point(id++, "x".repeat((8 << 20) - 10_000)));
    long begin = System.nanoTime();
    while (System.nanoTime() < endNanos) {
      unused = topic.send((int) (id % 3), point(id, "x".repeat(1_000)));
      id++;
      long due = begin + (id - first) * (1_000_000_000L / PER_SECOND);
      long early = (due - System.nanoTime()) / 1_000_000;
      if (early > 1) {
        Pause.millis(early);
      }
    }
    topic.flush();
    return id;
  }

  private static void caughtUp(TrialRun run, Api api, RawTopic topic) {
    Map<String, Long> ends = topic.ends();
    boolean read =
        Pause.until(
            CATCH_UP,
            () -> SourceView.of(api, SOURCE).map(view -> view.hasRead(ends)).orElse(false));
    if (!read) {
      run.history().add(new Event.Fault("the flood is not read to its end"));
    }
    KafkaLooks.positions(run, api, SOURCE, ends);
    double rebalances =
        SourceView.of(api, SOURCE).map(view -> view.figure("rebalances")).orElse(Double.NaN);
    run.history().add(new Event.Bounded("rebalances", rebalances, 0));
  }

  private static final String COMPONENTS = "1,".repeat(VECTOR - 1) + "1";

  private static String point(long id, String text) {
    return "{\"id\":%d,\"vector\":[%s],\"payload\":{\"t\":\"%s\"}}".formatted(id, COMPONENTS, text);
  }
}
