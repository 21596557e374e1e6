package io.millrace.search.query;

import io.millrace.model.Deadline;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.VectorValue;
import io.millrace.model.query.Query;
import io.millrace.search.points.DocIds;
import io.millrace.search.vector.Similarities;
import io.millrace.search.vector.VectorField;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.LeafReaderContext;

/// Maximal marginal relevance: of the candidates the one that is nearest to the query and farthest
/// from what was picked before, one after another (Qdrant's behaviour, 13.6). The list is in the
/// order of picks and keeps the scores of the query.
final class Relevance {
  private final List<LeafReaderContext> leaves;
  private final VectorField field;
  private final SearchParams params;
  private final Deadline deadline;

  Relevance(
      List<LeafReaderContext> leaves, VectorField field, SearchParams params, Deadline deadline) {
    this.leaves = leaves;
    this.field = field;
    this.params = params;
    this.deadline = deadline;
  }

  /// @param candidates best first
  List<Scored> pick(VectorValue query, Query.Mmr mmr, List<Scored> candidates, int limit)
      throws IOException {
    DocSet docs = DocSet.of(candidates);
    DocIds ids = new DocIds(leaves);
    float lambda = 1 - mmr.diversity();
    float[] toQuery = similarities(field.similarities(query, params), docs);
    float[] toPicked = new float[docs.size()];
    java.util.Arrays.fill(toPicked, Float.NEGATIVE_INFINITY);
    List<Scored> left = new ArrayList<>(candidates);
    List<Scored> picked = new ArrayList<>();
    while (picked.size() < limit && !left.isEmpty()) {
      int best = 0;
      float bestValue = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < left.size(); i++) {
        int at = docs.indexOf(left.get(i).doc());
        float value =
            picked.isEmpty() ? toQuery[at] : lambda * toQuery[at] - (1 - lambda) * toPicked[at];
        if (value > bestValue) {
          bestValue = value;
          best = i;
        }
      }
      Scored next = left.remove(best);
      picked.add(next);
      if (picked.size() < limit && !left.isEmpty()) {
        deadline.check();
        LeafReaderContext leaf = ids.leaf(next.doc());
        Optional<VectorValue> vector = field.stored(leaf, next.doc() - leaf.docBase);
        if (vector.isPresent()) {
          float[] toNext = similarities(field.similarities(vector.get(), params), docs);
          for (int i = 0; i < toPicked.length; i++) {
            toPicked[i] = Math.max(toPicked[i], toNext[i]);
          }
        }
      }
    }
    return picked;
  }

  private float[] similarities(Similarities example, DocSet docs) throws IOException {
    float[] all = new float[docs.size()];
    float[] block = new float[DocBlocks.BLOCK];
    DocBlocks.walk(
        leaves,
        docs.asFilter(),
        deadline,
        (leaf, found, count) -> {
          example.of(leaf, found, count, block);
          for (int i = 0; i < count; i++) {
            all[docs.indexOf(leaf.docBase + found[i])] = block[i];
          }
        });
    return all;
  }
}
