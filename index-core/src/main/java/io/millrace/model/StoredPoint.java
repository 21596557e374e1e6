package io.millrace.model;

import java.util.Map;
import java.util.Optional;

/// A point as a read returns it.
///
/// @param pointVersion sequence of the last operation that wrote the point
/// @param payload empty when it was not asked for
/// @param vectors empty when they were not asked for; cosine vectors are normalised
public record StoredPoint(
    PointId id,
    long pointVersion,
    Optional<PayloadBytes> payload,
    Optional<Map<String, VectorValue>> vectors) {}
