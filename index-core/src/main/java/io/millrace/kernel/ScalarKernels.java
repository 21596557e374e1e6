package io.millrace.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The plain loops: the twin every kernel is tested against, and what runs without the vector
/// module.
///
/// Sums run from the first component to the last in one float. This is the order of scores of
/// vectors with fewer than [Kernels#SEQUENTIAL_BELOW] components in every build of ours.
final class ScalarKernels {
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private ScalarKernels() {}

  static float dot(float[] query, MemorySegment rows, long offset, int dim) {
    float sum = 0;
    for (int i = 0; i < dim; i++) {
      sum += query[i] * rows.get(FLOAT, offset + 4L * i);
    }
    return sum;
  }

  static float squaredEuclid(float[] query, MemorySegment rows, long offset, int dim) {
    float sum = 0;
    for (int i = 0; i < dim; i++) {
      float difference = query[i] - rows.get(FLOAT, offset + 4L * i);
      sum += difference * difference;
    }
    return sum;
  }

  static float manhattan(float[] query, MemorySegment rows, long offset, int dim) {
    float sum = 0;
    for (int i = 0; i < dim; i++) {
      sum += Math.abs(query[i] - rows.get(FLOAT, offset + 4L * i));
    }
    return sum;
  }

  static int dotInt8(short[] query, MemorySegment rows, long offset, int dim) {
    int odd = query.length / 2;
    int sum = 0;
    for (int i = 0; i < dim; i++) {
      sum += query[(i & 1) * odd + i / 2] * rows.get(JAVA_BYTE, offset + i);
    }
    return sum;
  }

  static Kernels.Centred centre(float[] query, float[] mean, float[] centred, int from) {
    float largest = 0;
    float squared = 0;
    float dotMean = 0;
    for (int i = from; i < query.length; i++) {
      float c = query[i] - mean[i];
      centred[i] = c;
      largest = Math.max(largest, Math.abs(c));
      squared += c * c;
      dotMean += query[i] * mean[i];
    }
    return new Kernels.Centred(largest, squared, dotMean);
  }

  static float quantize(float[] components, int from, float inverse, int largest, int[] out) {
    float dot = 0;
    for (int i = from; i < components.length; i++) {
      float scaled = Math.min(Math.max(components[i] * inverse, -largest), largest);
      out[i] = (int) (scaled + (largest + 0.5f)) - largest;
      dot += components[i] * out[i];
    }
    return dot;
  }

  static int dot2Bit(short[] query, MemorySegment rows, long offset, int bytes) {
    int shorts = bytes / 2;
    int sum = 0;
    for (int i = 0; i < 4 * bytes; i++) {
      int code = rows.get(JAVA_BYTE, offset + i / 4) >>> 2 * (i % 4) & 3;
      sum += code * query[i % 8 * shorts + i / 8];
    }
    return sum;
  }

  static float half(MemorySegment rows, long offset, int component) {
    return Float.float16ToFloat(rows.get(SHORT, offset + 2L * component));
  }

  static float dotHalf(float[] query, MemorySegment rows, long offset, int dim) {
    float sum = 0;
    for (int i = 0; i < dim; i++) {
      sum += query[i] * half(rows, offset, i);
    }
    return sum;
  }

  static float squaredEuclidHalf(float[] query, MemorySegment rows, long offset, int dim) {
    float sum = 0;
    for (int i = 0; i < dim; i++) {
      float difference = query[i] - half(rows, offset, i);
      sum += difference * difference;
    }
    return sum;
  }

  static float manhattanHalf(float[] query, MemorySegment rows, long offset, int dim) {
    float sum = 0;
    for (int i = 0; i < dim; i++) {
      sum += Math.abs(query[i] - half(rows, offset, i));
    }
    return sum;
  }

  /// From component `from` on.
  static float largest(float[] components, int from) {
    float largest = 0;
    for (int i = from; i < components.length; i++) {
      largest = Math.max(largest, Math.abs(components[i]));
    }
    return largest;
  }

  /// From component `from` on.
  static float squaredRest(float[] components, int from, float scale, int[] rounded) {
    float sum = 0;
    for (int i = from; i < components.length; i++) {
      float rest = components[i] - rounded[i] * scale;
      sum += rest * rest;
    }
    return sum;
  }

  static int dotBytes(short[] query, MemorySegment rows, long offset, int dim) {
    int sum = 0;
    for (int i = 0; i < dim; i++) {
      sum += component(query, i) * unsigned(rows, offset + i);
    }
    return sum;
  }

  static int squaredEuclidBytes(short[] query, MemorySegment rows, long offset, int dim) {
    int sum = 0;
    for (int i = 0; i < dim; i++) {
      int difference = component(query, i) - unsigned(rows, offset + i);
      sum += difference * difference;
    }
    return sum;
  }

  static int manhattanBytes(short[] query, MemorySegment rows, long offset, int dim) {
    int sum = 0;
    for (int i = 0; i < dim; i++) {
      sum += Math.abs(component(query, i) - unsigned(rows, offset + i));
    }
    return sum;
  }

  private static int component(short[] query, int i) {
    return query[Kernels.int8Place(i, query.length)];
  }

  private static int unsigned(MemorySegment rows, long offset) {
    return rows.get(JAVA_BYTE, offset) & 0xFF;
  }
}
