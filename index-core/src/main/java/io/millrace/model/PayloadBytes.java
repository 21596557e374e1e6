package io.millrace.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A payload: one JSON object as UTF-8 text without insignificant white space. The bytes travel
/// unchanged from the wire to the log, the index and back, so numbers of any size survive.
/// Immutable by agreement: the array is never written to.
public final class PayloadBytes {
  public static final PayloadBytes EMPTY = of("{}");

  private final byte[] utf8;

  /// @param utf8 a JSON object, already without insignificant white space; not copied
  public PayloadBytes(byte[] utf8) {
    this.utf8 = utf8;
  }

  public static PayloadBytes of(String json) {
    return new PayloadBytes(json.getBytes(StandardCharsets.UTF_8));
  }

  public byte[] utf8() {
    return utf8;
  }

  public int length() {
    return utf8.length;
  }

  public boolean isEmptyObject() {
    return utf8.length == 2;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof PayloadBytes p && Arrays.equals(utf8, p.utf8);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(utf8);
  }

  @Override
  public String toString() {
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
