package io.millrace.torture;

import io.millrace.torture.fault.Broker;
import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Event;
import io.millrace.torture.history.RawJson;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.Api.Answer;
import io.millrace.torture.workload.Streams;
import io.millrace.torture.workload.TopicWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// records of a topic with three partitions go into two collections: points, operations,
/// tombstones in every form of key, repeated ids, bad records. The server is killed while it reads,
/// sometimes with a backlog from before its start. At the end of a cycle its state has to be the
/// replay of the topic.
final class KafkaCrash implements Trial {
  private static final String SOURCE = "feed";
  private static final String TOPIC = "changes";
  private static final int PARTITIONS = 3;
  private static final Duration CATCH_UP = Duration.ofSeconds(60);

  @Override
  public void run(TrialRun run) {
    var streams = new Streams(run.draw().split(), PARTITIONS);
    try (Broker broker = Broker.start(run.kafkaLib(), run.folder());
        var writer =
            new TopicWriter(
                broker.address(),
                SOURCE,
                TOPIC,
                PARTITIONS,
                streams,
                run.history()::add,
                run.draw().split())) {
      Path config = config(run, broker);
      boolean made = false;
      while (run.goesOn()) {
        if (made && run.draw().percent(40)) {
          for (int i = run.draw().between(5, 60); i > 0; i--) {
            writer.writeSome();
          }
        }
        Server victim = run.start(run.launch("serve", Optional.of(config)));
        try (victim) {
          if (!made) {
            Streams.make(api(victim), run.history());
            made = true;
          }
          long after = run.draw().between(50, 3_000);
          writeFor(writer, after);
          run.kill(victim);
          try (Server server = run.start(run.launch("serve", Optional.of(config)))) {
            int round = run.cycle();
            writer.writeSome();
            writer.writeMarks(round);
            look(run, api(server), writer, round);
          }
          run.cycleDone("killed after " + after + " ms");
        }
      }
    }
  }

  private static Path config(TrialRun run, Broker broker) {
    try {
      return Files.writeString(
          run.folder().resolve("millrace.yaml"),
          """
          kafka:
            bootstrap: %s
          sources:
            %s:
              type: kafka
              topics: [%s]
              bindings:
                - { topics: [%s], allow: ["left", "right"] }
          """
              .formatted(broker.address(), SOURCE, TOPIC, TOPIC));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Api api(Server server) {
    return new Api(server.url(), Duration.ofSeconds(20));
  }

  private static void writeFor(TopicWriter writer, long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    do {
      writer.writeSome();
      Pause.millis(10);
    } while (System.nanoTime() < end);
  }

  private static void look(TrialRun run, Api api, TopicWriter writer, int round) {
    if (!Pause.until(CATCH_UP, () -> Streams.showsMarks(api, PARTITIONS, round))) {
      run.history()
          .add(
              new Event.Fault(
                  "the topic is not read to its end within %d s; sources: %s"
                      .formatted(CATCH_UP.toSeconds(), api.get("/ingest/sources").body())));
    }
    Streams.scan(api, run.history(), PARTITIONS);
    run.history().add(new Event.DeadLetters(SOURCE, writer.deadLetters()));
    positions(run, api, writer.ends());
  }

  /// Where the source continues, if this server tells.
  private static void positions(TrialRun run, Api api, Map<String, Long> ends) {
    Answer answer = api.get("/ingest/sources");
    if (!answer.isOk()) {
      return;
    }
    for (String source : RawJson.items(answer.result())) {
      for (String stream : RawJson.items(RawJson.fields(source).getOrDefault("streams", "[]"))) {
        Map<String, String> fields = RawJson.fields(stream);
        String name = RawJson.text(fields.getOrDefault("stream", "\"\""));
        Long end = ends.get(name);
        if (end != null) {
          run.history()
              .add(
                  new Event.Position(
                      SOURCE + "/" + name, Long.parseLong(fields.getOrDefault("next", "-1")), end));
        }
      }
    }
  }
}
