package io.millrace.search.nearest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.codec.Clusters;
import io.millrace.codec.VectorIndex;
import io.millrace.codec.VectorSegment;
import io.millrace.kernel.ExactScore;
import io.millrace.model.Distance;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.util.FixedBitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Walks by 2-bit codes find what a scan finds, for each distance that has codes, on vectors of
/// very different lengths where the distance sees lengths.
class CoarseSteeringTest {
  private static final int POINTS = 2_500;
  private static final int QUERIES = 40;

  @TempDir Path folder;

  @Test
  void walks_by_codes_keep_recall_for_every_distance() throws IOException {
    for (Distance distance : List.of(Distance.COSINE, Distance.DOT, Distance.EUCLID)) {
      Clusters clusters = new Clusters(11, 50, 256, 0.7f);
      try (VectorIndex index =
          VectorIndex.mapped(
              folder.resolve(distance.name()),
              Map.of("v", VectorIndex.options(distance, false, 1_000)))) {
        for (int i = 0; i < POINTS; i++) {
          index.put(i, scaled(clusters.near(i % 50), distance, i));
          if (i == POINTS / 2) {
            index.flush();
          }
        }
        index.forceMerge();
        index.delete(17);
        try (DirectoryReader reader = index.open()) {
          VectorSegment segment =
              VectorSegment.of(reader.leaves().get(0).reader(), "v").orElseThrow();
          assertThat(segment.coarse()).isPresent();
          int right = 0;
          int rightOfHalf = 0;
          FixedBitSet half = new FixedBitSet(POINTS);
          for (int i = 0; i < POINTS; i++) {
            if (new SplittableRandom(i).nextBoolean()) {
              half.set(i);
            }
          }
          half.clear(17);
          for (int i = 0; i < QUERIES; i++) {
            float[] query = scaled(clusters.near(i), distance, -i);
            right += common(reader, distance, query, SegmentFilter.ALL);
            rightOfHalf += common(reader, distance, query, leaf -> half);
          }
          assertThat(right / (10.0 * QUERIES)).as("%s", distance).isGreaterThanOrEqualTo(0.97);
          assertThat(rightOfHalf / (10.0 * QUERIES))
              .as("%s, half of the points", distance)
              .isGreaterThanOrEqualTo(0.95);
        }
      }
    }
  }

  private static float[] scaled(float[] vector, Distance distance, int seed) {
    if (distance == Distance.COSINE) {
      return ExactScore.normalize(vector);
    }
    float length = (float) Math.exp(0.5 * new SplittableRandom(seed).nextGaussian());
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= length;
    }
    return vector;
  }

  private static int common(
      DirectoryReader reader, Distance distance, float[] query, SegmentFilter filter)
      throws IOException {
    NearestRequest request = NearestRequest.of("v", distance, query, 10);
    NearestSearch search = new NearestSearch();
    List<Candidate> exact =
        search.search(reader, request.asExact(), filter, IdOrder.BY_PLACE, Cancellation.NEVER);
    List<Candidate> walked =
        search.search(reader, request, filter, IdOrder.BY_PLACE, Cancellation.NEVER);
    assertThat(walked).hasSize(10);
    return (int) exact.stream().filter(walked::contains).count();
  }
}
