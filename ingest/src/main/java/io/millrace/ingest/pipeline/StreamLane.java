package io.millrace.ingest.pipeline;

import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Limits;
import io.millrace.ingest.config.SourceConfig.OnBad;
import io.millrace.ingest.config.SourceConfig.OnMissingCollection;
import io.millrace.ingest.deadletter.DeadLetter;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.Origin;
import io.millrace.ingest.record.RawRecord;
import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.StreamSpan;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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
  private final Refill refill;

  private final List<InFlight> inFlight = new ArrayList<>();
  private @Nullable Chunk pending;
  private TallyBuilder pendingTally = new TallyBuilder();
  private Tally undone = Tally.NONE; // of settled chunks behind the done mark
  private String firstBad = "";
  private String lastBad = "";
  private final Map<Long, Long> durable = new HashMap<>(); // highest durable number by collection
  private final Set<Long> fed = new HashSet<>();
  private final Quota quota;
  private Submitter submitter = Submitter.DIRECT;

  private volatile Done done;
  private volatile Health health = Health.RUNNING;
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
    this.done = start;
    this.vouched = Set.copyOf(vouched);
    this.released = released;
    this.badStart = badStart;
    this.refill = refill;
    fed.addAll(vouched);
  }

  /// Batches go this way; to be said before the first of them.
  public StreamLane by(Submitter way) {
    submitter = way;
    return this;
  }

  /// A batch on its way into a log.
  private static final class InFlight {
    private List<LaneGroup.Item> items;
    private @Nullable Submission submission; // null: nothing of it is left to do
    private long uid; // of the collection it was submitted to

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
    if (badStart.isEmpty() && run.surge().note(tally.records - tally.bad(), tally.bad())) {
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
    vouched = Set.copyOf(fed);
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

  /// The same of the last one.
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
    return health.worse(gate);
  }

  public String stream() {
    return stream;
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
      health = new Health(SourceState.RUNNING, "quota");
      run.gate().pause(wait);
      wait = quota.untilFree();
    }
    health = Health.RUNNING;
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
      case Decoded.Operations(String name, var operations) -> {
        Target target = known.get(name);
        if (target == null) {
          switch (resolve(name)) {
            case Resolved.Found(Target found) -> {
              target = found;
              known.put(name, found);
            }
            case Resolved.Refused(Decoded.Bad reason) -> {
              addBad(record, Optional.of(name), reason, bad, tally);
              return;
            }
          }
        }
        Target into = target;
        LaneGroup group = groups.get(into.uid());
        if (group == null) {
          group = new LaneGroup(durablePosition(into));
          groups.put(into.uid(), group);
        }
        if (record.number() <= group.position()) {
          tally.duplicate++;
          return;
        }
        Optional<Decoded.Bad> refused = overLimit(into, operations, group);
        if (refused.isEmpty()) {
          refused = check(into, operations);
        }
        if (refused.isPresent()) {
          addBad(record, Optional.of(name), refused.get(), bad, tally);
        } else {
          group.add(new LaneGroup.Item(record, name, operations));
          tally.applied++;
        }
      }
    }
  }

  /// Of the points a collection may have. Counted as readers see them, so a burst can pass it a
  /// little.
  private Optional<Decoded.Bad> overLimit(
      Target into, List<Operation> operations, LaneGroup group) {
    OptionalLong most = binding.map(Binding::limits).orElse(Limits.NONE).points();
    if (most.isEmpty() || operations.stream().noneMatch(StreamLane::adds)) {
      return Optional.empty();
    }
    if (into.pointCount() + group.items().size() < most.getAsLong()) {
      return Optional.empty();
    }
    return Optional.of(
        new Decoded.Bad(
            Code.POINT_LIMIT,
            "",
            "The collection '"
                + into.name()
                + "' has the "
                + most.getAsLong()
                + " points that the binding allows"));
  }

  private static boolean adds(Operation operation) {
    return operation instanceof Operation.Upsert
        || operation instanceof Operation.Versioned(var inner, var version)
            && inner instanceof Operation.Upsert;
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

  /// Records up to here are durable in the collection. Asked once, and again after a failure.
  private long durablePosition(Target target) throws InterruptedException {
    Long known = durable.get(target.uid());
    if (known == null) {
      known = persistent(() -> target.position(run.name(), epoch, stream).orElse(Long.MIN_VALUE));
      durable.put(target.uid(), known);
    }
    return known;
  }

  private Optional<Decoded.Bad> check(Target target, List<Operation> operations)
      throws InterruptedException {
    try {
      return persistent(() -> {
        target.validate(operations);
        return Optional.empty();
      });
    } catch (BadInput refused) {
      return Optional.of(Decoded.Bad.of(refused));
    }
  }

  private sealed interface Resolved {
    record Found(Target target) implements Resolved {}

    record Refused(Decoded.Bad reason) implements Resolved {}
  }

  /// The collection of that name, made if the binding says so, waited for if it is the binding's
  /// own and missing.
  private Resolved resolve(String name) throws InterruptedException {
    Backoff backoff = run.paces().parked().start();
    boolean waited = false;
    while (true) {
      Optional<Target> found = persistent(() -> run.targets().find(name));
      if (found.isPresent()) {
        if (waited) {
          running();
        }
        boolean isNew = fed.add(found.get().uid());
        if (isNew && fed.size() > 1 && refill == Refill.FROM_START && isFixed()) {
          throw new MadeAgain(name);
        }
        return new Resolved.Found(found.get());
      }
      Optional<String> template = binding.flatMap(Binding::create);
      if (template.isPresent()) {
        Optional<Decoded.Bad> refused = create(template.get(), name);
        if (refused.isPresent()) {
          return new Resolved.Refused(refused.get());
        }
        continue;
      }
      if (!isFixed() || run.onMissing() == OnMissingCollection.DEAD) {
        return new Resolved.Refused(
            new Decoded.Bad(
                Code.NO_COLLECTION, "/collection_name", "There is no collection '" + name + "'"));
      }
      settle();
      waited = true;
      waitAs(SourceState.PARKED, "There is no collection '" + name + "'", backoff);
    }
  }

  private boolean isFixed() {
    return binding.isPresent() && binding.get().isFixed();
  }

  private Optional<Decoded.Bad> create(String template, String name) throws InterruptedException {
    try {
      return switch (persistent(() -> run.creator().create(template, name))) {
        case EXISTS -> Optional.empty();
        case NOT_MATCHING ->
            Optional.of(
                new Decoded.Bad(
                    Code.NO_COLLECTION,
                    "/collection_name",
                    "There is no collection '"
                        + name
                        + "', and the template '"
                        + template
                        + "' does not make it"));
        case LIMIT ->
            Optional.of(
                new Decoded.Bad(
                    Code.COLLECTION_LIMIT,
                    "/collection_name",
                    "The template '" + template + "' makes no more collections"));
      };
    } catch (BadInput refused) {
      return Optional.of(
          new Decoded.Bad(
              Code.COLLECTION_NOT_ALLOWED,
              "/collection_name",
              String.valueOf(refused.getMessage())));
    }
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
        switch (resolve(batch.items.getFirst().collection())) {
          case Resolved.Refused(Decoded.Bad reason) -> refuseAll(batch, reason);
          case Resolved.Found(Target target) -> submit(batch, target);
        }
        running();
        return;
      } catch (Failure.Damaged damaged) {
        waitAs(SourceState.PARKED, String.valueOf(damaged.getMessage()), parked);
      } catch (Failure failure) {
        waitAs(SourceState.WAITING, String.valueOf(failure.getMessage()), unavailable);
      }
    }
  }

  private void submit(InFlight batch, Target target) throws InterruptedException {
    long position = durablePosition(target);
    batch.items = batch.items.stream().filter(item -> item.record().number() > position).toList();
    batch.uid = target.uid();
    if (batch.items.isEmpty()) {
      return;
    }
    try {
      batch.submission = submitter.submit(target, writeBatch(batch.items));
    } catch (BadInput refused) {
      batch.submission = submitSingly(target, batch, refused);
    } catch (Failure failure) {
      durable.remove(target.uid());
      throw failure;
    } catch (RuntimeException fault) {
      throw failed(fault);
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
      Optional<Decoded.Bad> reason = check(target, item.operations());
      if (reason.isPresent()) {
        letters.add(letter(item.record(), Optional.of(item.collection()), reason.get()));
        pendingTally.applied--;
        pendingTally.dead.merge(reason.get().code(), 1L, Long::sum);
      } else {
        good.add(item);
      }
    }
    if (letters.isEmpty()) {
      throw failed(refused);
    }
    writeLetters(letters);
    batch.items = good;
    if (good.isEmpty()) {
      return null;
    }
    try {
      return target.submit(writeBatch(good));
    } catch (BadInput again) {
      throw failed(again);
    }
  }

  private void awaitDurable(InFlight batch) throws InterruptedException {
    submitter.flush();
    Backoff backoff = run.paces().unavailable().start();
    while (true) {
      Submission submission = batch.submission;
      if (submission == null) {
        return;
      }
      try {
        submission.durable().get();
        durable.put(batch.uid, batch.items.getLast().record().number());
        countMissing(submission);
        running();
        return;
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof Failure failure)) {
          throw failed(e.getCause() == null ? e : e.getCause());
        }
        submitter = Submitter.DIRECT; // in order, and on its own
        durable.remove(batch.uid); // a failed log may hold the batch when it is opened again
        waitAs(
            failure instanceof Failure.Damaged ? SourceState.PARKED : SourceState.WAITING,
            String.valueOf(failure.getMessage()),
            backoff);
        submit(batch);
      }
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
        running();
        return;
      } catch (Failure e) {
        waitAs(SourceState.WAITING, String.valueOf(e.getMessage()), backoff);
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
    health =
        new Health(
            SourceState.PARKED,
            "on_bad is block, stopped before "
                + bad.position()
                + ": "
                + bad.reason().code()
                + " "
                + bad.reason().message());
    LOG.warn(
        "A stream stopped before a bad record position={} why={}", bad.position(), health.why());
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

  // ---- trying again

  private interface Attempt<T> {
    T now();
  }

  /// Tries until what it needs answers; the stream shows meanwhile that it waits.
  public <T> T whileUnavailable(Supplier<T> attempt) throws InterruptedException {
    return persistent(attempt::get);
  }

  /// Tries until it works. Only [BadInput] comes out, and [LaneFailed] for our own faults.
  private <T> T persistent(Attempt<T> attempt) throws InterruptedException {
    Backoff unavailable = run.paces().unavailable().start();
    Backoff parked = run.paces().parked().start();
    boolean waited = false;
    while (true) {
      try {
        T result = attempt.now();
        if (waited) {
          running();
        }
        return result;
      } catch (BadInput refused) {
        throw refused;
      } catch (Failure.Damaged damaged) {
        waited = true;
        waitAs(SourceState.PARKED, String.valueOf(damaged.getMessage()), parked);
      } catch (Failure failure) {
        waited = true;
        waitAs(SourceState.WAITING, String.valueOf(failure.getMessage()), unavailable);
      } catch (RuntimeException fault) {
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedException();
        }
        throw failed(fault);
      }
    }
  }

  private LaneFailed failed(Throwable cause) {
    health = new Health(SourceState.FAILED, String.valueOf(cause));
    return new LaneFailed(cause);
  }

  private void waitAs(SourceState state, String why, Backoff backoff) throws InterruptedException {
    if (health.state() != state) {
      LOG.warn(
          "A stream waits source={} stream={} state={} why={}", run.name(), stream, state, why);
    }
    health = new Health(state, why);
    submitter.flush();
    run.gate().pause(backoff.next());
  }

  private void running() {
    if (health != Health.RUNNING) {
      LOG.info("A stream goes on source={} stream={}", run.name(), stream);
      health = Health.RUNNING;
    }
  }
}
