package io.millrace.search.query;

import io.millrace.model.Deadline;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.PointId;
import io.millrace.model.VectorValue;
import io.millrace.model.query.Matrix;
import io.millrace.model.query.Matrix.Neighbour;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.points.DocIds;
import io.millrace.search.vector.VectorField;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.lucene.index.LeafReaderContext;

/// Compares the points of a sample with each other.
final class SampleMatrix {
  private final List<LeafReaderContext> leaves;
  private final VectorField field;
  private final Deadline deadline;

  SampleMatrix(List<LeafReaderContext> leaves, VectorField field, Deadline deadline) {
    this.leaves = leaves;
    this.field = field;
    this.deadline = deadline;
  }

  /// Of each point the `limit` nearest others; nothing for fewer than two points.
  Matrix of(int[] sample, int limit) throws IOException {
    if (sample.length < 2) {
      return Matrix.EMPTY;
    }
    DocIds ids = new DocIds(leaves);
    Map<PointId, Integer> byId = new TreeMap<>();
    for (int doc : sample) {
      byId.put(ids.id(doc), doc);
    }
    List<Scored> all = Arrays.stream(sample).mapToObj(doc -> new Scored(doc, 0)).toList();
    DocSet docs = DocSet.of(all);
    int[] placeOf = new int[docs.size()];
    int place = 0;
    for (int doc : byId.values()) {
      placeOf[docs.indexOf(doc)] = place++;
    }
    List<List<Neighbour>> neighbours = new ArrayList<>();
    for (int doc : byId.values()) {
      LeafReaderContext leaf = ids.leaf(doc);
      Optional<VectorValue> vector = field.stored(leaf, doc - leaf.docBase);
      neighbours.add(
          vector.isEmpty()
              ? List.of()
              : nearest(vector.get(), doc, docs, placeOf, Math.min(limit, sample.length - 1)));
    }
    return new Matrix(List.copyOf(byId.keySet()), neighbours);
  }

  private List<Neighbour> nearest(
      VectorValue vector, int self, DocSet docs, int[] placeOf, int limit) throws IOException {
    List<Neighbour> nearest = new ArrayList<>();
    // One more, as the point itself may be among them.
    for (Candidate found :
        field.nearest(vector, docs.asFilter(), limit + 1, SearchParams.EXACT, deadline)) {
      int doc = leaves.get(found.leafOrdinal()).docBase + found.doc();
      if (doc != self && nearest.size() < limit) {
        nearest.add(new Neighbour(placeOf[docs.indexOf(doc)], found.score()));
      }
    }
    return nearest;
  }
}
