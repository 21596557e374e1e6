package io.millrace.ingest.record;

/// A record that can never succeed as it is. Thrown inside the decoders only; outside it is a
/// [Decoded.Bad].
final class BadRecord extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;
  private final String pointer;

  BadRecord(Code code, String pointer, String message) {
    super(message, null, false, false);
    this.code = code;
    this.pointer = pointer;
  }

  /// The same fault of a part that stands at `parent` in the whole.
  BadRecord under(String parent) {
    return new BadRecord(code, parent + pointer, String.valueOf(getMessage()));
  }

  Decoded.Bad toBad() {
    return new Decoded.Bad(code, pointer, String.valueOf(getMessage()));
  }
}
