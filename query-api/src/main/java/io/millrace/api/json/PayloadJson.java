package io.millrace.api.json;

import io.millrace.model.PayloadBytes;
import io.millrace.payload.PayloadText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.SerializableString;

/// Payloads: any JSON object, kept as text so that numbers of any size survive.
public final class PayloadJson {
  private PayloadJson() {}

  static PayloadBytes read(JsonIn in) {
    if (!in.isObject()) {
      throw in.invalidType("a map");
    }
    return PayloadText.copy(in.parser(), in::checkRange);
  }

  /// Writes the text as it is, without parsing it.
  public static void write(JsonGenerator out, PayloadBytes payload) {
    out.writeRawValue(new Raw(payload.utf8()));
  }

  /// Bytes that are JSON already, in the form in which a generator takes them without a detour over
  /// a string.
  private record Raw(PayloadBytes json) implements SerializableString {
    Raw(byte[] utf8) {
      this(new PayloadBytes(utf8));
    }

    @Override
    public String getValue() {
      return json.toString();
    }

    @Override
    public int charLength() {
      return getValue().length();
    }

    @Override
    public char[] asQuotedChars() {
      return getValue().toCharArray();
    }

    @Override
    public byte[] asUnquotedUTF8() {
      return json.utf8();
    }

    @Override
    public byte[] asQuotedUTF8() {
      return json.utf8();
    }

    @Override
    public int appendUnquotedUTF8(byte[] buffer, int offset) {
      byte[] utf8 = json.utf8();
      if (offset + utf8.length > buffer.length) {
        return -1;
      }
      System.arraycopy(utf8, 0, buffer, offset, utf8.length);
      return utf8.length;
    }

    @Override
    public int appendQuotedUTF8(byte[] buffer, int offset) {
      return appendUnquotedUTF8(buffer, offset);
    }

    @Override
    public int appendUnquoted(char[] buffer, int offset) {
      String text = getValue();
      if (offset + text.length() > buffer.length) {
        return -1;
      }
      text.getChars(0, text.length(), buffer, offset);
      return text.length();
    }

    @Override
    public int appendQuoted(char[] buffer, int offset) {
      return appendUnquoted(buffer, offset);
    }

    @Override
    public int writeUnquotedUTF8(OutputStream out) throws IOException {
      out.write(json.utf8());
      return json.length();
    }

    @Override
    public int writeQuotedUTF8(OutputStream out) throws IOException {
      return writeUnquotedUTF8(out);
    }

    @Override
    public int putUnquotedUTF8(ByteBuffer buffer) {
      if (json.length() > buffer.remaining()) {
        return -1;
      }
      buffer.put(json.utf8());
      return json.length();
    }

    @Override
    public int putQuotedUTF8(ByteBuffer buffer) {
      return putUnquotedUTF8(buffer);
    }
  }
}
