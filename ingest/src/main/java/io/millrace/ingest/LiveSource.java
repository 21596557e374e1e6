package io.millrace.ingest;

import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.ingest.deadletter.HiddenLetters;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.ingest.record.RecordDecoder;
import io.millrace.ingest.registry.SchemaRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/// A source of this process with what belongs to it alone: its dead letters, its decoder, the
/// registry that the decoder asks.
///
/// @param hidden dead letters that were replayed or purged
/// @param uncounted what a count of its dead letters missed when all of them were looked at: some
///   are written twice, and hidden ones are let go
record LiveSource(
    SourceConfig config,
    Sources.Owner owner,
    SourceRun run,
    HiddenLetters hidden,
    AtomicLong uncounted,
    RecordDecoder decoder,
    Optional<SchemaRegistry> registry) {
  /// Looked at in one go.
  private static final int MAX_LETTERS = 10_000;

  /// Those that were neither replayed nor purged, newest first. Throws [Failure.Unavailable].
  List<DeadLetters.Kept> letters(int limit) {
    int more = (int) Math.min(Integer.MAX_VALUE, (long) limit + hidden.size());
    List<DeadLetters.Kept> kept = run.deadLetters().kept(more);
    List<DeadLetters.Kept> shown =
        kept.stream().filter(letter -> !hidden.contains(letter.entry().id())).toList();
    if (kept.size() < more) { // these are all there are
      OptionalLong counted = run.deadLetters().count().kept();
      counted.ifPresent(n -> uncounted.set(shown.size() - (n - hidden.size())));
    }
    return shown.stream().limit(limit).toList();
  }

  /// Those that were neither replayed nor purged. Asks nobody; what is written twice or expires
  /// after it was replayed is noticed when all letters are looked at.
  DeadLetters.Count letterCount() {
    DeadLetters.Count count = run.deadLetters().count();
    OptionalLong kept = count.kept();
    return kept.isEmpty()
        ? count
        : new DeadLetters.Count(
            OptionalLong.of(Math.max(0, kept.getAsLong() - hidden.size() + uncounted.get())),
            count.expired());
  }

  /// Oldest first. Throws [Failure.Unavailable] with those before it done.
  ///
  /// @param limit looked at, newest first
  Replayed replay(
      Targets targets,
      Predicate<DeadLetters.Entry> which,
      int limit,
      Replayed.Mode mode,
      Replayed.Run forReal)
      throws InterruptedException {
    Replay replay = new Replay(config, decoder, targets, run.deadLetters(), hidden);
    List<Replayed.Result> results = new ArrayList<>();
    for (DeadLetters.Kept letter : chosen(which, limit).reversed()) {
      results.add(replay.one(letter, mode, forReal));
    }
    return new Replayed(results);
  }

  /// Returns how many are not shown any more.
  int purge(Predicate<DeadLetters.Entry> which, int limit) {
    List<String> ids = chosen(which, limit).stream().map(letter -> letter.entry().id()).toList();
    hidden.add(ids);
    return ids.size();
  }

  private List<DeadLetters.Kept> chosen(Predicate<DeadLetters.Entry> which, int limit) {
    return letters(MAX_LETTERS).stream()
        .filter(letter -> which.test(letter.entry()))
        .limit(limit)
        .toList();
  }

  void close() {
    run.meters().close();
    run.deadLetters().close();
    registry.ifPresent(SchemaRegistry::close);
  }
}
