package io.millrace.index;

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

  /// The field of a named vector.
  public static String vector(String name) {
    return "v:" + name;
  }

  /// The name of the vector in a field of [#vector].
  public static String vectorName(String field) {
    return field.substring(2);
  }

  /// Never empty, also for the unnamed vector.
  public static BytesRef vectorTerm(String name) {
    return new BytesRef(("v" + name).getBytes(StandardCharsets.UTF_8));
  }
}
