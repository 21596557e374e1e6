package io.millrace.api.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import io.millrace.model.PointId;
import io.millrace.model.query.Matrix;
import io.millrace.model.query.Matrix.Neighbour;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Both forms say the same of random matrices: which two points, and how near.
class MatrixJsonTest {
  private static final JsonMapper MAPPER = new JsonMapper();

  private record Entry(String a, String b, float score) {}

  private static Matrix draw(SplittableRandom r, int size) {
    List<PointId> ids = new ArrayList<>();
    List<List<Neighbour>> rows = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      ids.add(
          r.nextInt(3) == 0
              ? PointId.parseUuid(new UUID(r.nextLong(), r.nextLong()).toString()).orElseThrow()
              : PointId.of(r.nextLong(Long.MAX_VALUE)));
      List<Neighbour> row = new ArrayList<>();
      for (int n = r.nextInt(4); n > 0; n--) {
        row.add(new Neighbour(r.nextInt(size), (float) r.nextDouble(-5, 5)));
      }
      rows.add(row);
    }
    return new Matrix(ids, rows);
  }

  @Test
  void pairs_and_offsets_tell_every_neighbour_row_by_row() {
    Props.forAll(
        200,
        20,
        MatrixJsonTest::draw,
        matrix -> {
          List<Entry> expected = new ArrayList<>();
          for (int row = 0; row < matrix.ids().size(); row++) {
            for (Neighbour neighbour : matrix.neighbours().get(row)) {
              expected.add(
                  new Entry(
                      matrix.ids().get(row).toString(),
                      matrix.ids().get(neighbour.place()).toString(),
                      neighbour.score()));
            }
          }
          List<Entry> pairs = new ArrayList<>();
          JsonNode written = read(PointJsonTest.written(o -> MatrixJson.writePairs(o, matrix)));
          for (JsonNode pair : written.path("pairs")) {
            pairs.add(
                new Entry(
                    pair.path("a").asString(),
                    pair.path("b").asString(),
                    score(pair.path("score"))));
          }
          assertThat(pairs).isEqualTo(expected);

          JsonNode offsets = read(PointJsonTest.written(o -> MatrixJson.writeOffsets(o, matrix)));
          JsonNode ids = offsets.path("ids");
          assertThat(ids.valueStream().map(JsonNode::asString))
              .containsExactlyElementsOf(matrix.ids().stream().map(PointId::toString).toList());
          List<Entry> entries = new ArrayList<>();
          for (int i = 0; i < offsets.path("scores").size(); i++) {
            entries.add(
                new Entry(
                    ids.get(offsets.path("offsets_row").get(i).intValue()).asString(),
                    ids.get(offsets.path("offsets_col").get(i).intValue()).asString(),
                    score(offsets.path("scores").get(i))));
          }
          assertThat(entries).isEqualTo(expected);
          assertThat(offsets.path("offsets_row")).hasSameSizeAs(offsets.path("scores"));
          assertThat(offsets.path("offsets_col")).hasSameSizeAs(offsets.path("scores"));
        });
  }

  private static float score(JsonNode number) {
    return (float) number.doubleValue();
  }

  private static JsonNode read(String json) {
    return MAPPER.readTree(json);
  }
}
