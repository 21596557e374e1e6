package io.millrace.search.nearest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.codec.Clusters;
import io.millrace.codec.VectorFieldOptions;
import io.millrace.codec.VectorIndex;
import io.millrace.codec.VectorSegment;
import io.millrace.kernel.ExactScore;
import io.millrace.meter.SearchPaths;
import io.millrace.meter.SearchWork;
import io.millrace.model.Distance;
import io.millrace.model.Placement;
import io.millrace.model.VectorDatatype;
import io.millrace.search.nearest.NearestRequest.Rescore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.lucene.index.DirectoryReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What `ignore`, `rescore` and `oversampling` change, by int8 rows and by codes, in walks and in
/// scans. Points lie close together and the int8 scale is coarse, so that estimates err. Scores are
/// exact throughout.
class QuantizationParamsTest {
  private static final int POINTS = 3_000;
  private static final int QUERIES = 100;
  private static final int LIMIT = 10;
  private static final long SEED = 7;

  /// A field of each kind in an index of its own.
  private enum Kind {
    INT8_WALK(48, true, 16, 3, 0.1f),
    INT8_SCAN(48, true, 0, 3, 0.1f),
    CODES_WALK(256, false, 16, 12, 0.5f), // closer, and there would be no codes
    CODES_SCAN(256, false, 0, 3, 0.1f);

    private final int dimension;
    private final boolean int8;
    private final int m;
    private final int clusters;
    private final float spread;

    Kind(int dimension, boolean int8, int m, int clusters, float spread) {
      this.dimension = dimension;
      this.int8 = int8;
      this.m = m;
      this.clusters = clusters;
      this.spread = spread;
    }

    VectorFieldOptions options() {
      return new VectorFieldOptions(
          Distance.COSINE,
          m,
          100,
          int8,
          1f,
          int8 && m == 0 ? 0 : 1_000,
          VectorDatatype.FLOAT32,
          Placement.CACHED,
          !int8);
    }

    NearestSearch search() {
      return m > 0 ? NearestSearch.walking() : NearestSearch.scanning();
    }

    SearchPaths.Taken taken(boolean ignoring) {
      if (m > 0) {
        return SearchPaths.Taken.GRAPH;
      }
      if (ignoring) {
        return SearchPaths.Taken.EXACT;
      }
      return int8 ? SearchPaths.Taken.INT8_SCAN : SearchPaths.Taken.COARSE_SCAN;
    }
  }

  /// What a request says of quantization.
  private record Params(int ef, boolean ignore, Rescore rescore, float oversampling) {
    static final Params USUAL = new Params(LIMIT, false, Rescore.DEFAULT, 0);

    Params ignoring() {
      return new Params(ef, true, rescore, oversampling);
    }

    Params with(Rescore rescore) {
      return new Params(ef, ignore, rescore, oversampling);
    }

    Params oversampled(float by) {
      return new Params(ef, ignore, rescore, by);
    }

    Params withEf(int ef) {
      return new Params(ef, ignore, rescore, oversampling);
    }
  }

  /// An index and its queries.
  private record Field(Kind kind, VectorIndex index, DirectoryReader reader, float[][] queries) {
    static Field of(Kind kind) throws IOException {
      Clusters clusters = new Clusters(SEED, kind.clusters, kind.dimension, kind.spread);
      VectorIndex index = VectorIndex.inHeap(Map.of("v", kind.options()));
      float[][] points = clusters.take(POINTS);
      for (int i = 0; i < POINTS; i++) {
        index.put(i, points[i]);
        if (i == POINTS / 2) {
          index.flush(); // graphs and codes are made by merges
        }
      }
      index.forceMerge();
      float[][] queries = new float[QUERIES][];
      for (int i = 0; i < QUERIES; i++) {
        queries[i] = ExactScore.normalize(clusters.near(i % kind.clusters));
      }
      return new Field(kind, index, index.open(), queries);
    }

    VectorSegment segment() throws IOException {
      return VectorSegment.of(reader.leaves().getFirst().reader(), "v").orElseThrow();
    }

    /// Documents and scores, best first.
    List<Candidate> hits(float[] query, Params params) throws IOException {
      NearestSearch search = kind.search();
      List<Candidate> hits = hits(search, query, params, false);
      assertThat(search.paths().segments(kind.taken(params.ignore)))
          .as("%s, %s, seed %d", kind, params, SEED)
          .isEqualTo(1);
      return hits;
    }

    List<Candidate> exact(float[] query) throws IOException {
      return hits(new NearestSearch(), query, Params.USUAL, true);
    }

    private List<Candidate> hits(NearestSearch search, float[] query, Params params, boolean exact)
        throws IOException {
      NearestRequest request =
          new NearestRequest(
              "v",
              new Target.OneVector(Distance.COSINE, query),
              LIMIT,
              params.ef,
              exact,
              false,
              params.ignore,
              params.rescore,
              params.oversampling);
      return search.search(
          reader.leaves(),
          request,
          SegmentFilter.ALL,
          IdOrder.BY_PLACE,
          Cancellation.NEVER,
          new SearchWork(search.paths()));
    }

    /// Of all queries.
    List<List<Candidate>> hits(Params params) throws IOException {
      List<List<Candidate>> all = new ArrayList<>();
      for (float[] query : queries) {
        List<Candidate> hits = hits(query, params);
        assertThat(hits).hasSize(LIMIT);
        all.add(hits);
      }
      return all;
    }

    /// How many of the nearest are among the hits of all queries.
    int right(Params params) throws IOException {
      int right = 0;
      List<List<Candidate>> hits = hits(params);
      for (int i = 0; i < QUERIES; i++) {
        // Scores are exact: the same hit has the same.
        right += (int) hits.get(i).stream().filter(exact(queries[i])::contains).count();
      }
      return right;
    }

    /// How many of the hits of all queries are among the best `count` estimates.
    int amongBestEstimates(Params params, int count) throws IOException {
      int among = 0;
      int[] ordinals = IntStream.range(0, POINTS).toArray();
      float[] estimates = new float[POINTS];
      List<List<Candidate>> hits = hits(params);
      for (int i = 0; i < QUERIES; i++) {
        new Target.OneVector(Distance.COSINE, queries[i])
            .estimates(segment(), PathChoice.Steering.INT8)
            .score(ordinals, POINTS, estimates);
        float[] sorted = estimates.clone();
        Arrays.sort(sorted);
        float last = sorted[POINTS - count];
        // Every document has a vector: its ordinal is its number.
        among += (int) hits.get(i).stream().filter(hit -> estimates[hit.doc()] >= last).count();
      }
      return among;
    }
  }

  private static final Map<Kind, Field> FIELDS = new EnumMap<>(Kind.class);

  @BeforeAll
  static void build() throws IOException {
    for (Kind kind : Kind.values()) {
      FIELDS.put(kind, Field.of(kind));
    }
  }

  @AfterAll
  static void close() throws IOException {
    for (Field field : FIELDS.values()) {
      field.reader.close();
      field.index.close();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8_WALK", "INT8_SCAN"})
  void without_rescoring_the_best_int8_estimates_are_the_hits(Kind kind) throws IOException {
    Field field = FIELDS.get(kind);
    Params usual = Params.USUAL.withEf(200);

    assertThat(field.amongBestEstimates(usual.with(Rescore.OFF), LIMIT)).isGreaterThan(990);
    assertThat(field.amongBestEstimates(usual, LIMIT)).isLessThan(900);
    assertThat(field.right(usual.with(Rescore.OFF))).isLessThan(field.right(usual) - 100);
    assertThat(field.hits(usual.with(Rescore.ON))).isEqualTo(field.hits(usual));
  }

  @ParameterizedTest
  @EnumSource(names = {"CODES_WALK", "CODES_SCAN"})
  void estimates_by_codes_are_always_rescored(Kind kind) throws IOException {
    Field field = FIELDS.get(kind);
    for (Params params : List.of(Params.USUAL, Params.USUAL.oversampled(8))) {
      for (Rescore rescore : Rescore.values()) {
        assertThat(field.hits(params.with(rescore)))
            .as("%s", rescore)
            .isEqualTo(field.hits(params));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void oversampling_finds_more(Kind kind) throws IOException {
    Field field = FIELDS.get(kind);
    int once = field.right(Params.USUAL.oversampled(1));
    int twice = field.right(Params.USUAL.oversampled(2));
    int often = field.right(Params.USUAL.oversampled(8));

    assertThat(twice).isGreaterThan(once + 15);
    assertThat(often).isGreaterThan(twice + 100);
  }

  @Test
  void oversampling_says_how_many_int8_estimates_are_decided() throws IOException {
    Field field = FIELDS.get(Kind.INT8_SCAN);
    for (int by : new int[] {1, 2, 8}) {
      Params params = Params.USUAL.oversampled(by);
      assertThat(field.amongBestEstimates(params, by * LIMIT)).isEqualTo(QUERIES * LIMIT);
      assertThat(field.amongBestEstimates(params, by * LIMIT - 5)).isLessThan(QUERIES * LIMIT);
    }
  }

  @Test
  void oversampling_widens_walks_that_do_not_rescore() throws IOException {
    Field field = FIELDS.get(Kind.INT8_WALK);
    Params narrow = Params.USUAL.with(Rescore.OFF);

    assertThat(field.amongBestEstimates(narrow, LIMIT)).isLessThan(980);
    assertThat(field.amongBestEstimates(narrow.oversampled(8), LIMIT)).isGreaterThan(990);
  }

  @ParameterizedTest
  @EnumSource
  void ignoring_takes_the_raw_rows(Kind kind) throws IOException {
    Field field = FIELDS.get(kind);
    Params usual = Params.USUAL.withEf(kind == Kind.CODES_WALK ? 20 : 200);
    List<List<Candidate>> hits = field.hits(usual.ignoring());

    assertThat(field.right(usual)).isLessThan(700);
    assertThat(field.right(usual.ignoring())).isGreaterThan(kind.m > 0 ? 900 : 999);
    for (Rescore rescore : Rescore.values()) {
      assertThat(field.hits(usual.ignoring().oversampled(8).with(rescore))).isEqualTo(hits);
    }
  }

  /// The cost rule knows of it.
  @Test
  void a_walk_that_oversampling_makes_dearer_than_a_scan_is_not_begun() throws IOException {
    for (Kind kind : List.of(Kind.INT8_WALK, Kind.CODES_WALK)) {
      Field field = FIELDS.get(kind);
      NearestSearch search = new NearestSearch();
      for (float[] query : field.queries) {
        field.hits(search, query, Params.USUAL.oversampled(140), false);
      }
      assertThat(search.paths().segments(SearchPaths.Taken.DROPPED_GRAPH)).as("%s", kind).isZero();
    }
  }
}
