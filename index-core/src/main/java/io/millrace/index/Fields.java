package io.millrace.index;

import io.millrace.model.CollectionConfig;
import java.nio.charset.StandardCharsets;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.NullMarked;

/// The Lucene fields of a point's document. Names begin with `_` so that they can not meet names
/// that users choose.
@NullMarked
public final class Fields {
  /// The id in its byte form: one term and one binary doc value.
  public static final String ID = "_id";

  /// Numeric doc value: the sequence of the last operation on the point.
  public static final String VERSION = "_version";

  /// Stored field: the payload bytes.
  public static final String PAYLOAD = "_payload";

  /// Numeric doc value: the length of the payload in bytes.
  public static final String PAYLOAD_BYTES = "_payload_bytes";

  /// Terms: names of the vectors that the point stores, see [#vectorTerm].
  public static final String VECTORS = "_vec";

  /// Terms of all payload leaves, see [LeafTerms].
  public static final String LEAF = "_leaf";

  /// Terms of text indexes, see [LeafTerms].
  public static final String TOKEN = "_token";

  /// Points of two dimensions, path hash and sortable bits: numbers.
  public static final String NUMBER = "_num";

  /// The same for dates, in microseconds.
  public static final String DATE = "_date";

  /// The same for lengths of arrays.
  public static final String LENGTH = "_len";

  private Fields() {}

  /// The field of a dense vector: rows as they are searched.
  ///
  /// @param since what tells a vector from an earlier one of the same name, 0 for the first
  public static String vector(String name, long since) {
    return field('v', name, since);
  }

  /// Binary doc value: a dense vector of uint8 under Cosine, written before vector files of version
  /// 2.
  public static String bytes(String name, long since) {
    return field('b', name, since);
  }

  /// Binary doc value: the rows of a multivector. The codec knows the field by the `m`.
  public static String rows(String name, long since) {
    return field('m', name, since);
  }

  /// Binary doc value with an inverted index: a sparse vector. The codec knows the field by the
  /// `s`.
  public static String sparse(String name, long since) {
    return field('s', name, since);
  }

  private static String field(char kind, String name, long since) {
    return since == 0 ? kind + ":" + name : kind + Long.toString(since) + ":" + name;
  }

  /// The name of the vector in a field of [#vector].
  public static String vectorName(String field) {
    return field.substring(field.indexOf(':') + 1);
  }

  /// The `since` in a field of [#vector].
  public static long vectorSince(String field) {
    int colon = field.indexOf(':');
    return colon == 1 ? 0 : Long.parseLong(field, 1, colon, 10);
  }

  /// Whether a field holds a vector that the collection has no more.
  static boolean isOfRemovedVector(String field, CollectionConfig config) {
    return !field.startsWith("_")
        && field.indexOf(':') > 0
        && config.since(vectorName(field)) != vectorSince(field);
  }

  /// Never empty, also for the unnamed vector.
  ///
  /// @param storedName see [#storedName]
  public static BytesRef vectorTerm(String storedName) {
    return new BytesRef(("v" + storedName).getBytes(StandardCharsets.UTF_8));
  }

  /// What tells a vector from an earlier one of the same name. Names hold no colon.
  public static String storedName(String name, long since) {
    return since == 0 ? name : since + ":" + name;
  }
}
