package io.millrace.app;

import io.millrace.ingest.Sources;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.pipeline.SourceStatus.StreamStatus;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// How far sources are behind in seconds, how fast they are and how long they stood still: looks at
/// them once a second, in every state. The age of the oldest record that waits is that of its own
/// time once it was fetched; before, it is counted from when its stream was first seen to reach
/// behind it, or from this process's start.
final class SourceLags implements AutoCloseable {
  private static final long RATE_NANOS = TimeUnit.SECONDS.toNanos(10);

  /// Ends of a stream that are remembered; further ones count as part of the last.
  private static final int MARKS = 3_600;

  private record Mark(long nanos, long value) {}

  private final Sources sources;
  private final Clock clock = Clock.systemUTC();
  private final Map<String, Deque<Mark>> ends = new ConcurrentHashMap<>();
  private final Map<String, Deque<Mark>> records = new ConcurrentHashMap<>();
  private final Map<String, Deque<Mark>> files = new ConcurrentHashMap<>();
  private final Map<String, Deque<Mark>> fileBytes = new ConcurrentHashMap<>();
  private final Map<String, Map<String, Double>> paused = new ConcurrentHashMap<>();
  private long lookedNanos = System.nanoTime(); // the thread's own
  private volatile double oldestSeconds;
  private final CountDownLatch closing = new CountDownLatch(1);

  private SourceLags(Sources sources) {
    this.sources = sources;
  }

  static SourceLags start(Sources sources) {
    var lags = new SourceLags(sources);
    Thread.ofPlatform().daemon().name("source-lags").start(lags::run);
    return lags;
  }

  private void run() {
    try {
      do {
        look(System.nanoTime());
      } while (!closing.await(1, TimeUnit.SECONDS));
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
    }
  }

  /// Age of the oldest record that waits in any source, as of the last look.
  double oldestSeconds() {
    return oldestSeconds;
  }

  private void look(long now) {
    double oldest = 0;
    double passed = (now - lookedNanos) / 1e9;
    lookedNanos = now;
    for (SourceStatus source : sources.status()) {
      count(records, source, now, source.tally().records());
      source
          .files()
          .ifPresent(inbox -> {
            count(files, source, now, inbox.done() + inbox.failed());
            count(fileBytes, source, now, inbox.allBytes());
          });
      for (StreamStatus stream : source.streams()) {
        String reason = reason(stream.health());
        if (!reason.isEmpty()) {
          paused
              .computeIfAbsent(source.name(), _ -> new ConcurrentSkipListMap<>())
              .merge(reason, passed, Double::sum);
        }
        Deque<Mark> marks = ends.computeIfAbsent(key(source, stream), _ -> new ArrayDeque<>());
        synchronized (marks) {
          forget(marks, stream);
          long end = stream.end().orElse(0);
          boolean further = marks.isEmpty() || marks.getLast().value() < end;
          if (stream.lag() > 0 && further && marks.size() < MARKS) {
            marks.addLast(new Mark(now, end));
          }
        }
        oldest = Math.max(oldest, seconds(source, stream));
      }
    }
    oldestSeconds = oldest;
  }

  private static void count(
      Map<String, Deque<Mark>> of, SourceStatus source, long now, long value) {
    Deque<Mark> counted = of.computeIfAbsent(source.name(), _ -> new ArrayDeque<>());
    synchronized (counted) {
      counted.addLast(new Mark(now, value));
      while (counted.size() > 2 && now - counted.getFirst().nanos() > RATE_NANOS) {
        counted.removeFirst();
      }
    }
  }

  /// What holds a stream back, `""` = nothing.
  private static String reason(Health health) {
    return switch (health.state()) {
      case RUNNING ->
          switch (health.why()) {
            case "quota", "budget" -> health.why();
            default -> "";
          };
      case PAUSED -> "user";
      case WAITING -> health.why().contains("No space left") ? "disk" : "unavailable";
      case PARKED -> "park";
      case SURGE -> "surge";
      case LOG_TRUNCATED, TOPIC_RECREATED, CLUSTER_CHANGED, DENIED, FAILED -> "stopped";
    };
  }

  /// By reason, the sum over all streams since the start of the process.
  Map<String, Double> pausedSeconds(SourceStatus source) {
    return paused.getOrDefault(source.name(), Map.of());
  }

  private static void forget(Deque<Mark> marks, StreamStatus stream) {
    while (!marks.isEmpty() && marks.getFirst().value() <= stream.next()) {
      marks.removeFirst();
    }
  }

  private static String key(SourceStatus source, StreamStatus stream) {
    return source.epoch() + ":" + source.name() + "/" + stream.stream();
  }

  /// Age of the oldest record that waits; 0 without one.
  double seconds(SourceStatus source, StreamStatus stream) {
    Deque<Mark> marks = ends.get(key(source, stream));
    if (marks == null || stream.lag() == 0) {
      return 0;
    }
    if (stream.oldestMillis().isPresent()) {
      return Math.max(0, clock.millis() - stream.oldestMillis().getAsLong()) / 1e3;
    }
    synchronized (marks) {
      forget(marks, stream);
      Mark oldest = marks.peekFirst();
      return oldest == null ? 0 : Math.max(0, System.nanoTime() - oldest.nanos()) / 1e9;
    }
  }

  /// What records between fetch and log may take, for all sources together.
  long budgetBytes() {
    return sources.budgetBytes();
  }

  /// What is kept of its dead letters, and what is lost of them.
  DeadLetters.Count deadLetters(SourceStatus source) {
    return sources.deadLetterCount(source.name());
  }

  /// Records a second, over the last ten.
  double rate(SourceStatus source) {
    return rate(records, source);
  }

  /// The same of the files of an inbox.
  double fileRate(SourceStatus source) {
    return rate(files, source);
  }

  /// The same of their bytes.
  double fileByteRate(SourceStatus source) {
    return rate(fileBytes, source);
  }

  private static double rate(Map<String, Deque<Mark>> of, SourceStatus source) {
    Deque<Mark> counted = of.get(source.name());
    if (counted == null) {
      return 0;
    }
    synchronized (counted) {
      Mark first = counted.peekFirst();
      Mark last = counted.peekLast();
      if (first == null || last == null || last.nanos() == first.nanos()) {
        return 0;
      }
      return Math.max(0, last.value() - first.value()) * 1e9 / (last.nanos() - first.nanos());
    }
  }

  @Override
  public void close() {
    closing.countDown();
  }
}
