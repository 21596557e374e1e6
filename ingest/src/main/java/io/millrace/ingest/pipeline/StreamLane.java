package io.millrace.ingest.pipeline;

import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Limits;
import io.millrace.ingest.config.SourceConfig.OnBad;
import io.millrace.ingest.config.Trouble;
import io.millrace.ingest.deadletter.DeadLetter;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.Origin;
import io.millrace.ingest.record.RawRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One stream on its way into the logs: takes its chunks in order, hands each record to its
/// collection, and knows up to where everything is done.
///
/// **One chunk ahead.** A chunk is submitted only when the one before it is durable in every
/// collection; it is decoded while that happens. So no batch can be in a log while an earlier one
/// of its stream is not: a failed batch is submitted again, in order, and the collection's own
/// position tells whether it was logged after all. While the log is slow, chunks become larger
/// instead of more.
///
/// **Done** is a record when it is in the fsynced log of its collection, when it is a durable dead
/// letter, or when it was counted as dropped. [#done] is the position below which everything is.
///
/// Called by one thread, the stream's own, except for the methods that say otherwise.
public final class StreamLane {
  private static final Logger LOG = LoggerFactory.getLogger(StreamLane.class);

  private final SourceRun run;
  private final long epoch;
  private final String stream;
  private final Origin origin;
  private final Optional<Binding> binding;
  private final LongConsumer released;
  private final Optional<BadStart> badStart;

  private final Quota quota;
  private final LaneRetries retries;
  private final LaneCollections collections;
  private final LaneLetters letters;
  private final LaneBatches batches;
  private @Nullable SortedChunk pending; // submitted, not settled
  private Tally undone = Tally.NONE; // of settled chunks behind the done mark
  private volatile Done done;
  private volatile Set<Long> vouched;

  /// Up to where a stream is done, and what became of its records on the way.
  public record Done(Mark mark, Tally tally) {}

  /// The collection of a binding can be dropped and made again, or its alias moved.
  public enum Refill {
    /// The new one gets the stream from its start: [MadeAgain] is thrown.
    FROM_START,
    NEVER
  }

  /// The binding's collection is another one than before; it has nothing of the stream yet.
  public static final class MadeAgain extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MadeAgain(String collection) {
      super("The collection '" + collection + "' is a new one", null, false, false);
    }
  }

  /// Our own fault while submitting: the stream stops, nothing is skipped.
  public static final class LaneFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LaneFailed(Throwable cause) {
      super(cause);
    }
  }

  /// @param partition of the topic, or number of the file
  /// @param binding empty when none matches: records are counted and passed over
  /// @param start where the first chunk begins
  /// @param vouched collections that have everything of this stream below `start`
  /// @param released told the bytes of chunks that are done
  /// @param badStart for files
  /// @param refill what happens when the binding's collection is another one than before
  public StreamLane(
      SourceRun run,
      long epoch,
      String stream,
      Origin origin,
      long partition,
      Optional<Binding> binding,
      Done start,
      Set<Long> vouched,
      LongConsumer released,
      Optional<BadStart> badStart,
      Refill refill) {
    this.run = run;
    this.epoch = epoch;
    this.stream = stream;
    this.origin = origin;
    this.binding = binding;
    this.quota = new Quota(binding.map(Binding::limits).orElse(Limits.NONE), System::nanoTime);
    this.retries = new LaneRetries(run, stream);
    this.collections = new LaneCollections(run, epoch, stream, binding, refill, retries, vouched);
    this.letters = new LaneLetters(run, epoch, stream, origin, partition, retries);
    this.batches = new LaneBatches(run, epoch, stream, collections, retries, letters);
    this.done = start;
    this.vouched = Set.copyOf(vouched);
    this.released = released;
    this.badStart = badStart;
  }

  /// Batches go this way; to be said before the first of them.
  public StreamLane by(Submitter way) {
    retries.by(way);
    return this;
  }

  /// Tries until what it needs answers; the stream shows meanwhile that it waits.
  public <T> T whileUnavailable(Supplier<T> attempt) throws InterruptedException {
    return retries.persistent(attempt::get);
  }

  /// Stands still for as long as this process lives, since only the operator can go on from here;
  /// what came before is finished. Never returns: the end of the source interrupts it.
  public void park(String why) throws InterruptedException {
    settle();
    Backoff parked = run.paces().parked().start();
    while (true) {
      retries.waitAs(SourceState.PARKED, why, parked);
    }
  }

  /// Takes the next chunk. Returns when it is submitted and its dead letters are durable; waits as
  /// long as that takes. Throws [BadStart.NoGoodRecord] for files, [MadeAgain], and [LaneFailed]
  /// for our own faults.
  public void submit(Chunk chunk, List<Decoded> decoded) throws InterruptedException {
    passGate();
    passQuota(chunk);
    SortedChunk sorted = new SortedChunk(chunk, collections, letters, this::settle);
    for (int i = 0; i < decoded.size(); i++) {
      sorted.add(chunk.records().get(i), decoded.get(i));
      if (run.onBad() == OnBad.BLOCK && !sorted.bad().isEmpty()) {
        blockBefore(sorted.bad().getFirst(), sorted);
      }
    }
    settle();
    pending = sorted;
    // First: records below the position of a batch are passed over after a crash, bad ones too.
    writeBad(sorted.bad(), !sorted.groups().isEmpty());
    for (LaneGroup group : sorted.groups()) {
      batches.submit(group.items(), chunk.next().leaderEpoch(), sorted.tally());
    }
    if (badStart.isEmpty()
        && run.trouble().surge() == Trouble.Surge.STOP
        && run.surge().note(sorted.tally().good(), sorted.tally().bad())) {
      surge();
    }
  }

  /// Returns when everything submitted is done.
  public void settle() throws InterruptedException {
    batches.settle();
    SortedChunk settled = pending;
    if (settled == null) {
      return;
    }
    pending = null;
    Chunk chunk = settled.chunk();
    Tally tally = settled.tally().build();
    run.counts().add(tally, chunk.bytes());
    undone = undone.plus(tally);
    if (badStart.isEmpty() || !badStart.get().isHolding()) {
      done = new Done(chunk.next(), done.tally().plus(undone));
      undone = Tally.NONE;
    }
    vouched = collections.fed();
    released.accept(chunk.bytes());
    run.moves().signal();
  }

  /// The stream has ended: also what was held back is done.
  public void end(Mark end) throws InterruptedException {
    settle();
    if (badStart.isPresent()) {
      letters.write(badStart.get().end());
    }
    done = new Done(end, done.tally().plus(undone));
    undone = Tally.NONE;
    run.moves().signal();
  }

  /// Writes one dead letter for the stream as a whole, or for a record that could not be read.
  public void refuse(RawRecord record, Decoded.Bad reason) throws InterruptedException {
    if (run.onBad() == OnBad.DEAD) {
      letters.write(List.of(letters.letter(record, Optional.empty(), reason)));
    }
  }

  /// Number, code and reason of the first refused record since the start of the process, or `""`.
  public String firstBad() {
    return letters.first();
  }

  /// The same of the last one. Safe to call from any thread.
  public String lastBad() {
    return letters.last();
  }

  /// Safe to call from any thread.
  public Done done() {
    return done;
  }

  /// Collections that have everything of this stream below [#done]. Safe to call from any thread.
  public Set<Long> vouched() {
    return vouched;
  }

  /// Safe to call from any thread.
  public Health health() {
    Health gate = run.gate().health(stream);
    return retries.health().worse(gate);
  }

  public String stream() {
    return stream;
  }

  /// Safe to call from any thread.
  public Meters meters() {
    return run.meters();
  }

  public Origin origin() {
    return origin;
  }

  public Optional<Binding> binding() {
    return binding;
  }

  public long epoch() {
    return epoch;
  }

  private void passGate() throws InterruptedException {
    if (run.gate().health(stream).state() != SourceState.RUNNING) {
      settle();
    }
    run.gate().pass(stream);
  }

  private void passQuota(Chunk chunk) throws InterruptedException {
    Duration wait = quota.untilFree();
    if (!wait.isZero()) {
      settle();
    }
    while (!wait.isZero()) {
      retries.show(new Health(SourceState.RUNNING, "quota"));
      run.gate().pause(wait);
      wait = quota.untilFree();
    }
    retries.show(Health.RUNNING);
    quota.take(chunk.records().size(), chunk.bytes());
  }

  private void writeBad(List<DeadLetter> bad, boolean anyGood) throws InterruptedException {
    if (badStart.isPresent()) {
      letters.write(badStart.get().admit(bad, anyGood));
    } else {
      letters.write(bad);
    }
  }

  /// `on_bad: block`: everything before the record is done, then the stream stands still.
  private void blockBefore(DeadLetter bad, SortedChunk sorted) throws InterruptedException {
    settle();
    for (LaneGroup group : sorted.groups()) {
      batches.submit(group.items(), -1, sorted.tally());
    }
    batches.settle();
    if (done.mark().byteOffset() < 0) {
      done = new Done(new Mark(bad.record().number(), done.mark().leaderEpoch(), -1), done.tally());
    }
    Health stopped =
        new Health(
            SourceState.PARKED,
            "on_bad is block, stopped before "
                + bad.position()
                + ": "
                + bad.reason().code()
                + " "
                + bad.reason().message());
    retries.show(stopped);
    LOG.warn(
        "A stream stopped before a bad record position={} why={}", bad.position(), stopped.why());
    new CountDownLatch(1).await(); // until the thread is interrupted
  }

  private void surge() {
    run.surge().forget();
    Health reason =
        new Health(
            SourceState.SURGE,
            "More than 5 % of the records of the last minute are bad: wrong topic bound?");
    LOG.error("A source stopped, resume it by hand source={} why={}", run.name(), reason.why());
    run.gate().close(reason);
  }
}
