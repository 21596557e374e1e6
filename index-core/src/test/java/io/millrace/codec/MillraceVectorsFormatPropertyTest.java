package io.millrace.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import io.millrace.kernel.ExactScore;
import io.millrace.model.Distance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.junit.jupiter.api.Test;

/// Random puts, replacements, deletes, flushes, merges and changes of options against a map. After
/// every step group the index holds exactly the map's vectors, bit by bit, and Lucene finds it
/// clean.
class MillraceVectorsFormatPropertyTest {
  private record Script(long seed, int steps) {}

  @Test
  void the_index_holds_what_a_map_holds() {
    Props.forAll(
        12, 400, (random, size) -> new Script(random.nextLong(), size), script -> run(script));
  }

  private static void run(Script script) {
    SplittableRandom random = new SplittableRandom(script.seed);
    Map<String, VectorFieldOptions> fields = new HashMap<>();
    fields.put("a", options(random, Distance.COSINE));
    fields.put("b", options(random, Distance.values()[random.nextInt(4)]));
    Map<String, Integer> dimensions = Map.of("a", dimension(random), "b", dimension(random));
    Map<Integer, Map<String, float[]>> model = new HashMap<>();
    boolean dense = random.nextInt(4) == 0;
    try (VectorIndex index = VectorIndex.inHeap(fields)) {
      for (int step = 0; step < script.steps; step++) {
        int id = random.nextInt(1 + script.steps / 2);
        switch (random.nextInt(20)) {
          case 0, 1 -> {
            index.delete(id);
            model.remove(id);
          }
          case 2 -> index.flush();
          case 3 -> {
            if (random.nextInt(10) == 0) {
              index.forceMerge();
            }
          }
          case 4 -> {
            String field = random.nextBoolean() ? "a" : "b";
            VectorFieldOptions changed = options(random, fields.get(field).distance());
            index.options(field, changed);
          }
          default -> {
            Map<String, float[]> vectors = new HashMap<>();
            for (String field : fields.keySet()) {
              if (dense || random.nextInt(3) > 0) {
                vectors.put(field, vector(random, dimensions.get(field)));
              }
            }
            index.put(id, vectors);
            if (fields.get("a") != null && vectors.containsKey("a")) {
              ExactScore.normalize(vectors.get("a"));
            }
            if (fields.get("b").distance() == Distance.COSINE && vectors.containsKey("b")) {
              ExactScore.normalize(vectors.get("b"));
            }
            model.put(id, vectors);
          }
        }
      }
      same(index, model);
      index.forceMerge();
      same(index, model);
      index.check();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Now and then one that gets codes beside its graphs.
  private static int dimension(SplittableRandom random) {
    return random.nextInt(3) == 0 ? random.nextInt(192, 260) : random.nextInt(1, 70);
  }

  private static void same(VectorIndex index, Map<Integer, Map<String, float[]>> model)
      throws IOException {
    try (DirectoryReader reader = index.open()) {
      Map<Integer, int[]> places = VectorIndex.placesById(reader);
      assertThat(places.keySet()).isEqualTo(model.keySet());
      for (Map.Entry<Integer, Map<String, float[]>> point : model.entrySet()) {
        int[] place = places.get(point.getKey());
        LeafReaderContext leaf = reader.leaves().get(place[0]);
        for (String field : new String[] {"a", "b"}) {
          float[] expected = point.getValue().get(field);
          VectorSegment segment = VectorSegment.of(leaf.reader(), field).orElse(null);
          int ordinal = segment == null ? -1 : segment.documents().ordinal(place[1]);
          if (expected == null) {
            assertThat(ordinal).isNegative();
          } else {
            float[] row = new float[segment.dimension()];
            segment.rows().copyTo(ordinal, row);
            assertThat(row).containsExactly(expected);
            assertThat(segment.documents().doc(ordinal)).isEqualTo(place[1]);
          }
        }
      }
    }
  }

  private static VectorFieldOptions options(SplittableRandom random, Distance distance) {
    return new VectorFieldOptions(
        distance,
        random.nextInt(0, 9),
        random.nextInt(1, 40),
        random.nextBoolean(),
        random.nextBoolean() ? 1 : 0.99f,
        random.nextInt(0, 60));
  }

  private static float[] vector(SplittableRandom random, int dimension) {
    float[] vector = new float[dimension];
    int kind = random.nextInt(10);
    for (int i = 0; i < dimension; i++) {
      vector[i] =
          switch (kind) {
            case 0 -> 0;
            case 1 -> 1;
            case 2 -> (float) random.nextGaussian() * 1e18f;
            default -> (float) random.nextGaussian();
          };
    }
    return vector;
  }
}
