package io.millrace.ingest.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.Embeddings;
import io.millrace.inference.WordEmbedder;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Mapping;
import io.millrace.ingest.config.Mapping.VectorRule;
import io.millrace.ingest.record.wire.Qdrant;
import io.millrace.model.BadInput;
import io.millrace.model.Operation;
import io.millrace.model.Point;
import io.millrace.model.VectorValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Texts in place of vectors, in records. What an inference object means is its reader's; here a
/// stand-in takes `text` and `model` and keeps what it was given.
class EmbeddedRecordsTest {
  private static final JsonFactory JSON = new JsonFactory();
  private static final VectorValue TWO_CATS = vector("cat cat");

  private final WordEmbedder words = new WordEmbedder();
  private final List<String> given = new ArrayList<>();
  private final RecordDecoder decoder =
      new RecordDecoder(
          Decoding.ANY_FILTER, Optional.empty(), this::read, Optional.of(words), Optional.empty());

  private VectorValue read(String json, Embeddings embeddings) {
    given.add(json);
    String text = null;
    String model = null;
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), json)) {
      p.nextToken();
      while (p.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = p.currentName();
        p.nextToken();
        switch (name) {
          case "text" -> text = p.getString();
          case "model" -> model = p.getString();
          default -> p.skipChildren();
        }
      }
    }
    if (text == null || model == null) {
      throw BadInput.format("missing field");
    }
    return embeddings.later(embeddings.model(model), text);
  }

  private static VectorValue vector(String text) {
    return new VectorValue.Dense(
        new WordEmbedder()
            .embed(List.of(text), io.millrace.inference.EmbeddingModel.WhenFull.WAIT)
            .getFirst()
            .vector());
  }

  private List<Point> points(String value) {
    return points(decoder.decode(Decoding.value(value), Decoding.TOPIC, Decoding.to("c")));
  }

  private static List<Point> points(Decoded decoded) {
    if (decoded instanceof Decoded.Operations(var _, var operations)
        && operations.getFirst() instanceof Operation.Upsert(var points, var _)) {
      return points;
    }
    throw new AssertionError(decoded);
  }

  private Code refused(String value) {
    return Decoding.code(decoder.decode(Decoding.value(value), Decoding.TOPIC, Decoding.to("c")));
  }

  @Test
  void keys_have_no_order_with_a_name_and_without() {
    String[] keys = {
      "\"text\":\"cat cat\"", "\"model\":\"test/words\"", "\"options\":{\"a\":[1,{}]}"
    };
    int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int[] o : orders) {
      String object = "{" + keys[o[0]] + ", " + keys[o[1]] + "," + keys[o[2]] + " }";
      given.clear();

      assertThat(points("{\"id\":1,\"vector\":" + object + "}").getFirst().vectors())
          .isEqualTo(Map.of("", TWO_CATS));
      assertThat(points("{\"vector\":{\"n\":" + object + "},\"id\":1}").getFirst().vectors())
          .isEqualTo(Map.of("n", TWO_CATS));
      assertThat(given).as("the object as it was sent").containsExactly(object, object);
    }
  }

  @Test
  void they_stand_in_operations_and_columns() {
    String object = "{\"text\":\"cat cat\",\"model\":\"test/words\"}";

    assertThat(
            points(
                "{\"upsert\":{\"points\":[{\"id\":1,\"vector\":"
                    + object
                    + "},{\"id\":2,\"vector\":{\"n\":"
                    + object
                    + "}}]}}"))
        .extracting(Point::vectors)
        .containsExactly(Map.of("", TWO_CATS), Map.of("n", TWO_CATS));
    assertThat(
            points("{\"upsert\":{\"batch\":{\"ids\":[1],\"vectors\":[" + object + "]}}}")
                .getFirst()
                .vectors())
        .isEqualTo(Map.of("", TWO_CATS));
    assertThat(
            points("{\"upsert\":{\"batch\":{\"ids\":[1],\"vectors\":{\"n\":[" + object + "]}}}}")
                .getFirst()
                .vectors())
        .isEqualTo(Map.of("n", TWO_CATS));
  }

  @Test
  void records_that_come_together_are_embedded_together() {
    Embeddings embeddings = decoder.embeddings();
    List<Decoded> decoded = new ArrayList<>();
    for (String text : List.of("cat cat", "dog", "cat cat")) {
      decoded.add(
          decoder.decode(
              Decoding.value(
                  "{\"id\":1,\"vector\":{\"text\":\"" + text + "\",\"model\":\"test/words\"}}"),
              Decoding.TOPIC,
              Decoding.to("c"),
              embeddings));
    }
    assertThat(words.runs()).isZero();

    embeddings.make();

    assertThat(words.runs()).isEqualTo(1);
    assertThat(words.texts()).isEqualTo(2);
    assertThat(decoded)
        .extracting(d -> points(d).getFirst().vectors().get(""))
        .containsExactly(TWO_CATS, vector("dog"), TWO_CATS);
  }

  @Test
  void vectors_may_have_the_names_of_its_keys() {
    String sparse = "{\"indices\":[3],\"values\":[0.1]}";
    VectorValue expected = new VectorValue.Sparse(new int[] {3}, new float[] {0.1f});

    assertThat(
            points(
                    "{\"id\":1,\"vector\":{\"options\":"
                        + sparse
                        + ",\"text\":"
                        + sparse
                        + ",\"object\":[1],\"model\":[2]}}")
                .getFirst()
                .vectors())
        .isEqualTo(
            Map.of(
                "options",
                expected,
                "text",
                expected,
                "object",
                Decoding.dense(1),
                "model",
                Decoding.dense(2)));
    assertThat(
            Decoding.bad(
                    decoder.decode(
                        Decoding.value("{\"id\":1,\"vector\":{\"options\":{\"indices\":[true]}}}"),
                        Decoding.TOPIC,
                        Decoding.to("c")))
                .pointer())
        .startsWith("/vector/options/indices");
  }

  @Test
  void a_model_that_is_not_there_is_one_records_fault() {
    String unknown = "{\"id\":1,\"vector\":{\"text\":\"x\",\"model\":\"acme/bert\"}}";

    assertThat(refused(unknown)).isEqualTo(Code.NEEDS_EMBEDDER);
    assertThat(refused("{\"id\":1,\"vector\":{\"text\":\"x\"}}")).isEqualTo(Code.VECTOR_KIND);
    assertThat(
            decoder.isNotYetPossible(
                decoder.decode(Decoding.value(unknown), Decoding.TOPIC, Decoding.to("c"))))
        .isFalse();
    RecordDecoder without = new RecordDecoder(Decoding.ANY_FILTER);
    assertThat(
            without.isNotYetPossible(
                without.decode(Decoding.value(unknown), Decoding.TOPIC, Decoding.to("c"))))
        .isTrue();
  }

  @Test
  void a_mapping_names_the_model_of_a_text_which_stays_in_the_payload() {
    Mapping plain = Mapping.of("/sku", "/vec");
    Mapping mapping =
        new Mapping(
            plain.id(),
            plain.idType(),
            plain.idNamespace(),
            Map.of("t", new VectorRule("/title", Mapping.Encoding.JSON, Optional.of("test/words"))),
            plain.payload(),
            plain.rename(),
            plain.types(),
            plain.version(),
            plain.op(),
            plain.deleteWhen(),
            plain.dropWhen());
    Binding binding =
        Binding.to("c").withReading(io.millrace.ingest.config.Reading.mapped(mapping));

    Point point =
        points(
                decoder.decode(
                    Decoding.value("{\"sku\":7,\"title\":\"cat cat\"}"), Decoding.TOPIC, binding))
            .getFirst();

    assertThat(point.vectors()).isEqualTo(Map.of("t", TWO_CATS));
    assertThat(new String(point.payload().utf8(), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo("{\"title\":\"cat cat\"}");
  }

  @Test
  void protobuf_documents_are_embedded_too() {
    byte[] message =
        Qdrant.PointStruct.newBuilder()
            .setId(Qdrant.PointId.newBuilder().setNum(1))
            .setVectors(
                Qdrant.Vectors.newBuilder()
                    .setVector(
                        Qdrant.Vector.newBuilder()
                            .setDocument(
                                Qdrant.Document.newBuilder()
                                    .setText("cat cat")
                                    .setModel("test/words")
                                    .putOptions(
                                        "k",
                                        Qdrant.Value.newBuilder().setDoubleValue(1.5).build()))))
            .build()
            .toByteArray();
    RawRecord record =
        Decoding.withHeader(
            new RawRecord(1, 0, null, message, List.of()),
            "content-type",
            "application/x-protobuf;messageType=qdrant.PointStruct");

    assertThat(
            points(decoder.decode(record, Decoding.TOPIC, Decoding.to("c"))).getFirst().vectors())
        .isEqualTo(Map.of("", TWO_CATS));
    assertThat(given)
        .containsExactly("{\"text\":\"cat cat\",\"model\":\"test/words\",\"options\":{\"k\":1.5}}");
  }
}
