package io.millrace.search.nearest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.codec.Clusters;
import io.millrace.codec.VectorFieldOptions;
import io.millrace.codec.VectorIndex;
import io.millrace.codec.VectorSegment;
import io.millrace.kernel.ExactScore;
import io.millrace.meter.SearchPaths;
import io.millrace.meter.SearchWork;
import io.millrace.model.Distance;
import io.millrace.model.PointId;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.util.FixedBitSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Searches against a plain scan of all vectors in an array. One index of 8,000 clustered vectors
/// with a float and an int8 field is built for all recall tests.
class NearestSearchTest {
  private static final int POINTS = 8_000;
  private static final int CLUSTERS = 100;
  private static final int DIMENSION = 48;
  private static final int QUERIES = 60;
  private static final float[][] VECTORS;
  private static final float[][] ASKED;

  static {
    Clusters clusters = new Clusters(42, CLUSTERS, DIMENSION, 0.6f);
    VECTORS = clusters.take(POINTS);
    ASKED = new float[QUERIES][];
    for (int i = 0; i < QUERIES; i++) {
      ASKED[i] = ExactScore.normalize(clusters.near(i));
    }
    for (float[] vector : VECTORS) {
      ExactScore.normalize(vector);
    }
  }

  @TempDir static Path folder;
  private static VectorIndex index;

  @BeforeAll
  static void build() throws IOException {
    index =
        VectorIndex.mapped(
            folder,
            Map.of(
                "float", VectorIndex.options(Distance.COSINE, false, 1_000),
                "int8", VectorIndex.options(Distance.COSINE, true, 1_000)));
    for (int i = 0; i < POINTS; i++) {
      index.put(i, Map.of("float", VECTORS[i], "int8", VECTORS[i]));
      if (i == POINTS / 2) {
        index.flush();
      }
    }
    index.forceMerge();
  }

  @org.junit.jupiter.api.AfterAll
  static void close() throws IOException {
    index.close();
  }

  // The plain twin.

  private static float score(Distance distance, float[] query, float[] vector) {
    return ExactScore.score(
        distance,
        ExactScore.similarity(distance, query, MemorySegment.ofArray(vector), 0, query.length));
  }

  private record Ranked(int id, float score) {}

  private static List<Ranked> scan(
      Distance distance,
      float[] query,
      Map<Integer, float[]> points,
      int limit,
      IntPredicate filter) {
    Comparator<Ranked> byScore = (a, b) -> Float.compare(a.score, b.score);
    return points.entrySet().stream()
        .filter(p -> filter.test(p.getKey()))
        .map(p -> new Ranked(p.getKey(), score(distance, query, p.getValue())))
        .sorted(
            (distance.largerIsBetter() ? byScore.reversed() : byScore).thenComparingInt(Ranked::id))
        .limit(limit)
        .toList();
  }

  private static Map<Integer, float[]> asMap(float[][] vectors) {
    Map<Integer, float[]> points = new java.util.HashMap<>();
    for (int i = 0; i < vectors.length; i++) {
      points.put(i, vectors[i]);
    }
    return points;
  }

  private static IdOrder byId(int[][] ids) {
    return () -> (leaf, doc) -> PointId.of(ids[leaf][doc]);
  }

  private static SegmentFilter filter(int[][] ids, IntPredicate accepts) {
    return leaf -> {
      FixedBitSet bits = new FixedBitSet(leaf.reader().maxDoc());
      for (int doc = 0; doc < bits.length(); doc++) {
        boolean live = leaf.reader().getLiveDocs() == null || leaf.reader().getLiveDocs().get(doc);
        if (live && accepts.test(ids[leaf.ord][doc])) {
          bits.set(doc);
        }
      }
      return bits;
    };
  }

  private static List<Ranked> search(
      DirectoryReader reader, NearestRequest request, IntPredicate accepts) throws IOException {
    int[][] ids = VectorIndex.idsByPlace(reader);
    SegmentFilter filter = accepts == null ? SegmentFilter.ALL : filter(ids, accepts);
    return new NearestSearch()
        .search(reader, request, filter, byId(ids), Cancellation.NEVER).stream()
            .map(c -> new Ranked(ids[c.leafOrdinal()][c.doc()], c.score()))
            .collect(Collectors.toCollection(ArrayList::new));
  }

  private static double recall(String field, int limit, int ef, IntPredicate accepts)
      throws IOException {
    return recallBy(field, limit, ef, query -> accepts);
  }

  /// @param acceptsFor what a query's hits have to be, by its number
  private static double recallBy(
      String field, int limit, int ef, IntFunction<IntPredicate> acceptsFor) throws IOException {
    Map<Integer, float[]> points = asMap(VECTORS);
    int right = 0;
    int all = 0;
    try (DirectoryReader reader = index.open()) {
      for (int i = 0; i < QUERIES; i++) {
        float[] query = ASKED[i];
        IntPredicate accepts = acceptsFor.apply(i);
        List<Ranked> expected =
            scan(Distance.COSINE, query, points, limit, accepts == null ? id -> true : accepts);
        NearestRequest request = NearestRequest.of(field, Distance.COSINE, query, limit).withEf(ef);
        List<Ranked> found = search(reader, request, accepts);
        assertThat(found).as("hits whenever that many match").hasSameSizeAs(expected);
        Set<Integer> wanted = new HashSet<>(expected.stream().map(Ranked::id).toList());
        for (Ranked hit : found) {
          assertThat(hit.score)
              .as("exact score")
              .isEqualTo(score(Distance.COSINE, query, VECTORS[hit.id]));
          if (wanted.contains(hit.id)) {
            right++;
          }
        }
        all += expected.size();
      }
    }
    return (double) right / all;
  }

  @Test
  void the_merged_segment_has_graphs() throws IOException {
    try (DirectoryReader reader = index.open()) {
      assertThat(reader.leaves()).hasSize(1);
      for (String field : new String[] {"float", "int8"}) {
        assertThat(VectorSegment.of(reader.leaves().get(0).reader(), field).orElseThrow().graph())
            .isPresent();
      }
    }
  }

  @Test
  void the_path_taken_in_a_segment_is_counted() throws IOException {
    NearestSearch search = new NearestSearch();
    try (DirectoryReader reader = index.open()) {
      int[][] ids = VectorIndex.idsByPlace(reader);
      NearestRequest request = NearestRequest.of("float", Distance.COSINE, ASKED[0], 10);
      SegmentFilter most = filter(ids, id -> id % 20 != 0);
      SegmentFilter few = filter(ids, id -> id < 20);

      search.search(reader, request, SegmentFilter.ALL, byId(ids), Cancellation.NEVER);
      search.search(reader, request, most, byId(ids), Cancellation.NEVER);
      search.search(reader, request, most, byId(ids), Cancellation.NEVER);
      search.search(reader, request, few, byId(ids), Cancellation.NEVER);
      search.search(reader, request.asExact(), SegmentFilter.ALL, byId(ids), Cancellation.NEVER);
    }

    assertThat(search.paths().segments(SearchPaths.Taken.GRAPH)).isEqualTo(1);
    assertThat(search.paths().segments(SearchPaths.Taken.FILTERED_GRAPH)).isEqualTo(2);
    assertThat(search.paths().segments(SearchPaths.Taken.EXACT)).isEqualTo(2);
    assertThat(search.paths().segments(SearchPaths.Taken.DROPPED_GRAPH)).isZero();
    assertThat(search.paths().seconds(SearchPaths.Taken.EXACT).sum()).isPositive();
    assertThat(search.paths().rows(SearchPaths.Taken.GRAPH)).isBetween(1L, VECTORS.length - 1L);
    assertThat(search.paths().rows(SearchPaths.Taken.EXACT)).isEqualTo(VECTORS.length + 20);
  }

  @Test
  void the_work_of_one_search_is_told_by_path_and_rows() throws IOException {
    NearestSearch search = new NearestSearch();
    SearchWork walked = new SearchWork(search.paths());
    SearchWork scanned = new SearchWork(search.paths());
    try (DirectoryReader reader = index.open()) {
      int[][] ids = VectorIndex.idsByPlace(reader);
      NearestRequest request = NearestRequest.of("float", Distance.COSINE, ASKED[0], 10);
      SegmentFilter few = filter(ids, id -> id < 20);

      search.search(
          reader.leaves(), request, SegmentFilter.ALL, byId(ids), Cancellation.NEVER, walked);
      search.search(reader.leaves(), request, few, byId(ids), Cancellation.NEVER, scanned);
    }

    assertThat(walked.segments(SearchPaths.Taken.GRAPH)).isEqualTo(1);
    assertThat(walked.segments(SearchPaths.Taken.EXACT)).isZero();
    assertThat(walked.scoredRows()).isBetween(100L, 5_000L);
    assertThat(scanned.segments(SearchPaths.Taken.EXACT)).isEqualTo(1);
    assertThat(scanned.scoredRows()).isEqualTo(20);
    assertThat(walked.flatRows() + scanned.flatRows()).isZero();
    assertThat(search.paths().segments(SearchPaths.Taken.GRAPH)).isEqualTo(1);
  }

  @Test
  void the_graph_finds_at_least_97_of_100_by_default() throws IOException {
    assertThat(recall("float", 10, 0, null)).isGreaterThanOrEqualTo(0.97);
    assertThat(recall("int8", 10, 0, null)).isGreaterThanOrEqualTo(0.97);
  }

  @Test
  void a_larger_ef_finds_more() throws IOException {
    double narrow = recall("float", 10, 10, null);
    double wide = recall("float", 10, 400, null);

    assertThat(wide).isGreaterThan(narrow).isGreaterThanOrEqualTo(0.99);
  }

  @Test
  void filters_of_any_selectivity_keep_recall_and_fill_the_page() throws IOException {
    for (double share : new double[] {0.5, 0.1, 0.01, 0.001}) {
      int bound = (int) (share * 1_000_000);
      IntPredicate random = id -> mix(id) < bound;
      assertThat(recall("float", 10, 0, random)).as("float %s", share).isGreaterThan(0.95);
      assertThat(recall("int8", 10, 0, random)).as("int8 %s", share).isGreaterThan(0.95);
    }
  }

  private static int mix(int id) {
    return (int) Long.remainderUnsigned(new SplittableRandom(id).nextLong(), 1_000_000);
  }

  @Test
  void a_filter_far_from_the_query_fills_the_page() throws IOException {
    // Query i lies in cluster i < 60; the filter takes 20 clusters no query lies in.
    IntPredicate far = id -> id % CLUSTERS >= 80;
    assertThat(recall("float", 10, 0, far)).isGreaterThan(0.95);
    assertThat(recall("int8", 10, 0, far)).isGreaterThan(0.95);
    // One far cluster: 80 points for a page of 50.
    IntPredicate one = id -> id % CLUSTERS == 99;
    assertThat(recall("int8", 50, 0, one)).isEqualTo(1);
  }

  @Test
  void a_filter_that_leaves_out_only_what_is_near_keeps_recall() throws IOException {
    for (int ef : new int[] {20, 64, 89, 91, 93, 0}) {
      assertThat(recallBy("float", 10, ef, query -> id -> id % CLUSTERS != query))
          .as("ef %d", ef)
          .isGreaterThan(0.95);
    }
  }

  @Test
  void a_limit_beyond_the_points_returns_them_all() throws IOException {
    try (DirectoryReader reader = index.open()) {
      for (int limit : new int[] {POINTS - 1, POINTS, Integer.MAX_VALUE}) {
        NearestRequest request = NearestRequest.of("int8", Distance.COSINE, ASKED[0], limit);
        assertThat(search(reader, request, null)).hasSize(Math.min(limit, POINTS));
      }
      assertThat(search(reader, NearestRequest.of("int8", Distance.COSINE, ASKED[0], 0), null))
          .isEmpty();
    }
  }

  @Test
  void exact_ignores_graph_and_int8() throws IOException {
    try (DirectoryReader reader = index.open()) {
      for (float[] query : ASKED) {
        NearestRequest request = NearestRequest.of("int8", Distance.COSINE, query, 100).asExact();
        assertThat(search(reader, request, null))
            .isEqualTo(scan(Distance.COSINE, query, asMap(VECTORS), 100, id -> true));
      }
    }
  }

  @Test
  void few_links_and_a_short_beam_find_less() throws IOException {
    double poor = recallOf(new VectorFieldOptions(Distance.EUCLID, 3, 4, false, 1, 100));
    double good = recallOf(new VectorFieldOptions(Distance.EUCLID, 16, 100, false, 1, 100));

    assertThat(poor).isLessThan(good - 0.05);
  }

  private static double recallOf(VectorFieldOptions options) throws IOException {
    try (VectorIndex small = VectorIndex.inHeap(Map.of("v", options))) {
      for (int i = 0; i < 3_000; i++) {
        small.put(i, VECTORS[i]);
        if (i == 1_500) {
          small.flush();
        }
      }
      small.forceMerge();
      int right = 0;
      try (DirectoryReader reader = small.open()) {
        GraphWalkProbe probe = new GraphWalkProbe(reader);
        for (float[] query : ASKED) {
          right += probe.rightOfTen(query);
        }
      }
      return right / (10.0 * QUERIES);
    }
  }

  /// Walks the graph itself, whatever the cost rule would choose.
  private static final class GraphWalkProbe {
    private final VectorSegment segment;

    GraphWalkProbe(DirectoryReader reader) {
      segment = VectorSegment.of(reader.leaves().get(0).reader(), "v").orElseThrow();
    }

    int rightOfTen(float[] query) {
      Scratch scratch = Scratch.take();
      RowScorer scorer = segment.rows().scorer(segment.distance(), query)::similarities;
      int found =
          new GraphWalk(segment.graph().orElseThrow(), scorer, scratch, Cancellation.NEVER)
              .all(20, 0, Long.MIN_VALUE, Long.MAX_VALUE);
      Set<Integer> walked = new HashSet<>();
      for (int i = 0; i < Math.min(10, found); i++) {
        walked.add(io.millrace.search.nearest.Ranked.ordinal(scratch.pool[i]));
      }
      scratch.giveBack();
      int[] ordinals = new int[segment.size()];
      float[] scores = new float[segment.size()];
      java.util.Arrays.setAll(ordinals, i -> i);
      scorer.score(ordinals, ordinals.length, scores);
      List<Integer> exact = new ArrayList<>();
      for (int ordinal : ordinals) {
        exact.add(ordinal);
      }
      exact.sort((a, b) -> Float.compare(scores[b], scores[a]));
      return (int) exact.stream().limit(10).filter(walked::contains).count();
    }
  }

  @Test
  void equal_scores_come_in_order_of_ids_across_segments() throws IOException {
    for (boolean graph : new boolean[] {false, true}) {
      try (VectorIndex ties =
          VectorIndex.inHeap(
              Map.of("v", VectorIndex.options(Distance.EUCLID, true, graph ? 10 : 0)))) {
        List<Integer> ids =
            new ArrayList<>(java.util.stream.IntStream.range(0, 300).boxed().toList());
        java.util.Collections.shuffle(ids, new java.util.Random(1));
        float[] same = new float[40];
        java.util.Arrays.fill(same, 2);
        for (int i = 0; i < ids.size(); i++) {
          ties.put(ids.get(i), same);
          if (i % 50 == 49) {
            ties.flush();
          }
        }
        if (graph) {
          ties.forceMerge();
        }
        try (DirectoryReader reader = ties.open()) {
          NearestRequest request = NearestRequest.of("v", Distance.EUCLID, new float[40], 7);
          assertThat(search(reader, request, null).stream().map(Ranked::id))
              .containsExactly(0, 1, 2, 3, 4, 5, 6);
        }
      }
    }
  }

  @Test
  void documents_without_the_vector_and_deleted_ones_are_never_hits() throws IOException {
    try (VectorIndex sparse =
        VectorIndex.inHeap(
            Map.of(
                "v", VectorIndex.options(Distance.DOT, true, 200),
                "other", VectorIndex.options(Distance.DOT, false, 0)))) {
      Map<Integer, float[]> points = new java.util.HashMap<>();
      for (int i = 0; i < 3_000; i++) {
        if (i % 3 == 0) {
          sparse.put(i, Map.of("other", new float[] {1}));
        } else {
          sparse.put(i, Map.of("v", VECTORS[i]));
          points.put(i, VECTORS[i]);
        }
      }
      sparse.forceMerge();
      for (int i = 0; i < 1_500; i++) {
        sparse.delete(i);
        points.remove(i);
      }
      try (DirectoryReader reader = sparse.open()) {
        for (int i = 0; i < 10; i++) {
          NearestRequest request = NearestRequest.of("v", Distance.DOT, ASKED[i], 2_000);
          assertThat(search(reader, request, null))
              .isEqualTo(scan(Distance.DOT, ASKED[i], points, 2_000, id -> true));
          assertThat(search(reader, request, id -> id % 2 == 0))
              .isEqualTo(scan(Distance.DOT, ASKED[i], points, 2_000, id -> id % 2 == 0));
        }
        assertThat(search(reader, NearestRequest.of("nothing", Distance.DOT, ASKED[0], 10), null))
            .isEmpty();
      }
    }
  }

  @Test
  void all_distances_agree_with_the_scan_over_many_segments() throws IOException {
    for (Distance distance : Distance.values()) {
      for (boolean int8 : new boolean[] {false, true}) {
        try (VectorIndex many =
            VectorIndex.inHeap(Map.of("v", VectorIndex.options(distance, int8, 500)))) {
          Map<Integer, float[]> points = new java.util.HashMap<>();
          for (int i = 0; i < 2_500; i++) {
            // Lengths differ by orders of magnitude; Cosine rows come normalised.
            float[] vector = VECTORS[i].clone();
            if (distance != Distance.COSINE) {
              float length = (float) Math.exp(new SplittableRandom(i).nextGaussian());
              for (int j = 0; j < vector.length; j++) {
                vector[j] *= length;
              }
            }
            many.put(i, vector);
            points.put(i, vector);
            if (i % 300 == 299) {
              many.flush();
            }
          }
          many.writer().maybeMerge();
          int right = 0;
          try (DirectoryReader reader = many.open()) {
            for (float[] query : ASKED) {
              List<Ranked> expected = scan(distance, query, points, 10, id -> true);
              NearestRequest request = NearestRequest.of("v", distance, query, 10);
              assertThat(search(reader, request.asExact(), null)).isEqualTo(expected);
              List<Ranked> found = search(reader, request, null);
              assertThat(found).hasSize(10);
              right += (int) expected.stream().filter(found::contains).count();
            }
          }
          assertThat(right / (10.0 * QUERIES))
              .as("%s int8=%s", distance, int8)
              .isGreaterThanOrEqualTo(0.97);
        }
      }
    }
  }

  /// Two positive examples and a negative one: the best of the positive, their difference of sums,
  /// and the place of the first beside the pair of the others.
  @Test
  void formulas_over_several_examples_find_by_walks_what_scans_find() throws IOException {
    Map<String, PointScore> formulas =
        Map.of(
            "best", s -> Math.max(s[0], s[1]) > s[2] ? Math.max(s[0], s[1]) : -1 - s[2],
            "sums", s -> s[0] + s[1] - s[2],
            "discover", s -> Math.signum(s[1] - s[2]) + s[0] / (1 + Math.abs(s[0])));
    IntPredicate third = id -> id % 3 == 0;
    try (DirectoryReader reader = index.open()) {
      for (String field : List.of("float", "int8")) {
        for (Map.Entry<String, PointScore> formula : formulas.entrySet()) {
          for (IntPredicate accepts : java.util.Arrays.asList(third, null)) {
            int found = 0;
            for (int q = 0; q < QUERIES; q++) {
              Target target =
                  new Target.Examples(
                      Distance.COSINE,
                      List.of(ASKED[q], ASKED[(q + 1) % QUERIES], ASKED[(q + 2) % QUERIES]),
                      formula.getValue());
              List<Ranked> exact = search(reader, wanting(field, target, true), accepts);
              List<Ranked> walked = search(reader, wanting(field, target, false), accepts);
              assertThat(walked).hasSize(10);
              // Scores are exact: the same hit has the same.
              walked.retainAll(exact);
              found += walked.size();
            }
            assertThat(found / (10.0 * QUERIES))
                .as("%s over %s, filtered: %s", formula.getKey(), field, accepts != null)
                .isGreaterThanOrEqualTo(0.97);
          }
        }
      }
    }
  }

  private static NearestRequest wanting(String field, Target target, boolean exact) {
    return new NearestRequest(
        field, target, 10, 0, exact, false, false, NearestRequest.Rescore.DEFAULT, 0);
  }

  @Test
  void indexed_only_leaves_out_what_waits_for_its_graph() throws IOException {
    try (VectorIndex waiting =
        VectorIndex.inHeap(Map.of("v", VectorIndex.options(Distance.COSINE, false, 100)))) {
      for (int i = 0; i < 150; i++) {
        waiting.put(i, VECTORS[i]);
      }
      waiting.flush();
      for (int i = 150; i < 200; i++) {
        waiting.put(i, VECTORS[i]);
      }
      try (DirectoryReader reader = waiting.open()) {
        NearestRequest request =
            new NearestRequest(
                "v",
                new Target.OneVector(Distance.COSINE, ASKED[0]),
                500,
                0,
                false,
                true,
                false,
                NearestRequest.Rescore.DEFAULT,
                0);
        List<Ranked> found = search(reader, request, null);
        assertThat(found).as("the small segment only").hasSize(50);
        assertThat(found).allMatch(hit -> hit.id >= 150);
      }
    }
  }

  @Test
  void a_cancelled_search_ends_in_scan_and_walk() throws IOException {
    class Gone extends RuntimeException {}
    try (DirectoryReader reader = index.open()) {
      for (boolean exact : new boolean[] {false, true}) {
        int[] asked = new int[1];
        Cancellation after3 =
            () -> {
              if (++asked[0] > 3) {
                throw new Gone();
              }
            };
        NearestRequest request = NearestRequest.of("float", Distance.COSINE, ASKED[0], 10);
        assertThatThrownBy(() ->
                new NearestSearch()
                    .search(
                        reader,
                        exact ? request.asExact() : request,
                        SegmentFilter.ALL,
                        IdOrder.BY_PLACE,
                        after3))
            .isInstanceOf(Gone.class);
      }
    }
  }

  @Test
  void stored_vectors_come_back_bit_by_bit() throws IOException {
    try (DirectoryReader reader = index.open()) {
      LeafReaderContext leaf = reader.leaves().get(0);
      StoredVectors stored = StoredVectors.of(leaf, "float").orElseThrow();
      for (int doc : new int[] {0, 10, 5, POINTS - 1}) {
        int id = VectorIndex.idsByPlace(reader)[0][doc];
        assertThat(stored.read(doc).orElseThrow()).containsExactly(VECTORS[id]);
      }
      assertThat(StoredVectors.of(leaf, "nothing")).isEmpty();
    }
  }

  @Test
  void a_query_of_another_dimension_is_refused() throws IOException {
    try (DirectoryReader reader = index.open()) {
      assertThatThrownBy(() ->
              search(reader, NearestRequest.of("float", Distance.COSINE, new float[3], 10), null))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void searches_go_on_while_segments_merge() throws Exception {
    try (VectorIndex busy =
        VectorIndex.mapped(
            folder.resolve("busy"), Map.of("v", VectorIndex.options(Distance.COSINE, true, 300)))) {
      AtomicBoolean done = new AtomicBoolean();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      busy.put(0, VECTORS[0]);
      Thread searcher =
          Thread.ofPlatform()
              .name("searcher")
              .start(() -> {
                try {
                  while (!done.get()) {
                    try (DirectoryReader reader = busy.open()) {
                      int expected = Math.min(10, reader.numDocs());
                      NearestRequest request =
                          NearestRequest.of("v", Distance.COSINE, ASKED[1], 10);
                      assertThat(search(reader, request, null)).hasSize(expected);
                    }
                  }
                } catch (Throwable t) {
                  failure.set(t);
                }
              });
      for (int i = 1; i < 2_000; i++) {
        busy.put(i, VECTORS[i]);
        if (i % 7 == 0) {
          busy.delete(i / 2);
        }
        if (i % 400 == 0) {
          busy.forceMerge();
        }
      }
      done.set(true);
      searcher.join();
      assertThat(failure.get()).isNull();
    }
  }
}
