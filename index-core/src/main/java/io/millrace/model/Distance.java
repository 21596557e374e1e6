package io.millrace.model;

/// How two dense vectors are compared. Scores as in Qdrant: Cosine and Dot descend (larger is
/// better), Euclid and Manhattan ascend (smaller is better).
public enum Distance {
  COSINE,
  DOT,
  EUCLID,
  MANHATTAN;

  /// Whether a larger score is the better one.
  public boolean largerIsBetter() {
    return this == COSINE || this == DOT;
  }
}
