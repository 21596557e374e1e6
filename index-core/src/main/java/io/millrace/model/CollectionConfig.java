package io.millrace.model;

import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// What a collection is made with.
///
/// @param vectors dense vectors and multivectors by name, sorted; `""` is the unnamed one; may be
///   empty
/// @param sparse sparse vectors by name, sorted; none of the names of `vectors`
/// @param indexingThresholdKb KB of raw rows from which on a merged segment gets a graph; 0 = never
/// @param defersPoints points past the indexing threshold wait unseen: nothing may build their
///   graph
/// @param description JSON object kept for the API: what the client gave, echoed by it; opaque here
/// @param payloadSchema the declared payload indexes
public record CollectionConfig(
    SortedMap<String, VectorConfig> vectors,
    SortedMap<String, SparseConfig> sparse,
    long indexingThresholdKb,
    boolean defersPoints,
    PayloadBytes description,
    PayloadSchema payloadSchema) {

  public static final long DEFAULT_INDEXING_THRESHOLD_KB = 10_000;

  public CollectionConfig {
    vectors = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(vectors));
    sparse = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(sparse));
  }

  /// Without sparse vectors and declared indexes.
  public CollectionConfig(
      SortedMap<String, VectorConfig> vectors, long indexingThresholdKb, PayloadBytes description) {
    this(vectors, new TreeMap<>(), indexingThresholdKb, false, description, PayloadSchema.NONE);
  }

  public CollectionConfig withPayloadSchema(PayloadSchema schema) {
    return new CollectionConfig(
        vectors, sparse, indexingThresholdKb, defersPoints, description, schema);
  }

  public static CollectionConfig of(Map<String, VectorConfig> vectors) {
    return of(vectors, Map.of());
  }

  public static CollectionConfig of(
      Map<String, VectorConfig> vectors, Map<String, SparseConfig> sparse) {
    return new CollectionConfig(
        new TreeMap<>(vectors),
        new TreeMap<>(sparse),
        DEFAULT_INDEXING_THRESHOLD_KB,
        false,
        PayloadBytes.EMPTY,
        PayloadSchema.NONE);
  }

  public static CollectionConfig unnamed(int size, Distance distance) {
    return of(Map.of("", VectorConfig.of(size, distance)));
  }

  /// Whether a vector of any kind has that name.
  public boolean hasVector(String name) {
    return vectors.containsKey(name) || sparse.containsKey(name);
  }

  /// The `since` of a vector of any kind; −1 where none has that name.
  public long since(String name) {
    VectorConfig dense = vectors.get(name);
    if (dense != null) {
      return dense.since();
    }
    SparseConfig other = sparse.get(name);
    return other == null ? -1 : other.since();
  }

  /// The names of all vectors.
  public SortedSet<String> vectorNames() {
    SortedSet<String> names = new TreeSet<>(vectors.keySet());
    names.addAll(sparse.keySet());
    return names;
  }
}
