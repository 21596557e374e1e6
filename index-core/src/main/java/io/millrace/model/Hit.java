package io.millrace.model;

import java.util.Optional;

/// A found point with its score: float32, as the client sees it.
///
/// @param orderValue what ordered it, where a value of the payload did
public record Hit(StoredPoint point, float score, Optional<OrderValue> orderValue) {
  public Hit(StoredPoint point, float score) {
    this(point, score, Optional.empty());
  }
}
