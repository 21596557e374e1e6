package io.millrace.payload;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// SipHash-2-4 with both key words zero (Aumasson and Bernstein, "SipHash: a fast short-input
/// PRF").
public final class SipHash {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private long v0 = 0x736f6d6570736575L;
  private long v1 = 0x646f72616e646f6dL;
  private long v2 = 0x6c7967656e657261L;
  private long v3 = 0x7465646279746573L;

  private SipHash() {}

  public static long of(byte[] data) {
    SipHash h = new SipHash();
    int whole = data.length & ~7;
    for (int i = 0; i < whole; i += 8) {
      h.word((long) LONGS.get(data, i));
    }
    long last = (long) data.length << 56;
    for (int i = whole; i < data.length; i++) {
      last |= (data[i] & 0xFFL) << (8 * (i - whole));
    }
    h.word(last);
    h.v2 ^= 0xFF;
    for (int i = 0; i < 4; i++) {
      h.round();
    }
    return h.v0 ^ h.v1 ^ h.v2 ^ h.v3;
  }

  private void word(long m) {
    v3 ^= m;
    round();
    round();
    v0 ^= m;
  }

  private void round() {
    v0 += v1;
    v1 = Long.rotateLeft(v1, 13) ^ v0;
    v0 = Long.rotateLeft(v0, 32);
    v2 += v3;
    v3 = Long.rotateLeft(v3, 16) ^ v2;
    v0 += v3;
    v3 = Long.rotateLeft(v3, 21) ^ v0;
    v2 += v1;
    v1 = Long.rotateLeft(v1, 17) ^ v2;
    v2 = Long.rotateLeft(v2, 32);
  }
}
