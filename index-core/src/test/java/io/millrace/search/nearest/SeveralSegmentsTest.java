package io.millrace.search.nearest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.codec.Clusters;
import io.millrace.codec.VectorIndex;
import io.millrace.model.Distance;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.store.Directory;
import org.junit.jupiter.api.Test;

class SeveralSegmentsTest {
  private static final int DIMENSION = 200;
  private static final int SEGMENTS = 8;
  private static final int ROWS_EACH = 1_200;

  private static final JointPool.Source NO_SEGMENT =
      new JointPool.Source() {
        @Override
        public double decide(long[] pool, int count) {
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
  void the_bound_is_the_last_of_the_best_of_all_pools() {
    JointPool joint = new JointPool(3);
    assertThat(joint.bound()).isEqualTo(Long.MIN_VALUE);

    joint.add(NO_SEGMENT, new long[] {90, 50, 10}, 3);
    assertThat(joint.bound()).isEqualTo(10);

    joint.add(NO_SEGMENT, new long[] {70, 60, 5}, 3);
    assertThat(joint.candidates()).containsExactly(90, 70, 60);
    assertThat(joint.bound()).isEqualTo(60);

    joint.add(NO_SEGMENT, new long[0], 0);
    assertThat(joint.candidates()).containsExactly(90, 70, 60);
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
    return search.search(reader, request, SegmentFilter.ALL, IdOrder.BY_PLACE, Cancellation.NEVER);
  }
}
