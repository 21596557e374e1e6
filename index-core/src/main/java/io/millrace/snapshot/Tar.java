package io.millrace.snapshot;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// The headers of a tar file (POSIX ustar), as far as archives need them: plain files with short
/// names. A size that does not fit eleven octal digits, from 8 GiB on, is written in base 256,
/// which GNU tar, bsdtar and Python read.
///
/// ```
/// offset  bytes  field         value
///      0    100  name          ASCII, NUL filled
///    100      8  mode          0000600
///    108     16  uid, gid      0000000, 0000000
///    124     12  size          octal, or 0x80 and a big-endian integer
///    136     12  mtime         octal, seconds
///    148      8  checksum      six octal digits, NUL, blank: sum of the header's bytes with blanks here
///    156      1  type          '0'
///    257      8  magic         "ustar", NUL, "00"
/// ```
final class Tar {
  static final int BLOCK = 512;
  private static final int NAME_BYTES = 100;
  private static final long OCTAL_LIMIT = 1L << 33;

  /// One file in an archive.
  record Entry(String name, long bytes) {
    /// What the file takes with its padding.
    long padded() {
      return (bytes + BLOCK - 1) / BLOCK * BLOCK;
    }
  }

  private Tar() {}

  static byte[] header(String name, long bytes, long seconds) {
    byte[] h = new byte[BLOCK];
    byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
    if (ascii.length >= NAME_BYTES || bytes < 0) {
      throw new IllegalArgumentException("no tar entry: " + name + ", " + bytes + " bytes");
    }
    System.arraycopy(ascii, 0, h, 0, ascii.length);
    octal(h, 100, 7, 0600);
    octal(h, 108, 7, 0);
    octal(h, 116, 7, 0);
    if (bytes < OCTAL_LIMIT) {
      octal(h, 124, 11, bytes);
    } else {
      h[124] = (byte) 0x80;
      for (int i = 0; i < 8; i++) {
        h[135 - i] = (byte) (bytes >>> 8 * i);
      }
    }
    octal(h, 136, 11, seconds);
    h[156] = '0';
    System.arraycopy("ustar\00000".getBytes(StandardCharsets.US_ASCII), 0, h, 257, 8);
    octal(h, 148, 6, sum(h));
    h[155] = ' ';
    return h;
  }

  /// The entry a header names; empty for the block of zeros at the end. Throws
  /// [IllegalArgumentException] for anything that [#header] does not make.
  static Optional<Entry> entry(byte[] h) {
    boolean zero = true;
    for (byte b : h) {
      zero &= b == 0;
    }
    if (zero) {
      return Optional.empty();
    }
    byte[] magic = Arrays.copyOfRange(h, 257, 263);
    if (!Arrays.equals(magic, "ustar\0".getBytes(StandardCharsets.US_ASCII))) {
      throw new IllegalArgumentException("no tar header");
    }
    if (parseOctal(h, 148, 6) != sum(h)) {
      throw new IllegalArgumentException("the checksum of a tar header is wrong");
    }
    if (h[156] != '0') {
      throw new IllegalArgumentException("an entry is no plain file");
    }
    int length = 0;
    while (length < NAME_BYTES && h[length] != 0) {
      length++;
    }
    return Optional.of(new Entry(new String(h, 0, length, StandardCharsets.ISO_8859_1), size(h)));
  }

  private static long size(byte[] h) {
    if (h[124] != (byte) 0x80) {
      return parseOctal(h, 124, 11);
    }
    long size = 0;
    for (int i = 125; i < 136; i++) {
      if (size >>> 55 != 0) {
        throw new IllegalArgumentException("an entry has an impossible size");
      }
      size = size << 8 | h[i] & 0xFF;
    }
    return size;
  }

  private static long sum(byte[] h) {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : h[i] & 0xFF;
    }
    return sum;
  }

  private static void octal(byte[] h, int at, int digits, long value) {
    long rest = value;
    for (int i = digits - 1; i >= 0; i--) {
      h[at + i] = (byte) ('0' + (rest & 7));
      rest >>>= 3;
    }
  }

  private static long parseOctal(byte[] h, int at, int digits) {
    long value = 0;
    for (int i = at; i < at + digits; i++) {
      if (h[i] < '0' || h[i] > '7') {
        throw new IllegalArgumentException("a tar header holds no octal number");
      }
      value = value << 3 | h[i] - '0';
    }
    return value;
  }
}
