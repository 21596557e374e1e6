package io.millrace.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.Props;
import io.millrace.codec.graph.GraphBuilder;
import io.millrace.codec.graph.GraphLinks;
import io.millrace.codec.graph.GrowingGraph;
import io.millrace.codec.graph.LinkedRows;
import io.millrace.codec.graph.RowComparison;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.ByteBuffersIndexOutput;
import org.junit.jupiter.api.Test;

/// Graphs of rows in memory, built, merged and looked through.
class GraphBuilderTest {
  private static final GraphBuilder.Abort WANTED = () -> {};

  /// Minus the squared distance of rows of floats.
  private static final class Floats implements RowComparison {
    private final float[][] rows;
    private float[] row = {};

    Floats(float[][] rows) {
      this.rows = rows;
    }

    @Override
    public void compareWith(int ordinal) {
      row = rows[ordinal];
    }

    @Override
    public void scores(int[] ordinals, int count, float[] out) {
      for (int i = 0; i < count; i++) {
        out[i] = similarity(row, rows[ordinals[i]]);
      }
    }
  }

  private static float similarity(float[] a, float[] b) {
    float sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return -sum;
  }

  private static GraphBuilder builder(float[][] rows, int m, int efConstruct, int threads) {
    return new GraphBuilder(
        new GrowingGraph(rows.length, m), 0, efConstruct, () -> new Floats(rows), threads, WANTED);
  }

  /// A graph as a finished segment has it.
  private static GraphLinks written(GrowingGraph graph) throws IOException {
    ByteBuffersDataOutput bytes = new ByteBuffersDataOutput();
    FieldEntry.GraphRegion region;
    try (ByteBuffersIndexOutput out = new ByteBuffersIndexOutput(bytes, "graph", "graph")) {
      region = new GraphOutput(out, graph.m()).write(graph);
    }
    return new GraphLinks(
        MemorySegment.ofArray(bytes.toArrayCopy()),
        graph.size(),
        graph.m(),
        region.upperNodes(),
        region.entry());
  }

  /// What holds for every graph, and that it says what was written.
  private static void check(GrowingGraph graph) throws IOException {
    GraphLinks links = written(graph);
    assertThat(links.levels()).isEqualTo(graph.levels());
    int[] neighbours = new int[2 * graph.m()];
    int[] read = new int[2 * graph.m()];
    int[] places = new int[graph.m()];
    for (int level = 0; level < graph.levels(); level++) {
      for (int place = 0; place < links.nodesOn(level); place++) {
        int node = links.ordinal(level, place);
        int count = graph.neighbours(level, node, neighbours);
        int[] found = Arrays.copyOf(neighbours, count);
        assertThat(found).doesNotContain(node).doesNotHaveDuplicates();
        for (int neighbour : found) {
          assertThat(neighbour).isBetween(0, graph.size() - 1);
          assertThat(graph.level(neighbour)).isGreaterThanOrEqualTo(level);
        }
        int again =
            level == 0
                ? links.neighbours(node, read)
                : links.neighbours(level, place, places, read);
        assertThat(Arrays.copyOf(read, again)).isEqualTo(found);
      }
    }
    assertThat(graph.level(graph.entry())).isEqualTo(graph.levels() - 1);
    assertThat(reachable(graph).cardinality()).as("rows within reach").isEqualTo(graph.size());
  }

  private static BitSet reachable(GrowingGraph graph) {
    BitSet seen = new BitSet();
    List<Integer> stack = new ArrayList<>(List.of(graph.entry()));
    seen.set(graph.entry());
    int[] neighbours = new int[2 * graph.m()];
    while (!stack.isEmpty()) {
      int count = graph.neighbours(0, stack.removeLast(), neighbours);
      for (int i = 0; i < count; i++) {
        if (!seen.get(neighbours[i])) {
          seen.set(neighbours[i]);
          stack.add(neighbours[i]);
        }
      }
    }
    return seen;
  }

  private record Case(float[][] rows, int m, int efConstruct, int threads) {
    /// Few different rows, some the same, some far from all others.
    static Case of(SplittableRandom random, int size) {
      int dimension = 1 + random.nextInt(4);
      int values = 1 + random.nextInt(1 + size);
      float[][] rows = new float[1 + size][dimension];
      for (float[] row : rows) {
        for (int i = 0; i < dimension; i++) {
          row[i] = random.nextInt(values) + (random.nextInt(30) == 0 ? 1e4f : 0);
        }
      }
      return new Case(rows, 1 + random.nextInt(8), 1 + random.nextInt(40), 1 + random.nextInt(2));
    }

    @Override
    public String toString() {
      return "m %d, ef %d, %s".formatted(m, efConstruct, Arrays.deepToString(rows));
    }
  }

  @Test
  void every_row_is_within_reach_whatever_the_rows_are() {
    Props.forAll(
        100,
        300,
        Case::of,
        given -> {
          try {
            check(builder(given.rows, given.m, given.efConstruct, given.threads).finish());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Test
  void graphs_are_merged_without_the_rows_that_are_gone() {
    Props.forAll(
        100,
        250,
        (random, size) -> new Merge(Case.of(random, size), random.split()),
        merge -> {
          try {
            merge.check();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /// Three graphs of rows, of which some are gone, and rows of none, in one.
  private record Merge(Case given, SplittableRandom random) {
    void check() throws IOException {
      int all = given.rows.length;
      int[] partOf = random.ints(all, 0, 4).toArray();
      int gone = random.nextInt(100);
      List<Integer> live =
          IntStream.range(0, all).filter(row -> random.nextInt(100) >= gone).boxed().toList();
      if (live.isEmpty()) {
        return;
      }
      float[][] merged = live.stream().map(row -> given.rows[row]).toArray(float[][]::new);
      GraphBuilder builder = builder(merged, given.m, given.efConstruct, given.threads);
      for (int part = 0; part < 3; part++) {
        int number = part;
        int[] rows = IntStream.range(0, all).filter(row -> partOf[row] == number).toArray();
        if (rows.length == 0) {
          continue;
        }
        float[][] own =
            Arrays.stream(rows).mapToObj(row -> given.rows[row]).toArray(float[][]::new);
        GraphLinks links = written(builder(own, given.m, given.efConstruct, 1).finish());
        int[] ordinals = Arrays.stream(rows).map(row -> Math.max(-1, live.indexOf(row))).toArray();
        LinkedRows source = LinkedRows.of(links, ordinals);
        if (part == 0) {
          builder.take(source);
        } else {
          builder.join(source);
        }
      }
      GraphBuilderTest.check(builder.finish());
    }

    @Override
    public String toString() {
      return given.toString();
    }
  }

  @Test
  void rows_are_found_in_a_graph_however_it_came_about() throws IOException {
    Clusters clusters = new Clusters(5, 40, 16, 0.6f);
    float[][] rows = clusters.take(6_000);
    float[][] queries = clusters.take(200);
    GrowingGraph direct = builder(rows, 12, 80, 1).finish();
    GrowingGraph threads = builder(rows, 12, 80, 2).finish();

    float[][] first = Arrays.copyOf(rows, 4_000);
    float[][] second = Arrays.copyOfRange(rows, 3_000, 5_500);
    GraphBuilder merged = builder(rows, 12, 80, 1);
    // A quarter of the first is gone: its rows 3,000 to 4,000 are the second's now.
    merged.take(
        LinkedRows.of(
            written(builder(first, 12, 80, 1).finish()),
            IntStream.range(0, 4_000).map(row -> row < 3_000 ? row : -1).toArray()));
    merged.join(
        LinkedRows.of(
            written(builder(second, 12, 80, 1).finish()), IntStream.range(3_000, 5_500).toArray()));
    GrowingGraph joined = merged.finish();

    assertThat(recall(direct, rows, queries, 60)).isGreaterThan(0.97);
    assertThat(recall(threads, rows, queries, 60)).isGreaterThan(0.97);
    assertThat(recall(joined, rows, queries, 60)).isGreaterThan(0.96);
    check(direct);
    check(threads);
    check(joined);
  }

  @Test
  void a_graph_that_lost_a_third_of_its_rows_is_nearly_as_good_as_a_new_one() throws IOException {
    Clusters clusters = new Clusters(5, 40, 32, 0.9f);
    float[][] rows = clusters.take(6_000);
    float[][] queries = clusters.take(200);
    int[] live = IntStream.range(0, rows.length).filter(row -> row % 3 != 0).toArray();
    int[] ordinals = new int[rows.length];
    Arrays.fill(ordinals, -1);
    for (int i = 0; i < live.length; i++) {
      ordinals[live[i]] = i;
    }
    float[][] left = Arrays.stream(live).mapToObj(row -> rows[row]).toArray(float[][]::new);
    GraphBuilder builder = builder(left, 5, 40, 1);
    builder.take(LinkedRows.of(written(builder(rows, 5, 40, 1).finish()), ordinals));
    GrowingGraph mended = builder.finish();

    double fresh = recall(builder(left, 5, 40, 1).finish(), left, queries, 12);
    assertThat(recall(mended, left, queries, 12)).isGreaterThan(fresh - 0.02);
    check(mended);
  }

  /// Recall@10 with a beam of `ef`.
  private static double recall(GrowingGraph graph, float[][] rows, float[][] queries, int ef) {
    int hits = 0;
    for (float[] query : queries) {
      List<Integer> exact =
          IntStream.range(0, rows.length)
              .boxed()
              .sorted(Comparator.comparing(row -> -similarity(query, rows[row])))
              .limit(10)
              .toList();
      List<Integer> found = search(graph, rows, query, ef);
      found.retainAll(exact);
      hits += found.size();
    }
    return hits / 10.0 / queries.length;
  }

  private static List<Integer> search(GrowingGraph graph, float[][] rows, float[] query, int ef) {
    int[] neighbours = new int[2 * graph.m()];
    int best = graph.entry();
    for (int level = graph.levels() - 1; level > 0; level--) {
      for (int last = -1; last != best; ) {
        last = best;
        int count = graph.neighbours(level, best, neighbours);
        for (int i = 0; i < count; i++) {
          if (similarity(query, rows[neighbours[i]]) > similarity(query, rows[best])) {
            best = neighbours[i];
          }
        }
      }
    }
    Comparator<Integer> worstFirst = Comparator.comparing(row -> similarity(query, rows[row]));
    PriorityQueue<Integer> open = new PriorityQueue<>(worstFirst.reversed());
    PriorityQueue<Integer> kept = new PriorityQueue<>(worstFirst);
    BitSet seen = new BitSet();
    seen.set(best);
    open.add(best);
    kept.add(best);
    while (!open.isEmpty()) {
      int node = open.remove();
      if (kept.size() == ef && worstFirst.compare(node, kept.element()) < 0) {
        break;
      }
      int count = graph.neighbours(0, node, neighbours);
      for (int i = 0; i < count; i++) {
        int next = neighbours[i];
        if (!seen.get(next)) {
          seen.set(next);
          if (kept.size() < ef || worstFirst.compare(next, kept.element()) > 0) {
            open.add(next);
            kept.add(next);
            if (kept.size() > ef) {
              kept.remove();
            }
          }
        }
      }
    }
    List<Integer> hits = new ArrayList<>(kept);
    hits.sort(worstFirst.reversed());
    return new ArrayList<>(hits.subList(0, Math.min(10, hits.size())));
  }

  /// Copies are no nearer to each other than to the row: a list of them only would lead nowhere.
  @Test
  void rows_around_many_copies_are_found_from_among_them() throws IOException {
    SplittableRandom random = new SplittableRandom(4);
    float[][] rows = new float[1_500][4];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < 4 && i >= 500; j++) {
        rows[i][j] = (float) random.nextGaussian();
      }
    }
    // The copies first, last, and in between.
    for (int order = 0; order < 3; order++) {
      float[][] given = rows.clone();
      if (order == 1) {
        Collections.reverse(Arrays.asList(given));
      } else if (order == 2) {
        Collections.shuffle(Arrays.asList(given), new Random(1));
      }
      GrowingGraph graph = builder(given, 8, 50, 1).finish();
      check(graph);

      float[][] queries = new Clusters(2, 1, 4, 1f).take(50);
      assertThat(recall(graph, given, queries, 40)).isGreaterThan(0.97);
    }
  }

  @Test
  void rows_come_and_go_round_after_round() throws IOException {
    Clusters clusters = new Clusters(5, 40, 32, 0.9f);
    float[][] rows = clusters.take(3_000);
    float[][] queries = clusters.take(200);
    SplittableRandom random = new SplittableRandom(9);
    GrowingGraph graph = builder(rows, 8, 60, 1).finish();
    for (int round = 0; round < 6; round++) {
      int[] live = IntStream.range(0, rows.length).filter(row -> random.nextInt(5) > 0).toArray();
      int[] ordinals = new int[rows.length];
      Arrays.fill(ordinals, -1);
      float[][] next = clusters.take(3_000);
      // New rows have the lower ordinals, as rows of flat segments have.
      int added = next.length - live.length;
      for (int i = 0; i < live.length; i++) {
        ordinals[live[i]] = added + i;
        next[added + i] = rows[live[i]];
      }
      GraphBuilder builder = builder(next, 8, 60, 1);
      builder.take(LinkedRows.of(written(graph), ordinals));
      graph = builder.finish();
      rows = next;
      check(graph);
    }

    double fresh = recall(builder(rows, 8, 60, 1).finish(), rows, queries, 20);
    assertThat(recall(graph, rows, queries, 20)).isGreaterThan(fresh - 0.01);
  }

  @Test
  void a_row_whose_surroundings_are_gone_draws_no_new_rows_away_from_the_others()
      throws IOException {
    Clusters clusters = new Clusters(3, 20, 16, 0.3f);
    float[][] rows = clusters.take(2_000);
    float[][] apart = apart(400);
    System.arraycopy(apart, 0, rows, 0, 400);
    GraphLinks before = written(builder(rows, 8, 60, 1).finish());
    // Of those apart one stays, which is on an upper level.
    int survivor =
        IntStream.range(0, before.nodesOn(1))
            .map(place -> before.ordinal(1, place))
            .filter(row -> row < 400)
            .findFirst()
            .orElseThrow();
    float[][] again = apart(400);
    int[] live =
        IntStream.range(0, rows.length).filter(row -> row >= 400 || row == survivor).toArray();
    float[][] next = Arrays.copyOf(again, again.length + live.length);
    int[] ordinals = new int[rows.length];
    Arrays.fill(ordinals, -1);
    for (int i = 0; i < live.length; i++) {
      ordinals[live[i]] = again.length + i;
      next[again.length + i] = rows[live[i]];
    }
    GraphBuilder builder = builder(next, 8, 60, 1);
    builder.take(LinkedRows.of(before, ordinals));
    GrowingGraph graph = builder.finish();

    check(graph);
    float[][] queries = apart(100);
    double fresh = recall(builder(next, 8, 60, 1).finish(), next, queries, 12);
    assertThat(recall(graph, next, queries, 12)).isGreaterThan(fresh - 0.02);
    assertThat(recall(graph, next, clusters.take(100), 12)).isGreaterThan(0.95);
  }

  /// Rows far from all others.
  private static float[][] apart(int count) {
    Clusters far = new Clusters(count, 1, 16, 0.5f);
    float[][] rows = far.take(count);
    float[] middle = new Clusters(count, 1, 16, 0f).near(0);
    for (float[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        row[i] += 40 - middle[i];
      }
    }
    return rows;
  }

  @Test
  void one_thread_builds_the_same_graph_each_time() throws IOException {
    float[][] rows = new Clusters(8, 9, 8, 0.5f).take(800);
    GrowingGraph one = builder(rows, 6, 30, 1).finish();
    GrowingGraph two = builder(rows, 6, 30, 1).finish();

    int[] ofOne = new int[12];
    int[] ofTwo = new int[12];
    for (int node = 0; node < rows.length; node++) {
      int count = one.neighbours(0, node, ofOne);
      assertThat(two.neighbours(0, node, ofTwo)).isEqualTo(count);
      assertThat(Arrays.copyOf(ofTwo, count)).isEqualTo(Arrays.copyOf(ofOne, count));
    }
  }

  @Test
  void a_graph_that_nobody_wants_any_more_is_given_up() {
    float[][] rows = new Clusters(8, 9, 8, 0.5f).take(5_000);
    for (int threads = 1; threads <= 2; threads++) {
      AtomicInteger asked = new AtomicInteger();
      GraphBuilder builder =
          new GraphBuilder(
              new GrowingGraph(rows.length, 8),
              rows.length,
              40,
              () -> new Floats(rows),
              threads,
              () -> {
                if (asked.incrementAndGet() > 3) {
                  throw new IOException("closed");
                }
              });
      assertThatThrownBy(builder::finish).isInstanceOf(IOException.class).hasMessage("closed");
      assertThat(asked.get()).isLessThan(10);
    }
  }

  @Test
  void a_fault_in_a_thread_ends_the_build() {
    float[][] rows = new Clusters(8, 9, 8, 0.5f).take(5_000);
    rows[4_000] = new float[1];
    assertThatThrownBy(builder(rows, 8, 40, 2)::finish)
        .isInstanceOf(ArrayIndexOutOfBoundsException.class);
  }
}
