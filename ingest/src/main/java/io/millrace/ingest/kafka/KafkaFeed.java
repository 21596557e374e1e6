package io.millrace.ingest.kafka;

import io.millrace.ingest.pipeline.Chunk;
import io.millrace.ingest.pipeline.Delivery;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.pipeline.MemoryBudget;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.StreamLane;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One partition between its poll thread and its lane: a queue bounded by bytes (the poll thread
/// stops fetching when it is full) and a virtual thread that sends the chunks along the route.
final class KafkaFeed {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaFeed.class);

  /// Wakes the thread; carries nothing.
  private static final Chunk WAKE = new Chunk(java.util.List.of(), Mark.offset(-1), 0);

  private static final Health BUDGET = new Health(SourceState.RUNNING, "budget");

  /// How the thread came to its end.
  enum End {
    NONE,
    CLOSED,
    /// The collection is a new one: to be begun again from the start.
    MADE_AGAIN,
    FAILED
  }

  private final TopicPartition partition;
  private final StreamLane lane;
  private final MemoryBudget budget;
  private final Intake.Route route;
  private final LinkedBlockingQueue<Chunk> queue = new LinkedBlockingQueue<>();
  private final AtomicLong held;
  private final Thread thread;

  /// Times of chunks that are not done, in their order; at most as many as the budget lets be held.
  private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();

  /// @param until number behind the chunk
  /// @param millis time of its first record
  private record Waiting(long until, long millis) {}

  private final Fence fence = new Fence();

  private volatile boolean closing;
  private volatile boolean taken;
  private volatile boolean heldBack;
  private volatile End end = End.NONE;
  private volatile Health health = Health.RUNNING;
  private volatile Health silence = Health.RUNNING;

  /// Behind the last record that was polled. Written by the poll thread.
  private volatile Mark polled;

  /// What was polled when the topic was last seen to be the right one.
  private volatile long verified;

  /// @param held bytes that the lane has taken and not yet released
  KafkaFeed(
      String source,
      TopicPartition partition,
      StreamLane lane,
      AtomicLong held,
      MemoryBudget budget,
      Intake.Route route) {
    this.partition = partition;
    this.lane = lane.by(fence);
    this.held = held;
    this.budget = budget;
    this.route = route;
    this.polled = lane.done().mark();
    this.verified = polled.number();
    this.thread =
        Thread.ofVirtual().name("ingest-" + source + "-" + lane.stream()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  TopicPartition partition() {
    return partition;
  }

  StreamLane lane() {
    return lane;
  }

  Mark polled() {
    return polled;
  }

  End end() {
    return end;
  }

  /// Another server may read the partition; nothing of it was appended here since.
  boolean isTaken() {
    return taken;
  }

  /// Taken, and nothing of it is under way any more.
  boolean isGone() {
    return taken && !thread.isAlive();
  }

  /// Poll thread only.
  void seek(Consumer<byte[], byte[]> consumer) {
    Mark from = polled;
    Optional<Integer> leaderEpoch =
        from.leaderEpoch() < 0 ? Optional.empty() : Optional.of(from.leaderEpoch());
    consumer.seek(partition, new OffsetAndMetadata(from.number(), leaderEpoch, ""));
  }

  /// Poll thread only.
  void offer(Chunk chunk) {
    if (closing) {
      return;
    }
    budget.take(chunk.bytes());
    held.addAndGet(chunk.bytes());
    polled = chunk.next();
    Waiting unused = oldest();
    if (!chunk.records().isEmpty() && chunk.records().getFirst().timestampMillis() >= 0) {
      waiting.add(new Waiting(chunk.next().number(), chunk.records().getFirst().timestampMillis()));
    }
    queue.add(chunk);
  }

  boolean isFull() {
    return budget.isFull(held.get());
  }

  boolean mayGoOn() {
    return budget.mayGoOn(held.get());
  }

  /// Time of the oldest record that was polled and is not done, in milliseconds since 1970; empty
  /// while there is none.
  OptionalLong oldestMillis() {
    Waiting first = oldest();
    return first == null ? OptionalLong.empty() : OptionalLong.of(first.millis());
  }

  private @Nullable Waiting oldest() {
    long doneBelow = lane.done().mark().number();
    Waiting first = waiting.peek();
    while (first != null && first.until() <= doneBelow) {
      waiting.remove(first); // this one, whoever else is looking
      first = waiting.peek();
    }
    return first;
  }

  long heldBytes() {
    return held.get();
  }

  /// What was polled before belongs to the topic with the right id.
  void verify(long upTo) {
    verified = upTo;
  }

  /// Where the checkpoint may stand.
  Mark checkpoint() {
    Mark done = lane.done().mark();
    return done.number() <= verified ? done : new Mark(verified, done.leaderEpoch(), -1);
  }

  void stopAs(Health reason) {
    health = reason;
  }

  /// Nothing more is fetched while memory is full.
  void isHeldBack(boolean now) {
    heldBack = now;
  }

  /// Whether records are wanted of the partition now, and there is room for them.
  boolean isAsking() {
    return !closing && !heldBack && end == End.NONE;
  }

  /// Nothing comes though the log has more; [Health#RUNNING] when something does.
  void silence(Health now) {
    silence = now;
  }

  Health health() {
    return beside(silence);
  }

  /// Whatever Kafka gives.
  Health ownHealth() {
    return beside(Health.RUNNING);
  }

  private Health beside(Health other) {
    Health worst = health.worse(lane.health()).worse(other);
    return heldBack && worst.equals(Health.RUNNING) ? BUDGET : worst;
  }

  private void run() {
    try {
      while (true) {
        Chunk chunk = queue.poll();
        if (chunk == null) {
          lane.settle();
          chunk = closing ? WAKE : queue.take();
        }
        if (chunk == WAKE) {
          if (closing) {
            lane.settle();
            end = End.CLOSED;
            return;
          }
          continue;
        }
        Chunk more = queue.peek();
        while (more != null && more != WAKE && chunk.fits(more)) {
          chunk = chunk.plus(more);
          queue.remove();
          more = queue.peek();
        }
        route.deliver(new Delivery.Arrived(lane, chunk));
      }
    } catch (InterruptedException e) {
      end = End.CLOSED;
    } catch (StreamLane.MadeAgain e) {
      LOG.info("A stream begins again partition={} why={}", partition, e.getMessage());
      end = End.MADE_AGAIN;
    } catch (RuntimeException | Error e) { // an error too has to be seen by who looks at the source
      LOG.error("A partition stopped, nothing of it is skipped partition={}", partition, e);
      health = new Health(SourceState.FAILED, String.valueOf(e));
      end = End.FAILED;
    }
  }

  /// Takes no more, finishes what is submitted. Call [#awaitClosed] afterwards.
  void beginClose() {
    closing = true;
    queue.clear();
    queue.add(WAKE);
  }

  /// The partition is no longer ours: nothing is appended once this returns. Call [#awaitClosed]
  /// afterwards, which lets become durable what was.
  void takeAway() {
    fence.shut();
    beginClose();
    taken = true;
  }

  /// Interrupts the thread when it takes longer than `patience`.
  void awaitClosed(Duration patience) {
    try {
      if (!thread.join(patience)) {
        thread.interrupt();
        if (!thread.join(Duration.ofSeconds(2))) {
          LOG.warn("A partition does not stop partition={}", partition);
        }
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
    queue.clear();
    budget.release(held.getAndSet(0));
  }
}
