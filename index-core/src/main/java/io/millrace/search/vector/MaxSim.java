package io.millrace.search.vector;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.millrace.index.StoredForm;
import io.millrace.index.VectorBytes;
import io.millrace.kernel.Kernels;
import io.millrace.model.VectorConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.lucene.util.BytesRef;

/// Σ over the rows of a query of the largest similarity to a row of a document: float32, summed in
/// the order of the query's rows. One thread.
final class MaxSim {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int ALIGNMENT = 64;

  private final VectorConfig config;
  private final float[][] query;
  private int[] ordinals = new int[0];
  private float[] similarities = new float[0];
  private MemorySegment rows = MemorySegment.NULL;

  /// @param query rows in the form of stored ones
  MaxSim(VectorConfig config, float[][] query) {
    this.config = config;
    this.query = new float[query.length][];
    Arrays.setAll(this.query, i -> StoredForm.compared(query[i], config));
  }

  /// @param document rows as bytes of a doc value, at least one
  float of(BytesRef document) {
    int count = document.length / (4 * config.size());
    if (count > ordinals.length) {
      ordinals = new int[count];
      Arrays.setAll(ordinals, i -> i);
      similarities = new float[count];
    }
    MemorySegment stored = inNativeMemory(document);
    float sum = 0;
    for (float[] row : query) {
      similarities(row, stored, count);
      float best = similarities[0];
      for (int i = 1; i < count; i++) {
        best = Math.max(best, similarities[i]);
      }
      sum += best;
    }
    return sum;
  }

  /// Rows as they are compared. Kernels read floats out of the bytes of an array at a fraction of
  /// their speed.
  private MemorySegment inNativeMemory(BytesRef document) {
    if (rows.byteSize() < document.length) {
      rows = Arena.ofAuto().allocate(2L * document.length, ALIGNMENT);
    }
    if (StoredForm.isComparedApart(config)) {
      float[] compared = compared(VectorBytes.rows(document));
      MemorySegment.copy(compared, 0, rows, FLOAT, 0, compared.length);
    } else {
      MemorySegment.copy(document.bytes, document.offset, rows, JAVA_BYTE, 0, document.length);
    }
    return rows;
  }

  private float[] compared(float[] stored) {
    float[] compared = new float[stored.length];
    for (int at = 0; at < stored.length; at += config.size()) {
      float[] row = StoredForm.compared(Arrays.copyOfRange(stored, at, at + config.size()), config);
      System.arraycopy(row, 0, compared, at, row.length);
    }
    return compared;
  }

  private void similarities(float[] row, MemorySegment stored, int count) {
    int dim = config.size();
    long stride = 4L * dim;
    switch (config.distance()) {
      case COSINE, DOT ->
          Kernels.dotRows(row, stored, 0, stride, dim, ordinals, count, similarities);
      case EUCLID -> {
        Kernels.squaredEuclidRows(row, stored, 0, stride, dim, ordinals, count, similarities);
        negate(count);
      }
      case MANHATTAN -> {
        Kernels.manhattanRows(row, stored, 0, stride, dim, ordinals, count, similarities);
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
