package io.millrace.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.codec.graph.GraphLinks;
import io.millrace.codec.graph.LuceneGraph;
import io.millrace.model.Distance;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MillraceVectorsFormatTest {
  @TempDir Path folder;

  private static VectorSegment segment(DirectoryReader reader, String field) {
    assertThat(reader.leaves()).hasSize(1);
    return VectorSegment.of(reader.leaves().get(0).reader(), field).orElseThrow();
  }

  private static float[] row(VectorSegment segment, int ordinal) {
    float[] row = new float[segment.dimension()];
    segment.rows().copyTo(ordinal, row);
    return row;
  }

  @Test
  void codec_and_format_are_found_by_name() {
    assertThat(Codec.forName("Millrace")).isInstanceOf(MillraceCodec.class);
    assertThat(KnnVectorsFormat.forName("MillraceVectors"))
        .isInstanceOf(MillraceVectorsFormat.class);
  }

  @Test
  void the_reading_instance_refuses_to_write() {
    assertThatThrownBy(() -> new MillraceCodec().knnVectorsFormat().fieldsWriter(null))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void raw_rows_are_little_endian_floats_at_a_multiple_of_64() throws IOException {
    try (VectorIndex index =
        VectorIndex.mapped(folder, VectorIndex.options(Distance.DOT, false, 0))) {
      index.put(1, new float[] {1, -2});
      index.put(2, new float[] {0.5f, 4});
      index.writer().commit();
    }

    ByteBuffer file = bytes(".mvr");

    assertThat(file.getFloat(64)).isEqualTo(1f);
    assertThat(file.getFloat(68)).isEqualTo(-2f);
    assertThat(file.getFloat(72)).isEqualTo(0.5f);
    assertThat(file.getFloat(76)).isEqualTo(4f);
    assertThat(file.capacity()).as("rows and the footer of 16 bytes").isEqualTo(64 + 16 + 16);
  }

  @Test
  void the_meta_entry_has_the_bytes_of_its_table() throws IOException {
    try (VectorIndex index =
        VectorIndex.mapped(
            folder, new VectorFieldOptions(Distance.EUCLID, 16, 100, false, 0.5f, 7))) {
      index.put(1, new float[] {1, -2});
      index.writer().commit();
    }

    ByteBuffer file = bytes(".mvm");
    // Lucene's index header: magic, codec name, version, segment id, empty suffix.
    int at = 4 + 1 + "MillraceVectorsMeta".length() + 4 + 16 + 1;

    assertThat(file.get(at)).as("files").isZero();
    assertThat(file.getInt(at + 1)).as("field number").isEqualTo(1);
    assertThat(file.get(at + 5)).as("distance").isEqualTo((byte) 2);
    assertThat(file.getInt(at + 6)).as("dim").isEqualTo(2);
    assertThat(file.getInt(at + 10)).as("n").isEqualTo(1);
    assertThat(file.getInt(at + 14)).as("m").isEqualTo(16);
    assertThat(file.getInt(at + 18)).as("efConstruct").isEqualTo(100);
    assertThat(file.getInt(at + 22)).as("graphThreshold").isEqualTo(7);
    assertThat(file.getLong(at + 26)).as("raw rows").isEqualTo(64);
    assertThat(file.getLong(at + 34)).as("int8 rows").isEqualTo(-1);
    assertThat(file.getLong(at + 42)).as("graph").isEqualTo(-1);
  }

  @Test
  void an_int8_row_of_euclid_ends_in_its_scale_and_squared_length() throws IOException {
    float[] vector = new float[32];
    vector[0] = 127;
    vector[31] = -2;
    try (VectorIndex index =
        VectorIndex.mapped(folder, VectorIndex.options(Distance.EUCLID, true, 0))) {
      index.put(1, vector);
      index.writer().commit();
    }

    ByteBuffer file = bytes(".mvq");

    assertThat(file.get(64)).isEqualTo((byte) 127);
    assertThat(file.get(64 + 31)).isEqualTo((byte) -2);
    assertThat(file.getFloat(64 + 56)).isEqualTo(1f);
    assertThat(file.getFloat(64 + 60)).isEqualTo(127f * 127 + 4);
    assertThat(file.capacity()).isEqualTo(64 + 64 + 16);
  }

  @Test
  void a_link_row_holds_two_m_ordinals_and_minus_ones() throws IOException {
    try (VectorIndex index =
        VectorIndex.mapped(folder, new VectorFieldOptions(Distance.DOT, 4, 10, false, 1, 2))) {
      index.put(1, new float[] {1, 0});
      index.flush();
      index.put(2, new float[] {0, 1});
      index.forceMerge();
      index.writer().commit();
    }

    ByteBuffer file = bytes(".mvg");

    assertThat(file.getInt(64)).as("neighbour of ordinal 0").isEqualTo(1);
    assertThat(file.getInt(64 + 32)).as("neighbour of ordinal 1").isEqualTo(0);
    for (int i = 1; i < 8; i++) {
      assertThat(file.getInt(64 + 4 * i)).isEqualTo(-1);
      assertThat(file.getInt(64 + 32 + 4 * i)).isEqualTo(-1);
    }
  }

  private ByteBuffer bytes(String extension) throws IOException {
    try (var files = Files.list(folder)) {
      List<Path> found = files.filter(f -> f.toString().endsWith(extension)).toList();
      assertThat(found).hasSize(1);
      return ByteBuffer.wrap(Files.readAllBytes(found.get(0))).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  @Test
  void flushes_never_build_graphs_and_merges_from_the_threshold_do() throws IOException {
    float[][] vectors = new Clusters(1, 4, 8, 0.3f).take(100);
    try (VectorIndex index =
        VectorIndex.mapped(folder, VectorIndex.options(Distance.COSINE, false, 100))) {
      for (int i = 0; i < 99; i++) {
        index.put(i, vectors[i]);
        if (i == 50) {
          index.flush();
        }
      }
      index.forceMerge();
      try (DirectoryReader reader = index.open()) {
        assertThat(segment(reader, "v").graph()).as("99 of 100 vectors").isEmpty();
      }
      index.put(99, vectors[99]);
      index.forceMerge();
      try (DirectoryReader reader = index.open()) {
        assertThat(segment(reader, "v").graph()).isPresent();
      }
      index.check();
    }
  }

  @Test
  void m_zero_or_threshold_zero_never_gives_a_graph() throws IOException {
    float[][] vectors = new Clusters(1, 4, 8, 0.3f).take(50);
    try (VectorIndex index =
        VectorIndex.inHeap(
            Map.of(
                "a", new VectorFieldOptions(Distance.DOT, 0, 100, false, 1, 10),
                "b", new VectorFieldOptions(Distance.DOT, 16, 100, false, 1, 0)))) {
      for (int i = 0; i < 50; i++) {
        index.put(i, Map.of("a", vectors[i], "b", vectors[i]));
      }
      index.flush();
      index.put(50, Map.of());
      index.forceMerge();
      try (DirectoryReader reader = index.open()) {
        assertThat(segment(reader, "a").graph()).isEmpty();
        assertThat(segment(reader, "b").graph()).isEmpty();
      }
    }
  }

  @Test
  void m_bounds_the_links_of_every_node() throws IOException {
    float[][] vectors = new Clusters(2, 10, 16, 0.5f).take(1_500);
    for (int m : new int[] {4, 16}) {
      try (VectorIndex index =
          VectorIndex.mapped(
              folder.resolve("m" + m),
              new VectorFieldOptions(Distance.EUCLID, m, 60, false, 1, 100))) {
        for (int i = 0; i < vectors.length; i++) {
          index.put(i, vectors[i]);
          if (i == 700) {
            index.flush();
          }
        }
        index.forceMerge();
        try (DirectoryReader reader = index.open()) {
          GraphLinks graph = segment(reader, "v").graph().orElseThrow();
          int[] neighbours = new int[2 * m];
          int most = 0;
          long links = 0;
          for (int i = 0; i < graph.size(); i++) {
            int count = graph.neighbours(i, neighbours);
            links += count;
            most = Math.max(most, count);
          }
          assertThat(most).as("m really applied").isEqualTo(2 * m);
          assertThat(links).isGreaterThan(graph.size());
          assertThat(graph.levels()).isGreaterThan(1);
        }
        index.check();
      }
    }
  }

  @Test
  void a_changed_m_is_applied_by_the_next_merge() throws IOException {
    float[][] vectors = new Clusters(3, 5, 8, 0.5f).take(400);
    try (VectorIndex index =
        VectorIndex.mapped(folder, new VectorFieldOptions(Distance.DOT, 16, 60, false, 1, 50))) {
      for (int i = 0; i < 300; i++) {
        index.put(i, vectors[i]);
        if (i % 100 == 99) {
          index.flush();
        }
      }
      index.forceMerge();
      index.options("v", new VectorFieldOptions(Distance.DOT, 6, 60, false, 1, 50));
      for (int i = 300; i < 400; i++) {
        index.put(i, vectors[i]);
      }
      index.forceMerge();

      try (DirectoryReader reader = index.open()) {
        GraphLinks graph = segment(reader, "v").graph().orElseThrow();
        assertThat(graph.m()).isEqualTo(6);
        assertThat(graph.size()).isEqualTo(400);
      }
      index.check();
    }
  }

  @Test
  void wide_vectors_are_kept_with_graph_and_int8_rows() throws IOException {
    float[][] vectors = new Clusters(4, 5, 3_072, 0.5f).take(120);
    try (VectorIndex index =
        VectorIndex.mapped(folder, VectorIndex.options(Distance.COSINE, true, 100))) {
      index.putAll(vectors);
      index.flush();
      index.put(120, vectors[0]);
      index.forceMerge();
      try (DirectoryReader reader = index.open()) {
        VectorSegment segment = segment(reader, "v");
        assertThat(segment.dimension()).isEqualTo(3_072);
        assertThat(segment.graph()).isPresent();
        assertThat(segment.int8()).isPresent();
      }
      index.check();
    }
  }

  @Test
  void the_largest_dimension_is_65_536() throws IOException {
    float[] vector = new float[65_536];
    vector[65_535] = 3;
    try (VectorIndex index =
        VectorIndex.inHeap(Map.of("v", VectorIndex.options(Distance.EUCLID, true, 1)))) {
      index.put(1, vector);
      try (DirectoryReader reader = index.open()) {
        assertThat(row(segment(reader, "v"), 0)).containsExactly(vector);
      }
    }
  }

  @Test
  void an_index_sort_moves_rows_with_their_documents() throws IOException {
    Sort order = new Sort(new SortField("id", SortField.Type.LONG, true));
    try (VectorIndex index =
        VectorIndex.of(
            new ByteBuffersDirectory(),
            Map.of("v", VectorIndex.options(Distance.DOT, false, 10)),
            order,
            1,
            false)) {
      for (int i = 0; i < 40; i++) {
        if (i % 3 != 0) {
          index.put(i, new float[] {i, 1});
        } else {
          index.put(i, Map.of());
        }
        if (i == 20) {
          index.flush();
        }
      }
      index.forceMerge();
      try (DirectoryReader reader = index.open()) {
        VectorSegment segment = segment(reader, "v");
        VectorSegment.Documents documents = segment.documents();
        int[] ids = VectorIndex.idsByPlace(reader)[0];
        for (int ordinal = 0; ordinal < segment.size(); ordinal++) {
          assertThat(row(segment, ordinal)[0]).isEqualTo(ids[documents.doc(ordinal)]);
        }
        assertThat(segment.graph()).isPresent();
      }
      index.check();
    }
  }

  @Test
  void compound_files_and_many_merge_threads_work() throws IOException {
    float[][] vectors = new Clusters(5, 20, 32, 0.5f).take(5_000);
    try (VectorIndex index =
        VectorIndex.of(
            new MMapDirectory(folder),
            Map.of("v", VectorIndex.options(Distance.COSINE, true, 500)),
            null,
            2,
            true)) {
      for (int i = 0; i < vectors.length; i++) {
        index.put(i, vectors[i]);
        if (i == 2_500) {
          index.flush();
        }
      }
      index.forceMerge();
      try (DirectoryReader reader = index.open()) {
        assertThat(segment(reader, "v").graph().orElseThrow().size()).isEqualTo(5_000);
      }
      index.check();
    }
  }

  @Test
  void a_graph_reaches_every_row_after_deletes_and_merges() throws IOException {
    float[][] vectors = new Clusters(6, 10, 16, 0.5f).take(2_000);
    try (VectorIndex index =
        VectorIndex.mapped(folder, VectorIndex.options(Distance.EUCLID, false, 100))) {
      for (int i = 0; i < vectors.length; i++) {
        index.put(i, vectors[i]);
        if (i % 500 == 499) {
          index.flush();
          index.writer().forceMerge(1);
        }
        if (i % 700 == 699) {
          for (int j = 0; j < i; j += 3) {
            index.delete(j);
          }
        }
      }
      index.forceMerge();
      try (DirectoryReader reader = index.open()) {
        LeafReader leaf = reader.leaves().get(0).reader();
        assertThat(leaf.numDeletedDocs()).isZero();
        HnswGraph graph = new LuceneGraph(segment(reader, "v").graph().orElseThrow());
        assertThat(reachable(graph)).isGreaterThanOrEqualTo(leaf.maxDoc() * 999 / 1_000);
      }
      index.check();
    }
  }

  private static int reachable(HnswGraph graph) throws IOException {
    boolean[] seen = new boolean[graph.size()];
    int[] stack = new int[graph.size()];
    int depth = 0;
    int count = 0;
    stack[depth++] = graph.entryNode();
    seen[graph.entryNode()] = true;
    while (depth > 0) {
      int node = stack[--depth];
      count++;
      graph.seek(0, node);
      for (int next = graph.nextNeighbor(); next < graph.size(); next = graph.nextNeighbor()) {
        if (!seen[next]) {
          seen[next] = true;
          stack[depth++] = next;
        }
      }
    }
    return count;
  }

  @Test
  void a_damaged_byte_is_found_by_the_check_of_integrity() throws IOException {
    try (VectorIndex index =
        VectorIndex.mapped(folder, VectorIndex.options(Distance.DOT, false, 0))) {
      index.put(1, new float[] {1, 2});
      index.writer().commit();
    }
    try (var files = Files.list(folder)) {
      Path raw = files.filter(f -> f.toString().endsWith(".mvr")).findFirst().orElseThrow();
      byte[] content = Files.readAllBytes(raw);
      content[64] ^= 1;
      Files.write(raw, content);
    }

    try (MMapDirectory directory = new MMapDirectory(folder);
        DirectoryReader reader = DirectoryReader.open(directory)) {
      assertThatThrownBy(() -> reader.leaves().get(0).reader().checkIntegrity())
          .isInstanceOf(CorruptIndexException.class);
    }
  }

  @Test
  void an_aborted_merge_stops_building_and_leaves_nothing_behind() throws Exception {
    float[][] vectors = new Clusters(7, 20, 64, 0.5f).take(6_000);
    try (VectorIndex index =
        VectorIndex.mapped(folder, VectorIndex.options(Distance.EUCLID, false, 100))) {
      for (int i = 0; i < vectors.length; i++) {
        index.put(i, vectors[i]);
        if (i == 3_000) {
          index.flush();
        }
      }
      index.writer().commit();
      Throwable[] failure = new Throwable[1];
      Thread merge =
          Thread.ofPlatform()
              .name("merge-to-be-aborted")
              .start(() -> {
                try {
                  index.writer().forceMerge(1);
                } catch (Throwable t) {
                  failure[0] = t;
                }
              });
      while (index.writer().hasPendingMerges() || !graphFileExists()) {
        Thread.onSpinWait();
        if (!merge.isAlive()) {
          break;
        }
      }
      index.writer().rollback();
      merge.join();
    }
    try (MMapDirectory directory = new MMapDirectory(folder);
        DirectoryReader reader = DirectoryReader.open(directory)) {
      assertThat(reader.numDocs()).isEqualTo(6_000);
      assertThat(reader.leaves()).hasSize(2);
    }
    try (var files = Files.list(folder)) {
      assertThat(files.filter(f -> f.toString().endsWith(".mvg"))).isEmpty();
    }
  }

  private boolean graphFileExists() throws IOException {
    try (var files = Files.list(folder)) {
      // The raw file of the merged segment is there while its graph is built.
      return files.filter(f -> f.toString().endsWith(".mvr")).count() == 3;
    }
  }
}
