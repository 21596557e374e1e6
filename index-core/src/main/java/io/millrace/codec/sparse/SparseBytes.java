package io.millrace.codec.sparse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.apache.lucene.util.BytesRef;

/// One sparse vector read in place from the bytes of a doc value.
public final class SparseBytes {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] bytes = new byte[0];
  private int offset;
  private int size;

  /// Shows another vector; the bytes are not copied.
  public void set(BytesRef vector) {
    bytes = vector.bytes;
    offset = vector.offset;
    size = vector.length / 8;
  }

  public int size() {
    return size;
  }

  /// Unsigned; ascending with `i`.
  public int index(int i) {
    return (int) INT.get(bytes, offset + 4 * i);
  }

  public float weight(int i) {
    return (float) FLOAT.get(bytes, offset + 4 * (size + i));
  }

  /// The first place whose index is not smaller; [#size] if there is none.
  int ceiling(int index) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Integer.compareUnsigned(index(middle), index) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
