package io.millrace.collection;

import io.millrace.model.Operation;
import io.millrace.model.StreamSpan;
import java.util.List;

/// What is logged as one frame: all of it takes effect or none.
///
/// @param positions the records whose effects these operations are; empty for REST
public record WriteBatch(Lane lane, List<Operation> operations, List<StreamSpan> positions) {

  /// Which queue a write waits in while the log is busy: people before streams.
  public enum Lane {
    INTERACTIVE,
    STREAM
  }

  public WriteBatch {
    operations = List.copyOf(operations);
    positions = List.copyOf(positions);
  }

  public static WriteBatch interactive(Operation... operations) {
    return new WriteBatch(Lane.INTERACTIVE, List.of(operations), List.of());
  }
}
