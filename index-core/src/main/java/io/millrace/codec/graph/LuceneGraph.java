package io.millrace.codec.graph;

import java.util.stream.IntStream;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.hnsw.HnswGraph;

/// Our links as the graph that CheckIndex reads. Not for threads, not for searches.
public final class LuceneGraph extends HnswGraph {
  private final GraphLinks links;
  private final int[] neighbours;
  private final int[] places;
  private int count;
  private int next;

  public LuceneGraph(GraphLinks links) {
    this.links = links;
    this.neighbours = new int[2 * links.m()];
    this.places = new int[links.m()];
  }

  @Override
  public void seek(int level, int target) {
    next = 0;
    if (level == 0) {
      count = links.neighbours(target, neighbours);
      return;
    }
    int place = links.place(level, target);
    if (place < 0) {
      throw new IllegalArgumentException("node " + target + " is not on level " + level);
    }
    count = links.neighbours(level, place, places, neighbours);
  }

  @Override
  public int nextNeighbor() {
    return next < count ? neighbours[next++] : DocIdSetIterator.NO_MORE_DOCS;
  }

  @Override
  public int neighborCount() {
    return count;
  }

  @Override
  public int size() {
    return links.size();
  }

  @Override
  public int numLevels() {
    return links.levels();
  }

  @Override
  public int maxConn() {
    return links.m();
  }

  @Override
  public int entryNode() {
    return links.ordinal(links.levels() - 1, links.entry());
  }

  @Override
  public NodesIterator getNodesOnLevel(int level) {
    return new ArrayNodesIterator(
        IntStream.range(0, links.nodesOn(level)).map(i -> links.ordinal(level, i)).toArray());
  }
}
