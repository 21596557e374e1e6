package io.millrace.model;

/// What the engine does with one named sparse vector.
///
/// @param idf whether each weight of a query is multiplied by how rare its index is
/// @param since sequence from which on the vector exists, see [VectorConfig#since]
public record SparseConfig(boolean idf, long since) {
  public static final SparseConfig PLAIN = new SparseConfig(false, 0);
}
