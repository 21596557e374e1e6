package io.millrace.payload;

import io.millrace.model.PointId;

/// SipHash-2-4 with zero keys over the bytes of an id: a u64 little-endian, a UUID as it is written
/// (Aumasson and Bernstein, SipHash: a fast short-input PRF, 2012).
public final class SipHash {
  private long v0 = 0x736f6d6570736575L;
  private long v1 = 0x646f72616e646f6dL;
  private long v2 = 0x6c7967656e657261L;
  private long v3 = 0x7465646279746573L;

  private SipHash() {}

  public static long of(PointId id) {
    SipHash hash = new SipHash();
    return switch (id) {
      case PointId.Num(long value) -> {
        hash.word(value);
        yield hash.finish(8);
      }
      case PointId.Uuid(long high, long low) -> {
        hash.word(Long.reverseBytes(high));
        hash.word(Long.reverseBytes(low));
        yield hash.finish(16);
      }
    };
  }

  private void word(long m) {
    v3 ^= m;
    round();
    round();
    v0 ^= m;
  }

  private long finish(int length) {
    word((long) length << 56);
    v2 ^= 0xFF;
    for (int i = 0; i < 4; i++) {
      round();
    }
    return v0 ^ v1 ^ v2 ^ v3;
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
