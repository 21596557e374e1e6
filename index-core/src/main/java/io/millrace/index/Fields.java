package io.millrace.index;

/// Names of the Lucene fields of a point's document.
///
/// ```
/// field    kind                         content
/// _id      term + binary doc value      PointId.bytes()
/// _version numeric doc value            sequence of the last operation on the point
/// _payload stored bytes                 the payload
/// _vec     terms                        names of the vectors the point has, UTF-8
/// _leaf    terms                        leaves of the payload, see LeafTerms
/// _num     points, 2 × 8 bytes          (path hash, number as sortable float64)
/// _date    points, 2 × 8 bytes          (path hash, microseconds as sortable int64)
/// v:<name> float vectors                one per named vector
/// ```
public final class Fields {
  public static final String ID = "_id";
  public static final String VERSION = "_version";
  public static final String PAYLOAD = "_payload";
  public static final String VECTOR_NAMES = "_vec";
  public static final String LEAVES = "_leaf";
  public static final String NUMBERS = "_num";
  public static final String DATES = "_date";

  private Fields() {}

  /// The field of a named vector.
  public static String vector(String name) {
    return "v:" + name;
  }

  /// The name of the vector in a field of [#vector].
  public static String vectorName(String field) {
    return field.substring(2);
  }
}
