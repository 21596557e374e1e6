package io.millrace.search.vector;

import io.millrace.index.StoredForm;
import io.millrace.index.VectorBytes;
import io.millrace.kernel.Kernels;
import io.millrace.model.VectorConfig;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.apache.lucene.util.BytesRef;

/// Σ over the rows of a query of the largest similarity to a row of a document: float32, summed in
/// the order of the query's rows. One thread.
final class MaxSim {
  private final VectorConfig config;
  private final float[][] query;
  private int[] ordinals = new int[0];
  private float[] similarities = new float[0];
  private byte[] bytes = new byte[0];
  private MemorySegment rows = MemorySegment.ofArray(bytes);

  /// @param query rows in the form in which they are compared
  MaxSim(VectorConfig config, float[][] query) {
    this.config = config;
    this.query = query;
  }

  /// @param document rows as bytes of a doc value, at least one
  float of(BytesRef document) {
    int count = document.length / (4 * config.size());
    if (count > ordinals.length) {
      ordinals = new int[count];
      Arrays.setAll(ordinals, i -> i);
      similarities = new float[count];
    }
    long base = document.offset;
    MemorySegment stored;
    if (StoredForm.isComparedApart(config)) {
      stored = MemorySegment.ofArray(compared(VectorBytes.rows(document)));
      base = 0;
    } else {
      if (document.bytes != bytes) {
        bytes = document.bytes;
        rows = MemorySegment.ofArray(bytes);
      }
      stored = rows;
    }
    float sum = 0;
    for (float[] row : query) {
      similarities(row, stored, base, count);
      float best = similarities[0];
      for (int i = 1; i < count; i++) {
        best = Math.max(best, similarities[i]);
      }
      sum += best;
    }
    return sum;
  }

  private float[] compared(float[] stored) {
    float[] compared = new float[stored.length];
    for (int at = 0; at < stored.length; at += config.size()) {
      float[] row = StoredForm.compared(Arrays.copyOfRange(stored, at, at + config.size()), config);
      System.arraycopy(row, 0, compared, at, row.length);
    }
    return compared;
  }

  private void similarities(float[] row, MemorySegment stored, long base, int count) {
    int dim = config.size();
    long stride = 4L * dim;
    switch (config.distance()) {
      case COSINE, DOT ->
          Kernels.dotRows(row, stored, base, stride, dim, ordinals, count, similarities);
      case EUCLID -> {
        Kernels.squaredEuclidRows(row, stored, base, stride, dim, ordinals, count, similarities);
        negate(count);
      }
      case MANHATTAN -> {
        Kernels.manhattanRows(row, stored, base, stride, dim, ordinals, count, similarities);
        negate(count);
      }
    }
  }

  private void negate(int count) {
    for (int i = 0; i < count; i++) {
      similarities[i] = 0 - similarities[i];
    }
  }
}
