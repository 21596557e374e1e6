package io.millrace.search.nearest;

import io.millrace.model.PointId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The best hits so far by (similarity, id): a heap with the worst on top that grows with what it
/// holds, not with what was asked for. Full and equal, the smaller id stays, so that the last place
/// of a page does not depend on the order of segments.
///
/// Each id is read once at most: that of a hit is kept with it, so that a candidate which is only
/// as good as the worst hit costs the reading of its own. Where many vectors are the same, that is
/// nearly every candidate.
public final class TopHits {
  private static final int INITIAL = 64;

  private final int limit;
  private final IdOrder.Ids ids;
  private float[] similarities = new float[INITIAL];
  private int[] leaves = new int[INITIAL];
  private int[] docs = new int[INITIAL];
  private @Nullable PointId[] known = new PointId[INITIAL]; // null: not asked for yet
  private int size;

  public TopHits(int limit, IdOrder ids) {
    this.limit = limit;
    this.ids = ids.ids();
  }

  /// What a candidate has to reach to matter: the worst similarity kept, once `limit` are.
  public float bound() {
    return size < limit || size == 0 ? Float.NEGATIVE_INFINITY : similarities[0];
  }

  public void offer(float similarity, int leaf, int doc) throws IOException {
    if (size < limit) {
      if (size == similarities.length) {
        int capacity = (int) Math.min(limit, 2L * size);
        similarities = Arrays.copyOf(similarities, capacity);
        leaves = Arrays.copyOf(leaves, capacity);
        docs = Arrays.copyOf(docs, capacity);
        known = Arrays.copyOf(known, capacity);
      }
      put(size, similarity, leaf, doc, null);
      up(size++);
    } else if (limit > 0) {
      offerInPlaceOfWorst(similarity, leaf, doc);
    }
  }

  private void offerInPlaceOfWorst(float similarity, int leaf, int doc) throws IOException {
    int order = Float.compare(similarities[0], similarity);
    if (order > 0) {
      return;
    }
    PointId id = null;
    if (order == 0) {
      PointId worst = id(0);
      id = ids.id(leaf, doc);
      if (worst.compareTo(id) <= 0) {
        return;
      }
    }
    put(0, similarity, leaf, doc, id);
    down(0);
  }

  /// Takes up the hits of another search.
  void offerAll(TopHits found) throws IOException {
    for (int i = 0; i < found.size; i++) {
      offer(found.similarities[i], found.leaves[i], found.docs[i]);
    }
  }

  /// What a client sees for a similarity.
  public interface Scale {
    float score(float similarity);
  }

  /// Best first. Empties the heap.
  public List<Candidate> drain(Scale scale) throws IOException {
    List<Candidate> hits = new ArrayList<>(size);
    while (size > 0) {
      hits.add(new Candidate(leaves[0], docs[0], scale.score(similarities[0])));
      size--;
      put(0, similarities[size], leaves[size], docs[size], known[size]);
      down(0);
    }
    Collections.reverse(hits);
    return hits;
  }

  /// Whether the hit at `a` ranks behind that at `b`.
  private boolean isWorse(int a, int b) throws IOException {
    int order = Float.compare(similarities[a], similarities[b]);
    return order != 0 ? order < 0 : id(a).compareTo(id(b)) > 0;
  }

  private PointId id(int at) throws IOException {
    PointId id = known[at];
    if (id == null) {
      id = ids.id(leaves[at], docs[at]);
      known[at] = id;
    }
    return id;
  }

  private void up(int at) throws IOException {
    while (at > 0) {
      int parent = (at - 1) / 2;
      if (!isWorse(at, parent)) {
        return;
      }
      swap(at, parent);
      at = parent;
    }
  }

  private void down(int at) throws IOException {
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        return;
      }
      if (child + 1 < size && isWorse(child + 1, child)) {
        child++;
      }
      if (!isWorse(child, at)) {
        return;
      }
      swap(at, child);
      at = child;
    }
  }

  private void put(int at, float similarity, int leaf, int doc, @Nullable PointId id) {
    similarities[at] = similarity;
    leaves[at] = leaf;
    docs[at] = doc;
    known[at] = id;
  }

  private void swap(int a, int b) {
    float similarity = similarities[a];
    int leaf = leaves[a];
    int doc = docs[a];
    PointId id = known[a];
    put(a, similarities[b], leaves[b], docs[b], known[b]);
    put(b, similarity, leaf, doc, id);
  }
}
