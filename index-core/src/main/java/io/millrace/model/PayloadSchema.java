package io.millrace.model;

import java.util.Map;
import java.util.Optional;

/// The declared payload indexes of a collection by path; at most one each.
public record PayloadSchema(Map<PayloadPath, PayloadIndex> indexes) {
  public static final PayloadSchema NONE = new PayloadSchema(Map.of());

  public PayloadSchema {
    indexes = Map.copyOf(indexes);
  }

  public Optional<PayloadIndex> of(PayloadPath path) {
    return Optional.ofNullable(indexes.get(path));
  }

  public boolean isEmpty() {
    return indexes.isEmpty();
  }

  /// Whether points can be ordered by the values at the path.
  public boolean isOrdered(PayloadPath path) {
    return of(path).map(PayloadIndex::isOrdered).orElse(false);
  }
}
