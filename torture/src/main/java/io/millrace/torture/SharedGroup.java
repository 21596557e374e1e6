package io.millrace.torture;

import io.millrace.torture.fault.Broker;
import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Event;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.SourceView;
import io.millrace.torture.workload.Streams;
import io.millrace.torture.workload.TopicWriter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// R-16: two servers of one group, with a folder each, join and leave while records come in. At
/// quiet moments each partition has one owner, which has all of it; and what a server has of any
/// partition is exactly the replay up to the position that it tells: nothing is left out, nothing
/// comes twice, nothing was written after the partition went to the other.
final class SharedGroup implements Trial {
  private static final String SOURCE = "feed";
  private static final String TOPIC = "changes";
  private static final int PARTITIONS = 4;
  private static final List<String> COLLECTIONS = List.of(Streams.LEFT);
  private static final Duration QUIET = Duration.ofSeconds(60);
  private static final String GROUP =
      """
      assignment: group
      group: shared
      properties: { heartbeat.interval.ms: 300 }
      """;

  /// A server, and the records that it was not yet judged by.
  private static final class Member {
    private final String name;
    private final TrialRun run;
    private final String config;
    private final Map<String, Deque<Event.Logged>> unjudged = new HashMap<>();
    private @Nullable Server server;
    private boolean made;
    private boolean isExact = true;

    Member(String name, TrialRun run, String config) {
      this.name = name;
      this.run = run;
      this.config = config;
    }

    synchronized void note(Event.Logged record) {
      unjudged.computeIfAbsent(record.stream(), _ -> new ArrayDeque<>()).add(record);
    }

    Api api() {
      return new Api(running().url(), Duration.ofSeconds(75));
    }

    private Server running() {
      return Objects.requireNonNull(server, "it has not joined");
    }

    void join() {
      server =
          run.start(
              run.launch("serve", run.config(config))
                  .on(run.folder().resolve(name), run.folder().resolve(name + ".log")));
      if (!made) {
        Streams.make(api(), run.history(), COLLECTIONS, name + "/");
        made = true;
      }
    }

    void leave() {
      Server leaving = running();
      OptionalInt exit = leaving.stop(Duration.ofSeconds(30));
      // One that was too busy to stop in its ten seconds (R-10 judges that) may have data behind
      // the
      // positions that it wrote down last.
      isExact = exit.isPresent() && exit.getAsInt() == 0;
      leaving.close();
    }

    List<SourceView.Stream> streams() {
      return SourceView.of(api(), SOURCE).map(SourceView::streams).orElse(List.of());
    }

    /// What is read is durable, and shows with the next refresh.
    private void awaitSearchable(List<SourceView.Stream> streams) {
      List<String> positions =
          streams.stream()
              .filter(stream -> stream.next() > 0)
              .map(stream -> SOURCE + "/" + stream.name() + "@" + (stream.next() - 1))
              .toList();
      if (!positions.isEmpty()) {
        Api.Answer wait =
            api().get("/ingest/wait?timeout=60&position=" + String.join(",", positions));
        if (!wait.body().contains("completed")) {
          run.history().add(new Event.Fault(name + " does not show what it has read: " + wait));
        }
      }
    }

    /// Its state has to be the replay up to where it says it is.
    synchronized void judge() {
      List<SourceView.Stream> streams = streams();
      awaitSearchable(streams);
      for (SourceView.Stream stream : streams) {
        Deque<Event.Logged> records =
            unjudged.getOrDefault(SOURCE + "/" + stream.name(), new ArrayDeque<>());
        while (!records.isEmpty() && records.element().number() < stream.next()) {
          Event.Logged record = records.remove();
          run.history()
              .add(
                  new Event.Logged(
                      name + "/" + record.collection(),
                      name + "/" + record.stream(),
                      record.number(),
                      record.change()));
        }
      }
      Streams.scan(api(), run.history(), PARTITIONS, COLLECTIONS, name + "/");
    }
  }

  @Override
  public void run(TrialRun run) {
    try (Broker broker = Broker.start(run.kafkaLib(), run.folder())) {
      String config =
          KafkaLooks.config(
              broker.address(), SOURCE, TOPIC, "allow: [" + Streams.LEFT + "]", GROUP);
      Member a = new Member("a", run, config);
      Member b = new Member("b", run, config);
      try (var writer =
          new TopicWriter(
              broker.address(),
              SOURCE,
              TOPIC,
              PARTITIONS,
              new Streams(run.draw().split(), PARTITIONS, COLLECTIONS),
              record -> {
                a.note(record);
                b.note(record);
              },
              run.draw().split())) {
        joinAndLeave(run, writer, a, b);
      } finally {
        for (Member member : List.of(a, b)) {
          Server left = member.server;
          if (left != null) {
            left.close();
          }
        }
      }
    }
  }

  private static void joinAndLeave(TrialRun run, TopicWriter writer, Member a, Member b) {
    a.join();
    while (run.goesOn()) {
      whileWriting(
          writer,
          () -> {
            b.join();
            Pause.millis(run.draw().between(500, 2_000));
          });
      quiet(run, writer, List.of(a, b));
      boolean aLeaves = run.draw().percent(50);
      Member leaving = aLeaves ? a : b;
      Member staying = aLeaves ? b : a;
      whileWriting(writer, leaving::leave);
      quiet(run, writer, List.of(staying));
      if (aLeaves) {
        whileWriting(writer, a::join);
        whileWriting(writer, b::leave);
        quiet(run, writer, List.of(a));
      }
      run.cycleDone(leaving.name + " left");
    }
  }

  private static void whileWriting(TopicWriter writer, Runnable change) {
    var ended = new AtomicBoolean();
    CompletableFuture<Void> writing =
        CompletableFuture.runAsync(
            () -> {
              while (!ended.get()) {
                writer.writeSome();
                Pause.millis(20);
              }
            },
            task -> Thread.ofPlatform().daemon().name("writer").start(task));
    try {
      change.run();
    } finally {
      ended.set(true);
      writing.join();
    }
  }

  /// Nobody writes: each partition comes to one owner, which reads it to its end.
  private static void quiet(TrialRun run, TopicWriter writer, List<Member> members) {
    Map<String, Long> ends = writer.ends();
    boolean settled = Pause.until(QUIET, () -> isSettled(members, ends));
    if (!settled) {
      List<SourceView.Stream> all = new ArrayList<>();
      members.forEach(member -> all.addAll(member.streams()));
      run.history()
          .add(new Event.Fault("the group does not settle: " + all + ", ends are " + ends));
    }
    for (Member member : members) {
      if (member.isExact || members.size() == 1) {
        member.judge();
        member.isExact = true;
      }
    }
  }

  private static boolean isSettled(List<Member> members, Map<String, Long> ends) {
    Map<String, Integer> owners = new HashMap<>();
    for (Member member : members) {
      for (SourceView.Stream stream : member.streams()) {
        if (!stream.isElsewhere()) {
          owners.merge(stream.name(), 1, Integer::sum);
          if (!Long.valueOf(stream.next()).equals(ends.get(stream.name()))) {
            return false;
          }
        }
      }
    }
    return owners.size() == ends.size() && owners.values().stream().allMatch(n -> n == 1);
  }
}
