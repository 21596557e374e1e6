package io.millrace.ingest.pipeline;

import io.millrace.collection.Outcome;
import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.ingest.deadletter.DeadLetter;
import io.millrace.ingest.record.Decoded;
import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import io.millrace.model.StreamSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// The batches of one stream on their way into the logs: each is submitted as far as its collection
/// does not have it, waited for until it is durable, and submitted again when it failed. The
/// stream's own thread.
final class LaneBatches {
  private final SourceRun run;
  private final long epoch;
  private final String stream;
  private final LaneCollections collections;
  private final LaneRetries retries;
  private final LaneLetters letters;
  private final List<Batch> inFlight = new ArrayList<>();

  LaneBatches(
      SourceRun run,
      long epoch,
      String stream,
      LaneCollections collections,
      LaneRetries retries,
      LaneLetters letters) {
    this.run = run;
    this.epoch = epoch;
    this.stream = stream;
    this.collections = collections;
    this.retries = retries;
    this.letters = letters;
  }

  private static final class Batch {
    private final int leaderEpoch;
    private final TallyBuilder tally;
    private List<LaneGroup.Item> items;
    private @Nullable Submission submission; // null: nothing of it is left to do
    private long uid; // of the collection it was submitted to
    private @Nullable Target target; // the same

    Batch(List<LaneGroup.Item> items, int leaderEpoch, TallyBuilder tally) {
      this.items = items;
      this.leaderEpoch = leaderEpoch;
      this.tally = tally;
    }

    String collection() {
      return items.getFirst().collection();
    }

    long lastNumber() {
      return items.getLast().record().number();
    }
  }

  /// Returns when the items are submitted; waits as long as that takes. Those that their collection
  /// refuses meanwhile are durable dead letters then.
  ///
  /// @param leaderEpoch where the stream goes on behind them
  /// @param tally of their chunk
  void submit(List<LaneGroup.Item> items, int leaderEpoch, TallyBuilder tally)
      throws InterruptedException {
    Batch batch = new Batch(items, leaderEpoch, tally);
    inFlight.add(batch);
    submit(batch);
  }

  /// Returns when everything submitted is durable.
  void settle() throws InterruptedException {
    for (Batch batch : inFlight) {
      awaitDurable(batch);
    }
    inFlight.clear();
  }

  /// Submits what of the batch its collection does not have. The collection is looked up for each
  /// try: it may have been dropped and made again.
  private void submit(Batch batch) throws InterruptedException {
    Backoff unavailable = run.paces().unavailable().start();
    Backoff parked = run.paces().parked().start();
    while (true) {
      batch.submission = null;
      if (batch.items.isEmpty()) {
        return;
      }
      try {
        // The chunk is not done before this batch is; what else of it is under way needs no help.
        switch (collections.resolve(batch.collection(), LaneCollections.Settling.NOTHING)) {
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
          retries.parkDamaged(batch.collection(), damaged, parked);
        } catch (LaneRetries.ParkedTooLong e) {
          refuseAll(batch, e.reason());
          return;
        }
      } catch (Failure failure) {
        retries.waitAs(SourceState.WAITING, String.valueOf(failure.getMessage()), unavailable);
      }
    }
  }

  private void submit(Batch batch, Target target) throws InterruptedException {
    long position = collections.durablePosition(target);
    batch.items = batch.items.stream().filter(item -> item.record().number() > position).toList();
    batch.uid = target.uid();
    batch.target = target;
    if (batch.items.isEmpty()) {
      return;
    }
    try {
      batch.submission = retries.submitter().submit(target, writeBatch(batch));
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

  private WriteBatch writeBatch(Batch batch) {
    return new WriteBatch(
        WriteBatch.Lane.STREAM,
        LaneGroup.joined(batch.items),
        List.of(
            new StreamSpan(
                run.name(),
                epoch,
                stream,
                batch.items.getFirst().record().number(),
                batch.lastNumber(),
                batch.leaderEpoch)));
  }

  /// The collection went away behind records that had been sorted.
  private void refuseAll(Batch batch, Decoded.Bad reason) throws InterruptedException {
    List<DeadLetter> refused = new ArrayList<>();
    for (LaneGroup.Item item : batch.items) {
      refused.add(letters.letter(item.record(), Optional.of(item.collection()), reason));
    }
    letters.write(refused);
    refused.forEach(letter -> batch.tally.deadAfterAll(letter.reason().code()));
    batch.items = List.of();
  }

  /// The collection changed between check and submit: each record is asked again, those refused are
  /// dead letters, the others go in.
  private @Nullable Submission submitSingly(Target target, Batch batch, BadInput refused)
      throws InterruptedException {
    List<LaneGroup.Item> good = new ArrayList<>();
    List<DeadLetter> bad = new ArrayList<>();
    for (LaneGroup.Item item : batch.items) {
      Optional<Decoded.Bad> reason = collections.check(target, item.operations());
      if (reason.isPresent()) {
        bad.add(letters.letter(item.record(), Optional.of(item.collection()), reason.get()));
        batch.tally.deadAfterAll(reason.get().code());
      } else {
        good.add(item);
      }
    }
    if (bad.isEmpty()) {
      throw retries.failed(refused);
    }
    letters.write(bad);
    batch.items = good;
    if (good.isEmpty()) {
      return null;
    }
    try {
      return retries.submitter().alone().submit(target, writeBatch(batch));
    } catch (BadInput again) {
      throw retries.failed(again);
    }
  }

  private void awaitDurable(Batch batch) throws InterruptedException {
    retries.submitter().flush();
    Backoff backoff = run.paces().unavailable().start();
    while (true) {
      Submission submission = batch.submission;
      if (submission == null) {
        return;
      }
      try {
        submission.durable().get();
        collections.reached(batch.uid, batch.lastNumber());
        retries.writable(batch.collection());
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

  private void noteFreshness(Batch batch, Submission submission) {
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
              for (Outcome outcome : outcomes) {
                missing += outcome.missing();
                stale += outcome.stale() + outcome.duplicate();
              }
              if (missing > 0 || stale > 0) {
                run.counts().addMissing(missing, stale);
              }
            });
  }
}
