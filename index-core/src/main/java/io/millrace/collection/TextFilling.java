package io.millrace.collection;

import io.millrace.index.PointIndex;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadSchema;
import java.io.IOException;

/// Whether a text index may lack points that were written before it was declared, and the pace at
/// which they are written anew: in small steps, all the time while there is nothing else to do, and
/// now and then also while there is.
///
/// The apply thread takes the steps; begun also before that thread starts.
final class TextFilling {

  /// Points written anew between two looks at the queue: some tens of milliseconds.
  private static final int STEP_POINTS = 1_024;

  /// Entries applied for one step while the queue is not empty.
  private static final int STEP_EVERY = 64;

  private volatile boolean open; // written by the apply thread, and before it starts
  private int turns; // apply thread only

  /// At a start and after each change of the schema; what is filled already is found out by the
  /// first step.
  void begin(PayloadSchema schema) {
    open = schema.indexes().values().stream().anyMatch(PayloadIndex.Text.class::isInstance);
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
    open = index.fill(STEP_POINTS) > 0;
    return open;
  }
}
