package io.millrace.log;

import io.millrace.frame.Frame;
import io.millrace.model.Operation;
import io.millrace.model.StreamSpan;
import java.util.List;

/// Operations and positions in the bytes they have in the log, still without a sequence: so the
/// costly part is done outside of the lock that gives the numbers. Appended once.
public final class EncodedBatch {
  private final byte[] frame;
  private final int operations;

  private EncodedBatch(byte[] frame, int operations) {
    this.frame = frame;
    this.operations = operations;
  }

  /// Throws [BadInput] for a batch that is larger than a frame may be, or a filter nested too deep.
  public static EncodedBatch of(List<Operation> operations, List<StreamSpan> positions) {
    return new EncodedBatch(EntryCodec.encode(operations, positions), operations.size());
  }

  /// What the batch takes in the log's file.
  public int bytes() {
    return frame.length;
  }

  public int operations() {
    return operations;
  }

  /// The frame, not yet sealed.
  byte[] frame(long firstSequence, long timeMillis) {
    EntryCodec.number(frame, Frame.HEAD_BYTES, firstSequence, timeMillis);
    return frame;
  }
}
