package io.millrace.search.nearest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// The best hits so far by (similarity, id): a heap with the worst on top that grows with what it
/// holds, not with what was asked for. Full and equal, the smaller id stays, so that the last place
/// of a page does not depend on the order of segments.
public final class TopHits {
  private static final int INITIAL = 64;

  private final int limit;
  private final IdOrder ids;
  private float[] similarities = new float[INITIAL];
  private int[] leaves = new int[INITIAL];
  private int[] docs = new int[INITIAL];
  private int size;

  public TopHits(int limit, IdOrder ids) {
    this.limit = limit;
    this.ids = ids;
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
      }
      put(size, similarity, leaf, doc);
      up(size++);
    } else if (limit > 0 && isWorse(0, similarity, leaf, doc)) {
      put(0, similarity, leaf, doc);
      down(0);
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
      put(0, similarities[size], leaves[size], docs[size]);
      down(0);
    }
    Collections.reverse(hits);
    return hits;
  }

  /// Whether the hit at `at` ranks behind the one given.
  private boolean isWorse(int at, float similarity, int leaf, int doc) throws IOException {
    int order = Float.compare(similarities[at], similarity);
    return order != 0 ? order < 0 : ids.compare(leaves[at], docs[at], leaf, doc) > 0;
  }

  private boolean isWorse(int a, int b) throws IOException {
    return isWorse(a, similarities[b], leaves[b], docs[b]);
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

  private void put(int at, float similarity, int leaf, int doc) {
    similarities[at] = similarity;
    leaves[at] = leaf;
    docs[at] = doc;
  }

  private void swap(int a, int b) {
    float similarity = similarities[a];
    int leaf = leaves[a];
    int doc = docs[a];
    put(a, similarities[b], leaves[b], docs[b]);
    put(b, similarity, leaf, doc);
  }
}
