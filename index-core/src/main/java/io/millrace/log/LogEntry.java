package io.millrace.log;

import io.millrace.model.Operation;
import io.millrace.model.StreamSpan;
import java.util.List;

/// One frame of the log: all of it takes effect or none.
///
/// @param firstSequence number of the first operation; the others follow by one
/// @param operations at least one
/// @param positions records of streams whose effects these operations are
/// @param timeMillis since the epoch, when the batch was accepted
public record LogEntry(
    long firstSequence, List<Operation> operations, List<StreamSpan> positions, long timeMillis) {
  public LogEntry {
    operations = List.copyOf(operations);
    positions = List.copyOf(positions);
  }

  public long lastSequence() {
    return firstSequence + operations.size() - 1;
  }
}
