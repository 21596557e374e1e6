package io.millrace.model.query;

import io.millrace.model.Failure;
import io.millrace.model.PointId;
import io.millrace.model.VectorValue;
import io.millrace.model.query.Stage.LookupFrom;
import java.util.List;
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
      return new Reference(stage.lookupFrom(), nameOfVector(stage), id);
    }
  }

  public Examples {
    vectors = Map.copyOf(vectors);
    excluded = PointId.setOf(excluded);
  }

  /// Those of the examples that have a vector; points of a recommendation may lack it.
  public List<Example> known(Stage stage, List<Example> examples) {
    return examples.stream()
        .filter(example ->
            !(example instanceof Example.OfPoint(PointId id))
                || vectors.containsKey(Reference.of(stage, id)))
        .toList();
  }

  public static Failure.NotFound noVector(Stage stage) {
    return new Failure.NotFound(
        "Vector with name \"" + nameOfVector(stage) + "\" for point not found");
  }

  private static String nameOfVector(Stage stage) {
    return stage.lookupFrom().flatMap(LookupFrom::vector).orElse(stage.vector());
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
