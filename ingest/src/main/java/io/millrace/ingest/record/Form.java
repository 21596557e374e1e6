package io.millrace.ingest.record;

import io.millrace.model.Operation;
import java.util.List;
import java.util.Optional;

/// What the bytes of a value turn out to be, before anybody asks what they mean.
sealed interface Form {
  /// JSON as it was sent, or as a schema made it.
  record Json(Text text) implements Form {}

  /// A message that says itself what to do.
  ///
  /// @param collection as it names it
  record Change(List<Operation> operations, Optional<String> collection) implements Form {
    public Change {
      operations = List.copyOf(operations);
    }
  }
}
