package io.millrace.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.model.Distance;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.lucene.index.DirectoryReader;
import org.junit.jupiter.api.Test;

class CoarseRowsTest {
  private static final int DIMENSION = 200;

  @Test
  void a_row_has_the_bytes_of_its_table() {
    float[] row = new float[DIMENSION];
    Arrays.fill(row, 0, 100, 1);
    Arrays.fill(row, 100, 200, -1);
    CoarseRows.Encoder encoder = new CoarseRows.Encoder(Distance.EUCLID, new float[DIMENSION]);

    ByteBuffer bytes = ByteBuffer.wrap(encoder.encode(row)).order(ByteOrder.LITTLE_ENDIAN);

    assertThat(bytes.capacity()).isEqualTo(128);
    byte first = bytes.get(0);
    byte last = bytes.get(49);
    assertThat(first & 3).as("all components alike, all codes alike").isEqualTo(first >> 6 & 3);
    assertThat((first & 3) + (last & 3)).as("opposite levels").isEqualTo(3);
    assertThat(first & 3).isGreaterThanOrEqualTo(2);
    assertThat(bytes.get(50)).as("no component").isZero();
    float level = (first & 3) - 1.5f;
    assertThat(bytes.getFloat(64)).as("f").isEqualTo(200 / (200 * level));
    assertThat(bytes.getFloat(68)).as("g").isEqualTo(200f);
    assertThat(bytes.getInt(72)).isZero();
  }

  @Test
  void estimates_are_near_the_truth_for_every_distance() {
    for (Distance distance : List.of(Distance.COSINE, Distance.DOT, Distance.EUCLID)) {
      SplittableRandom random = new SplittableRandom(7);
      float[] mean = gaussian(random, 3);
      CoarseRows.Encoder encoder = new CoarseRows.Encoder(distance, mean);
      float[][] vectors = new float[50][];
      ByteBuffer file = ByteBuffer.allocate(832 + 50 * 128);
      file.put(encoder.meanBytes());
      for (int i = 0; i < vectors.length; i++) {
        vectors[i] = gaussian(random, 1);
        for (int j = 0; j < DIMENSION; j++) {
          vectors[i][j] += mean[j];
        }
        file.put(encoder.encode(vectors[i]));
      }
      CoarseRows rows = new CoarseRows(MemorySegment.ofArray(file.array()), distance, DIMENSION);
      float[] query = vectors[3].clone();
      int[] ordinals = new int[50];
      Arrays.setAll(ordinals, i -> 49 - i);
      float[] estimates = new float[50];

      rows.estimates(rows.query(query), ordinals, 50, estimates);

      for (int i = 0; i < 50; i++) {
        double exact = 0;
        double length = 0;
        for (int j = 0; j < DIMENSION; j++) {
          float x = vectors[ordinals[i]][j];
          exact += distance == Distance.EUCLID ? -(query[j] - x) * (query[j] - x) : query[j] * x;
          length += (query[j] - mean[j]) * (query[j] - mean[j]);
        }
        // Standard error |q′||z|·√((1/cos² − 1)/dim) with cos² = 0.88, twice for Euclid; five of
        // them.
        double allowed = 5 * length * Math.sqrt(0.14 / DIMENSION) * 2;
        assertThat((double) estimates[i]).isCloseTo(exact, within(allowed));
      }
    }
  }

  private static float[] gaussian(SplittableRandom random, double scale) {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) (scale * random.nextGaussian());
    }
    return vector;
  }

  @Test
  void rows_spread_unevenly_get_no_codes() throws IOException {
    assertThat(hasCodes(1)).isTrue();
    assertThat(hasCodes(0.9)).isFalse();
  }

  /// Whether an index of vectors whose components shrink by `decay` gets codes.
  private static boolean hasCodes(double decay) throws IOException {
    SplittableRandom random = new SplittableRandom(5);
    try (VectorIndex index =
        VectorIndex.inHeap(Map.of("v", VectorIndex.options(Distance.COSINE, false, 100)))) {
      for (int i = 0; i < 200; i++) {
        float[] vector = new float[DIMENSION];
        for (int j = 0; j < DIMENSION; j++) {
          vector[j] = (float) (random.nextGaussian() * Math.pow(decay, j));
        }
        index.put(i, vector);
        if (i == 100) {
          index.flush();
        }
      }
      index.forceMerge();
      index.check();
      try (DirectoryReader reader = index.open()) {
        return VectorSegment.of(reader.leaves().get(0).reader(), "v")
            .orElseThrow()
            .coarse()
            .isPresent();
      }
    }
  }

  @Test
  void equal_rows_have_no_direction_and_exact_estimates() throws IOException {
    try (VectorIndex index =
        VectorIndex.inHeap(Map.of("v", VectorIndex.options(Distance.EUCLID, false, 10)))) {
      float[] same = new float[DIMENSION];
      Arrays.fill(same, 0.5f);
      for (int i = 0; i < 20; i++) {
        index.put(i, same);
        if (i == 9) {
          index.flush();
        }
      }
      index.forceMerge();
      try (DirectoryReader reader = index.open()) {
        VectorSegment segment =
            VectorSegment.of(reader.leaves().get(0).reader(), "v").orElseThrow();
        CoarseRows rows = segment.coarse().orElseThrow();
        float[] estimates = new float[2];
        rows.estimates(rows.query(new float[DIMENSION]), new int[] {0, 19}, 2, estimates);
        assertThat(estimates).containsExactly(-50f, -50f);
      }
    }
  }
}
