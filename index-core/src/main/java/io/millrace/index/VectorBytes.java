package io.millrace.index;

import io.millrace.model.VectorValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.lucene.util.BytesRef;

/// Vectors as bytes of doc values, all little-endian.
///
/// ```
/// sparse   n × u32 indices, ascending unsigned; n × f32 weights; n = length / 8
/// rows     f32 components, row after row
/// bytes    u8 components: dense Cosine vectors of uint8, written before vector files of version 2
/// ```
public final class VectorBytes {
  private VectorBytes() {}

  static BytesRef of(VectorValue.Sparse vector) {
    int n = vector.indices().length;
    ByteBuffer bytes = ByteBuffer.allocate(8 * n).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(vector.indices());
    bytes
        .position(4 * n)
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .put(vector.values());
    return new BytesRef(bytes.array());
  }

  public static VectorValue.Sparse sparse(BytesRef bytes) {
    int n = bytes.length / 8;
    int[] indices = new int[n];
    float[] values = new float[n];
    buffer(bytes).asIntBuffer().get(indices);
    buffer(bytes)
        .position(4 * n)
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(values);
    return new VectorValue.Sparse(indices, values);
  }

  static BytesRef ofRows(float[] rows) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * rows.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(rows);
    return new BytesRef(bytes.array());
  }

  public static float[] rows(BytesRef bytes) {
    float[] rows = new float[bytes.length / 4];
    buffer(bytes).asFloatBuffer().get(rows);
    return rows;
  }

  static float[] bytes(BytesRef bytes) {
    float[] components = new float[bytes.length];
    for (int i = 0; i < components.length; i++) {
      components[i] = bytes.bytes[bytes.offset + i] & 0xFF;
    }
    return components;
  }

  private static ByteBuffer buffer(BytesRef bytes) {
    return ByteBuffer.wrap(bytes.bytes, bytes.offset, bytes.length)
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN);
  }
}
