package io.millrace.index;

import io.millrace.kernel.ExactScore;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.SparseConfig;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorDatatype;
import io.millrace.model.VectorValue;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Vectors as clients send them → as reads return them, and → as they are compared.
///
/// ```
/// distance   datatype            returned                      compared
/// Cosine     float32, turbo4     divided by its length         the same
/// Cosine     float16             divided, then rounded         the same
/// Cosine     uint8               cut to bytes                  by the cosine of the bytes
/// others     any                 rounded or cut                the same
/// ```
///
/// A query goes the same way as what it is compared with.
public final class StoredForm {
  private StoredForm() {}

  /// What an operation writes, as it is stored: vectors whose name was taken out of the collection
  /// after the operation was logged, or that an earlier vector of that name was meant by, are left
  /// out.
  static Map<String, VectorValue> of(
      Map<String, VectorValue> vectors, long sequence, CollectionConfig config) {
    Map<String, VectorValue> stored = HashMap.newHashMap(vectors.size());
    vectors.forEach((name, value) -> {
      VectorConfig vector = config.vectors().get(name);
      SparseConfig sparse = config.sparse().get(name);
      if (vector != null && sequence >= vector.since() && fits(value, vector)) {
        stored.put(name, of(value, vector));
      } else if (sparse != null
          && sequence >= sparse.since()
          && value instanceof VectorValue.Sparse) {
        stored.put(name, value);
      }
    });
    return stored;
  }

  private static boolean fits(VectorValue value, VectorConfig vector) {
    return switch (value) {
      case VectorValue.Dense d -> d.values().length == vector.size();
      case VectorValue.Multi m -> vector.isMulti() && m.dimension() == vector.size();
      case VectorValue.Sparse ignored -> false;
    };
  }

  /// A checked value as reads return it. One row becomes a multivector of one row where the
  /// collection has multivectors.
  static VectorValue of(VectorValue value, VectorConfig vector) {
    return switch (value) {
      case VectorValue.Dense d when !vector.isMulti() ->
          new VectorValue.Dense(stored(d.values(), vector));
      case VectorValue.Dense d ->
          new VectorValue.Multi(vector.size(), storedRows(d.values(), vector));
      case VectorValue.Multi m ->
          new VectorValue.Multi(vector.size(), storedRows(m.rows(), vector));
      case VectorValue.Sparse s -> s;
    };
  }

  private static float[] stored(float[] row, VectorConfig vector) {
    boolean normalizes =
        vector.distance() == Distance.COSINE && vector.datatype() != VectorDatatype.UINT8;
    if (!normalizes && keepsFloats(vector.datatype())) {
      return row;
    }
    float[] stored = row.clone();
    if (normalizes) {
      ExactScore.normalize(stored);
    }
    if (!keepsFloats(vector.datatype())) {
      for (int i = 0; i < stored.length; i++) {
        stored[i] = vector.datatype().stored(stored[i]);
      }
    }
    return stored;
  }

  private static float[] storedRows(float[] rows, VectorConfig vector) {
    float[] stored = new float[rows.length];
    for (int at = 0; at < rows.length; at += vector.size()) {
      float[] row = stored(Arrays.copyOfRange(rows, at, at + vector.size()), vector);
      System.arraycopy(row, 0, stored, at, row.length);
    }
    return stored;
  }

  private static boolean keepsFloats(VectorDatatype datatype) {
    return switch (datatype) {
      case FLOAT32, TURBO4 -> true;
      case FLOAT16, UINT8 -> false;
    };
  }

  /// Whether rows of multivectors are compared in another form than they are returned in.
  public static boolean isComparedApart(VectorConfig vector) {
    return vector.distance() == Distance.COSINE && vector.datatype() == VectorDatatype.UINT8;
  }

  /// A stored row as it is compared; may be the argument itself.
  public static float[] compared(float[] stored, VectorConfig vector) {
    return isComparedApart(vector) ? ExactScore.normalize(stored.clone()) : stored;
  }

  /// One row of a query in the form of those it is compared with.
  public static float[] target(float[] row, VectorConfig vector) {
    return stored(row, vector);
  }
}
