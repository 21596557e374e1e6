package io.millrace.model.query;

import io.millrace.model.PointId;
import io.millrace.model.VectorValue;
import io.millrace.model.query.Stage.LookupFrom;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The vectors of all points that a query tree names as examples.
///
/// @param vectors by where they were looked up
/// @param excluded those points of the searched collection: an example is no hit
public record Examples(Map<Reference, VectorValue> vectors, Set<PointId> excluded) {
  public static final Examples NONE = new Examples(Map.of(), Set.of());

  /// @param lookupFrom of the stage, as in the request
  /// @param vector name of the vector
  public record Reference(Optional<LookupFrom> lookupFrom, String vector, PointId id) {
    public static Reference of(Stage stage, PointId id) {
      String vector = stage.lookupFrom().flatMap(LookupFrom::vector).orElse(stage.vector());
      return new Reference(stage.lookupFrom(), vector, id);
    }
  }

  public Examples {
    vectors = Map.copyOf(vectors);
    excluded = Set.copyOf(excluded);
  }

  /// The vector an example of a stage stands for.
  public VectorValue of(Stage stage, Example example) {
    return switch (example) {
      case Example.OfVector(VectorValue vector) -> vector;
      case Example.OfPoint(PointId id) -> {
        VectorValue vector = vectors.get(Reference.of(stage, id));
        if (vector == null) {
          throw new IllegalStateException("example " + id + " was not looked up");
        }
        yield vector;
      }
    };
  }
}
