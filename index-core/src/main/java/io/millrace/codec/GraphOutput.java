package io.millrace.codec;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.hnsw.HnswGraph;

/// Writes a built graph as the link rows [MillraceVectorsFormat] describes.
final class GraphOutput {
  private static final int UNUSED = -1;

  private final IndexOutput out;
  private final int m;

  GraphOutput(IndexOutput out, int m) {
    this.out = out;
    this.m = m;
  }

  FieldEntry.GraphRegion write(HnswGraph graph) throws IOException {
    long offset = out.alignFilePointer(MillraceVectorsFormat.ALIGNMENT);
    int levels = graph.numLevels();
    int[][] nodes = new int[levels][];
    for (int level = 1; level < levels; level++) {
      nodes[level] = sortedNodes(graph, level);
    }
    writeLevel0(graph);
    for (int level = 1; level < levels; level++) {
      writeUpper(graph, level, nodes);
    }
    int[] upperNodes = new int[levels - 1];
    for (int level = 1; level < levels; level++) {
      upperNodes[level - 1] = nodes[level].length;
    }
    int entry = graph.entryNode();
    return new FieldEntry.GraphRegion(
        offset, upperNodes, levels == 1 ? entry : Arrays.binarySearch(nodes[levels - 1], entry));
  }

  private void writeLevel0(HnswGraph graph) throws IOException {
    Row row = new Row(2 * m);
    for (int node = 0; node < graph.size(); node++) {
      graph.seek(0, node);
      row.clear();
      for (int next = graph.nextNeighbor();
          next != DocIdSetIterator.NO_MORE_DOCS;
          next = graph.nextNeighbor()) {
        row.add(next);
      }
      row.padTo(2 * m);
      row.write();
    }
  }

  private void writeUpper(HnswGraph graph, int level, int[][] nodes) throws IOException {
    Row row = new Row(2 + 2 * m);
    int[] neighbours = new int[m];
    for (int node : nodes[level]) {
      int count = 0;
      graph.seek(level, node);
      for (int next = graph.nextNeighbor();
          next != DocIdSetIterator.NO_MORE_DOCS;
          next = graph.nextNeighbor()) {
        neighbours[count++] = next;
      }
      row.clear();
      row.add(node);
      row.add(level == 1 ? node : Arrays.binarySearch(nodes[level - 1], node));
      for (int i = 0; i < count; i++) {
        row.add(Arrays.binarySearch(nodes[level], neighbours[i]));
      }
      row.padTo(2 + m);
      for (int i = 0; i < count; i++) {
        row.add(neighbours[i]);
      }
      row.padTo(2 + 2 * m);
      row.write();
    }
  }

  private static int[] sortedNodes(HnswGraph graph, int level) throws IOException {
    HnswGraph.NodesIterator iterator = graph.getNodesOnLevel(level);
    int[] nodes = new int[iterator.size()];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = iterator.nextInt();
    }
    Arrays.sort(nodes);
    return nodes;
  }

  private final class Row {
    private final ByteBuffer bytes;

    Row(int length) {
      bytes = ByteBuffer.allocate(4 * length).order(ByteOrder.LITTLE_ENDIAN);
    }

    void clear() {
      bytes.clear();
    }

    void add(int value) {
      bytes.putInt(value);
    }

    void padTo(int length) {
      while (bytes.position() < 4 * length) {
        bytes.putInt(UNUSED);
      }
    }

    void write() throws IOException {
      out.writeBytes(bytes.array(), bytes.position());
    }
  }
}
