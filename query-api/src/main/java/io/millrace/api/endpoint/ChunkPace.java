package io.millrace.api.endpoint;

import io.millrace.model.PayloadBytes;
import io.millrace.model.StoredPoint;
import io.millrace.model.VectorValue;
import java.util.Collection;

/// How many points of a large answer are read at once: about 1 MiB of payloads and vectors, by
/// those read before, so that nobody has to be asked how large they are. One thread.
final class ChunkPace {
  private static final int FIRST = 64;
  private static final int MOST = 256;
  private static final long BYTES = 1 << 20;

  /// Points may get larger from one chunk to the next.
  private static final int GROWTH = 4;

  private int points = FIRST;

  int points() {
    return points;
  }

  void read(Collection<StoredPoint> chunk) {
    long bytes = 0;
    for (StoredPoint point : chunk) {
      bytes += point.payload().map(PayloadBytes::length).orElse(0);
      if (point.vectors().isPresent()) {
        bytes += point.vectors().get().values().stream().mapToLong(VectorValue::bytes).sum();
      }
    }
    long fitting = bytes == 0 ? MOST : BYTES * chunk.size() / bytes;
    points = (int) Math.clamp(fitting, 1, Math.min(MOST, (long) GROWTH * points));
  }
}
