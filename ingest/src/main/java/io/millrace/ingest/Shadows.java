package io.millrace.ingest;

import io.millrace.ingest.config.Assignment;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.ResetTo;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourceConfig.OnLost;
import io.millrace.ingest.config.SourceConfig.ShadowSource;
import io.millrace.ingest.config.Start;
import io.millrace.ingest.kafka.KafkaReset;
import io.millrace.ingest.pipeline.CheckpointFile;
import io.millrace.ingest.pipeline.SourceEpochs;
import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.pipeline.SourceStatus.StreamStatus;
import io.millrace.ingest.pipeline.Target;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// How a source is read once more beside itself. The shadow reads the same topics with the same
/// rules, but its records stand in the log of their new collection under the name and the epoch of
/// the source they repeat. So when that collection takes over the alias, the source itself goes on
/// behind its last record, and what both have read counts once.
final class Shadows {
  private Shadows() {}

  /// What the shadow runs: the original with bindings that lead into the new collection, as fast as
  /// it goes, stopping at everything that puts its positions in doubt.
  static KafkaSource reading(ShadowSource shadow, KafkaSource original) {
    List<Binding> bindings =
        original.bindings().stream()
            .map(binding ->
                binding.isFixed()
                        && shadow.collections().contains(binding.collection().orElseThrow())
                    ? binding
                        .into(shadow.into())
                        .withReading(binding.reading().withModel(shadow.model()))
                    : binding)
            .toList();
    return new KafkaSource(
        shadow.name(),
        original.bootstrap(),
        original.properties(),
        original.topics(),
        shadow.start().orElse(new Start.Earliest()),
        original.consumers(),
        shadow.trouble(),
        OnLost.STOP,
        OnLost.STOP,
        OnLost.STOP,
        Assignment.ALL,
        original.deadLetters(),
        original.registry(),
        bindings);
  }

  /// The life of the original is that of its shadow.
  static SourceEpochs epochs(ShadowSource shadow, SourceEpochs all) {
    return new SourceEpochs() {
      @Override
      public OptionalLong current(String source) {
        return all.current(shadow.of());
      }

      @Override
      public long next(String source) {
        throw new Failure.Unavailable(
            "The source '" + shadow.of() + "' has no life that '" + source + "' could repeat");
      }
    };
  }

  /// Forgets an earlier shadow of that name, and writes down where this one begins if that depends
  /// on what the collection has. Throws [Failure.Unavailable], [BadInput].
  ///
  /// @param original as it runs
  static void prepare(
      ShadowSource shadow,
      KafkaSource reading,
      Optional<SourceStatus> original,
      Targets targets,
      CheckpointFile checkpoints) {
    checkpoints.delete();
    if (shadow.start().isPresent()) {
      return;
    }
    SourceStatus status =
        original.orElseThrow(
            () -> BadInput.badRequest("The source '" + shadow.of() + "' does not run"));
    Target into =
        targets.find(shadow.into()).orElseThrow(() -> Failure.NotFound.collection(shadow.into()));
    Map<String, Long> next = new HashMap<>();
    for (StreamStatus stream : status.streams()) {
      into.position(shadow.of(), status.epoch(), stream.stream())
          .ifPresent(last -> next.put(stream.stream(), last + 1));
    }
    if (!next.isEmpty()) {
      checkpoints.write(
          KafkaReset.plan(
              reading,
              Optional.empty(),
              status.epoch(),
              new ResetTo.Positions(next),
              Set.of(),
              Set.of(into.uid())));
    }
  }
}
