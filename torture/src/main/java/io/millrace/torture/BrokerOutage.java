package io.millrace.torture;

import io.millrace.torture.fault.Broker;
import io.millrace.torture.fault.Child;
import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Proxy;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Event;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.Streams;
import io.millrace.torture.workload.TopicWriter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/// while records come in, the broker is killed and started again, or all connections to it
/// are cut for a while. Nothing is lost or done twice, no outage becomes a dead letter, and soon
/// after the end of the outage the server reads on.
final class BrokerOutage implements Trial {
  private static final String SOURCE = "feed";
  private static final String TOPIC = "changes";
  private static final int PARTITIONS = 3;
  private static final Duration CATCH_UP = Duration.ofSeconds(60);
  private static final int CUT_MILLIS = 5_000;

  @Override
  public void run(TrialRun run) {
    int port = Child.freePort();
    try (Proxy proxy = new Proxy(port)) {
      Broker broker = Broker.start(run.kafkaLib(), run.folder(), port, proxy.port());
      try (var writer =
          new TopicWriter(
              "127.0.0.1:" + proxy.port(),
              SOURCE,
              TOPIC,
              PARTITIONS,
              new Streams(run.draw().split(), PARTITIONS),
              run.history()::add,
              run.draw().split())) {
        String config =
            KafkaLooks.config("127.0.0.1:" + proxy.port(), SOURCE, TOPIC, KafkaLooks.BOTH, "");
        try (Server server = run.start(run.launch("serve", run.config(config)))) {
          var api = new Api(server.url(), Duration.ofSeconds(20));
          Streams.make(api, run.history());
          while (run.goesOn()) {
            int round = run.cycle();
            var ended = new AtomicBoolean();
            CompletableFuture<Void> writing =
                CompletableFuture.runAsync(
                    () -> {
                      while (!ended.get()) {
                        writer.writeSome();
                      }
                    },
                    task -> Thread.ofPlatform().daemon().name("writer").start(task));
            Pause.millis(run.draw().between(300, 1_500));
            String what;
            if (round % 2 == 0) {
              broker.kill();
              Pause.millis(run.draw().between(100, 2_000));
              broker = Broker.start(run.kafkaLib(), run.folder(), port, proxy.port());
              what = "broker killed and started again";
            } else {
              proxy.cut();
              int millis = CUT_MILLIS + run.draw().between(0, 2_000);
              Pause.millis(millis);
              proxy.heal();
              what = "connections cut for " + millis + " ms";
            }
            ended.set(true);
            writing.join();
            writer.writeMarks(round);
            long acknowledged = System.nanoTime();
            boolean shown = Pause.until(CATCH_UP, () -> Streams.showsMarks(api, PARTITIONS, round));
            double seconds = (System.nanoTime() - acknowledged) / 1e9;
            run.history()
                .add(
                    new Event.Bounded(
                        "seconds from the end of the outage until everything is read",
                        shown ? seconds : Double.NaN,
                        run.patience().toSeconds()));
            if (!shown) {
              run.fault("not read on: " + api.get("/ingest/sources").body());
            }
            KafkaLooks.look(run, api, writer, SOURCE, PARTITIONS);
            run.cycleDone(what + ", read on after %.1f s".formatted(seconds));
          }
        }
      } finally {
        broker.close();
      }
    }
  }
}
