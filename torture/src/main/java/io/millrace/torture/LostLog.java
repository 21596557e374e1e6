package io.millrace.torture;

import io.millrace.torture.fault.Broker;
import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Event;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.RawTopic;
import io.millrace.torture.workload.RestCollections;
import io.millrace.torture.workload.SourceView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// the log is not any more what the positions belong to. Retention has passed a position, or
/// the topic was made anew, longer or shorter than it was, or the cluster is another one. The
/// server says which it is and reads nothing of it; what it had stays; other partitions go on.
final class LostLog implements Trial {
  private static final String SOURCE = "feed";
  private static final String COLLECTION = "c";
  private static final Duration CATCH_UP = Duration.ofSeconds(60);
  private static final int BEFORE = 40;

  private enum Loss {
    RETENTION("log_truncated"),
    LONGER_TOPIC("topic_recreated"),
    SHORTER_TOPIC("topic_recreated"),
    OTHER_CLUSTER("cluster_changed");

    private final String state;

    Loss(String state) {
      this.state = state;
    }
  }

  @Override
  public void run(TrialRun run) {
    while (run.goesOn()) {
      Loss loss = Loss.values()[run.cycle() % Loss.values().length];
      // What retention deletes behind a running server has been read before.
      boolean mayRun = loss == Loss.LONGER_TOPIC || loss == Loss.SHORTER_TOPIC;
      boolean isRunning = mayRun && run.draw().percent(50);
      // Each cycle has a cluster, a topic and a data folder of its own.
      var folder = run.folder().resolve("cycle-" + run.cycle());
      run.makeFolder(folder);
      try (Broker broker = Broker.start(run.kafkaLib(), folder);
          var topic = new RawTopic(broker.address(), "t", 2)) {
        cycle(run, loss, isRunning, broker, topic, folder);
      }
      run.cycleDone(loss + (isRunning ? " while the server runs" : " while it is stopped"));
    }
  }

  private static void cycle(
      TrialRun run, Loss loss, boolean isRunning, Broker broker, RawTopic topic, Path folder) {
    Server.Launch launch =
        run.launch("serve", config(run, broker))
            .on(folder.resolve("data"), folder.resolve("server.log"));
    Server server = run.start(launch);
    try {
      RestCollections.create(api(server), COLLECTION, Map.of("", 4));
      for (int i = 0; i < BEFORE; i++) {
        var unused = topic.send(i % 2, point(i));
      }
      topic.flush();
      read(run, server, topic);
      if (!isRunning) {
        server.stop(Duration.ofSeconds(20));
        server.close();
      }
      Optional<Broker> other = lose(run, loss, topic, folder);
      try {
        if (!isRunning) {
          server = run.start(other.isEmpty() ? launch : launch.with(config(run, other.get())));
        }
        check(run, server, loss);
      } finally {
        other.ifPresent(Broker::close);
      }
    } finally {
      server.close();
    }
  }

  /// Loses the first partition, or all of them; the second one has a record more afterwards.
  private static Optional<Broker> lose(TrialRun run, Loss loss, RawTopic topic, Path folder) {
    switch (loss) {
      case RETENTION -> {
        for (int i = 0; i < 60; i++) {
          topic.sent(topic.send(0, point(10_000 + i)));
        }
        topic.deleteBelow(0, BEFORE / 2 + 60);
        topic.sent(topic.send(1, point(1_000)));
      }
      case LONGER_TOPIC, SHORTER_TOPIC -> {
        topic.makeAnew();
        for (int i = 0; i < (loss == Loss.LONGER_TOPIC ? 3 * BEFORE : 4); i++) {
          topic.sent(topic.send(i % 2, point(10_000 + i)));
        }
      }
      case OTHER_CLUSTER -> {
        var another = folder.resolve("other");
        run.makeFolder(another);
        Broker other = Broker.start(run.kafkaLib(), another);
        try (var same = new RawTopic(other.address(), "t", 2)) {
          for (int i = 0; i < 2 * BEFORE; i++) {
            same.sent(same.send(i % 2, point(10_000 + i)));
          }
        }
        return Optional.of(other);
      }
    }
    return Optional.empty();
  }

  private static void check(TrialRun run, Server server, Loss loss) {
    Api api = api(server);
    Pause.until(CATCH_UP, () -> state(api).equals(loss.state));
    run.history().add(new Event.Told("state after " + loss, loss.state, state(api)));
    if (loss == Loss.RETENTION) {
      KafkaLooks.points(run, api, COLLECTION, BEFORE + 1, "points after " + loss);
    } else {
      Pause.millis(1_500); // time to read what must not be read
      KafkaLooks.points(run, api, COLLECTION, BEFORE, "points after " + loss);
    }
  }

  private static void read(TrialRun run, Server server, RawTopic topic) {
    Api api = api(server);
    Map<String, Long> ends = topic.ends();
    Pause.until(
        CATCH_UP, () -> SourceView.of(api, SOURCE).map(view -> view.hasRead(ends)).orElse(false));
    KafkaLooks.points(run, api, COLLECTION, BEFORE, "points before the loss");
  }

  private static String state(Api api) {
    return SourceView.of(api, SOURCE).map(SourceView::state).orElse("none");
  }

  private static Optional<Path> config(TrialRun run, Broker broker) {
    return run.config(
        KafkaLooks.config(broker.address(), SOURCE, "t", "collection: " + COLLECTION, ""));
  }

  private static Api api(Server server) {
    return new Api(server.url(), Duration.ofSeconds(60));
  }

  private static String point(long id) {
    return "{\"id\":%d,\"vector\":[1,2,3,4]}".formatted(id);
  }
}
