package io.millrace.api.strict;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// A collection's `strict_mode_config`; an absent limit forbids nothing. Numbers are unsigned.
///
/// @param enabled whether anything of it counts
/// @param unindexedRetrieve whether reads may filter by keys without a payload index
/// @param unindexedUpdate the same for writes
/// @param multivectorRows most rows by name of the vector
/// @param sparseLength most indices by name of the vector
public record StrictSettings(
    boolean enabled,
    OptionalLong queryLimit,
    OptionalLong timeoutSeconds,
    Optional<Boolean> unindexedRetrieve,
    Optional<Boolean> unindexedUpdate,
    OptionalLong hnswEf,
    Optional<Boolean> exact,
    OptionalDouble oversampling,
    OptionalLong upsertBatch,
    OptionalLong searchBatch,
    OptionalLong vectorBytes,
    OptionalLong payloadBytes,
    OptionalLong points,
    OptionalLong readsPerMinute,
    OptionalLong writesPerMinute,
    OptionalLong filterConditions,
    OptionalLong conditionSize,
    Map<String, Long> multivectorRows,
    Map<String, Long> sparseLength,
    OptionalLong payloadIndexes,
    OptionalLong residentMemoryPercent) {

  public static final StrictSettings OFF =
      new StrictSettings(
          false,
          OptionalLong.empty(),
          OptionalLong.empty(),
          Optional.empty(),
          Optional.empty(),
          OptionalLong.empty(),
          Optional.empty(),
          OptionalDouble.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          Map.of(),
          Map.of(),
          OptionalLong.empty(),
          OptionalLong.empty());

  public StrictSettings {
    multivectorRows = Map.copyOf(multivectorRows);
    sparseLength = Map.copyOf(sparseLength);
  }
}
