package io.millrace.collection;

import io.millrace.model.Operation;
import io.millrace.model.Point;

/// What payloads of points that were replaced since the last commit take on the disk: they stay
/// there until it. Counted as Qdrant does, in blocks of 128 bytes. Upserts only. A delete begins
/// the count anew, so that who makes room can write at once; points made after it count as
/// replaced.
final class ReplacedPayloads {
  private static final int BLOCK_BYTES = 128;

  private long written; // payloads since the commit
  private long bytes; // of these, in whole blocks
  private long committed; // points at the commit

  synchronized void count(Operation operation) {
    switch (operation) {
      case Operation.Upsert upsert -> {
        for (Point point : upsert.points()) {
          written++;
          bytes += Math.ceilDiv(Math.max(1, point.payload().length()), BLOCK_BYTES) * BLOCK_BYTES;
        }
      }
      case Operation.Versioned versioned -> count(versioned.operation());
      case Operation.Delete _ -> committed(Long.MAX_VALUE);
      case Operation.UpdateVectors _,
          Operation.SetPayload _,
          Operation.OverwritePayload _,
          Operation.DeletePayload _,
          Operation.ClearPayload _,
          Operation.DeleteVectors _ -> {}
    }
  }

  /// @param points there are now
  synchronized void committed(long points) {
    written = 0;
    bytes = 0;
    committed = points;
  }

  /// @param points there are now
  synchronized long bytes(long points) {
    long replaced = written - Math.max(0, points - committed);
    return replaced <= 0 ? 0 : bytes * replaced / written;
  }
}
