package io.millrace.model.query;

import io.millrace.model.PointId;
import io.millrace.model.VectorValue;

/// A vector that is given, or named by the point that stores it.
public sealed interface Example {
  record OfVector(VectorValue vector) implements Example {}

  record OfPoint(PointId id) implements Example {}
}
