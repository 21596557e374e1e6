package io.millrace.catalog;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The configuration of a source in a form that only its owner reads. Immutable by agreement: the
/// array is never written to.
public final class ConfigBytes {
  private final byte[] bytes;

  public ConfigBytes(byte[] bytes) {
    this.bytes = bytes;
  }

  public static ConfigBytes of(String text) {
    return new ConfigBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  public byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof ConfigBytes c && Arrays.equals(bytes, c.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// The length only: a configuration may hold secrets.
  @Override
  public String toString() {
    return bytes.length + " bytes";
  }
}
