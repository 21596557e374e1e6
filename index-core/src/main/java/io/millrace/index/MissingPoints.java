package io.millrace.index;

import io.millrace.model.Failure;
import io.millrace.model.PointId;
import java.util.Optional;

/// The ids that an operation names and that do not exist; the first of them is what the caller is
/// told. One operation, one thread.
final class MissingPoints {
  private long count;
  private Optional<Failure> first = Optional.empty();

  void add(PointId id) {
    count++;
    if (first.isEmpty()) {
      first = Optional.of(Failure.NotFound.point(id));
    }
  }

  long count() {
    return count;
  }

  Optional<Failure> first() {
    return first;
  }
}
