package io.millrace.ingest.pipeline;

import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Limits;
import io.millrace.ingest.config.SourceConfig.OnBad;
import io.millrace.ingest.config.Trouble;
import io.millrace.ingest.deadletter.DeadLetter;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.Origin;
import io.millrace.ingest.record.RawRecord;
import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import io.millrace.model.StreamSpan;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
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
  private final long partition;
  private final Optional<Binding> binding;
  private final LongConsumer released;
  private final Optional<BadStart> badStart;

  private final List<InFlight> inFlight = new ArrayList<>();
  private @Nullable Chunk pending;
  private TallyBuilder pendingTally = new TallyBuilder();
  private Tally undone = Tally.NONE; // of settled chunks behind the done mark
  private String firstBad = "";
  private volatile String lastBad = "";
  private final Quota quota;

  private volatile Done done;
  private final LaneRetries retries;
  private final LaneCollections collections;
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
    this.partition = partition;
    this.binding = binding;
    this.quota = new Quota(binding.map(Binding::limits).orElse(Limits.NONE), System::nanoTime);
    this.retries = new LaneRetries(run, stream);
    this.collections =
        new LaneCollections(run, epoch, stream, binding, refill, retries, vouched, this::settle);
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

  /// A batch on its way into a log.
  private static final class InFlight {
    private List<LaneGroup.Item> items;
    private @Nullable Submission submission; // null: nothing of it is left to do
    private long uid; // of the collection it was submitted to
    private @Nullable Target target; // the same

    InFlight(List<LaneGroup.Item> items) {
      this.items = items;
    }
  }

  private static final class TallyBuilder {
    private long records;
    private long applied;
    private long duplicate;
    private long skipped;
    private long unbound;
    private final Map<Code, Long> dead = new EnumMap<>(Code.class);

    Tally build() {
      return new Tally(records, applied, duplicate, skipped, unbound, dead);
    }

    long bad() {
      return dead.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /// Takes the next chunk. Returns when it is submitted and its dead letters are durable; waits as
  /// long as that takes. Throws [BadStart.NoGoodRecord] for files, [MadeAgain], and [LaneFailed]
  /// for our own faults.
  public void submit(Chunk chunk, List<Decoded> decoded) throws InterruptedException {
    passGate();
    passQuota(chunk);
    TallyBuilder tally = new TallyBuilder();
    tally.records = chunk.records().size();
    Map<Long, LaneGroup> groups = new LinkedHashMap<>();
    List<DeadLetter> bad = new ArrayList<>();
    Map<String, Target> known = new HashMap<>();
    for (int i = 0; i < decoded.size(); i++) {
      sort(chunk.records().get(i), decoded.get(i), groups, bad, known, tally);
      if (run.onBad() == OnBad.BLOCK && !bad.isEmpty()) {
        blockBefore(bad.getFirst(), groups, tally);
      }
    }
    settle();
    pendingTally = tally;
    pending = chunk;
    // First: records below the position of a batch are passed over after a crash, bad ones too.
    writeBad(bad, !groups.isEmpty());
    for (LaneGroup group : groups.values()) {
      InFlight batch = new InFlight(group.items());
      inFlight.add(batch);
      submit(batch);
    }
    if (badStart.isEmpty()
        && run.trouble().surge() == Trouble.Surge.STOP
        && run.surge().note(tally.records - tally.bad(), tally.bad())) {
      surge();
    }
  }

  /// Returns when everything submitted is done.
  public void settle() throws InterruptedException {
    for (InFlight batch : inFlight) {
      awaitDurable(batch);
    }
    inFlight.clear();
    Chunk settled = pending;
    if (settled == null) {
      return;
    }
    pending = null;
    Tally tally = pendingTally.build();
    run.counts().add(tally, settled.bytes());
    undone = undone.plus(tally);
    if (badStart.isEmpty() || !badStart.get().isHolding()) {
      done = new Done(settled.next(), done.tally().plus(undone));
      undone = Tally.NONE;
    }
    vouched = collections.fed();
    released.accept(settled.bytes());
    run.moves().signal();
  }

  /// The stream has ended: also what was held back is done.
  public void end(Mark end) throws InterruptedException {
    settle();
    if (badStart.isPresent()) {
      writeLetters(badStart.get().end());
    }
    done = new Done(end, done.tally().plus(undone));
    undone = Tally.NONE;
    run.moves().signal();
  }

  /// Writes one dead letter for the stream as a whole, or for a record that could not be read.
  public void refuse(RawRecord record, Decoded.Bad reason) throws InterruptedException {
    if (run.onBad() == OnBad.DEAD) {
      writeLetters(List.of(letter(record, Optional.empty(), reason)));
    }
  }

  /// Number, code and reason of the first refused record since the start of the process, or `""`.
  public String firstBad() {
    return firstBad;
  }

  /// The same of the last one. Safe to call from any thread.
  public String lastBad() {
    return lastBad;
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

  // ---- what becomes of one record

  private void sort(
      RawRecord record,
      Decoded decoded,
      Map<Long, LaneGroup> groups,
      List<DeadLetter> bad,
      Map<String, Target> known,
      TallyBuilder tally)
      throws InterruptedException {
    switch (decoded) {
      case Decoded.Dropped(Decoded.Dropped.Why why) -> {
        switch (why) {
          case UNBOUND -> tally.unbound++;
          case SKIPPED -> tally.skipped++;
        }
      }
      case Decoded.Bad reason -> addBad(record, Optional.empty(), reason, bad, tally);
      case Decoded.Operations operations -> {
        try {
          sort(record, operations, groups, bad, known, tally);
        } catch (LaneRetries.ParkedTooLong e) {
          addBad(record, Optional.of(operations.collection()), e.reason(), bad, tally);
        }
      }
    }
  }

  private void sort(
      RawRecord record,
      Decoded.Operations decoded,
      Map<Long, LaneGroup> groups,
      List<DeadLetter> bad,
      Map<String, Target> known,
      TallyBuilder tally)
      throws InterruptedException {
    String name = decoded.collection();
    Target target = known.get(name);
    if (target == null) {
      switch (collections.resolve(name)) {
        case LaneCollections.Resolved.Found(Target found) -> {
          target = found;
          known.put(name, found);
        }
        case LaneCollections.Resolved.Refused(Decoded.Bad reason) -> {
          addBad(record, Optional.of(name), reason, bad, tally);
          return;
        }
      }
    }
    Target into = target;
    LaneGroup group = groups.get(into.uid());
    if (group == null) {
      group = new LaneGroup(collections.durablePosition(into));
      groups.put(into.uid(), group);
    }
    if (record.number() <= group.position()) {
      tally.duplicate++;
      return;
    }
    Optional<Decoded.Bad> refused = collections.overLimit(into, decoded.operations(), group);
    if (refused.isEmpty()) {
      refused = collections.check(into, decoded.operations());
    }
    if (refused.isPresent()) {
      addBad(record, Optional.of(name), refused.get(), bad, tally);
    } else {
      group.add(new LaneGroup.Item(record, name, decoded.operations()));
      tally.applied++;
    }
  }

  private void addBad(
      RawRecord record,
      Optional<String> collection,
      Decoded.Bad reason,
      List<DeadLetter> bad,
      TallyBuilder tally) {
    tally.dead.merge(reason.code(), 1L, Long::sum);
    bad.add(letter(record, collection, reason));
    lastBad = record.number() + ": " + reason.code() + " " + reason.message();
    firstBad = firstBad.isEmpty() ? lastBad : firstBad;
  }

  private DeadLetter letter(RawRecord record, Optional<String> collection, Decoded.Bad reason) {
    String topic =
        switch (origin) {
          case Origin.Topic(String name) -> name;
          case Origin.DroppedFile(String name) -> "file:" + name;
        };
    return new DeadLetter(
        run.name(),
        epoch,
        stream,
        topic,
        partition,
        record,
        collection,
        reason,
        Instant.now(run.clock()));
  }

  // ---- into the log

  /// Submits what of the batch its collection does not have. The collection is looked up for each
  /// try: it may have been dropped and made again.
  private void submit(InFlight batch) throws InterruptedException {
    Backoff unavailable = run.paces().unavailable().start();
    Backoff parked = run.paces().parked().start();
    while (true) {
      batch.submission = null;
      if (batch.items.isEmpty()) {
        return;
      }
      try {
        switch (collections.resolve(batch.items.getFirst().collection())) {
          case LaneCollections.Resolved.Refused(Decoded.Bad reason) -> refuseAll(batch, reason);
          case LaneCollections.Resolved.Found(Target target) -> submit(batch, target);
        }
        retries.running();
        return;
      } catch (LaneRetries.ParkedTooLong e) {
        refuseAll(batch, e.reason());
        return;
      } catch (Failure.Damaged damaged) {
        try {
          retries.parkDamaged(batch.items.getFirst().collection(), damaged, parked);
        } catch (LaneRetries.ParkedTooLong e) {
          refuseAll(batch, e.reason());
          return;
        }
      } catch (Failure failure) {
        retries.waitAs(SourceState.WAITING, String.valueOf(failure.getMessage()), unavailable);
      }
    }
  }

  private void submit(InFlight batch, Target target) throws InterruptedException {
    long position = collections.durablePosition(target);
    batch.items = batch.items.stream().filter(item -> item.record().number() > position).toList();
    batch.uid = target.uid();
    batch.target = target;
    if (batch.items.isEmpty()) {
      return;
    }
    try {
      batch.submission = retries.submitter().submit(target, writeBatch(batch.items));
      run.meters().batchRecords().add(batch.items.size());
    } catch (BadInput refused) {
      batch.submission = submitSingly(target, batch, refused);
    } catch (Failure failure) {
      collections.forget(target.uid());
      throw failure;
    } catch (RuntimeException fault) {
      throw retries.failed(fault);
    }
  }

  /// The collection went away behind records that had been sorted.
  private void refuseAll(InFlight batch, Decoded.Bad reason) throws InterruptedException {
    List<DeadLetter> letters = new ArrayList<>();
    for (LaneGroup.Item item : batch.items) {
      letters.add(letter(item.record(), Optional.of(item.collection()), reason));
    }
    writeLetters(letters);
    pendingTally.applied -= letters.size();
    pendingTally.dead.merge(reason.code(), (long) letters.size(), Long::sum);
    batch.items = List.of();
  }

  private WriteBatch writeBatch(List<LaneGroup.Item> items) {
    return new WriteBatch(
        WriteBatch.Lane.STREAM,
        LaneGroup.joined(items),
        List.of(
            new StreamSpan(
                run.name(),
                epoch,
                stream,
                items.getFirst().record().number(),
                items.getLast().record().number(),
                pending == null ? -1 : pending.next().leaderEpoch())));
  }

  /// The collection changed between check and submit: each record is asked again, those refused are
  /// dead letters, the others go in.
  private @Nullable Submission submitSingly(Target target, InFlight batch, BadInput refused)
      throws InterruptedException {
    List<LaneGroup.Item> good = new ArrayList<>();
    List<DeadLetter> letters = new ArrayList<>();
    for (LaneGroup.Item item : batch.items) {
      Optional<Decoded.Bad> reason = collections.check(target, item.operations());
      if (reason.isPresent()) {
        letters.add(letter(item.record(), Optional.of(item.collection()), reason.get()));
        pendingTally.applied--;
        pendingTally.dead.merge(reason.get().code(), 1L, Long::sum);
      } else {
        good.add(item);
      }
    }
    if (letters.isEmpty()) {
      throw retries.failed(refused);
    }
    writeLetters(letters);
    batch.items = good;
    if (good.isEmpty()) {
      return null;
    }
    try {
      return retries.submitter().alone().submit(target, writeBatch(good));
    } catch (BadInput again) {
      throw retries.failed(again);
    }
  }

  private void awaitDurable(InFlight batch) throws InterruptedException {
    retries.submitter().flush();
    Backoff backoff = run.paces().unavailable().start();
    while (true) {
      Submission submission = batch.submission;
      if (submission == null) {
        return;
      }
      try {
        submission.durable().get();
        collections.reached(batch.uid, batch.items.getLast().record().number());
        retries.writable(batch.items.getFirst().collection());
        noteFreshness(batch, submission);
        countMissing(submission);
        retries.running();
        return;
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof Failure failure)) {
          throw retries.failed(e.getCause() == null ? e : e.getCause());
        }
        retries.by(retries.submitter().alone()); // in order, and on its own
        collections.forget(batch.uid); // a failed log may hold the batch when it is opened again
        if (!(failure instanceof Failure.Damaged)) {
          retries.waitAs(SourceState.WAITING, String.valueOf(failure.getMessage()), backoff);
        }
        submit(batch); // waits for a damaged collection
      }
    }
  }

  private void noteFreshness(InFlight batch, Submission submission) {
    Target target = batch.target;
    if (target != null) {
      // Joined with others, its place in the log is not known here, but not behind this one.
      long sequence = submission.firstSequence() >= 0 ? submission.lastSequence() : target.logged();
      long[] times = batch.items.stream().mapToLong(i -> i.record().timestampMillis()).toArray();
      run.meters().freshness().note(target, sequence, times);
    }
  }

  private void countMissing(Submission submission) {
    CompletableFuture<Void> unused =
        submission
            .applied()
            .thenAccept(outcomes -> {
              long missing = 0;
              long stale = 0;
              for (var outcome : outcomes) {
                missing += outcome.missing();
                stale += outcome.stale() + outcome.duplicate();
              }
              if (missing > 0 || stale > 0) {
                run.counts().addMissing(missing, stale);
              }
            });
  }

  // ---- refused records

  private void writeBad(List<DeadLetter> bad, boolean anyGood) throws InterruptedException {
    if (badStart.isPresent()) {
      writeLetters(badStart.get().admit(bad, anyGood));
    } else {
      writeLetters(bad);
    }
  }

  private void writeLetters(List<DeadLetter> letters) throws InterruptedException {
    letters.forEach(letter -> run.refusals().note(letter.position()));
    if (letters.isEmpty() || run.onBad() == OnBad.SKIP) {
      return;
    }
    Backoff backoff = run.paces().unavailable().start();
    while (true) {
      try {
        run.deadLetters().write(letters);
        retries.running();
        return;
      } catch (Failure e) {
        retries.waitAs(SourceState.WAITING, String.valueOf(e.getMessage()), backoff);
      }
    }
  }

  /// `on_bad: block`: everything before the record is done, then the stream stands still.
  private void blockBefore(DeadLetter bad, Map<Long, LaneGroup> groups, TallyBuilder tally)
      throws InterruptedException {
    settle();
    for (LaneGroup group : groups.values()) {
      InFlight batch = new InFlight(group.items());
      inFlight.add(batch);
      submit(batch);
    }
    for (InFlight batch : inFlight) {
      awaitDurable(batch);
    }
    inFlight.clear();
    tally.dead.clear();
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
