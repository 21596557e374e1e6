package io.millrace.search.nearest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.codec.Clusters;
import io.millrace.codec.VectorFieldOptions;
import io.millrace.codec.VectorIndex;
import io.millrace.codec.VectorSegment;
import io.millrace.kernel.ExactScore;
import io.millrace.model.Distance;
import io.millrace.model.Placement;
import io.millrace.model.VectorDatatype;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.DirectoryReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rows of float16 and uint8: as small as they say, scored as Qdrant scores them, and found by
/// graphs, codes and scans.
class DatatypesTest {
  private static final int POINTS = 1_200;
  private static final int DIMENSION = 200;
  private static final int QUERIES = 30;

  @TempDir Path folder;

  @Test
  void rows_are_found_and_scored_exactly_by_every_distance() throws IOException {
    for (VectorDatatype datatype : List.of(VectorDatatype.FLOAT16, VectorDatatype.UINT8)) {
      for (Distance distance : Distance.values()) {
        check(datatype, distance);
      }
    }
  }

  private void check(VectorDatatype datatype, Distance distance) throws IOException {
    Path place = folder.resolve(datatype + "-" + distance);
    VectorFieldOptions options =
        new VectorFieldOptions(distance, 8, 60, true, 1, 600, datatype, Placement.CACHED, false);
    Clusters clusters = new Clusters(7, 40, DIMENSION, 0.6f);
    try (VectorIndex index = VectorIndex.mapped(place, Map.of("v", options))) {
      for (int i = 0; i < POINTS; i++) {
        index.put(i, scaled(clusters.near(i % 40), datatype));
        if (i == POINTS / 2) {
          index.flush();
        }
      }
      index.forceMerge();
      index.put(POINTS, scaled(clusters.near(3), datatype)); // a flat segment beside it
      index.check();
      try (DirectoryReader reader = index.open()) {
        VectorSegment segment =
            VectorSegment.of(reader.leaves().getFirst().reader(), "v").orElseThrow();
        assertThat(segment.coarse().isPresent()).isEqualTo(distance != Distance.MANHATTAN);
        assertThat(segment.int8().isPresent())
            .isEqualTo(distance != Distance.MANHATTAN && datatype != VectorDatatype.UINT8);
        int right = 0;
        for (int q = 0; q < QUERIES; q++) {
          float[] query = stored(scaled(clusters.near(q), datatype), datatype, distance);
          NearestRequest request = NearestRequest.of("v", distance, query, 10);
          List<Candidate> exact = search(reader, request.asExact());
          List<Candidate> walked = search(reader, request);
          assertThat(walked).hasSize(10);
          right += (int) exact.stream().filter(walked::contains).count();
          for (Candidate hit : exact) {
            float[] row =
                StoredVectors.of(reader.leaves().get(hit.leafOrdinal()), "v")
                    .orElseThrow()
                    .read(hit.doc())
                    .orElseThrow();
            assertThat(hit.score())
                .as("%s %s", datatype, distance)
                .isEqualTo(
                    datatype == VectorDatatype.UINT8
                        ? ofBytes(distance, query, row)
                        : ofFloats(distance, query, row));
          }
        }
        assertThat(right / (10.0 * QUERIES))
            .as("%s %s", datatype, distance)
            .isGreaterThanOrEqualTo(0.96);
      }
      long bytes = 0;
      try (var files = Files.list(place)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".mvr")).toList()) {
          bytes += Files.size(file);
        }
      }
      int row =
          datatype == VectorDatatype.FLOAT16
              ? 2 * DIMENSION
              : DIMENSION + (distance == Distance.COSINE ? 4 : 0);
      assertThat(bytes).isBetween((long) row * POINTS, (long) row * POINTS + 2_000);
    }
  }

  private static List<Candidate> search(DirectoryReader reader, NearestRequest request)
      throws IOException {
    return new NearestSearch()
        .search(reader, request, SegmentFilter.ALL, IdOrder.BY_PLACE, Cancellation.NEVER);
  }

  private static float[] scaled(float[] vector, VectorDatatype datatype) {
    if (datatype == VectorDatatype.UINT8) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = 128 + 40 * vector[i];
      }
    }
    return vector;
  }

  private static float[] stored(float[] vector, VectorDatatype datatype, Distance distance) {
    if (distance == Distance.COSINE && datatype != VectorDatatype.UINT8) {
      ExactScore.normalize(vector);
    }
    for (int i = 0; i < vector.length; i++) {
      vector[i] = datatype.stored(vector[i]);
    }
    return vector;
  }

  private static float ofFloats(Distance distance, float[] query, float[] row) {
    var rows = java.lang.foreign.MemorySegment.ofArray(row);
    return ExactScore.score(distance, ExactScore.similarity(distance, query, rows, 0, row.length));
  }

  /// Qdrant's formulas of bytes: whole numbers, then float32.
  private static float ofBytes(Distance distance, float[] query, float[] row) {
    int dot = 0;
    int squaredQuery = 0;
    int squaredRow = 0;
    int squaredDistance = 0;
    int absolute = 0;
    for (int i = 0; i < row.length; i++) {
      int a = (int) query[i];
      int b = (int) row[i];
      dot += a * b;
      squaredQuery += a * a;
      squaredRow += b * b;
      squaredDistance += (a - b) * (a - b);
      absolute += Math.abs(a - b);
    }
    return switch (distance) {
      case COSINE -> dot / (float) Math.sqrt((float) squaredQuery * (float) squaredRow);
      case DOT -> dot;
      case EUCLID -> (float) Math.sqrt((float) squaredDistance);
      case MANHATTAN -> absolute;
    };
  }
}
