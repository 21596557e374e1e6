package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

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
    assertThat(server.put(P, "{'points':[{'id':1,'vector':{'d':" + unknown + "}}]}").error())
        .startsWith("400 ")
        .contains("Model `acme/bert` is not available");
    assertThat(server.put(P, "{'points':[{'id':1,'vector':" + unknown + "}]}").error())
        .contains("Model `acme/bert` is not available");
    assertThat(server.post(P + "/query", "{'query':" + unknown + ",'using':'d'}").error())
        .contains("Model `acme/bert` is not available");
    assertThat(server.put(P, "{'points':[{'id':1,'vector':{'t':{'text':'x'}}}]}").error())
        .startsWith("400 Format error in JSON body: missing field `model`");
    assertThat(
            server
                .put(P, "{'points':[{'id':1,'vector':{'t':{'image':'x','model':'bm25'}}}]}")
                .error())
        .isEqualTo("400 Bad request: Model `bm25` takes text, got `image`");
    assertThat(server.put(P, "{'points':[{'id':1,'vector':{'d':" + text("x") + "}}]}").error())
        .isEqualTo("400 Wrong input: Conversion between sparse and regular vectors failed");
    String options = "{'text':'x','model':'bm25','options':{'b':2}}";
    assertThat(server.put(P, "{'points':[{'id':1,'vector':{'t':" + options + "}}]}").error())
        .startsWith("422 ")
        .contains("options.b: value 2.0 invalid, must be from 0.0 to 1.0");
  }
}
