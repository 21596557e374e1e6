package io.millrace.api.json;

import io.millrace.api.json.InferenceJson.Purpose;
import io.millrace.model.VectorValue;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonToken;

/// Vectors: a list of numbers (dense), a list of such lists (multivector), `{"indices","values"}`
/// (sparse), what is to be embedded ([InferenceJson]), and as a point's `vector` also an object
/// from name to any of them.
public final class VectorJson {
  private VectorJson() {}

  /// All vectors of a point by name; a list is the unnamed vector, and so is what is to be
  /// embedded.
  static Map<String, VectorValue> readAll(JsonIn in, At at) {
    if (in.isArray()) {
      return Map.of("", storedList(in, at));
    }
    Map<String, VectorValue> vectors = new HashMap<>();
    Map<String, String> either = new HashMap<>(); // as text: whose they are shows at the end
    At entry = at.entry();
    InferenceJson inference = new InferenceJson(Purpose.DOCUMENT);
    JsonIn.Fields fields = in.entries("a vector, a list of vectors or a map of vectors");
    while (fields.next()) {
      String name = fields.name();
      boolean isNested = in.isArray() || in.isObject();
      if (isNested && InferenceJson.mayBeNested(name)) {
        either.put(name, in.text());
      } else if (isNested) {
        vectors.put(name, readStored(in, entry));
      } else if (!inference.read(in, name)) {
        throw in.invalidType("a vector");
      }
    }
    if (inference.isEmpty()) {
      either.forEach((name, text) ->
          vectors.put(name, in.readLater(text, vector -> readStored(vector, entry))));
      return vectors;
    }
    either.forEach((name, text) -> in.readLater(text, part -> inference.read(part, name)));
    return Map.of("", inference.vector(in, at));
  }

  /// One vector of any kind that is to be stored.
  static VectorValue readStored(JsonIn in, At at) {
    return in.isArray() ? storedList(in, at) : object(in, at, Purpose.DOCUMENT);
  }

  /// One vector of any kind that is looked for. An empty list has the wrong dimension like any
  /// other of another length, which the collection says.
  static VectorValue read(JsonIn in, At at) {
    return in.isArray() ? list(in, at) : object(in, at, Purpose.QUERY);
  }

  private static VectorValue storedList(JsonIn in, At at) {
    VectorValue vector = list(in, at);
    if (vector instanceof VectorValue.Dense dense && dense.values().length == 0) {
      in.violations().add(at, "dense vector must not be empty");
    }
    return vector;
  }

  private static VectorValue list(JsonIn in, At at) {
    JsonToken first = in.next();
    if (first == JsonToken.END_ARRAY) {
      return new VectorValue.Dense();
    }
    return first == JsonToken.START_ARRAY
        ? rows(in, at)
        : new VectorValue.Dense(in.floatsFromHere());
  }

  private static VectorValue rows(JsonIn in, At at) {
    float[] all = new float[0];
    int length = 0;
    int dimension = -1;
    for (JsonToken t = in.token(); t != JsonToken.END_ARRAY; t = in.next()) {
      if (t != JsonToken.START_ARRAY) {
        throw in.invalidType("a list of numbers");
      }
      in.next();
      float[] row = in.floatsFromHere();
      if (row.length == 0) {
        in.violations().add(at.field("data"), "all vectors must be non-empty");
      } else if (dimension >= 0 && row.length != dimension) {
        in.violations()
            .add(
                at.field("data"),
                "all vectors must have the same dimension, found vector with dimension "
                    + row.length);
      }
      dimension = dimension < 0 ? row.length : dimension;
      if (length + row.length > all.length) {
        all = Arrays.copyOf(all, Math.max(4 * row.length, 2 * (length + row.length)));
      }
      System.arraycopy(row, 0, all, length, row.length);
      length += row.length;
    }
    return new VectorValue.Multi(Math.max(dimension, 0), Arrays.copyOf(all, length));
  }

  private static VectorValue object(JsonIn in, At at, Purpose purpose) {
    ObjectParts parts = new ObjectParts(purpose);
    JsonIn.Fields fields = in.object("a vector");
    while (fields.next()) {
      if (!parts.read(in, fields.name())) {
        in.skip();
      }
    }
    return parts.vector(in, at);
  }

  /// The fields of a sparse vector, or of what is to be embedded, for readers that learn only from
  /// the fields what they read.
  static final class ObjectParts {
    private final InferenceJson inference;
    private int @Nullable [] indices;
    private float @Nullable [] values;

    ObjectParts(Purpose purpose) {
      this.inference = new InferenceJson(purpose);
    }

    /// Reads the field if it is one of theirs.
    boolean read(JsonIn in, String field) {
      switch (field) {
        case "indices" -> indices = indices(in);
        case "values" -> {
          in.openArray();
          in.next();
          values = in.floatsFromHere();
        }
        default -> {
          return inference.read(in, field);
        }
      }
      return true;
    }

    boolean isEmpty() {
      return indices == null && values == null && inference.isEmpty();
    }

    VectorValue vector(JsonIn in, At at) {
      if (indices == null && values == null && !inference.isEmpty()) {
        return inference.vector(in, at);
      }
      if (indices == null) {
        throw in.missing("indices");
      }
      if (values == null) {
        throw in.missing("values");
      }
      if (indices.length != values.length) {
        in.violations()
            .add(at.field("values"), "Validation error: must be the same length as indices [{}]");
        return new VectorValue.Sparse(indices, values);
      }
      return sorted(in, at, indices, values);
    }
  }

  private static int[] indices(JsonIn in) {
    int[] read = new int[32];
    int n = 0;
    in.openArray();
    while (in.nextItem()) {
      if (n == read.length) {
        read = Arrays.copyOf(read, 2 * n);
      }
      read[n++] = in.u32();
    }
    return Arrays.copyOf(read, n);
  }

  /// Brings the pairs into ascending order of their indices.
  private static VectorValue sorted(JsonIn in, At at, int[] indices, float[] values) {
    // Index in the upper half, place in the lower: sorting the longs sorts the pairs.
    long[] keys = new long[indices.length];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = (indices[i] & 0xFFFF_FFFFL) << 31 | i;
    }
    Arrays.sort(keys);
    int[] sortedIndices = new int[keys.length];
    float[] sortedValues = new float[keys.length];
    for (int i = 0; i < keys.length; i++) {
      sortedIndices[i] = (int) (keys[i] >>> 31);
      sortedValues[i] = values[(int) (keys[i] & 0x7FFF_FFFF)];
      if (i > 0 && sortedIndices[i] == sortedIndices[i - 1]) {
        in.violations().add(at.field("indices"), "Validation error: must be unique [{}]");
        break;
      }
    }
    return new VectorValue.Sparse(sortedIndices, sortedValues);
  }

  /// A bare list if the unnamed vector is all there is, else an object by name.
  static void writeAll(JsonGenerator out, Map<String, VectorValue> vectors) {
    VectorValue unnamed = vectors.get("");
    if (unnamed != null && vectors.size() == 1 && !(unnamed instanceof VectorValue.Sparse)) {
      write(out, unnamed);
      return;
    }
    out.writeStartObject();
    vectors.forEach((name, value) -> {
      out.writeName(name);
      write(out, value);
    });
    out.writeEndObject();
  }

  static void write(JsonGenerator out, VectorValue vector) {
    switch (vector) {
      case VectorValue.Dense dense -> row(out, dense.values(), 0, dense.values().length);
      case VectorValue.Multi multi -> {
        out.writeStartArray();
        for (int at = 0; at < multi.rows().length; at += multi.dimension()) {
          row(out, multi.rows(), at, multi.dimension());
        }
        out.writeEndArray();
      }
      case VectorValue.Sparse sparse -> {
        out.writeStartObject();
        out.writeName("indices");
        out.writeStartArray();
        for (int index : sparse.indices()) {
          out.writeNumber(Integer.toUnsignedLong(index));
        }
        out.writeEndArray();
        out.writeName("values");
        row(out, sparse.values(), 0, sparse.values().length);
        out.writeEndObject();
      }
    }
  }

  private static void row(JsonGenerator out, float[] values, int from, int length) {
    out.writeStartArray();
    for (int i = from; i < from + length; i++) {
      number(out, values[i]);
    }
    out.writeEndArray();
  }

  /// The shortest decimal that reads back as the same float32. JSON has no infinity: null.
  static void number(JsonGenerator out, float value) {
    if (Float.isFinite(value)) {
      out.writeNumber(value);
    } else {
      out.writeNull();
    }
  }
}
