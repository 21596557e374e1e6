package io.millrace.torture;

import io.millrace.torture.fault.Broker;
import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Event;
import io.millrace.torture.history.RawJson;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.RawTopic;
import io.millrace.torture.workload.RestCollections;
import io.millrace.torture.workload.SourceView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/// R-22: while records come in at a rate, a client writes a record, waits for its position, by the
/// call or by the parameter of the read itself, and has to see it. Now and then its record is bad,
/// and the wait has to say so. The server tells how fresh the others are.
final class FreshReads implements Trial {
  private static final String SOURCE = "feed";
  private static final String TOPIC = "stream";
  private static final String PATH = "/collections/c/points";
  private static final int PER_SECOND = 2_000;
  private static final double MOST_SECONDS = 1.0;
  private static final double MOST_SECONDS_ELSE = 20.0;
  private final int reads;

  /// @param reads per cycle that wait for a position
  FreshReads(int reads) {
    this.reads = reads;
  }

  @Override
  public void run(TrialRun run) {
    try (Broker broker = Broker.start(run.kafkaLib(), run.folder());
        var topic = new RawTopic(broker.address(), TOPIC, 2)) {
      String config = KafkaLooks.config(broker.address(), SOURCE, TOPIC, "collection: c", "");
      Server.Launch launch =
          run.launch("serve", run.config(config)).with(List.of("storage.refresh_interval_ms=500"));
      try (Server server = run.start(launch)) {
        var api = new Api(server.url(), Duration.ofSeconds(120));
        RestCollections.create(api, "c", Map.of("", 4));
        var ended = new AtomicBoolean();
        CompletableFuture<Void> writing =
            CompletableFuture.runAsync(
                () -> load(topic, ended),
                task -> Thread.ofPlatform().daemon().name("writer").start(task));
        try {
          while (run.goesOn()) {
            for (int i = 0; i < reads; i++) {
              if (i % 20 == 19) {
                refused(run, api, topic);
              } else {
                waited(run, api, topic, run.cycle() * (long) reads + i);
              }
            }
            double p99 =
                SourceView.of(api, SOURCE)
                    .map(view -> view.figure("freshness_p99"))
                    .orElse(Double.NaN);
            run.history()
                .add(
                    new Event.Bounded(
                        "p99 from record to searchable, seconds",
                        p99,
                        run.timesCount() ? MOST_SECONDS : MOST_SECONDS_ELSE));
            run.cycleDone("%d waited reads, p99 of freshness %.3f s".formatted(reads, p99));
          }
        } finally {
          ended.set(true);
          writing.join();
        }
      }
    }
  }

  /// Records at a steady rate, a few ids over and over.
  private static void load(RawTopic topic, AtomicBoolean ended) {
    long begin = System.nanoTime();
    for (long n = 0; !ended.get(); n++) {
      long due = begin + n * (1_000_000_000L / PER_SECOND);
      long early = (due - System.nanoTime()) / 1_000_000;
      if (early > 1) {
        Pause.millis(early);
      }
      var unused = topic.send((int) (n % 2), point(1_000_000 + n % 5_000, n));
    }
  }

  private static void waited(TrialRun run, Api api, RawTopic topic, long n) {
    long id = n % 50;
    long offset = topic.sent(topic.send((int) (n % 2), point(id, n)));
    String position = SOURCE + "/" + TOPIC + "/" + n % 2 + "@" + offset;
    Api.Answer read;
    if (run.draw().percent(50)) {
      Api.Answer wait = api.get("/ingest/wait?timeout=110&collection=c&position=" + position);
      run.history().add(new Event.Told("wait for " + position, "completed", status(wait)));
      read = api.get(PATH + "/" + id);
    } else {
      read = api.get(PATH + "/" + id + "?timeout=110&min_position=" + position);
    }
    String seen =
        read.isOk()
            ? RawJson.fields(RawJson.fields(read.result()).getOrDefault("payload", "{}"))
                .getOrDefault("n", "none")
            : read.toString();
    run.history().add(new Event.Told("read of " + position, "" + n, seen));
  }

  private static void refused(TrialRun run, Api api, RawTopic topic) {
    long offset = topic.sent(topic.send(0, "{\"id\":1,\"vector\":[1]}"));
    String position = SOURCE + "/" + TOPIC + "/0@" + offset;
    Api.Answer wait = api.get("/ingest/wait?timeout=110&collection=c&position=" + position);
    String letters =
        wait.isOk() ? RawJson.fields(wait.result()).getOrDefault("dead_letters", "") : "";
    run.history()
        .add(
            new Event.Told(
                "wait for the refused " + position,
                "completed, told",
                status(wait) + (letters.contains(position) ? ", told" : ", " + letters)));
  }

  private static String status(Api.Answer wait) {
    return wait.isOk()
        ? RawJson.text(RawJson.fields(wait.result()).getOrDefault("status", "\"none\""))
        : wait.toString();
  }

  private static String point(long id, long n) {
    return "{\"id\":%d,\"vector\":[1,2,3,4],\"payload\":{\"n\":%d}}".formatted(id, n);
  }
}
