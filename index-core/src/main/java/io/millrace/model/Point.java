package io.millrace.model;

import java.util.Map;

/// A point as a client writes it.
///
/// @param vectors by name; the unnamed vector has the name `""`; may be empty
public record Point(PointId id, Map<String, VectorValue> vectors, PayloadBytes payload) {
  public Point {
    vectors = Map.copyOf(vectors);
  }
}
