package io.millrace.ingest.record;

import tools.jackson.core.JsonParser;

/// JSON text inside an array of bytes: checked to be UTF-8, a byte order mark left out.
final class Text {
  private final byte[] utf8;
  private final int from;
  private final int to;

  private Text(byte[] utf8, int from, int to) {
    this.utf8 = utf8;
    this.from = from;
    this.to = to;
  }

  /// Throws [BadRecord] when the bytes are not UTF-8 text.
  static Text of(byte[] bytes) {
    int from =
        bytes.length >= 3
                && (bytes[0] & 0xFF) == 0xEF
                && (bytes[1] & 0xFF) == 0xBB
                && (bytes[2] & 0xFF) == 0xBF
            ? 3
            : 0;
    int fault = Utf8.firstFault(bytes, from, bytes.length);
    if (fault >= 0) {
      String hint =
          fault == 0 && bytes[0] == 0
              ? "The value starts with 0x00, as values of a schema registry do, and no registry is"
                  + " configured"
              : "Byte %d (0x%02X) is not part of UTF-8 text".formatted(fault, bytes[fault] & 0xFF);
      throw new BadRecord(Code.ENCODING, "", hint);
    }
    return new Text(bytes, from, bytes.length);
  }

  Text slice(int sliceFrom, int sliceTo) {
    return new Text(utf8, sliceFrom, sliceTo);
  }

  JsonParser parser() {
    return Json.parser(utf8, from, to);
  }

  void writeTo(java.io.ByteArrayOutputStream out) {
    out.write(utf8, from, to - from);
  }

  byte[] bytes() {
    return java.util.Arrays.copyOfRange(utf8, from, to);
  }

  @Override
  public String toString() {
    return new String(utf8, from, to - from, java.nio.charset.StandardCharsets.UTF_8);
  }

  boolean startsWith(char c) {
    return from < to && utf8[from] == c;
  }

  byte[] utf8() {
    return utf8;
  }

  /// Offset in [#utf8] of the token the parser stands at.
  int tokenStart(JsonParser p) {
    return from + (int) p.currentTokenLocation().getByteOffset();
  }

  /// Offset in [#utf8] behind what the parser has read.
  int tokenEnd(JsonParser p) {
    return from + (int) p.currentLocation().getByteOffset();
  }

  /// Whether it is the text `null`.
  boolean isNull() {
    try (JsonParser p = parser()) {
      return p.nextToken() == tools.jackson.core.JsonToken.VALUE_NULL && p.nextToken() == null;
    }
  }

  boolean isBlank() {
    for (int i = from; i < to; i++) {
      if (utf8[i] > ' ' || utf8[i] < 0) {
        return false;
      }
    }
    return true;
  }
}
