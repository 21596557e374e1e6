package io.millrace.search.query;

import io.millrace.model.Deadline;
import io.millrace.model.VectorValue;
import io.millrace.model.query.Query;
import io.millrace.search.points.DocIds;
import io.millrace.search.vector.Similarities;
import io.millrace.search.vector.VectorField;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.LeafReaderContext;

/// Maximal marginal relevance: of the candidates the one that is nearest to the query and farthest
/// from what was picked before, one after another (Qdrant's behaviour, 13.6). The list is in the
/// order of picks and keeps the scores of the query. Vectors are compared by themselves: the rarity
/// of terms chooses the candidates, not among them. Of equal candidates the last is picked, as
/// Qdrant does, and the last of all takes its place; only the first pick is the best of all.
final class Relevance {
  private final List<LeafReaderContext> leaves;
  private final VectorField field;
  private final DocIds ids;
  private final Deadline deadline;

  Relevance(List<LeafReaderContext> leaves, VectorField field, Deadline deadline) {
    this.leaves = leaves;
    this.field = field;
    this.ids = new DocIds(leaves);
    this.deadline = deadline;
  }

  /// @param candidates best first
  List<Scored> pick(VectorValue query, Query.Mmr mmr, List<Scored> candidates, int limit)
      throws IOException {
    DocSet docs = DocSet.of(candidates);
    float lambda = 1 - mmr.diversity();
    float[] toQuery = similarities(field.plainSimilarities(query), docs);
    float[] toPicked = new float[docs.size()];
    Arrays.fill(toPicked, Float.NEGATIVE_INFINITY);
    Nearness nearness = field.isSymmetric() ? this::ofAllTo : new EachTo(docs);
    List<Scored> left = new ArrayList<>(candidates);
    List<Scored> picked = new ArrayList<>();
    while (picked.size() < limit && !left.isEmpty()) {
      int best = 0;
      float bestValue = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < left.size(); i++) {
        int at = docs.indexOf(left.get(i).doc());
        float value =
            picked.isEmpty() ? toQuery[at] : lambda * toQuery[at] - (1 - lambda) * toPicked[at];
        if (value > bestValue || (value == bestValue && !picked.isEmpty())) {
          bestValue = value;
          best = i;
        }
      }
      Scored next = left.get(best);
      left.set(best, left.getLast());
      left.removeLast();
      picked.add(next);
      if (picked.size() < limit && !left.isEmpty()) {
        deadline.check();
        float[] toNext = nearness.to(next.doc(), docs);
        for (int i = 0; i < toPicked.length; i++) {
          toPicked[i] = Math.max(toPicked[i], toNext[i]);
        }
      }
    }
    return picked;
  }

  /// How similar every candidate is to a picked one.
  private interface Nearness {
    float[] to(int picked, DocSet docs) throws IOException;
  }

  private float[] ofAllTo(int picked, DocSet docs) throws IOException {
    return similarities(example(picked), docs);
  }

  /// Every candidate is an example of its own, where the direction matters.
  private final class EachTo implements Nearness {
    private final List<Similarities> examples = new ArrayList<>();
    private final int[] document = new int[1];
    private final float[] similarity = new float[1];

    EachTo(DocSet docs) throws IOException {
      for (int i = 0; i < docs.size(); i++) {
        examples.add(example(docs.doc(i)));
      }
    }

    @Override
    public float[] to(int picked, DocSet docs) throws IOException {
      LeafReaderContext leaf = ids.leaf(picked);
      float[] all = new float[docs.size()];
      for (int i = 0; i < all.length; i++) {
        document[0] = picked - leaf.docBase;
        examples.get(i).of(leaf, document, 1, similarity);
        all[i] = similarity[0];
      }
      return all;
    }
  }

  private Similarities example(int doc) throws IOException {
    LeafReaderContext leaf = ids.leaf(doc);
    Optional<VectorValue> vector = field.stored(leaf, doc - leaf.docBase);
    return field.plainSimilarities(vector.orElseThrow());
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
