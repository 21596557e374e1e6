package io.millrace.ingest.record;

import io.millrace.model.BadInput;
import io.millrace.model.Operation;
import java.util.List;

/// What a record turned out to be.
public sealed interface Decoded {

  /// @param collection name or alias, not yet looked up
  /// @param operations all of them happen, or none
  record Operations(String collection, List<Operation> operations) implements Decoded {
    public Operations {
      operations = List.copyOf(operations);
    }
  }

  /// Nothing to do, and nothing wrong.
  record Dropped(Why why) implements Decoded {
    public enum Why {
      /// No binding matches.
      UNBOUND,
      /// The record says that it carries no change.
      SKIPPED
    }
  }

  /// @param pointer JSON pointer to the fault, `""` for the whole record
  /// @param message one plain sentence
  /// @param trace stack trace of a fault of ours, else `""`
  record Bad(Code code, String pointer, String message, String trace) implements Decoded {
    public Bad(Code code, String pointer, String message) {
      this(code, pointer, message, "");
    }

    public static Bad of(BadInput refused) {
      return new Bad(Code.of(refused), "", String.valueOf(refused.getMessage()));
    }
  }
}
