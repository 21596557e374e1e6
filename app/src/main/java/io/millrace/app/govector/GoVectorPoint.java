package io.millrace.app.govector;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// A point as GoVector stores it, made into the JSON that its upsert takes:
///
/// ```
/// point   1 id: string | 2 vector: repeated float | 3 payload: map<string, value>
/// value   oneof 1 string | 2 int64 | 3 double | 4 bool | 5 bytes
/// ```
///
/// A key whose value has none of them is left out. Bytes that are JSON are that value, others
/// become base64 text. A double that JSON cannot say becomes its name (`NaN`), a whole one an
/// integer. Where vectors were quantized to a byte per component (SQ8), the vector is empty and
/// payload key `__quantized_vector` holds `min f32 LE | max f32 LE | bytes`; a component is `min +
/// byte · (max − min) / 255`, near what was once sent.
///
/// @param json id, vector and payload
/// @param isApproximate whether the vector was quantized
public record GoVectorPoint(String json, int dimension, boolean isApproximate) {
  private static final int STRING_1 = 1 << 3 | 2; // a tag is the field's number and its wire type
  private static final int INTEGER_2 = 2 << 3;
  private static final int PACKED_2 = 2 << 3 | 2;
  private static final int MESSAGE_2 = 2 << 3 | 2;
  private static final int FLOAT_2 = 2 << 3 | 5;
  private static final int ENTRY_3 = 3 << 3 | 2;
  private static final int DOUBLE_3 = 3 << 3 | 1;
  private static final int BOOL_4 = 4 << 3;
  private static final int BYTES_5 = 5 << 3 | 2;

  private static final String QUANTIZED = "__quantized_vector";
  private static final int RANGE_BYTES = 8;

  private static final JsonFactory JSON = new JsonFactory();
  private static final JsonMapper CHECK =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  /// Bytes of a value, or text that is JSON already.
  private sealed interface Value {
    record Json(String text) implements Value {}

    record Bytes(ByteString bytes) implements Value {}
  }

  /// @param id the key of the point in its bucket
  static GoVectorPoint read(String id, byte[] bytes) throws IOException {
    float[] vector = new float[0];
    Map<String, Value> payload = new LinkedHashMap<>();
    try {
      CodedInputStream in = CodedInputStream.newInstance(bytes);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (tag) {
          case STRING_1 -> {
            String said = in.readStringRequireUtf8();
            if (!said.isEmpty() && !said.equals(id)) {
              throw new IOException("it says that it is point " + said);
            }
          }
          case PACKED_2 -> vector = packed(in, vector);
          case FLOAT_2 -> {
            vector = Arrays.copyOf(vector, vector.length + 1);
            vector[vector.length - 1] = in.readFloat();
          }
          case ENTRY_3 -> payloadEntry(in, payload);
          default -> in.skipField(tag);
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new IOException("its value is no point of GoVector: " + e.getMessage(), e);
    }
    Value quantized = payload.remove(QUANTIZED);
    boolean approximate = vector.length == 0 && quantized instanceof Value.Bytes;
    if (approximate && quantized instanceof Value.Bytes(ByteString codes)) {
      vector = dequantized(codes);
    }
    check(vector);
    return new GoVectorPoint(json(id, vector, payload), vector.length, approximate);
  }

  private static float[] packed(CodedInputStream in, float[] before) throws IOException {
    ByteBuffer packed = in.readByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    if (packed.remaining() % Float.BYTES != 0) {
      throw new IOException("its vector has " + packed.remaining() + " bytes");
    }
    int added = packed.remaining() / Float.BYTES;
    float[] longer = Arrays.copyOf(before, before.length + added);
    packed.asFloatBuffer().get(longer, before.length, added);
    return longer;
  }

  private static void payloadEntry(CodedInputStream in, Map<String, Value> payload)
      throws IOException {
    int end = in.pushLimit(in.readRawVarint32());
    String key = "";
    Optional<Value> value = Optional.empty();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (tag) {
        case STRING_1 -> key = in.readStringRequireUtf8();
        case MESSAGE_2 -> value = value(in);
        default -> in.skipField(tag);
      }
    }
    in.checkLastTagWas(0);
    in.popLimit(end);
    if (value.isPresent()) {
      payload.put(key, value.get());
    }
  }

  private static Optional<Value> value(CodedInputStream in) throws IOException {
    int end = in.pushLimit(in.readRawVarint32());
    Optional<Value> value = Optional.empty();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (tag) {
        case STRING_1 -> value = Optional.of(text(in.readStringRequireUtf8()));
        case INTEGER_2 -> value = Optional.of(new Value.Json(Long.toString(in.readInt64())));
        case DOUBLE_3 -> value = Optional.of(number(in.readDouble()));
        case BOOL_4 -> value = Optional.of(new Value.Json(Boolean.toString(in.readBool())));
        case BYTES_5 -> value = Optional.of(new Value.Bytes(in.readBytes()));
        default -> in.skipField(tag);
      }
    }
    in.checkLastTagWas(0);
    in.popLimit(end);
    return value;
  }

  /// GoVector keeps every number of a request as a double, and writes those that are whole without
  /// a point. Matches for integers go on finding them.
  private static Value number(double number) {
    if (!Double.isFinite(number)) {
      return text(Double.toString(number));
    }
    boolean whole = number == Math.rint(number) && Math.abs(number) <= 1L << 53;
    return new Value.Json(whole ? Long.toString((long) number) : Double.toString(number));
  }

  private static Value text(String text) {
    return new Value.Json(CHECK.writeValueAsString(text));
  }

  private static float[] dequantized(ByteString codes) throws IOException {
    if (codes.size() < RANGE_BYTES) {
      throw new IOException("its quantized vector has " + codes.size() + " bytes");
    }
    ByteBuffer in = codes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    float min = in.getFloat();
    float step = (in.getFloat() - min) / 255;
    float[] vector = new float[in.remaining()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = min + (in.get() & 0xFF) * step;
    }
    return vector;
  }

  private static void check(float[] vector) throws IOException {
    if (vector.length == 0) {
      throw new IOException("it has no vector");
    }
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new IOException("component " + i + " of its vector is " + vector[i]);
      }
    }
  }

  private static String json(String id, float[] vector, Map<String, Value> payload) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      out.writeStartObject();
      out.writeStringProperty("id", id);
      out.writeArrayPropertyStart("vector");
      for (float component : vector) {
        out.writeNumber(component);
      }
      out.writeEndArray();
      out.writeObjectPropertyStart("payload");
      payload.forEach((key, value) -> {
        out.writeName(key);
        out.writeRawValue(
            switch (value) {
              case Value.Json(String json) -> json;
              case Value.Bytes(ByteString bytes) -> json(bytes);
            });
      });
      out.writeEndObject();
      out.writeEndObject();
    }
    return text.toString();
  }

  private static String json(ByteString bytes) {
    if (!bytes.isEmpty() && bytes.isValidUtf8()) {
      String text = bytes.toStringUtf8();
      try {
        if (!CHECK.readTree(text).isMissingNode()) {
          return text;
        }
      } catch (JacksonException notJson) {
        // base64 then
      }
    }
    return '"' + Base64.getEncoder().encodeToString(bytes.toByteArray()) + '"';
  }
}
