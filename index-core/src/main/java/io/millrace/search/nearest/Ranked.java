package io.millrace.search.nearest;

/// A similarity and an ordinal in one long that sorts by similarity: the sortable bits of the float
/// in the upper half, the complement of the ordinal in the 31 bits below, so that of equal
/// similarities the smaller ordinal is the larger long, and one bit for the walk.
final class Ranked {
  /// Set once the neighbours of a candidate were looked at.
  static final long EXPANDED = 1;

  private Ranked() {}

  static long of(float similarity, int ordinal) {
    return (long) sortable(Float.floatToRawIntBits(similarity)) << 32
        | (~ordinal << 1) & 0xFFFF_FFFFL;
  }

  static int ordinal(long ranked) {
    return ~(int) ranked >>> 1;
  }

  static float similarity(long ranked) {
    return Float.intBitsToFloat(sortable((int) (ranked >> 32)));
  }

  /// Its own inverse; orders the bits of floats as ints.
  private static int sortable(int bits) {
    return bits ^ (bits >> 31) & 0x7FFF_FFFF;
  }
}
