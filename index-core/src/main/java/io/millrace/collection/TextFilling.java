package io.millrace.collection;

import io.millrace.index.PointIndex;
import io.millrace.meter.Jobs;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/// Whether a text index may lack points that were written before it was declared, and the pace at
/// which they are written anew: in small steps, all the time while there is nothing else to do, and
/// now and then also while there is. Each index that lacks points is a job.
///
/// The apply thread takes the steps; begun also before that thread starts.
final class TextFilling {

  /// Points written anew between two looks at the queue: some tens of milliseconds.
  private static final int STEP_POINTS = 1_024;

  /// Entries applied for one step while the queue is not empty.
  private static final int STEP_EVERY = 64;

  private final String collection;
  private final Jobs jobs;
  private volatile boolean open; // written by the apply thread, and before it starts
  private PayloadSchema schema = PayloadSchema.NONE; // this and all below: as `open`
  private boolean counted;
  private final Map<PayloadPath, Jobs.Running> running = new HashMap<>();
  private int turns;

  /// @param jobs gets each index that lacks points
  TextFilling(String collection, Jobs jobs) {
    this.collection = collection;
    this.jobs = jobs;
  }

  /// At a start and after each change of the schema; what is filled already is found out by
  /// [#count], or the first step.
  void begin(PayloadSchema changed) {
    running
        .entrySet()
        .removeIf(job -> {
          boolean gone =
              !Objects.equals(
                  schema.indexes().get(job.getKey()), changed.indexes().get(job.getKey()));
          if (gone) {
            job.getValue().end(Jobs.Outcome.CANCELLED);
          }
          return gone;
        });
    schema = changed;
    counted = false;
    open = changed.indexes().values().stream().anyMatch(PayloadIndex.Text.class::isInstance);
  }

  /// Finds out what is left to fill, for which jobs begin; ends where nothing is.
  void count(PointIndex index) throws IOException {
    if (!open) {
      return;
    }
    counted = true;
    Map<PayloadPath, Long> lacking = index.unfilled();
    lacking.forEach(this::job);
    if (lacking.isEmpty()) {
      end(Jobs.Outcome.DONE);
    }
  }

  private Jobs.Running job(PayloadPath path, long points) {
    return running.computeIfAbsent(
        path, _ -> jobs.begin(Jobs.Kind.INDEX, collection, path.toString(), points, Duration.ZERO));
  }

  /// Safe to call from any thread.
  boolean isOpen() {
    return open;
  }

  /// Whether a step is to be taken now; asked once between two entries.
  ///
  /// @param idle nothing else is there to do
  boolean isDue(boolean idle) {
    return open && (idle || ++turns % STEP_EVERY == 0);
  }

  /// Whether points were written; false when none was left and filling has ended.
  boolean step(PointIndex index) throws IOException {
    if (!counted) {
      count(index);
    }
    if (!open) {
      return false;
    }
    Map<PayloadPath, Long> written = index.fill(STEP_POINTS);
    written.forEach((path, points) -> job(path, points).advance(points));
    if (written.isEmpty()) {
      end(Jobs.Outcome.DONE);
    }
    return open;
  }

  /// No step is taken any more, unless it begins again.
  void end(Jobs.Outcome how) {
    running.values().forEach(job -> job.end(how));
    running.clear();
    open = false;
  }
}
