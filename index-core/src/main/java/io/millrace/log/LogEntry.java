package io.millrace.log;

import io.millrace.frame.Frame;
import io.millrace.model.Operation;
import io.millrace.model.StreamSpan;
import java.io.IOException;
import java.util.Arrays;
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

  /// The bytes it has in the log, as a message for another process.
  public byte[] encode() {
    byte[] frame = EntryCodec.encode(operations, positions);
    EntryCodec.number(frame, Frame.HEAD_BYTES, firstSequence, timeMillis);
    return Arrays.copyOfRange(frame, Frame.HEAD_BYTES, frame.length);
  }

  /// Throws [IllegalArgumentException] for bytes that [#encode] does not make.
  public static LogEntry decode(byte[] bytes) {
    try {
      return EntryCodec.decode(bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new IllegalArgumentException("not a log entry: " + e.getMessage(), e);
    }
  }
}
