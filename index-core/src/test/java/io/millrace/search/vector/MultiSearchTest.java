package io.millrace.search.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.codec.Clusters;
import io.millrace.codec.VectorFieldOptions;
import io.millrace.codec.multi.MultiIndex;
import io.millrace.kernel.ExactScore;
import io.millrace.meter.SearchPaths;
import io.millrace.meter.SearchWork;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.Placement;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorDatatype;
import io.millrace.model.VectorValue;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.IdOrder;
import io.millrace.search.nearest.RowSearch;
import io.millrace.search.nearest.SegmentFilter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Multivectors found by a graph of their rows, against MaxSim of all of them.
class MultiSearchTest {
  private static final int DIM = 48;
  private static final int DOCUMENTS = 2_000;
  private static final int TOPICS = 50;
  private static final double LEAST_RECALL = 0.97;

  @TempDir Path folder;

  /// Documents of a topic have rows near the same few centers, as tokens of texts on one matter.
  private static final class Corpus {
    private final SplittableRandom random;
    private final Clusters tokens;
    private final VectorConfig config;

    Corpus(long seed, VectorConfig config) {
      this.random = new SplittableRandom(seed);
      this.tokens = new Clusters(seed, 400, DIM, 0.5f);
      this.config = config;
    }

    float[] rows(int topic, int count) {
      float[] rows = new float[count * DIM];
      for (int i = 0; i < count; i++) {
        float[] row = tokens.near((topic * 8 + random.nextInt(10)) % 400);
        if (config.datatype() == VectorDatatype.UINT8) {
          for (int j = 0; j < DIM; j++) {
            row[j] = config.datatype().stored(Math.clamp(60 + 30 * row[j], 0, 255));
          }
        } else if (config.distance() == Distance.COSINE) {
          ExactScore.normalize(row);
        }
        System.arraycopy(row, 0, rows, i * DIM, DIM);
      }
      return rows;
    }

    float[] document() {
      return rows(random.nextInt(TOPICS), 4 + random.nextInt(9));
    }

    VectorValue query(int rows) {
      return new VectorValue.Multi(DIM, rows(random.nextInt(TOPICS), rows));
    }
  }

  private static VectorFieldOptions options(VectorConfig config, int threshold) {
    return new VectorFieldOptions(
        config.distance(), 16, 80, true, 1f, threshold, config.datatype(), Placement.CACHED, false);
  }

  private static MultiField field(DirectoryReader reader, VectorConfig config) {
    return field(reader, config, new SearchWork(new SearchPaths()));
  }

  private static MultiField field(DirectoryReader reader, VectorConfig config, SearchWork work) {
    return new MultiField(
        reader.leaves(), "v", config, IdOrder.BY_PLACE, RowSearch.walking(), work);
  }

  private static SearchParams params(boolean exact, boolean indexedOnly) {
    SearchParams usual = SearchParams.DEFAULT;
    return new SearchParams(
        OptionalInt.empty(), exact, indexedOnly, false, usual.rescore(), usual.oversampling());
  }

  @ParameterizedTest
  @CsvSource({
    "COSINE, FLOAT32, 1",
    "COSINE, FLOAT32, 2",
    "COSINE, UINT8, 3",
    "DOT, FLOAT32, 4",
    "DOT, FLOAT16, 5",
    "EUCLID, FLOAT32, 6",
    "EUCLID, UINT8, 7",
    "MANHATTAN, FLOAT32, 8"
  })
  void a_graph_finds_what_a_scan_finds(Distance distance, VectorDatatype datatype, long seed)
      throws IOException {
    VectorConfig config = VectorConfig.of(DIM, distance).asMulti().with(datatype);
    Corpus corpus = new Corpus(seed, config);
    try (MultiIndex index = MultiIndex.open(folder, options(config, 1_000), DIM)) {
      for (int id = 0; id < DOCUMENTS; id++) {
        index.put(id, id % 20 == 0 ? new float[0] : corpus.document());
        if (id == DOCUMENTS / 2) {
          index.flush();
        }
      }
      index.forceMerge();
      for (int id = 0; id < DOCUMENTS; id += 11) {
        index.delete(id);
      }
      for (int id = 0; id < 60; id++) { // a segment without a graph beside it
        index.put(DOCUMENTS + id, corpus.document());
      }
      try (DirectoryReader reader = index.open()) {
        assertThat(reader.leaves()).hasSize(2);
        for (int rows : new int[] {1, 3, 12}) {
          compare(reader, corpus, rows, SegmentFilter.ALL);
          compare(reader, corpus, rows, filter(reader, seed, 2));
          compare(reader, corpus, rows, filter(reader, seed, 30));
        }
        SearchWork work = new SearchWork(new SearchPaths());
        field(reader, config, work)
            .nearest(corpus.query(3), SegmentFilter.ALL, 10, params(false, false), Deadline.NONE);
        assertThat(work.segments(SearchPaths.Taken.ROW_GRAPH)).isEqualTo(1);
        assertThat(work.segments(SearchPaths.Taken.EXACT)).isEqualTo(1);
        assertThat(work.scoredRows()).isBetween(60L + 10, (long) DOCUMENTS);
      }
    }
  }

  private static SegmentFilter filter(DirectoryReader reader, long seed, int oneOf) {
    Map<Integer, FixedBitSet> bits = new HashMap<>();
    SplittableRandom random = new SplittableRandom(seed);
    for (LeafReaderContext leaf : reader.leaves()) {
      FixedBitSet matching = new FixedBitSet(leaf.reader().maxDoc());
      Bits live = leaf.reader().getLiveDocs();
      for (int doc = 0; doc < matching.length(); doc++) {
        if (random.nextInt(oneOf) == 0 && (live == null || live.get(doc))) {
          matching.set(doc);
        }
      }
      bits.put(leaf.ord, matching);
    }
    return leaf -> bits.get(leaf.ord);
  }

  private static void compare(
      DirectoryReader reader, Corpus corpus, int queryRows, SegmentFilter filter)
      throws IOException {
    MultiField field = field(reader, corpus.config);
    int found = 0;
    int wanted = 0;
    for (int i = 0; i < 15; i++) {
      VectorValue query = corpus.query(queryRows);
      List<Candidate> all =
          field.nearest(query, filter, 10_000, params(true, false), Deadline.NONE);
      Set<Candidate> nearest = new HashSet<>(all.subList(0, 10));
      List<Candidate> hits = field.nearest(query, filter, 10, SearchParams.DEFAULT, Deadline.NONE);
      assertThat(hits).hasSize(10);
      assertThat(all).as("the same documents with the same scores").containsAll(hits);
      found += (int) hits.stream().filter(nearest::contains).count();
      wanted += 10;
    }
    assertThat((double) found / wanted).as("recall@10").isGreaterThanOrEqualTo(LEAST_RECALL);
  }

  /// Many rows of few documents fill the pools of the walks.
  @ParameterizedTest
  @EnumSource(Distance.class)
  void there_are_as_many_hits_as_wanted(Distance distance) throws IOException {
    VectorConfig config = VectorConfig.of(DIM, distance).asMulti();
    Corpus corpus = new Corpus(9, config);
    try (MultiIndex index = MultiIndex.open(folder, options(config, 1_000), DIM)) {
      for (int id = 0; id < 300; id++) {
        float[] row = corpus.rows(id % TOPICS, 1);
        float[] rows = new float[40 * DIM]; // all the same
        for (int at = 0; at < rows.length; at += DIM) {
          System.arraycopy(row, 0, rows, at, DIM);
        }
        index.put(id, rows);
      }
      index.flush();
      index.put(300, corpus.document());
      index.forceMerge();
      try (DirectoryReader reader = index.open()) {
        MultiField field = field(reader, config);
        for (int limit : new int[] {1, 10, 100, 300, 301, 5_000}) {
          assertThat(
                  field.nearest(
                      corpus.query(2),
                      SegmentFilter.ALL,
                      limit,
                      SearchParams.DEFAULT,
                      Deadline.NONE))
              .hasSize(Math.min(limit, 301));
        }
        SegmentFilter third = filter(reader, 4, 3);
        int matching = third.matching(reader.leaves().getFirst()).cardinality();
        for (int limit : new int[] {10, matching, 301}) {
          assertThat(
                  field.nearest(corpus.query(2), third, limit, SearchParams.DEFAULT, Deadline.NONE))
              .hasSize(Math.min(limit, matching));
        }
      }
    }
  }

  @Test
  void segments_that_wait_for_their_graph_are_left_out_where_asked() throws IOException {
    VectorConfig config = VectorConfig.of(DIM, Distance.DOT).asMulti();
    Corpus corpus = new Corpus(2, config);
    try (MultiIndex index = MultiIndex.open(folder, options(config, 100), DIM)) {
      for (int id = 0; id < 100; id++) {
        index.put(id, corpus.rows(1, 3));
      }
      index.flush();
      index.put(100, corpus.rows(1, 3)); // too few rows to wait for anything
      try (DirectoryReader reader = index.open()) {
        assertThat(nearest(reader, corpus, params(false, true))).hasSize(1);
        assertThat(nearest(reader, corpus, params(false, false))).hasSize(101);
      }
      index.forceMerge();
      try (DirectoryReader reader = index.open()) {
        assertThat(nearest(reader, corpus, params(false, true))).hasSize(101);
      }
    }
  }

  private static List<Candidate> nearest(DirectoryReader reader, Corpus corpus, SearchParams params)
      throws IOException {
    return field(reader, corpus.config)
        .nearest(corpus.query(2), SegmentFilter.ALL, 1_000, params, Deadline.NONE);
  }

  /// Random bytes in any file give hits or a failure; the process stays.
  @Test
  void damaged_files_do_no_harm() throws IOException {
    VectorConfig config = VectorConfig.of(DIM, Distance.EUCLID).asMulti();
    Corpus corpus = new Corpus(5, config);
    Path whole = written(corpus);
    SplittableRandom random = new SplittableRandom(77);
    List<String> endings = List.of("mvg", "mvq", "mvr", "mud", "mum");
    for (int run = 0; run < 75; run++) {
      Path copy = copied(whole, run);
      Path file = fileOf(copy, endings.get(run % endings.size()));
      byte[] bytes = Files.readAllBytes(file);
      int changes = 1 + random.nextInt(file.toString().endsWith("mum") ? 3 : run * 20 + 1);
      for (int i = 0; i < changes; i++) {
        bytes[64 + random.nextInt(bytes.length - 80)] = (byte) random.nextInt();
      }
      CRC32 sum = new CRC32(); // else the meta file would be refused before it is read
      sum.update(bytes, 0, bytes.length - Long.BYTES);
      ByteBuffer.wrap(bytes).putLong(bytes.length - Long.BYTES, sum.getValue());
      Files.write(file, bytes);
      try (DirectoryReader reader = DirectoryReader.open(new MMapDirectory(copy))) {
        assertThat(nearest(reader, corpus, SearchParams.DEFAULT)).hasSizeLessThanOrEqualTo(1_000);
        field(reader, config)
            .nearest(
                corpus.query(4), filter(reader, run, 2), 10, params(false, false), Deadline.NONE);
      } catch (IOException | RuntimeException failed) {
        // a failed search, which harms no other
      }
    }
  }

  @Test
  void links_that_lead_nowhere_are_named_as_damage() throws IOException {
    Corpus corpus = new Corpus(5, VectorConfig.of(DIM, Distance.EUCLID).asMulti());
    Path copy = written(corpus);
    Path graph = fileOf(copy, "mvg");
    byte[] bytes = Files.readAllBytes(graph);
    for (int i = 128; i < bytes.length - 16; i += 4) {
      bytes[i + 3] = 0x40; // links of more than a thousand million
    }
    Files.write(graph, bytes);
    try (DirectoryReader reader = DirectoryReader.open(new MMapDirectory(copy))) {
      assertThatThrownBy(() ->
              field(reader, corpus.config)
                  .nearest(
                      corpus.query(2), SegmentFilter.ALL, 10, SearchParams.DEFAULT, Deadline.NONE))
          .isInstanceOf(CorruptIndexException.class)
          .hasMessageContaining("leads to rows or documents that are not there");
    }
  }

  private Path written(Corpus corpus) throws IOException {
    Path whole = folder.resolve("whole");
    try (MultiIndex index = MultiIndex.open(whole, options(corpus.config, 1_000), DIM)) {
      for (int id = 0; id < 1_200; id++) {
        index.put(id, id == 3 ? new float[0] : corpus.rows(id % TOPICS, 10));
        if (id == 500) {
          index.flush();
        }
      }
      index.forceMerge();
      index.commit();
    }
    return whole;
  }

  private Path copied(Path whole, int run) throws IOException {
    Path copy = Files.createDirectory(folder.resolve("copy" + run));
    for (Path file : files(whole)) {
      Files.copy(file, copy.resolve(file.getFileName()));
    }
    return copy;
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return new ArrayList<>(files.toList());
    }
  }

  private static Path fileOf(Path folder, String ending) throws IOException {
    return files(folder).stream()
        .filter(f -> f.toString().endsWith("." + ending))
        .findFirst()
        .orElseThrow();
  }
}
