package io.millrace.ingest.kafka;

import io.millrace.ingest.pipeline.Backoff;
import io.millrace.ingest.pipeline.Chunk;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.record.RawRecord;
import io.millrace.meter.Histogram;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One poll thread with its consumer. It only polls and hands over: a full partition is paused, so
/// slow indexing never keeps it from polling. Its partitions come as [Assigning] says.
final class KafkaPoller {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaPoller.class);

  private static final Duration POLL = Duration.ofMillis(500);

  /// While a partition waits for room, so that it goes on soon after there is some.
  private static final Duration POLL_WHILE_PAUSED = Duration.ofMillis(20);

  private static final Duration DENIED = Duration.ofSeconds(60);

  private final Supplier<Consumer<byte[], byte[]>> consumers;
  private final Assigning assigning;
  private final Histogram pollSeconds;
  private final BiConsumer<KafkaFeed, Mark> truncated;
  private final LinkedBlockingDeque<Runnable> commands = new LinkedBlockingDeque<>();
  private final Thread thread;

  // poll thread only
  private final Map<TopicPartition, KafkaFeed> feeds = new HashMap<>();
  private final Set<TopicPartition> paused = new HashSet<>();
  private Backoff backoff = Backoff.UNAVAILABLE.start();
  private long nextPositionsNanos;

  private volatile boolean stopping;
  private volatile @Nullable Consumer<byte[], byte[]> consumer;
  private volatile Health health = Health.RUNNING;

  /// @param consumers makes the next one
  /// @param truncated told of partitions whose position is out of the range of their log; they are
  ///   not polled any more
  KafkaPoller(
      String name,
      Supplier<Consumer<byte[], byte[]>> consumers,
      Assigning assigning,
      Histogram pollSeconds,
      BiConsumer<KafkaFeed, Mark> truncated) {
    this.consumers = consumers;
    this.assigning = assigning;
    this.pollSeconds = pollSeconds;
    this.truncated = truncated;
    this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  Health health() {
    return health;
  }

  /// Safe to call from any thread.
  void add(KafkaFeed feed) {
    command(() -> {
      feeds.put(feed.partition(), feed);
      assign();
    });
  }

  /// Safe to call from any thread. Nothing is handed to the feed once the future is done.
  CompletableFuture<Void> remove(KafkaFeed feed) {
    CompletableFuture<Void> removed = new CompletableFuture<>();
    command(() -> {
      if (feeds.remove(feed.partition(), feed)) {
        paused.remove(feed.partition());
        assign();
      }
      removed.complete(null);
    });
    return removed;
  }

  /// The topics or partitions that are wanted are others than before. Safe to call from any thread.
  void reassign() {
    command(this::assign);
  }

  /// The consumer ends, and a new one begins where the feeds are, this one among them. Safe to call
  /// from any thread.
  void renew(KafkaFeed feed) {
    command(() -> {
      feeds.put(feed.partition(), feed);
      close();
    });
  }

  /// Safe to call from any thread.
  boolean has(TopicPartition partition) {
    return assigning.has(partition);
  }

  /// Commits positions to the group of the consumer, for lag tools. Safe to call from any thread.
  void publish(Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback answer) {
    command(() -> {
      Consumer<byte[], byte[]> open = consumer;
      if (open == null) {
        return;
      }
      Map<TopicPartition, OffsetAndMetadata> ours = new HashMap<>(offsets);
      ours.keySet().retainAll(open.assignment());
      if (!ours.isEmpty()) {
        open.commitAsync(ours, answer);
      }
    });
  }

  private void command(Runnable command) {
    commands.add(command);
    wakeUp();
  }

  private void wakeUp() {
    Consumer<byte[], byte[]> open = consumer;
    if (open != null) {
      open.wakeup();
    }
  }

  void stop() {
    stopping = true;
    wakeUp();
    commands.add(() -> {});
    try {
      if (!thread.join(Duration.ofSeconds(3))) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!stopping) {
      try {
        runCommands();
        poll();
      } catch (WakeupException e) {
        // a command is waiting, or the end
      } catch (InterruptException | InterruptedException e) {
        break;
      } catch (InvalidOffsetException e) {
        leaveOut(e.partitions());
      } catch (AuthenticationException | AuthorizationException e) {
        rest(new Health(SourceState.DENIED, String.valueOf(e.getMessage())), DENIED);
      } catch (KafkaException e) {
        // Also: no broker of the bootstrap list has an address yet. A new consumer begins where the
        // feeds are.
        close();
        rest(new Health(SourceState.WAITING, reason(e)), backoff.next());
      } catch (RuntimeException | Error e) {
        LOG.error("A poll thread failed and goes on thread={}", thread.getName(), e);
        close();
        rest(new Health(SourceState.FAILED, String.valueOf(e)), backoff.next());
      }
    }
    close();
  }

  private static String reason(Throwable e) {
    return e.getCause() == null ? String.valueOf(e.getMessage()) : e.getCause().toString();
  }

  private void runCommands() {
    for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
      command.run();
    }
  }

  /// Waits, but not longer than until the next command.
  private void rest(Health reason, Duration time) {
    health = reason;
    try {
      awaitCommand(time);
    } catch (InterruptedException e) {
      stopping = true;
    }
  }

  /// Leaves it to the loop to run it, where failures of the consumer end.
  private void awaitCommand(Duration time) throws InterruptedException {
    Runnable command = commands.poll(time.toMillis(), TimeUnit.MILLISECONDS);
    if (command != null) {
      commands.addFirst(command);
    }
  }

  private void close() {
    Consumer<byte[], byte[]> open = consumer;
    consumer = null;
    paused.clear();
    feeds.values().forEach(feed -> feed.isHeldBack(false)); // the next one pauses by itself
    if (open != null) {
      try {
        open.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(1)));
      } catch (KafkaException e) {
        // It is given up all the same; the thread has to go on with another one.
        LOG.warn("A consumer ended badly thread={} why={}", thread.getName(), reason(e));
      }
    }
  }

  private Consumer<byte[], byte[]> open() {
    Consumer<byte[], byte[]> open = consumer;
    if (open == null) {
      open = consumers.get();
      consumer = open;
      assigning.begin(open, feeds);
    }
    return open;
  }

  private void assign() {
    Consumer<byte[], byte[]> open = consumer;
    if (open != null) {
      assigning.changed(open, feeds);
    }
  }

  private void leaveOut(Set<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      KafkaFeed feed = feeds.remove(partition);
      paused.remove(partition);
      if (feed != null) {
        truncated.accept(feed, feed.polled());
      }
    }
    commands.add(this::assign);
  }

  private void poll() throws InterruptedException {
    if (feeds.isEmpty() && !assigning.alwaysPolls()) {
      awaitCommand(POLL);
      return;
    }
    Consumer<byte[], byte[]> open = open();
    pauseAndResume(open);
    long begin = System.nanoTime();
    ConsumerRecords<byte[], byte[]> records =
        open.poll(paused.isEmpty() ? POLL : POLL_WHILE_PAUSED);
    pollSeconds.addSecondsSince(begin);
    health = Health.RUNNING;
    backoff = Backoff.UNAVAILABLE.start();
    Map<TopicPartition, OffsetAndMetadata> next = records.nextOffsets();
    for (TopicPartition partition : records.partitions()) {
      KafkaFeed feed = feeds.get(partition);
      if (feed != null) {
        handOver(feed, records.records(partition), next.get(partition));
      }
    }
    next.forEach((partition, at) -> {
      KafkaFeed feed = feeds.get(partition);
      if (feed != null) {
        moveOn(feed, at.offset(), at.leaderEpoch().orElse(-1));
      }
    });
    if (System.nanoTime() - nextPositionsNanos >= 0) {
      nextPositionsNanos = System.nanoTime() + 1_000_000_000L;
      for (KafkaFeed feed : List.copyOf(feeds.values())) {
        moveOverMarkers(open, feed);
      }
    }
  }

  private void pauseAndResume(Consumer<byte[], byte[]> open) {
    paused.retainAll(feeds.keySet());
    for (KafkaFeed feed : feeds.values()) {
      TopicPartition partition = feed.partition();
      if (paused.contains(partition)) {
        if (feed.mayGoOn()) {
          open.resume(Set.of(partition));
          paused.remove(partition);
          feed.isHeldBack(false);
        }
      } else if (feed.isFull()) {
        open.pause(Set.of(partition));
        paused.add(partition);
        feed.isHeldBack(true);
      }
    }
  }

  private static void handOver(
      KafkaFeed feed,
      List<ConsumerRecord<byte[], byte[]>> records,
      @Nullable OffsetAndMetadata next) {
    List<RawRecord> raw = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < records.size(); i++) {
      ConsumerRecord<byte[], byte[]> record = records.get(i);
      RawRecord one = raw(record);
      int size = one.bytes();
      if (!raw.isEmpty() && (bytes + size > Chunk.MAX_BYTES || raw.size() == Chunk.MAX_RECORDS)) {
        feed.offer(new Chunk(raw, mark(records.get(i - 1), record.offset()), bytes));
        raw = new ArrayList<>();
        bytes = 0;
      }
      raw.add(one);
      bytes += size;
    }
    ConsumerRecord<byte[], byte[]> last = records.getLast();
    long end = next == null ? last.offset() + 1 : next.offset();
    feed.offer(new Chunk(raw, mark(last, end), bytes));
  }

  private static Mark mark(ConsumerRecord<byte[], byte[]> last, long next) {
    return new Mark(next, last.leaderEpoch().orElse(-1), -1);
  }

  private static RawRecord raw(ConsumerRecord<byte[], byte[]> record) {
    List<RawRecord.Header> headers = List.of();
    Header[] all = record.headers().toArray();
    if (all.length > 0) {
      headers = new ArrayList<>(all.length);
      for (Header header : all) {
        byte[] value = header.value();
        headers.add(new RawRecord.Header(header.key(), value == null ? new byte[0] : value));
      }
    }
    return new RawRecord(
        record.offset(), record.timestamp(), record.key(), record.value(), headers);
  }

  /// Transaction markers, aborted records and compaction gaps move the position without records.
  private static void moveOn(KafkaFeed feed, long next, int leaderEpoch) {
    Mark before = feed.polled();
    if (next > before.number()) {
      int epoch = leaderEpoch < 0 ? before.leaderEpoch() : leaderEpoch;
      feed.offer(new Chunk(List.of(), new Mark(next, epoch, -1), 0));
    }
  }

  private static void moveOverMarkers(Consumer<byte[], byte[]> open, KafkaFeed feed) {
    try {
      moveOn(feed, open.position(feed.partition(), Duration.ZERO), -1);
    } catch (org.apache.kafka.common.errors.TimeoutException notKnownYet) {
      // asked again in a second
    }
  }
}
