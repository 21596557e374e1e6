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
import java.util.function.Predicate;

/// A source of this process with what belongs to it alone: its dead letters, its decoder, the
/// registry that the decoder asks.
///
/// @param hidden dead letters that were replayed or purged
record LiveSource(
    SourceConfig config,
    Sources.Owner owner,
    SourceRun run,
    HiddenLetters hidden,
    RecordDecoder decoder,
    Optional<SchemaRegistry> registry) {
  /// Looked at in one go.
  private static final int MAX_LETTERS = 10_000;

  /// Those that were neither replayed nor purged, newest first. Throws [Failure.Unavailable].
  List<DeadLetters.Kept> letters(int limit) {
    int more = (int) Math.min(Integer.MAX_VALUE, (long) limit + hidden.size());
    return run.deadLetters().kept(more).stream()
        .filter(letter -> !hidden.contains(letter.entry().id()))
        .limit(limit)
        .toList();
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
