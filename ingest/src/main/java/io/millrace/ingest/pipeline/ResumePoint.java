package io.millrace.ingest.pipeline;

import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.OnMissingCollection;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Where a stream goes on after any stop: the lowest floor of its collections. The floor of a
/// collection is up to where it is known to have everything of the stream that concerns it; what
/// the others get twice they drop by their own position.
///
/// - vouched for by the checkpoint: the checkpoint's mark;
/// - otherwise, with records of the stream: right behind its own last one, but not above the mark,
///   since dead letters in between may be missing;
/// - otherwise, or while it does not exist: the start of the stream's life.
///
/// @param vouched collections that have everything below `mark`
public record ResumePoint(Mark mark, Set<Long> vouched) {

  /// Where the stream's life began.
  public interface Start {
    Mark mark();
  }

  public static ResumePoint of(
      Targets targets,
      String source,
      long epoch,
      String stream,
      Optional<Binding> binding,
      Optional<Checkpoint.StreamPoint> checkpoint,
      OnMissingCollection onMissing,
      Start start) {
    if (checkpoint.isEmpty()) {
      return new ResumePoint(start.mark(), Set.of());
    }
    Checkpoint.StreamPoint point = checkpoint.get();
    if (binding.isEmpty()) {
      return new ResumePoint(point.next(), point.vouched());
    }
    if (binding.get().isFixed()) {
      Optional<Target> target = targets.find(binding.get().collection().orElseThrow());
      if (target.isEmpty()) {
        // Records without their collection are either dead letters already or still to come.
        return onMissing == OnMissingCollection.DEAD
            ? new ResumePoint(point.next(), Set.of())
            : new ResumePoint(start.mark(), Set.of());
      }
      Set<Long> only = Set.of(target.get().uid());
      if (point.vouched().contains(target.get().uid())) {
        return new ResumePoint(point.next(), only);
      }
      OptionalLong position = target.get().position(source, epoch, stream);
      return new ResumePoint(
          position.isPresent() ? lower(point.next(), position.getAsLong()) : start.mark(), only);
    }
    Mark lowest = point.next();
    Set<Long> bound = new HashSet<>(point.vouched());
    for (Target target : targets.all()) {
      OptionalLong position = target.position(source, epoch, stream);
      if (position.isPresent() && bound.add(target.uid())) {
        lowest = lower(lowest, position.getAsLong());
      }
    }
    return new ResumePoint(lowest, bound);
  }

  private static Mark lower(Mark mark, long position) {
    return position + 1 < mark.number() ? Mark.offset(position + 1) : mark;
  }
}
