package io.millrace.ingest.record;

import io.millrace.json.VectorJsonFactory;
import io.millrace.model.VectorValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// The vectors of a point, straight into float arrays:
///
/// ```
/// [f…]                               one row
/// [[f…]…]                            several rows
/// {"f32": base64, "rows": n?}        little-endian float32, padding optional, plain or URL alphabet
/// {"text": …, "model": …, …}         what is to be embedded, keys in any order
/// {"name": <one of these>, …}        by name; here also
///   {"indices": [u32…], "values": [f…]}   sparse, in any order of indices
/// ```
///
/// Not shared between threads.
final class VectorReader {
  private final RestReaders readers;
  private float[] scratch = new float[512];
  private int used;

  VectorReader(RestReaders readers) {
    this.readers = readers;
  }

  /// All vectors of a point; the parser stands at the value. `null` and `{}` are no vectors.
  Map<String, VectorValue> read(JsonParser p, Text text) {
    return switch (p.currentToken()) {
      case VALUE_NULL -> Map.of();
      case START_ARRAY -> Map.of("", array(p));
      case START_OBJECT -> object(p, text);
      case null, default ->
          throw Json.bad(
              p, Code.VECTOR_KIND, "A vector is a list or an object, not " + Json.kind(p));
    };
  }

  private Map<String, VectorValue> object(JsonParser p, Text text) {
    Map<String, VectorValue> named = new LinkedHashMap<>();
    String pointer = Json.pointer(p);
    int start = text.tokenStart(p);
    boolean isInference = false;
    Map<String, Text> either = new LinkedHashMap<>(); // whose they are shows at the end
    while (p.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = p.currentName();
      JsonToken value = p.nextToken();
      boolean bytes = name.equals("f32") && value == JsonToken.VALUE_STRING;
      if (named.isEmpty() && (bytes || name.equals("rows") && value.isNumeric())) {
        return Map.of("", fields(p, text, start, pointer));
      }
      if (value.isScalarValue() && isInference(name)) {
        isInference = true;
      } else if (value.isStructStart() && mayBeNested(name)) {
        int from = text.tokenStart(p);
        p.skipChildren();
        refuseSecond(p, name, either.put(name, text.slice(from, text.tokenEnd(p))));
      } else {
        refuseSecond(p, name, named.put(name, one(p, text)));
      }
    }
    if (isInference) {
      return Map.of("", readers.embedded(text.slice(start, text.tokenEnd(p)).toString(), pointer));
    }
    either.forEach((name, slice) -> named.put(name, alone(slice, pointer + '/' + name)));
    return named;
  }

  private static void refuseSecond(JsonParser p, String name, @Nullable Object before) {
    if (before != null) {
      throw Json.bad(p, Code.JSON_DUPLICATE_KEY, "The vector '" + name + "' is given twice");
    }
  }

  private VectorValue alone(Text vector, String pointer) {
    try (JsonParser p = vector.parser()) {
      p.nextToken();
      return one(p, vector);
    } catch (BadRecord inside) {
      throw inside.under(pointer);
    }
  }

  /// One vector of a point that has no other: a list, or what is to be embedded.
  VectorValue unnamed(JsonParser p, Text text) {
    if (p.currentToken() != JsonToken.START_ARRAY && p.currentToken() != JsonToken.START_OBJECT) {
      throw Json.bad(p, Code.VECTOR_KIND, "A vector is a list, not " + Json.kind(p));
    }
    return one(p, text);
  }

  /// One vector under a name.
  VectorValue one(JsonParser p, Text text) {
    return switch (p.currentToken()) {
      case START_ARRAY -> array(p);
      case START_OBJECT -> {
        String pointer = Json.pointer(p);
        int start = text.tokenStart(p);
        if (p.nextToken() != JsonToken.PROPERTY_NAME) {
          throw Json.bad(p, Code.VECTOR_KIND, "An object without 'indices', 'values' or 'f32'");
        }
        p.nextToken();
        yield fields(p, text, start, pointer);
      }
      case null, default ->
          throw Json.bad(
              p, Code.VECTOR_KIND, "A vector is a list or an object, not " + Json.kind(p));
    };
  }

  /// The rest of an object that is one vector; the parser stands at its first value.
  ///
  /// @param start offset of the object in the text
  /// @param pointer to the object
  private VectorValue fields(JsonParser p, Text text, int start, String pointer) {
    boolean isInference = false;
    String unknown = "";
    int[] indices = null;
    float[] values = null;
    float[] floats = null;
    long rows = -1;
    do {
      String name = p.currentName();
      switch (name) {
        case "indices" -> indices = once(p, indices, indices(p));
        case "values" -> values = once(p, values, sparseValues(p));
        case "f32" -> floats = once(p, floats, base64(p));
        case "rows" -> rows = rows(p);
        default -> {
          isInference |= isInference(name);
          unknown = isInference(name) || !unknown.isEmpty() ? unknown : name;
          p.skipChildren();
        }
      }
      if (p.nextToken() == JsonToken.END_OBJECT) {
        break;
      }
    } while (p.nextToken() != null);
    if (isInference) {
      return readers.embedded(text.slice(start, text.tokenEnd(p)).toString(), pointer);
    }
    if (!unknown.isEmpty()) {
      throw new BadRecord(
          Code.VECTOR_KIND, pointer + '/' + unknown, "Unknown part of a vector: '" + unknown + "'");
    }
    if (floats != null && indices == null && values == null) {
      return rows < 0 ? new VectorValue.Dense(floats) : multi(p, floats, rows);
    }
    if (floats == null && rows < 0 && indices != null && values != null) {
      return sparse(p, indices, values);
    }
    throw Json.bad(p, Code.VECTOR_KIND, "Expected 'indices' with 'values', or 'f32'");
  }

  private static <T> T once(JsonParser p, @Nullable T before, T value) {
    if (before != null) {
      throw Json.bad(p, Code.JSON_DUPLICATE_KEY, "The key is given twice");
    }
    return value;
  }

  private static boolean isInference(String name) {
    return name.equals("text") || name.equals("model") || mayBeNested(name);
  }

  /// Whether the value of that field of an inference object may be an object or a list, as a vector
  /// may.
  private static boolean mayBeNested(String name) {
    return switch (name) {
      case "image", "object", "options" -> true;
      default -> false;
    };
  }

  private VectorValue array(JsonParser p) {
    used = 0;
    JsonToken first = p.nextToken();
    if (first == JsonToken.END_ARRAY) {
      throw Json.bad(p, Code.VECTOR_EMPTY, "The vector has no components");
    }
    if (first != JsonToken.START_ARRAY) {
      row(p, first);
      return new VectorValue.Dense(Arrays.copyOf(scratch, used));
    }
    int dimension = 0;
    for (JsonToken t = first; t != JsonToken.END_ARRAY; t = p.nextToken()) {
      if (t != JsonToken.START_ARRAY) {
        throw Json.bad(
            p, Code.VECTOR_KIND, "A row of a multivector is a list, not " + Json.kind(p));
      }
      int before = used;
      row(p, p.nextToken());
      int length = used - before;
      if (length == 0) {
        throw Json.bad(p, Code.VECTOR_EMPTY, "A row of the multivector has no components");
      }
      if (dimension != 0 && dimension != length) {
        throw Json.bad(
            p,
            Code.MULTI_RAGGED,
            "The rows of a multivector have one length: expected " + dimension + ", got " + length);
      }
      dimension = length;
    }
    return new VectorValue.Multi(dimension, Arrays.copyOf(scratch, used));
  }

  /// Appends numbers up to the end of the list; `first` is the token the parser stands at.
  private void row(JsonParser p, JsonToken first) {
    float[] into = scratch;
    int n = used;
    for (JsonToken t = first; t != JsonToken.END_ARRAY; t = p.nextToken()) {
      if (t != JsonToken.VALUE_NUMBER_FLOAT && t != JsonToken.VALUE_NUMBER_INT) {
        throw Json.bad(p, Code.VECTOR_KIND, "A component is a number, not " + Json.kind(p));
      }
      float value = p.getFloatValue();
      if (Math.abs(value) > Float.MAX_VALUE) {
        throw Json.bad(p, Code.VECTOR_NOT_FINITE, "The component is too large for float32");
      }
      if (n == into.length) {
        into = Arrays.copyOf(into, 2 * n);
        scratch = into;
      }
      into[n++] = value;
      n = VectorJsonFactory.numbersAhead(p, into, n);
    }
    used = n;
  }

  private float[] sparseValues(JsonParser p) {
    if (p.currentToken() != JsonToken.START_ARRAY) {
      throw Json.bad(p, Code.SPARSE_INVALID, "'values' is a list, not " + Json.kind(p));
    }
    used = 0;
    row(p, p.nextToken());
    return Arrays.copyOf(scratch, used);
  }

  private static int[] indices(JsonParser p) {
    if (p.currentToken() != JsonToken.START_ARRAY) {
      throw Json.bad(p, Code.SPARSE_INVALID, "'indices' is a list, not " + Json.kind(p));
    }
    int[] indices = new int[64];
    int n = 0;
    while (p.nextToken() != JsonToken.END_ARRAY) {
      long index =
          p.currentToken() == JsonToken.VALUE_NUMBER_INT
                  && p.getNumberType() != JsonParser.NumberType.BIG_INTEGER
              ? p.getLongValue()
              : -1;
      if (index < 0 || index > 0xFFFF_FFFFL) {
        throw Json.bad(p, Code.SPARSE_INVALID, "An index is a whole number from 0 to 4294967295");
      }
      if (n == indices.length) {
        indices = Arrays.copyOf(indices, 2 * n);
      }
      indices[n++] = (int) index;
    }
    return Arrays.copyOf(indices, n);
  }

  /// Sorted by index; throws [BadRecord] for lists that do not fit.
  static VectorValue sparse(int[] indices, float[] values) {
    try (JsonParser nowhere = Json.parser(new byte[0], 0, 0)) {
      return sparse(nowhere, indices, values);
    }
  }

  /// Sorted by index, as the model has it.
  private static VectorValue sparse(JsonParser p, int[] indices, float[] values) {
    if (indices.length != values.length) {
      throw Json.bad(
          p,
          Code.SPARSE_INVALID,
          "As many values as indices: got "
              + indices.length
              + " indices, "
              + values.length
              + " values");
    }
    long[] order = new long[indices.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = (indices[i] & 0xFFFF_FFFFL) << 31 | i;
    }
    Arrays.sort(order);
    int[] sortedIndices = new int[order.length];
    float[] sortedValues = new float[order.length];
    for (int i = 0; i < order.length; i++) {
      int from = (int) (order[i] & 0x7FFF_FFFF);
      sortedIndices[i] = indices[from];
      sortedValues[i] = values[from];
      if (i > 0 && sortedIndices[i] == sortedIndices[i - 1]) {
        throw Json.bad(
            p,
            Code.SPARSE_INVALID,
            "Index " + Integer.toUnsignedString(sortedIndices[i]) + " is given twice");
      }
    }
    return new VectorValue.Sparse(sortedIndices, sortedValues);
  }

  private static long rows(JsonParser p) {
    if (p.currentToken() != JsonToken.VALUE_NUMBER_INT
        || p.getNumberType() != JsonParser.NumberType.INT
        || p.getIntValue() < 1) {
      throw Json.bad(p, Code.VECTOR_KIND, "'rows' is a whole number from 1 on");
    }
    return p.getIntValue();
  }

  private static VectorValue multi(JsonParser p, float[] floats, long rows) {
    if (floats.length % rows != 0) {
      throw Json.bad(
          p, Code.MULTI_RAGGED, floats.length + " components do not make " + rows + " equal rows");
    }
    return new VectorValue.Multi((int) (floats.length / rows), floats);
  }

  private static float[] base64(JsonParser p) {
    byte[] text =
        Json.text(p, Code.VECTOR_KIND).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    for (int i = 0; i < text.length; i++) {
      if (text[i] == '-') {
        text[i] = '+';
      } else if (text[i] == '_') {
        text[i] = '/';
      }
    }
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw Json.bad(p, Code.VECTOR_KIND, "'f32' is not base64: " + e.getMessage());
    }
    if (bytes.length % 4 != 0) {
      throw Json.bad(
          p,
          Code.VECTOR_KIND,
          "'f32' holds " + bytes.length + " bytes, no whole number of float32");
    }
    if (bytes.length == 0) {
      throw Json.bad(p, Code.VECTOR_EMPTY, "The vector has no components");
    }
    float[] floats = new float[bytes.length / 4];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
    for (int i = 0; i < floats.length; i++) {
      if (!Float.isFinite(floats[i])) {
        throw Json.bad(p, Code.VECTOR_NOT_FINITE, "Component " + i + " is not a finite number");
      }
    }
    return floats;
  }
}
