package io.millrace.collection;

import io.millrace.log.LogEntry;
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

  /// Operations and positions in the form they have in the log; the lane is not part of it.
  public byte[] encode() {
    return new LogEntry(0, operations, positions, 0).encode();
  }

  /// Throws [IllegalArgumentException] for bytes that [#encode] does not make.
  public static WriteBatch decode(Lane lane, byte[] bytes) {
    LogEntry entry = LogEntry.decode(bytes);
    return new WriteBatch(lane, entry.operations(), entry.positions());
  }
}
