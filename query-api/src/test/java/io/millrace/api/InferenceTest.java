package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Texts in place of vectors, over HTTP.
class InferenceTest {
  private static final String C = "/collections/c";
  private static final String P = C + "/points";

  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server = Server.over(folder);
    server.put(
        C,
        "{'vectors':{'d':{'size':2,'distance':'Dot'}},'sparse_vectors':{'t':{'modifier':'idf'}}}");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private List<Integer> found(String body) {
    List<Integer> ids = new ArrayList<>();
    for (JsonNode hit : server.post(P + "/query", body).result().path("points")) {
      ids.add(hit.path("id").intValue());
    }
    return ids;
  }

  private static String text(String text) {
    return "{'text':'" + text + "','model':'Qdrant/BM25'}";
  }

  @Test
  void texts_are_found_by_the_stems_of_their_words() {
    String points =
        "[{'id':1,'vector':{'t':"
            + text("The cats were running")
            + "}},"
            + "{'id':2,'vector':{'t':"
            + text("A dog runs, a cat sleeps and sleeps")
            + "}},"
            + "{'id':3,'vector':{'t':"
            + text("of the and")
            + ",'d':[1,2]}}]";
    assertThat(server.put(P + "?wait=true", "{'points':" + points + "}").status()).isEqualTo(200);
    assertThat(found("{'query':" + text("sleeping cat") + ",'using':'t'}")).containsExactly(2, 1);
    assertThat(found("{'query':{'nearest':" + text("dogs") + "},'using':'t'}")).containsExactly(2);
    assertThat(found("{'query':" + text("the") + ",'using':'t'}")).isEmpty();
    String german = "{'text':'und the Katzen','model':'bm25','options':{'language':'de'}}";
    server.put(P + "/vectors?wait=true", "{'points':[{'id':2,'vector':{'t':" + german + "}}]}");
    assertThat(server.get(P + "/2").result().path("vector").path("t").path("indices"))
        .as("its stop words, not English ones")
        .hasSize(2);
    assertThat(server.get(P + "/3").result().path("vector").path("t"))
        .hasToString("{\"indices\":[],\"values\":[]}");
    String plain =
        "{'text':'The THE','model':'bm25','options':{'k':0,'lowercase':false,"
            + "'stopwords':{'custom':[]},'stemmer':{'type':'none'}}}";
    server.put(P + "/vectors?wait=true", "{'points':[{'id':3,'vector':{'t':" + plain + "}}]}");
    assertThat(server.get(P + "/3").result().path("vector").path("t").path("values"))
        .hasToString("[1.0,1.0]");
  }

  @Test
  void what_cannot_be_embedded_is_told() {
    String unknown = "{'text':'x','model':'acme/bert'}";
    String uninitialized =
        "400 InferenceService is not initialized. Please check if it was properly configured and"
            + " initialized during startup. (Model `acme/bert` needs it; `qdrant/bm25` does not)";
    assertThat(server.put(P, "{'points':[{'id':1,'vector':{'d':" + unknown + "}}]}").error())
        .isEqualTo(uninitialized);
    assertThat(server.put(P, "{'points':[{'id':1,'vector':" + unknown + "}]}").error())
        .isEqualTo(uninitialized);
    assertThat(server.post(P + "/query", "{'query':" + unknown + ",'using':'d'}").error())
        .isEqualTo(uninitialized);
    assertThat(server.put(P, "{'points':[{'id':1,'vector':{'t':{'text':'x'}}}]}").error())
        .startsWith("400 Format error in JSON body: missing field `model`");
    assertThat(
            server
                .put(P, "{'points':[{'id':1,'vector':{'t':{'image':'x','model':'bm25'}}}]}")
                .error())
        .isEqualTo("400 Inference request validation failed: Model `bm25` takes text, got `image`");
    assertThat(server.put(P, "{'points':[{'id':1,'vector':{'d':" + text("x") + "}}]}").error())
        .isEqualTo("400 Wrong input: Conversion between sparse and regular vectors failed");
    assertThat(server.post(P + "/query", "{'query':{'text':'x','model':''},'using':'t'}").error())
        .isEqualTo(
            "422 Validation error in JSON body: [internal.query.model: value \"\" invalid, must be"
                + " at least 1 characters]");
    String options = "{'text':'x','model':'bm25','options':{'b':2}}";
    assertThat(server.put(P, "{'points':[{'id':1,'vector':{'t':" + options + "}}]}").error())
        .startsWith("422 ")
        .contains("options.b: value 2.0 invalid, must be from 0.0 to 1.0");
  }

  @Test
  void keys_of_what_is_to_be_embedded_have_no_order() {
    server.embedBy(new WordEmbedder());
    server.put(
        "/collections/e", "{'vectors':{'size':8,'distance':'Dot'},'sparse_vectors':{'t':{}}}");
    int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int[] order : orders) {
      String dense = ordered(order, "'text':'cat'", "'model':'test/words'", "'options':{'k':{}}");
      String sparse = ordered(order, "'text':'cat'", "'model':'bm25'", "'options':{'k':0}");
      upsert("e", "{'id':1,'vector':" + dense + "}");
      upsert("e", "{'id':2,'vector':{'':" + dense + ",'t':" + sparse + "}}");
      for (int id = 1; id <= 2; id++) {
        String stored = server.get("/collections/e/points/" + id).text();
        assertThat(stored).as(dense).contains("1.0");
        assertThat(stored.contains("indices")).as(stored).isEqualTo(id == 2);
      }
      for (String query :
          List.of(
              "{'query':" + dense + "}",
              "{'query':{'nearest':" + dense + "}}",
              "{'query':" + sparse + ",'using':'t'}")) {
        assertThat(server.post("/collections/e/points/query", query).result().path("points"))
            .as(query)
            .isNotEmpty();
      }
      String object = ordered(order, "'object':{'a':[1]}", "'model':'bm25'", "'options':{}");
      assertThat(
              server
                  .put("/collections/e/points", "{'points':[{'id':1,'vector':" + object + "}]}")
                  .error())
          .contains("Model `bm25` takes text, got `object`");
    }
  }

  private static String ordered(int[] order, String... fields) {
    return "{" + fields[order[0]] + "," + fields[order[1]] + "," + fields[order[2]] + "}";
  }

  @Test
  void vectors_may_have_the_names_of_its_keys() {
    server.put("/collections/s", "{'sparse_vectors':{'options':{},'image':{},'text':{}}}");
    String sparse = "{'indices':[7],'values':[0.1]}";
    upsert(
        "s",
        "{'id':1,'vector':{'options':"
            + sparse
            + ",'image':"
            + sparse
            + ",'text':"
            + sparse
            + "}}");
    JsonNode vectors = server.get("/collections/s/points/1").result().path("vector");
    for (String name : List.of("options", "image", "text")) {
      assertThat(vectors.path(name)).hasToString("{\"indices\":[7],\"values\":[0.1]}");
    }
    server.put(
        "/collections/m",
        "{'vectors':{'object':{'size':1,'distance':'Dot'},'model':{'size':1,'distance':'Dot'}}}");
    upsert("m", "{'id':1,'vector':{'object':[3],'model':[4]}}");
    vectors = server.get("/collections/m/points/1").result().path("vector");
    assertThat(vectors.path("object")).hasToString("[3.0]");
    assertThat(vectors.path("model")).hasToString("[4.0]");
  }

  private void upsert(String collection, String point) {
    Server.Got got =
        server.put(
            "/collections/" + collection + "/points?wait=true", "{'points':[" + point + "]}");
    assertThat(got.status()).as(got.text()).isEqualTo(200);
  }

  private static String words(String text) {
    return "{'text':'" + text + "','model':'Test/Words','options':{'any':1}}";
  }

  /// Two collections with the same texts, one of them embedded by us, the other by the client: the
  /// two answer alike wherever a vector may stand.
  @Test
  void a_configured_model_stands_wherever_a_vector_may() {
    var words = new WordEmbedder();
    server.embedBy(words);
    server.put("/collections/e", "{'vectors':{'size':8,'distance':'Cosine'}}");
    server.put("/collections/n", "{'vectors':{'a':{'size':8,'distance':'Dot'}}}");

    Server.Got got =
        server.put(
            "/collections/e/points?wait=true",
            "{'points':[{'id':1,'vector':"
                + words("red fox runs")
                + "},{'id':2,'vector':"
                + words("blue whale swims")
                + "},{'id':3,'vector':"
                + words("red fox runs")
                + "}]}");

    assertThat(got.status()).as(got.text()).isEqualTo(200);
    assertThat(got.json().path("usage"))
        .as("equal texts are read once")
        .hasToString("{\"inference\":{\"models\":{\"test/words\":{\"tokens\":6}}}}");
    assertThat(words.runs()).isEqualTo(1);
    assertThat(words.texts()).isEqualTo(2);
    for (String query :
        List.of(
            "{'query':" + words("red fox runs") + "}",
            "{'query':{'nearest':" + words("red fox runs") + "}}",
            "{'query':{'recommend':{'positive':[" + words("red fox runs") + "]}}}",
            "{'prefetch':[{'query':" + words("red fox runs") + "}],'query':{'fusion':'rrf'}}")) {
      Server.Got answer = server.post("/collections/e/points/query", query);
      assertThat(answer.result().path("points").path(0).path("id").intValue())
          .as(query)
          .isNotEqualTo(2);
      assertThat(answer.json().path("usage").toString()).as(query).contains("{\"tokens\":3}");
    }
    assertThat(
            server
                .post(
                    "/collections/e/points/query/batch",
                    "{'searches':[{'query':"
                        + words("whale")
                        + "},{'query':"
                        + words("fox")
                        + "}]}")
                .json()
                .path("usage")
                .toString())
        .contains("{\"tokens\":2}");
    upsert("n", "{'id':1,'vector':{'a':" + words("one two") + "}}");
    server.put(
        "/collections/n/points/vectors?wait=true",
        "{'points':[{'id':1,'vector':{'a':" + words("three three") + "}}]}");
    server.put(
        "/collections/n/points?wait=true",
        "{'batch':{'ids':[4],'vectors':{'a':[" + words("three three") + "]}}}");
    server.post(
        "/collections/n/points/batch?wait=true",
        "{'operations':[{'upsert':{'points':[{'id':5,'vector':{'a':"
            + words("three three")
            + "}}]}}]}");
    for (int id : new int[] {1, 4, 5}) {
      assertThat(server.get("/collections/n/points/" + id).result().path("vector").toString())
          .contains("2.0");
    }
    assertThat(
            server
                .post("/collections/e/points/query", "{'query':[1,0,0,0,0,0,0,0]}")
                .json()
                .has("usage"))
        .isFalse();
  }

  @Test
  void a_configured_model_that_cannot_says_why() {
    var words = new WordEmbedder();
    server.embedBy(words);
    server.put("/collections/e", "{'vectors':{'size':8,'distance':'Cosine'}}");
    String query = "/collections/e/points/query";

    assertThat(server.post(query, "{'query':{'text':'x','model':'acme/bert'}}").error())
        .isEqualTo(
            "400 Inference request validation failed: Model `acme/bert` is not available."
                + " Available models: `qdrant/bm25`, `test/words`");
    assertThat(server.post(query, "{'query':{'image':'x','model':'test/words'}}").error())
        .isEqualTo(
            "400 Inference request validation failed: Model `test/words` takes text, got `image`");
    words.fail(true);
    assertThat(server.post(query, "{'query':" + words("x") + "}").error())
        .isEqualTo("503 Service temporarily unavailable: The model does not answer");
  }
}
