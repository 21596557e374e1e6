package io.millrace.codec;

import io.millrace.codec.graph.GrowingGraph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.lucene.store.IndexOutput;

/// Writes a built graph as the link rows [MillraceVectorsFormat] describes.
final class GraphOutput {
  private static final int UNUSED = -1;

  private final IndexOutput out;
  private final int m;

  GraphOutput(IndexOutput out, int m) {
    this.out = out;
    this.m = m;
  }

  FieldEntry.GraphRegion write(GrowingGraph graph) throws IOException {
    long offset = out.alignFilePointer(MillraceVectorsFormat.ALIGNMENT);
    int levels = graph.levels();
    int[][] nodes = new int[levels][];
    for (int level = 1; level < levels; level++) {
      nodes[level] = graph.nodesOn(level);
    }
    writeLevel0(graph);
    for (int level = 1; level < levels; level++) {
      writeUpper(graph, level, nodes);
    }
    int[] upperNodes = new int[levels - 1];
    for (int level = 1; level < levels; level++) {
      upperNodes[level - 1] = nodes[level].length;
    }
    int entry = graph.entry();
    return new FieldEntry.GraphRegion(
        offset, upperNodes, levels == 1 ? entry : Arrays.binarySearch(nodes[levels - 1], entry));
  }

  private void writeLevel0(GrowingGraph graph) throws IOException {
    Row row = new Row(2 * m);
    int[] neighbours = new int[2 * m];
    for (int node = 0; node < graph.size(); node++) {
      int count = graph.neighbours(0, node, neighbours);
      row.clear();
      for (int i = 0; i < count; i++) {
        row.add(neighbours[i]);
      }
      row.padTo(2 * m);
      row.write();
    }
  }

  private void writeUpper(GrowingGraph graph, int level, int[][] nodes) throws IOException {
    Row row = new Row(2 + 2 * m);
    int[] neighbours = new int[m];
    for (int node : nodes[level]) {
      int count = graph.neighbours(level, node, neighbours);
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
