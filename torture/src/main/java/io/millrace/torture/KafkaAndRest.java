package io.millrace.torture;

import io.millrace.torture.fault.Broker;
import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Event;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.Streams;
import io.millrace.torture.workload.TopicWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// the same changes into two servers, by Kafka and by REST. Both have to be the replay of
/// them, and so equal to each other, vectors and payloads byte for byte.
final class KafkaAndRest implements Trial {
  private static final String SOURCE = "feed";
  private static final String TOPIC = "changes";
  private static final int PARTITIONS = 3;
  private static final Duration CATCH_UP = Duration.ofSeconds(60);
  private final int changes;

  /// @param changes per cycle
  KafkaAndRest(int changes) {
    this.changes = changes;
  }

  @Override
  public void run(TrialRun run) {
    List<Event.Logged> written = new ArrayList<>();
    try (Broker broker = Broker.start(run.kafkaLib(), run.folder());
        var writer =
            new TopicWriter(
                broker.address(),
                SOURCE,
                TOPIC,
                PARTITIONS,
                Streams.plain(run.draw().split(), PARTITIONS),
                written::add,
                run.draw().split())) {
      String config = KafkaLooks.config(broker.address(), SOURCE, TOPIC, KafkaLooks.BOTH, "");
      Server.Launch launch = run.launch("serve", run.config(config));
      Server.Launch rest =
          run.launch("serve", Optional.empty())
              .on(run.folder().resolve("rest"), run.folder().resolve("rest.log"));
      try (Server byKafka = run.start(launch);
          Server byRest = run.start(rest)) {
        var kafka = new Api(byKafka.url(), Duration.ofSeconds(20));
        var plain = new Api(byRest.url(), Duration.ofSeconds(20));
        List<String> both = List.of(Streams.LEFT, Streams.RIGHT);
        Streams.make(kafka, run.history(), both, "kafka/");
        Streams.make(plain, run.history(), both, "rest/");
        while (run.goesOn()) {
          int round = run.cycle();
          written.clear();
          while (written.size() < changes) {
            writer.writeSome();
          }
          writer.writeMarks(round);
          var refused = new AtomicInteger();
          for (Event.Logged one : written) {
            run.history().add(named("kafka/", one));
            run.history().add(named("rest/", one));
            one.change()
                .filter(change -> isRefused(plain.write(one.collection(), change, false)))
                .ifPresent(change -> refused.incrementAndGet());
          }
          run.history().add(new Event.Bounded("changes that REST refused", refused.get(), 0));
          if (!Pause.until(
              CATCH_UP,
              () ->
                  Streams.showsMarks(kafka, PARTITIONS, round)
                      && Streams.showsMarks(plain, PARTITIONS, round))) {
            run.history().add(new Event.Fault("the marks of the round do not show everywhere"));
          }
          Streams.scan(kafka, run.history(), PARTITIONS, both, "kafka/");
          Streams.scan(plain, run.history(), PARTITIONS, both, "rest/");
          run.cycleDone(written.size() + " changes by both ways");
        }
      }
    }
  }

  /// A partial change of points of which one is not there is done for the others, and told.
  private static boolean isRefused(Api.Answer answer) {
    return !answer.isOk() && answer.status() != 404;
  }

  private static Event.Logged named(String server, Event.Logged one) {
    return new Event.Logged(
        server + one.collection(), server + one.stream(), one.number(), one.change());
  }
}
