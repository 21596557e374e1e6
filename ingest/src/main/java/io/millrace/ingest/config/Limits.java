package io.millrace.ingest.config;

import java.util.OptionalLong;

/// How much a binding takes.
///
/// @param recordsPerSecond a faster stream waits
/// @param bytesPerSecond a faster stream waits
/// @param points of the collection: further ones are refused
public record Limits(
    OptionalLong recordsPerSecond, OptionalLong bytesPerSecond, OptionalLong points) {
  public static final Limits NONE =
      new Limits(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
}
