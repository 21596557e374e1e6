package io.millrace.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One change of a collection in canonical form; takes one sequence number. What applying it does
/// depends on the collection's state and on nothing else: no clock, no random source, no thread.
public sealed interface Operation {

  /// Replaces whole points; of several with one id the last wins.
  record Upsert(List<Point> points, Precondition precondition) implements Operation {
    public Upsert {
      points = List.copyOf(points);
    }

    public Upsert(List<Point> points) {
      this(points, Precondition.NONE);
    }
  }

  record Delete(Selection which) implements Operation {}

  /// Merges the top-level keys of `patch` into the object at `key` (the whole payload if absent); a
  /// null value deletes its key.
  record SetPayload(Selection which, PayloadBytes patch, Optional<PayloadPath> key)
      implements Operation {}

  record OverwritePayload(Selection which, PayloadBytes payload) implements Operation {}

  record DeletePayload(Selection which, List<PayloadPath> keys) implements Operation {
    public DeletePayload {
      keys = List.copyOf(keys);
    }
  }

  record ClearPayload(Selection which) implements Operation {}

  /// Replaces the named vectors given, keeps the others and the payload. Several entries of one id
  /// merge, later ones win.
  record UpdateVectors(List<PointVectors> points, Precondition precondition) implements Operation {
    public UpdateVectors {
      points = List.copyOf(points);
    }
  }

  record DeleteVectors(Selection which, List<String> names) implements Operation {
    public DeleteVectors {
      names = List.copyOf(names);
    }
  }

  /// The same with the user's own clock: of each point it names, only those are changed whose
  /// stored version is lower, and they have this one afterwards. A delete leaves its version
  /// behind, so that a late older write does not bring the point back.
  record Versioned(Operation operation, long version) implements Operation {
    public Versioned {
      if (operation instanceof Versioned) {
        throw new IllegalArgumentException("an operation has one version");
      }
    }
  }

  record PointVectors(PointId id, Map<String, VectorValue> vectors) {
    public PointVectors {
      vectors = Map.copyOf(vectors);
    }
  }

  /// Which points of an upsert are written, decided when it is applied.
  ///
  /// @param filter looked at for existing points: one that does not match stays as it is
  record Precondition(Mode mode, Optional<Filter> filter) {
    public static final Precondition NONE = new Precondition(Mode.UPSERT, Optional.empty());

    public enum Mode {
      UPSERT,
      INSERT_ONLY,
      UPDATE_ONLY
    }
  }
}
