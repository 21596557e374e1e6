package io.millrace.search.nearest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.codec.Clusters;
import io.millrace.codec.VectorIndex;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.FixedBitSet;
import org.junit.jupiter.api.Test;

class SeveralSegmentsTest {
  private static final int DIMENSION = 200;
  private static final int SEGMENTS = 8;
  private static final int ROWS_EACH = 1_200;

  private static final JointPool.Source NO_SEGMENT =
      new JointPool.Source() {
        @Override
        public double decide(long[] pool, int count, TopHits hits, Scratch scratch) {
          return 0;
        }

        @Override
        public double exactScale(float estimate) {
          return estimate;
        }
      };

  private final Clusters clusters = new Clusters(11, 40, DIMENSION, 0.6f);

  @Test
  void a_bound_shared_by_eight_segments_loses_next_to_nothing() throws IOException {
    for (Distance distance : List.of(Distance.COSINE, Distance.EUCLID)) {
      try (VectorIndex index = eightSegments(distance);
          DirectoryReader reader = index.open()) {
        assertThat(reader.leaves()).hasSize(SEGMENTS);
        int common = 0;
        for (int q = 0; q < 40; q++) {
          float[] query = clusters.near(q);
          if (distance == Distance.COSINE) {
            io.millrace.kernel.ExactScore.normalize(query);
          }
          common += common(reader, distance, query);
        }
        assertThat(common).as("of 400 under %s", distance).isGreaterThanOrEqualTo(390);
      }
    }
  }

  @Test
  void segments_searched_side_by_side_give_what_one_after_another_gives() throws IOException {
    Distance distance = Distance.EUCLID;
    Set<Thread> searching = ConcurrentHashMap.newKeySet();
    try (VectorIndex index = eightSegments(distance);
        DirectoryReader reader = index.open();
        SegmentThreads threads = new SegmentThreads(3)) {
      NearestSearch apart = new NearestSearch(PathChoice::of, Optional.of(threads), ROWS_EACH);
      SegmentFilter everyThird =
          leaf -> {
            searching.add(Thread.currentThread());
            FixedBitSet bits = new FixedBitSet(leaf.reader().maxDoc());
            for (int doc = 0; doc < bits.length(); doc += 3) {
              bits.set(doc);
            }
            return bits;
          };
      int common = 0;
      for (int q = 0; q < 40; q++) {
        NearestRequest request = NearestRequest.of("v", distance, clusters.near(q), 10);
        for (SegmentFilter filter : List.of(SegmentFilter.ALL, everyThird)) {
          List<Candidate> exact = found(new NearestSearch(), reader, request.asExact(), filter);
          assertThat(found(apart, reader, request.asExact(), filter)).isEqualTo(exact);
          Set<Candidate> shared = new HashSet<>(found(apart, reader, request, filter));
          assertThat(shared).hasSize(10);
          shared.retainAll(new HashSet<>(exact));
          common += shared.size();
        }
      }
      assertThat(common).as("of 800").isGreaterThanOrEqualTo(780);
    }
    assertThat(searching).as("the caller's and others").hasSizeGreaterThan(1);
  }

  @Test
  void a_search_given_up_ends_on_all_threads_before_it_returns() throws IOException {
    AtomicInteger running = new AtomicInteger();
    SegmentFilter counted =
        leaf -> {
          running.incrementAndGet();
          return null;
        };
    try (VectorIndex index = eightSegments(Distance.EUCLID);
        DirectoryReader reader = index.open();
        SegmentThreads threads = new SegmentThreads(3)) {
      NearestSearch apart = new NearestSearch(PathChoice::of, Optional.of(threads), ROWS_EACH);
      Cancellation late =
          () -> {
            if (running.get() > 2) {
              throw new Failure.TimedOut("too late");
            }
          };
      NearestRequest request =
          NearestRequest.of("v", Distance.EUCLID, clusters.near(1), 10).asExact();
      assertThatThrownBy(() -> apart.search(reader, request, counted, IdOrder.BY_PLACE, late))
          .isInstanceOf(Failure.TimedOut.class)
          .hasMessage("too late");
      int after = running.get();
      assertThat(found(apart, reader, request, SegmentFilter.ALL)).hasSize(10);
      assertThat(running).as("nothing went on").hasValue(after);
    }
  }

  @Test
  void the_bound_is_the_last_of_the_best_of_all_pools() {
    JointPool joint = new JointPool(3, Long.MIN_VALUE);
    assertThat(joint.bound()).isEqualTo(Long.MIN_VALUE);

    joint.add(NO_SEGMENT, new long[] {90, 50, 10}, 3);
    assertThat(joint.bound()).isEqualTo(10);

    joint.add(NO_SEGMENT, new long[] {70, 60, 5}, 3);
    assertThat(joint.candidates()).containsExactly(90, 70, 60);
    assertThat(joint.bound()).isEqualTo(60);

    joint.add(NO_SEGMENT, new long[0], 0);
    assertThat(joint.candidates()).containsExactly(90, 70, 60);

    JointPool apart = new JointPool(3, joint.bound());
    assertThat(apart.bound()).isEqualTo(60);
    apart.add(NO_SEGMENT, new long[] {80, 65, 61}, 3);
    assertThat(apart.bound()).isEqualTo(61);
    joint.addAll(apart);
    assertThat(joint.candidates()).containsExactly(90, 80, 70);
  }

  private VectorIndex eightSegments(Distance distance) throws IOException {
    Directory[] parts = new Directory[SEGMENTS];
    for (int part = 0; part < SEGMENTS; part++) {
      try (VectorIndex one = inHeap(distance)) {
        for (int i = 0; i < ROWS_EACH; i++) {
          one.put(part * ROWS_EACH + i, clusters.near(i % 40));
          if (i == ROWS_EACH / 2) {
            one.flush();
          }
        }
        one.forceMerge();
        one.writer().commit();
        parts[part] = new org.apache.lucene.store.ByteBuffersDirectory();
        for (String file : one.directory().listAll()) {
          if (!file.endsWith(".lock")) {
            parts[part].copyFrom(
                one.directory(), file, file, org.apache.lucene.store.IOContext.DEFAULT);
          }
        }
      }
    }
    VectorIndex index = inHeap(distance);
    index.writer().addIndexes(parts);
    return index;
  }

  private static VectorIndex inHeap(Distance distance) throws IOException {
    return VectorIndex.inHeap(Map.of("v", VectorIndex.options(distance, false, 100)));
  }

  private static int common(DirectoryReader reader, Distance distance, float[] query)
      throws IOException {
    NearestRequest request = NearestRequest.of("v", distance, query, 10);
    Set<Candidate> exact = new HashSet<>(found(new NearestSearch(), reader, request.asExact()));
    exact.retainAll(new HashSet<>(found(NearestSearch.walking(), reader, request)));
    return exact.size();
  }

  private static List<Candidate> found(
      NearestSearch search, DirectoryReader reader, NearestRequest request) throws IOException {
    return found(search, reader, request, SegmentFilter.ALL);
  }

  static List<Candidate> found(
      NearestSearch search, DirectoryReader reader, NearestRequest request, SegmentFilter filter)
      throws IOException {
    return search.search(reader, request, filter, IdOrder.BY_PLACE, Cancellation.NEVER);
  }
}
