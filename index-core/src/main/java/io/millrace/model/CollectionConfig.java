package io.millrace.model;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a collection is made with.
///
/// @param vectors dense vectors by name, sorted; `""` is the unnamed one; may be empty
/// @param indexingThresholdKb KB of raw rows from which on a merged segment gets a graph; 0 = never
/// @param description JSON object kept for the API: what the client gave, echoed by it; opaque here
/// @param payloadSchema the declared payload indexes
public record CollectionConfig(
    SortedMap<String, VectorConfig> vectors,
    long indexingThresholdKb,
    PayloadBytes description,
    PayloadSchema payloadSchema) {

  public static final long DEFAULT_INDEXING_THRESHOLD_KB = 10_000;

  public CollectionConfig {
    vectors = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(vectors));
  }

  public CollectionConfig(
      SortedMap<String, VectorConfig> vectors, long indexingThresholdKb, PayloadBytes description) {
    this(vectors, indexingThresholdKb, description, PayloadSchema.NONE);
  }

  public CollectionConfig withPayloadSchema(PayloadSchema schema) {
    return new CollectionConfig(vectors, indexingThresholdKb, description, schema);
  }

  public static CollectionConfig of(Map<String, VectorConfig> vectors) {
    return new CollectionConfig(
        new TreeMap<>(vectors), DEFAULT_INDEXING_THRESHOLD_KB, PayloadBytes.EMPTY);
  }

  public static CollectionConfig unnamed(int size, Distance distance) {
    return of(Map.of("", VectorConfig.of(size, distance)));
  }
}
