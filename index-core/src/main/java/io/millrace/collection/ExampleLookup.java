package io.millrace.collection;

import io.millrace.model.BadInput;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.millrace.model.Fetch;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import io.millrace.model.VectorValue;
import io.millrace.model.query.Example;
import io.millrace.model.query.Examples;
import io.millrace.model.query.Examples.Reference;
import io.millrace.model.query.Query;
import io.millrace.model.query.Stage;
import io.millrace.model.query.Stage.LookupFrom;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Fetches the vectors of the points that a query tree names as examples, from the searched
/// collection or from others.
public final class ExampleLookup {
  private final Collections collections;
  private final Collection searched;
  private final Searcher searcher;
  private final Deadline deadline;
  private final Map<Reference, VectorValue> vectors = new HashMap<>();
  private final Set<PointId> excluded = new HashSet<>();

  private ExampleLookup(
      Collections collections, Collection searched, Searcher searcher, Deadline deadline) {
    this.collections = collections;
    this.searched = searched;
    this.searcher = searcher;
    this.deadline = deadline;
  }

  /// Throws [Failure.NotFound] for a collection, a point or a point's vector that is not there,
  /// [BadInput] for a vector the collection does not know. A recommendation does without those
  /// points that lack the vector.
  ///
  /// @param searcher of the searched collection
  public static Examples of(
      Stage root,
      Collections collections,
      Collection searched,
      Searcher searcher,
      Deadline deadline) {
    ExampleLookup lookup = new ExampleLookup(collections, searched, searcher, deadline);
    lookup.read(root);
    return new Examples(lookup.vectors, lookup.excluded);
  }

  private void read(Stage stage) {
    Optional<Collection> other = stage.lookupFrom().map(this::collection);
    Collection source = other.orElse(searched);
    for (Example example : stage.query().map(Query::examples).orElse(List.of())) {
      if (example instanceof Example.OfPoint(PointId id)) {
        read(source, Reference.of(stage, id), stage);
      }
    }
    stage.prefetches().forEach(this::read);
  }

  private Collection collection(LookupFrom from) {
    return collections
        .find(from.collection())
        .orElseThrow(() -> new Failure.NotFound("Collection " + from.collection() + " not found"));
  }

  private void read(Collection source, Reference reference, Stage stage) {
    boolean isOwn = source.uid() == searched.uid();
    if (isOwn) {
      excluded.add(reference.id());
    }
    if (vectors.containsKey(reference)) {
      return;
    }
    if (isOwn
        && stage.lookupFrom().flatMap(LookupFrom::vector).isEmpty()
        && !source.config().hasVector(reference.vector())) {
      return; // the stage's own search says what is wrong with the name
    }
    Optional<VectorValue> vector;
    if (isOwn) {
      vector = vector(source, searcher, reference);
    } else {
      try (Searcher foreign = source.searcher(deadline)) {
        vector = vector(source, foreign, reference);
      }
    }
    if (vector.isPresent()) {
      vectors.put(reference, vector.get());
    } else if (!(stage.query().orElseThrow() instanceof Query.Recommend)) {
      throw Examples.noVector(stage);
    }
  }

  /// A point that is not there is told before a name that the collection does not know.
  private Optional<VectorValue> vector(Collection source, Searcher from, Reference reference) {
    boolean isKnown = source.config().hasVector(reference.vector());
    Fetch.VectorPart part =
        isKnown
            ? new Fetch.VectorPart.Names(List.of(reference.vector()))
            : new Fetch.VectorPart.None();
    List<StoredPoint> points =
        from.retrieve(
            List.of(reference.id()), new Fetch(new Fetch.PayloadPart.None(), part), deadline);
    if (points.isEmpty()) {
      throw Failure.NotFound.point(reference.id());
    }
    if (!isKnown) {
      throw BadInput.unknownVector(reference.vector());
    }
    return points
        .getFirst()
        .vectors()
        .flatMap(all -> Optional.ofNullable(all.get(reference.vector())));
  }
}
