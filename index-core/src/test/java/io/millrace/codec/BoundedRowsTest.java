package io.millrace.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import io.millrace.kernel.ExactScore;
import io.millrace.model.Distance;
import io.millrace.model.VectorDatatype;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.lucene.index.DirectoryReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundedRowsTest {
  private static final List<Distance> DISTANCES =
      List.of(Distance.COSINE, Distance.DOT, Distance.EUCLID);
  private static final int ROWS = 40;

  private record Case(Distance distance, float[][] rows, float[] query) {
    static Case of(SplittableRandom random, int size) {
      Distance distance = DISTANCES.get(random.nextInt(DISTANCES.size()));
      int dimension = 32 + random.nextInt(8 * size + 1);
      float[] center = vector(random, dimension);
      float spread = (float) Math.pow(10, random.nextInt(-9, 2));
      float[][] rows = new float[ROWS][];
      for (int i = 0; i < ROWS; i++) {
        rows[i] = random.nextInt(3) == 0 ? vector(random, dimension) : center.clone();
        for (int j = 0; j < dimension && random.nextInt(8) != 0; j++) {
          rows[i][j] += spread * center[j] * (float) random.nextGaussian();
        }
      }
      float[] query = random.nextBoolean() ? center.clone() : vector(random, dimension);
      if (distance == Distance.COSINE) {
        ExactScore.normalize(query);
        Arrays.stream(rows).forEach(ExactScore::normalize);
      }
      return new Case(distance, rows, query);
    }

    /// Of any size and shape: smooth, whole numbers, nearly all zero.
    private static float[] vector(SplittableRandom random, int dimension) {
      float scale = (float) Math.pow(10, random.nextInt(-40, 9));
      int kind = random.nextInt(4);
      float[] vector = new float[dimension];
      for (int i = 0; i < dimension; i++) {
        vector[i] =
            switch (kind) {
              case 0 -> scale * (float) random.nextGaussian();
              case 1 -> random.nextInt(-200, 200);
              case 2 -> random.nextInt(20) == 0 ? scale : 0;
              default -> scale * (1 + 1e-4f * (float) random.nextGaussian());
            };
      }
      return vector;
    }

    @Override
    public String toString() {
      return distance + " of " + query.length + " components";
    }
  }

  private static BoundedRows rows(Distance distance, float[]... vectors) {
    BoundedRows.Encoder encoder = new BoundedRows.Encoder(vectors[0].length);
    ByteBuffer file = ByteBuffer.allocate(vectors.length * BoundedRows.stride(vectors[0].length));
    for (float[] vector : vectors) {
      file.put(encoder.encode(vector));
    }
    return new BoundedRows(MemorySegment.ofArray(file.array()), distance, vectors[0].length);
  }

  private static float[] atMost(BoundedRows rows, int count, float[] query) {
    float[] bounds = new float[count];
    rows.atMost(rows.query(query), IntStream.range(0, count).toArray(), count, bounds);
    return bounds;
  }

  private static float similarity(Distance distance, float[] query, float[] row) {
    return ExactScore.similarity(distance, query, MemorySegment.ofArray(row), 0, row.length);
  }

  @Test
  void no_exact_similarity_exceeds_its_bound() {
    Props.forAll(
        2_000,
        40,
        Case::of,
        random -> {
          float[] bounds =
              atMost(rows(random.distance, random.rows), random.rows.length, random.query);
          for (int i = 0; i < random.rows.length; i++) {
            float exact = similarity(random.distance, random.query, random.rows[i]);
            assertThat(exact > bounds[i]).as("%s over %s", exact, bounds[i]).isFalse();
          }
        });
  }

  @Test
  void bounds_are_close_where_rows_are_dense() {
    SplittableRandom random = new SplittableRandom(5);
    float[][] vectors = new float[200][384];
    for (float[] vector : vectors) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) random.nextGaussian();
      }
      ExactScore.normalize(vector);
    }
    float[] bounds = atMost(rows(Distance.COSINE, vectors), 200, vectors[0]);

    for (int i = 0; i < 200; i++) {
      float exact = similarity(Distance.COSINE, vectors[0], vectors[i]);
      assertThat((double) bounds[i] - exact).isBetween(0.0, 0.025);
    }
  }

  @Test
  void a_row_has_the_bytes_of_its_table() {
    float[] row = new float[100];
    Arrays.fill(row, 0, 50, 1);
    Arrays.fill(row, 50, 100, -0.25f);

    ByteBuffer bytes =
        ByteBuffer.wrap(new BoundedRows.Encoder(100).encode(row)).order(ByteOrder.LITTLE_ENDIAN);

    assertThat(bytes.capacity()).isEqualTo(128);
    assertThat(bytes.get(0)).isEqualTo((byte) 127);
    assertThat(bytes.get(99)).isEqualTo((byte) -32);
    assertThat(bytes.get(100)).as("no component").isZero();
    assertThat(bytes.getFloat(116)).as("scale").isEqualTo(1 / 127f);
    double length = Math.sqrt(50 + 50 / 16.0);
    assertThat((double) bytes.getFloat(120)).as("length").isBetween(length, length * 1.0001);
    double off = Math.sqrt(50) * (32 / 127.0 - 0.25);
    assertThat((double) bytes.getFloat(124)).as("error").isBetween(off, off * 1.001);
  }

  @Test
  void segments_that_are_scanned_have_them(@TempDir Path folder) throws IOException {
    float[][] vectors = new Clusters(1, 5, 64, 0.3f).take(700);
    VectorFieldOptions flat = VectorIndex.options(Distance.EUCLID, false, 5_000);
    VectorFieldOptions half =
        new VectorFieldOptions(
            Distance.EUCLID,
            16,
            100,
            false,
            1,
            5_000,
            VectorDatatype.FLOAT16,
            flat.placement(),
            false);
    assertThat(isBounded(folder.resolve("few"), flat, Arrays.copyOf(vectors, 60))).isFalse();
    assertThat(isBounded(folder.resolve("flat"), flat, vectors)).isTrue();
    assertThat(isBounded(folder.resolve("half"), half, vectors)).isFalse();
    VectorFieldOptions int8 = VectorIndex.options(Distance.EUCLID, true, 5_000);
    assertThat(isBounded(folder.resolve("int8"), int8, vectors)).isFalse();
    VectorFieldOptions graph = VectorIndex.options(Distance.EUCLID, false, 100);
    assertThat(isBounded(folder.resolve("graph"), graph, vectors)).isFalse();
    VectorFieldOptions manhattan = VectorIndex.options(Distance.MANHATTAN, false, 5_000);
    assertThat(isBounded(folder.resolve("manhattan"), manhattan, vectors)).isFalse();
  }

  /// After a flush of all but one and a merge; checked by Lucene.
  private static boolean isBounded(Path folder, VectorFieldOptions options, float[][] vectors)
      throws IOException {
    try (VectorIndex index = VectorIndex.mapped(folder, options)) {
      index.putAll(Arrays.copyOf(vectors, vectors.length - 1));
      index.flush();
      index.put(vectors.length - 1, vectors[vectors.length - 1]);
      index.forceMerge();
      index.check();
      try (DirectoryReader reader = index.open()) {
        VectorSegment segment =
            VectorSegment.of(reader.leaves().getFirst().reader(), "v").orElseThrow();
        return segment.bounded().isPresent();
      }
    }
  }
}
