package io.millrace.search.vector;

import io.millrace.model.Deadline;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.VectorValue;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.PointScore;
import io.millrace.search.nearest.SegmentFilter;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.LeafReaderContext;

/// One named vector of all points of an open reader. Any number of threads; the reader must stay
/// open.
public interface VectorField {

  /// Whether of two scores the larger is the better one.
  boolean largerIsBetter();

  /// The hits nearest to `query`, best first, equal scores by id; scores as a client sees them.
  /// Throws [io.millrace.model.BadInput] where the query is of another kind or size than the
  /// field's vectors, [io.millrace.model.Failure.TimedOut] when the deadline passes on the way.
  ///
  /// @param query as the client sent it
  List<Candidate> nearest(
      VectorValue query, SegmentFilter filter, int limit, SearchParams params, Deadline deadline)
      throws IOException;

  /// The hits whose score by `formula`, of their similarities to several vectors, is the largest,
  /// best first, equal scores by id; empty where the field has nothing to find them by, so that all
  /// points have to be looked at. Throws as [#nearest] does.
  ///
  /// @param examples as the client sent them, or as points store them
  default Optional<List<Candidate>> best(
      List<VectorValue> examples,
      PointScore formula,
      SegmentFilter filter,
      int limit,
      SearchParams params,
      Deadline deadline)
      throws IOException {
    return Optional.empty();
  }

  /// Exact similarities to `example` for queries that combine several. Throws
  /// [io.millrace.model.BadInput] as [#nearest] does.
  ///
  /// @param example as the client sent it, or as a point stores it
  Similarities similarities(VectorValue example, SearchParams params) throws IOException;

  /// As [#similarities], of two vectors by themselves: without what the collection's other vectors
  /// say about the rarity of terms.
  default Similarities plainSimilarities(VectorValue example) throws IOException {
    return similarities(example, SearchParams.DEFAULT);
  }

  /// Whether one vector is to another what the other is to it.
  default boolean isSymmetric() {
    return true;
  }

  /// What a client sees for a similarity of [#similarities] when it asks for the nearest.
  float score(float similarity);

  /// The vector that a document stores (Cosine: normalised); empty where it has none.
  Optional<VectorValue> stored(LeafReaderContext leaf, int doc) throws IOException;
}
