package io.millrace.api.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.Props;
import io.millrace.model.BadInput;
import io.millrace.model.Hit;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import io.millrace.model.VectorValue;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;

class PointJsonTest {
  private static List<Point> points(String json) {
    UpdateJson.Update update = JsonIn.read(json, UpdateJson::upsert);
    return ((Operation.Upsert) update.operations().getFirst()).points();
  }

  private static Point point(String json) {
    return points("{\"points\":[" + json + "]}").getFirst();
  }

  static String fault(String json, java.util.function.Function<JsonIn, ?> shape) {
    try {
      JsonIn.read(json, shape);
      return "none";
    } catch (BadInput e) {
      return e.kind() + " " + e.getMessage();
    }
  }

  private static String fault(String point) {
    return fault("{\"points\":[" + point + "]}", UpdateJson::upsert);
  }

  static String written(Consumer<JsonGenerator> writer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JsonOut.to(bytes)) {
      writer.accept(out);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void numbers_of_a_payload_keep_their_text() {
    String payload =
        "{\"a\":[-1.5e-3,2.0,1e30,-0.0,0.1000],\"b\":{\"c\":18446744073709551615,\"d\":1E+2}}";

    Point point = point("{\"id\":1,\"vector\":[1],\"payload\":" + payload + "}");

    assertThat(point.payload().toString()).isEqualTo(payload);
  }

  @Test
  void ids_are_the_whole_u64_range_or_a_uuid_in_any_spelling() {
    assertThat(point("{\"id\":18446744073709551615,\"vector\":[1]}").id())
        .isEqualTo(PointId.of(-1));
    assertThat(point("{\"id\":0,\"vector\":[1]}").id()).isEqualTo(PointId.of(0));
    for (String uuid :
        List.of(
            "936DA01F-9ABD-4d9d-80c7-02af85c822a8",
            "936da01f9abd4d9d80c702af85c822a8",
            "urn:uuid:936DA01F-9ABD-4d9d-80c7-02af85c822a8",
            "{936DA01F-9ABD-4d9d-80c7-02af85c822a8}")) {
      assertThat(point("{\"id\":\"" + uuid + "\",\"vector\":[1]}").id())
          .hasToString("936da01f-9abd-4d9d-80c7-02af85c822a8");
    }
  }

  @Test
  void what_is_no_id_is_a_format_error() {
    for (String id : List.of("-1", "1.5", "18446744073709551616", "\"1\"", "\"x\"", "true")) {
      assertThat(fault("{\"id\":" + id + ",\"vector\":[1]}"))
          .startsWith("FORMAT value " + id.replace("\"", "") + " is not a valid point ID");
    }
    assertThat(fault("{\"vector\":[1]}")).startsWith("FORMAT missing field `id`");
    assertThat(fault("{\"id\":null,\"vector\":[1]}")).startsWith("FORMAT missing field `id`");
    assertThat(fault("{\"id\":1}")).startsWith("FORMAT missing field `vector`");
    assertThat(fault("{\"id\":1,\"id\":2,\"vector\":[1]}")).startsWith("FORMAT duplicate field");
    assertThat(fault("{\"x\":{},\"id\":1,\"x\":2,\"vector\":[1],\"id\":1}"))
        .as("of a field that nobody knows there may be two")
        .startsWith("FORMAT duplicate field `id`");
    assertThat(point("{\"x\":null,\"id\":1,\"x\":null,\"vector\":[1],\"x\":3}").id())
        .isEqualTo(new PointId.Num(1));
    assertThat(fault("{\"id\":1,\"id\":null,\"vector\":[1]}"))
        .startsWith("FORMAT duplicate field `id`");
  }

  @Test
  void every_form_of_a_vector_is_read() {
    assertThat(point("{\"id\":1,\"vector\":[0.5,-1,2e-3],\"extra\":{\"a\":[1]}}").vectors())
        .isEqualTo(Map.of("", new VectorValue.Dense(0.5f, -1f, 0.002f)));
    assertThat(point("{\"id\":1,\"vectors\":[[1,2],[3,4]]}").vectors())
        .isEqualTo(Map.of("", new VectorValue.Multi(2, new float[] {1, 2, 3, 4})));
    assertThat(
            point(
                    "{\"id\":1,\"vector\":{\"a\":[1],\"b\":{\"indices\":[7,4294967295,3],"
                        + "\"values\":[0.7,9,0.3]},\"c\":[[5]]}}")
                .vectors())
        .isEqualTo(
            Map.of(
                "a",
                new VectorValue.Dense(1),
                "b",
                new VectorValue.Sparse(new int[] {3, 7, -1}, new float[] {0.3f, 0.7f, 9}),
                "c",
                new VectorValue.Multi(1, new float[] {5})));
    assertThat(point("{\"id\":1,\"vector\":{}}").vectors()).isEmpty();
  }

  @Test
  void faulty_vectors_are_told_with_their_place() {
    assertThat(fault("{\"id\":1,\"vector\":[]}"))
        .isEqualTo("VALIDATION points[0].vector: dense vector must not be empty");
    assertThat(fault("{\"id\":1,\"vector\":{\"a\":[]}}"))
        .isEqualTo("VALIDATION points[0].vector.?: dense vector must not be empty");
    assertThat(fault("{\"id\":1,\"vector\":{\"a\":{\"indices\":[1,1],\"values\":[1,2]}}}"))
        .isEqualTo("VALIDATION points[0].vector.?.indices: Validation error: must be unique [{}]");
    assertThat(fault("{\"id\":1,\"vector\":{\"a\":{\"indices\":[1],\"values\":[1,2]}}}"))
        .isEqualTo(
            "VALIDATION points[0].vector.?.values: Validation error: must be the same length as"
                + " indices [{}]");
    assertThat(fault("{\"id\":1,\"vector\":[[1,2],[3]]}"))
        .isEqualTo(
            "VALIDATION points[0].vector.data: all vectors must have the same dimension, found"
                + " vector with dimension 1");
    assertThat(fault("{\"id\":1,\"vector\":[[]]}"))
        .isEqualTo("VALIDATION points[0].vector.data: all vectors must be non-empty");
    assertThat(fault("{\"id\":1,\"vector\":[1,\"2\"]}"))
        .startsWith("FORMAT invalid type: string \"2\", expected f32 at line 1 column ");
    assertThat(fault("{\"id\":1,\"vector\":\"x\"}")).startsWith("FORMAT invalid type: string");
    assertThat(fault("{\"id\":1,\"vector\":[1e39]}")).startsWith("FORMAT number out of range");
    assertThat(fault("{\"id\":1,\"vector\":[NaN]}")).startsWith("FORMAT ");
    assertThat(fault("{\"id\":1,\"vector\":{\"a\":{\"indices\":[-1],\"values\":[1]}}}"))
        .startsWith("FORMAT invalid value: integer `-1`, expected u32");
    assertThat(fault("{\"id\":1,\"vector\":{\"text\":\"hello\",\"model\":\"m\"}}"))
        .startsWith(
            "INFERENCE InferenceService is not initialized. Please check if it was properly");
  }

  @Test
  void a_format_error_anywhere_wins_over_values_out_of_range() {
    assertThat(
            fault(
                "{\"points\":[{\"id\":1,\"vector\":[]},{\"id\":\"x\",\"vector\":[1]}]}",
                UpdateJson::upsert))
        .startsWith("FORMAT value x is not");
    assertThat(
            fault(
                "{\"points\":[{\"id\":1,\"vector\":[]},{\"id\":2,\"vector\":{\"a\":[]}}]}",
                UpdateJson::upsert))
        .isEqualTo(
            "VALIDATION points[0].vector: dense vector must not be empty; points[1].vector.?:"
                + " dense vector must not be empty");
  }

  @Test
  void payloads_keep_the_spelling_of_their_numbers() {
    String payload =
        "{\"a\":1.0,\"b\":123456789012345678901234567890,\"c\":[null,{\"d\":-0.0}],\"e\":\"ü\\n\"}";

    PayloadBytes read =
        point("{\"id\":1,\"vector\":[1],\"payload\": " + payload.replace(",", " , ") + "}")
            .payload();

    assertThat(read).hasToString(payload);
    assertThat(point("{\"id\":1,\"vector\":[1],\"payload\":null}").payload())
        .isEqualTo(PayloadBytes.EMPTY);
    assertThat(fault("{\"id\":1,\"vector\":[1],\"payload\":[1]}"))
        .startsWith("FORMAT invalid type: sequence, expected a map");
  }

  @Test
  void columns_become_points() {
    List<Point> points =
        points(
            "{\"batch\":{\"ids\":[1,2],\"vectors\":{\"a\":[[1],[2]],\"b\":[[[3]],[[4],[5]]]},"
                + "\"payloads\":[null,{\"x\":1}]},\"points\":[]}");

    assertThat(points)
        .containsExactly(
            new Point(
                PointId.of(1),
                Map.of(
                    "a", new VectorValue.Dense(1), "b", new VectorValue.Multi(1, new float[] {3})),
                PayloadBytes.EMPTY),
            new Point(
                PointId.of(2),
                Map.of(
                    "a",
                    new VectorValue.Dense(2),
                    "b",
                    new VectorValue.Multi(1, new float[] {4, 5})),
                PayloadBytes.of("{\"x\":1}")));
    assertThat(points("{\"batch\":{\"ids\":[1],\"vectors\":[[1,2]]}}").getFirst().vectors())
        .isEqualTo(Map.of("", new VectorValue.Dense(1, 2)));
    assertThat(fault("{\"batch\":{\"ids\":[1],\"vectors\":[[1],[2]]}}", UpdateJson::upsert))
        .isEqualTo("VALIDATION batch.vectors: number of ids and vectors must be equal (1 != 2)");
    assertThat(
            fault(
                "{\"batch\":{\"ids\":[1],\"vectors\":[[1]],\"payloads\":[]}}", UpdateJson::upsert))
        .isEqualTo("VALIDATION batch.payloads: number of ids and payloads must be equal (1 != 0)");
    assertThat(fault("{}", UpdateJson::upsert))
        .isEqualTo("FORMAT Invalid PointInsertOperations format");
  }

  @Test
  void a_bare_list_stands_for_the_unnamed_vector_alone() {
    TreeMap<String, VectorValue> both = new TreeMap<>();
    both.put("", new VectorValue.Dense(1, 2));
    both.put("s", new VectorValue.Sparse(new int[] {-1}, new float[] {1}));

    assertThat(record(Map.of("", new VectorValue.Dense(1, 0.1f))))
        .isEqualTo("{\"id\":7,\"payload\":{\"a\":1},\"vector\":[1.0,0.1]}");
    assertThat(record(Map.of("", new VectorValue.Multi(2, new float[] {1, 2, 3, 4}))))
        .contains("\"vector\":[[1.0,2.0],[3.0,4.0]]");
    assertThat(record(both))
        .contains("\"vector\":{\"\":[1.0,2.0],\"s\":{\"indices\":[4294967295],\"values\":[1.0]}}");
    assertThat(record(Map.of())).contains("\"vector\":{}");
  }

  private static String record(Map<String, VectorValue> vectors) {
    StoredPoint point =
        new StoredPoint(
            PointId.of(7), 3, Optional.of(PayloadBytes.of("{\"a\":1}")), Optional.of(vectors));
    return written(out -> PointJson.writeRecord(out, point));
  }

  @Test
  void what_was_not_asked_for_is_absent() {
    StoredPoint bare = new StoredPoint(PointId.of(-1), 12, Optional.empty(), Optional.empty());

    assertThat(written(out -> PointJson.writeRecord(out, bare)))
        .isEqualTo("{\"id\":18446744073709551615}");
    assertThat(written(out -> PointJson.writeHit(out, new Hit(bare, 1.4063001f))))
        .isEqualTo("{\"id\":18446744073709551615,\"version\":12,\"score\":1.4063001}");
    assertThat(written(out -> PointJson.writeHit(out, new Hit(bare, Float.NaN))))
        .contains("\"score\":null");
  }

  @Test
  void a_payload_larger_than_every_buffer_is_written_whole() {
    String text = "{\"a\":\"" + "ü".repeat(100_000) + "\"}";
    StoredPoint point =
        new StoredPoint(PointId.of(1), 0, Optional.of(PayloadBytes.of(text)), Optional.empty());

    assertThat(written(out -> PointJson.writeRecord(out, point)))
        .isEqualTo("{\"id\":1,\"payload\":" + text + "}");
  }

  @Test
  void any_float_is_the_same_after_writing_and_reading() {
    Props.forAll(
        200,
        64,
        (random, size) -> {
          float[] values = new float[size + 1];
          for (int i = 0; i < values.length; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            values[i] = Float.isFinite(value) ? value : i;
          }
          return new VectorValue.Dense(values);
        },
        vector -> {
          String json = written(out -> VectorJson.write(out, vector));
          assertThat(point("{\"id\":1,\"vector\":" + json + "}").vectors().get(""))
              .isEqualTo(vector);
        });
  }

  @Test
  void vectors_longer_than_the_first_buffer_are_read_whole() {
    List<String> numbers = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      numbers.add(Integer.toString(i));
    }
    VectorValue vector =
        point("{\"id\":1,\"vector\":[" + String.join(",", numbers) + "]}").vectors().get("");

    assertThat(((VectorValue.Dense) vector).values()).hasSize(5_000).endsWith(4_999f);
  }

  @Test
  void nesting_deeper_than_the_limit_is_refused() {
    assertThatThrownBy(() ->
            point(
                "{\"id\":1,\"vector\":[1],\"payload\":{\"a\":"
                    + "[".repeat(200)
                    + "]".repeat(200)
                    + "}}"))
        .isInstanceOf(BadInput.class);
  }
}
