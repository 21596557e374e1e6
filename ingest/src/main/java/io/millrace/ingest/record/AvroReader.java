package io.millrace.ingest.record;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Values in Avro's binary form as JSON with the same field names: whole numbers exact, floats as
/// their shortest decimal, bytes as base64, decimals as text unless they are whole, times as RFC
/// 3339, unions without their wrapping. Bytes below `vector` or `vectors` are little-endian
/// float32.
///
/// Lengths are checked against the bytes that are left before anything is made of them, and what
/// comes out is bounded: a list of a billion nulls takes no byte in Avro.
final class AvroReader {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int MAX_DEPTH = 100;
  private static final int MAX_JSON_BYTES = 64 << 20;

  private final AvroType type;

  AvroReader(AvroType type) {
    this.type = type;
  }

  /// Throws [BadRecord] for bytes that the schema does not describe to their end.
  byte[] toJson(byte[] bytes, int from) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(2 * bytes.length + 64);
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      Cursor cursor = new Cursor(bytes, from);
      write(type, cursor, json, out, 0, false);
      if (cursor.at != bytes.length) {
        throw AvroSchemas.bad((bytes.length - cursor.at) + " bytes are left behind the value");
      }
    }
    return out.toByteArray();
  }

  private static void write(
      AvroType type,
      Cursor in,
      JsonGenerator json,
      ByteArrayOutputStream out,
      int depth,
      boolean floats) {
    if (depth > MAX_DEPTH) {
      throw AvroSchemas.bad("The value is nested more than " + MAX_DEPTH + " deep");
    }
    switch (type) {
      case AvroType.Primitive primitive -> primitive(primitive, in, json, floats);
      case AvroType.Record(var fields) -> {
        json.writeStartObject();
        for (AvroType.Field field : fields) {
          json.writeName(field.name());
          boolean vector =
              floats
                  || depth == 0
                      && (field.name().equals("vector") || field.name().equals("vectors"));
          write(field.type(), in, json, out, depth + 1, vector);
        }
        json.writeEndObject();
      }
      case AvroType.Enumeration(var symbols) ->
          json.writeString(symbols.get(in.index(symbols.size())));
      case AvroType.Fixed(int size, String logical, int scale) ->
          bytes(in.bytes(size), logical, scale, json, floats);
      case AvroType.Bytes(String logical, int scale) ->
          bytes(in.bytes(in.length()), logical, scale, json, floats);
      case AvroType.Array(AvroType items) -> {
        json.writeStartArray();
        for (long n = in.block(); n != 0; n = in.block()) {
          for (long i = 0; i < n; i++) {
            write(items, in, json, out, depth + 1, floats);
            bound(json, out, i);
          }
        }
        json.writeEndArray();
      }
      case AvroType.Mapped(AvroType values) -> {
        json.writeStartObject();
        for (long n = in.block(); n != 0; n = in.block()) {
          for (long i = 0; i < n; i++) {
            json.writeName(in.text());
            write(values, in, json, out, depth + 1, floats);
            bound(json, out, i);
          }
        }
        json.writeEndObject();
      }
      case AvroType.Union(var branches) ->
          write(branches.get(in.index(branches.size())), in, json, out, depth + 1, floats);
    }
  }

  private static void bound(JsonGenerator json, ByteArrayOutputStream out, long i) {
    if ((i & 0xFFF) == 0xFFF) {
      json.flush();
      if (out.size() > MAX_JSON_BYTES) {
        throw new BadRecord(
            Code.TOO_LARGE, "", "The value has more than " + MAX_JSON_BYTES + " bytes as JSON");
      }
    }
  }

  private static void primitive(
      AvroType.Primitive type, Cursor in, JsonGenerator json, boolean floats) {
    switch (type) {
      case NULL -> json.writeNull();
      case BOOLEAN -> json.writeBoolean(in.next() == 1);
      case INT, LONG -> json.writeNumber(in.number());
      case FLOAT -> {
        float value = Float.intBitsToFloat((int) in.fixed(4));
        if (!Float.isFinite(value)) {
          throw notFinite();
        }
        json.writeNumber(value);
      }
      case DOUBLE -> {
        double value = Double.longBitsToDouble(in.fixed(8));
        if (!Double.isFinite(value)) {
          throw notFinite();
        }
        json.writeNumber(value);
      }
      case BYTES -> bytes(in.bytes(in.length()), "", 0, json, floats);
      case STRING -> json.writeString(in.text());
      case DATE -> {
        long day = in.number();
        if (Math.abs(day) > 366L * 1_000_000) {
          throw AvroSchemas.bad("The date lies outside of any calendar");
        }
        json.writeString(LocalDate.ofEpochDay(day).toString());
      }
      case TIMESTAMP_MILLIS -> json.writeString(Instant.ofEpochMilli(in.number()).toString());
      case TIMESTAMP_MICROS ->
          json.writeString(Instant.EPOCH.plus(in.number(), ChronoUnit.MICROS).toString());
    }
  }

  private static BadRecord notFinite() {
    return new BadRecord(Code.VECTOR_NOT_FINITE, "", "JSON has no word for NaN and infinity");
  }

  private static void bytes(
      byte[] value, String logical, int scale, JsonGenerator json, boolean floats) {
    if (logical.equals("decimal")) {
      BigDecimal number =
          value.length == 0
              ? BigDecimal.ZERO
              : new BigDecimal(new BigInteger(value), Math.min(scale, 10_000));
      if (scale == 0) {
        json.writeNumber(number.toBigInteger());
      } else {
        json.writeString(number.toPlainString());
      }
    } else if (floats) {
      json.writeStartObject();
      json.writeStringProperty("f32", Base64.getEncoder().encodeToString(value));
      json.writeEndObject();
    } else {
      json.writeString(Base64.getEncoder().encodeToString(value));
    }
  }

  private static final class Cursor {
    private final byte[] bytes;
    private int at;

    Cursor(byte[] bytes, int from) {
      this.bytes = bytes;
      this.at = from;
    }

    private int next() {
      if (at >= bytes.length) {
        throw AvroSchemas.bad("The value ends too early");
      }
      return bytes[at++] & 0xFF;
    }

    /// Zig-zag, seven bits per byte, lowest first.
    long number() {
      long value = 0;
      for (int shift = 0; shift < 70; shift += 7) {
        int b = next();
        value |= (long) (b & 0x7F) << shift;
        if (b < 0x80) {
          return value >>> 1 ^ -(value & 1);
        }
      }
      throw AvroSchemas.bad("A number has more than ten bytes");
    }

    long fixed(int n) {
      long value = 0;
      for (int i = 0; i < n; i++) {
        value |= (long) next() << 8 * i;
      }
      return value;
    }

    int length() {
      long length = number();
      if (length < 0 || length > bytes.length - at) {
        throw AvroSchemas.bad("A length of " + length + " bytes reaches behind the value");
      }
      return (int) length;
    }

    byte[] bytes(int n) {
      if (n > bytes.length - at) {
        throw AvroSchemas.bad("The value ends too early");
      }
      at += n;
      return Arrays.copyOfRange(bytes, at - n, at);
    }

    String text() {
      byte[] utf8 = bytes(length());
      if (Utf8.firstFault(utf8, 0, utf8.length) >= 0) {
        throw new BadRecord(Code.ENCODING, "", "A text is not UTF-8, or holds NUL");
      }
      return new String(utf8, StandardCharsets.UTF_8);
    }

    int index(int below) {
      long index = number();
      if (index < 0 || index >= below) {
        throw AvroSchemas.bad("A choice of " + index + " among " + below);
      }
      return (int) index;
    }

    /// Items of the next block; a negative count is followed by its size in bytes.
    long block() {
      long n = number();
      if (n < 0) {
        if (n == Long.MIN_VALUE) {
          throw AvroSchemas.bad("A block has too many items");
        }
        number();
        n = -n;
      }
      return n;
    }
  }
}
