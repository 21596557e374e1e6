package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.api.Server.Got;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// GoVector's dialect. What its users ran into there is in `GoVectorTrapsTest` of the application.
class GoVectorDialectTest {
  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server = Server.over(folder);
    Got made =
        server.beside(
            "POST",
            "/collections",
            "{'name':'fruit','vector_size':3,'distance':'cosine','parameters':{'k':2}}");
    assertThat(made.result().toString())
        .isEqualTo(
            "{\"name\":\"fruit\",\"vector_size\":3,\"distance\":\"Cosine\",\"points_count\":0}");
    Got upserted =
        server.beside(
            "PUT",
            "/collections/fruit/points",
            """
            {'points':[
              {'id':'apple','vector':[1,0,0],'payload':{'kind':'fruit','n':1,'tags':['red','round']}},
              {'id':'2','vector':[0.9,0.4,0],'payload':{'kind':'fruit','n':'7','name':'banana'}},
              {'id':'7d1a4d7e9c1b4e538a0f3b7c52f1d9aa','vector':[0,1,0],
               'payload':{'kind':'animal','n':[3,8],'name':null}},
              {'id':'a b/ü','vector':[0,0,1],'payload':{'kind':'animal','n':2.5,'ok':true}}
            ]}\
            """);
    assertThat(upserted.result().path("operation").asString()).isEqualTo("upsert");
    assertThat(upserted.result().path("status").asString()).isEqualTo("completed");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static List<String> ids(JsonNode points) {
    List<String> ids = new ArrayList<>();
    points.forEach(p -> ids.add(p.path("id").asString()));
    return ids;
  }

  private List<String> matching(String condition) {
    Got got =
        server.beside(
            "POST",
            "/collections/fruit/points/scroll",
            "{'limit':100,'filter':{'must':[" + condition + "]}}");
    return ids(got.result().path("points"));
  }

  private String refused(String condition) {
    return server
        .post("/collections/fruit/points/count", "{'filter':{'must':[" + condition + "]}}")
        .error();
  }

  @Test
  void ids_are_any_text_and_come_back_as_they_were_sent() {
    Got found = server.beside("POST", "/collections/fruit/points/search", "{'vector':[1,0,0]}");
    assertThat(ids(found.result())).containsExactly("apple", "2");
    assertThat(found.result().get(0).at("/payload/kind").asString()).isEqualTo("fruit");
    assertThat(found.result().get(0).has("version")).isTrue();
    Got one = server.beside("GET", "/collections/fruit/points/apple", null);
    assertThat(one.result().path("id").asString()).isEqualTo("apple");
    Got some =
        server.beside("POST", "/collections/fruit/points", "{'ids':['a b/ü','2','nothing']}");
    assertThat(ids(some.result())).containsExactlyInAnyOrder("a b/ü", "2");
    assertThat(matching("{'has_id':['apple']}")).containsExactly("apple");
    assertThat(matching("{'key':'kind','match':{'value':'animal'}}"))
        .containsExactlyInAnyOrder("7d1a4d7e-9c1b-4e53-8a0f-3b7c52f1d9aa", "a b/ü");
    server.put("/collections/plain", "{'vectors':{'size':1,'distance':'Dot'}}").result();
    assertThat(
            server.put("/collections/plain/points", "{'points':[{'id':'1','vector':[1]}]}").error())
        .contains("is not a valid point ID");
  }

  @Test
  void a_batch_of_operations_keeps_texts_of_ids() {
    server
        .beside(
            "POST",
            "/collections/fruit/points/batch",
            """
            {'operations':[
              {'upsert':{'points':[{'id':'pear','vector':[0,1,1]}]}},
              {'upsert':{'batch':{'ids':['fig'],'vectors':[[1,1,0]]}}}]}\
            """)
        .result();
    for (String id : List.of("pear", "fig")) {
      assertThat(
              server
                  .beside("GET", "/collections/fruit/points/" + id, "")
                  .result()
                  .path("id")
                  .asString())
          .isEqualTo(id);
    }
  }

  @Test
  void every_kind_of_search_has_the_defaults() {
    String points = "/collections/fruit/points/";
    for (String one :
        List.of(
            "search {'vector':[1,0,0]}",
            "recommend {'positive':['apple']}",
            "discover {'target':'apple','context':[]}",
            "query {'query':'apple','limit':0}")) {
      String route = one.substring(0, one.indexOf(' '));
      String body = one.substring(one.indexOf(' ') + 1);
      JsonNode alone = server.beside("POST", points + route, body).result();
      JsonNode batch =
          server.beside("POST", points + route + "/batch", "{'searches':[" + body + "]}").result();
      assertThat(batch.get(0)).as(one).isEqualTo(alone);
      JsonNode hits = route.equals("query") ? alone.path("points") : alone;
      assertThat(hits).as(one).hasSize(2);
      assertThat(hits.get(0).has("payload")).as(one).isTrue();
    }
  }

  @Test
  void groups_have_the_defaults_but_their_own_limits() {
    String points = "/collections/fruit/points/";
    String groups = "'group_by':'kind','limit':5,'group_size':1";
    List<String> searches =
        List.of(
            "search/groups {'vector':[1,0,0],%s}",
            "recommend/groups {'positive':['apple'],%s}", "query/groups {'query':'apple',%s}");
    for (String one : searches) {
      String route = one.substring(0, one.indexOf(' '));
      String body = one.substring(one.indexOf(' ') + 1).formatted(groups);
      JsonNode found = server.beside("POST", points + route, body).result().path("groups");
      assertThat(found).as(one).hasSize(2);
      assertThat(found.at("/0/hits/0/payload/kind").asString()).as(one).isEqualTo("fruit");
    }
    server
        .patch(
            "/collections/fruit", "{'strict_mode_config':{'enabled':true,'search_max_hnsw_ef':1}}")
        .result();
    for (String one : searches) {
      String route = one.substring(0, one.indexOf(' '));
      String body = one.substring(one.indexOf(' ') + 1).formatted(groups);
      assertThat(server.beside("POST", points + route, body).error())
          .as(one)
          .contains("for \"hnsw_ef\"");
    }
  }

  @Test
  void examples_of_feedback_are_any_text() {
    Got got =
        server.beside(
            "POST",
            "/collections/fruit/points/query",
            """
            {'query':{'relevance_feedback':{'target':[1,0,0],
              'feedback':[{'example':'apple','score':1},{'example':'a b/ü','score':0}],
              'strategy':{'naive':{'a':1,'b':1,'c':1}}}}}\
            """);
    assertThat(ids(got.result().path("points"))).first().isEqualTo("2");
  }

  @Test
  void a_delete_says_how_many_it_found() {
    Got byId =
        server.beside("POST", "/collections/fruit/points/delete", "{'points':['apple','unknown']}");
    assertThat(byId.result().path("deleted").intValue()).isEqualTo(1);
    Got byFilter =
        server.beside(
            "POST",
            "/collections/fruit/points/delete",
            "{'filter':{'must':[{'key':'kind','type':'exact','match':{'value':'animal'}}]}}");
    assertThat(byFilter.result().path("deleted").intValue()).isEqualTo(2);
    assertThat(
            server
                .beside("GET", "/collections/fruit", null)
                .result()
                .path("points_count")
                .intValue())
        .isEqualTo(1);
  }

  @Test
  void info_and_creation_have_the_fields_of_both() {
    JsonNode info = server.beside("GET", "/collections/fruit", null).result();
    assertThat(info.path("vector_size").intValue()).isEqualTo(3);
    assertThat(info.path("points_count").intValue()).isEqualTo(4);
    assertThat(info.at("/config/hnsw_config/ef_construct").intValue()).isEqualTo(200);
    assertThat(info.at("/config/metadata/dialect").asString()).isEqualTo("govector");
    String again = "{'name':'fruit','vector_size':3,'distance':'Dot'}";
    assertThat(server.beside("POST", "/collections", again).error())
        .isEqualTo("409 Wrong input: Collection `fruit` already exists!");
    assertThat(server.beside("POST", "/collections", again.replace("3", "0")).error())
        .startsWith("400 Bad request: `vector_size`");
    assertThat(server.beside("POST", "/collections", again.replace("Dot", "near")).error())
        .startsWith("400 Bad request: `distance`");
    server
        .beside(
            "POST",
            "/collections",
            "{'name':'flat','vector_size':1,'distance':'euclidean','hnsw':false}")
        .result();
    assertThat(
            server
                .beside("GET", "/collections/flat", null)
                .result()
                .at("/config/hnsw_config/m")
                .intValue())
        .isZero();
  }

  @Test
  void conditions_with_a_type_mean_what_they_say() {
    assertThat(matching("{'key':'n','type':'exact','match':{'value':1}}")).containsExactly("apple");
    assertThat(matching("{'key':'n','type':'exact','match':{'value':2.5}}"))
        .containsExactly("a b/ü");
    assertThat(matching("{'key':'name','type':'prefix','match':{'value':'ban'}}"))
        .containsExactly("2");
    assertThat(matching("{'key':'tags','type':'contains','match':{'value':'red'}}"))
        .containsExactly("apple");
    assertThat(matching("{'key':'tags','type':'contains','match':{'value':'re'}}")).isEmpty();
    assertThat(matching("{'key':'name','type':'contains','match':{'value':'nan'}}"))
        .containsExactly("2");
    assertThat(matching("{'key':'name','type':'contains','match':{'value':''}}")).isEmpty();
    assertThat(matching("{'key':'name','type':'regex','match':{'value':'(an){2}'}}"))
        .containsExactly("2");
    assertThat(matching("{'key':'name','match':{'regex':'^b'}}")).containsExactly("2");
    assertThat(matching("{'key':'name','match':{'contains':'ana'}}")).containsExactly("2");
    assertThat(refused("{'key':'n','type':'like','match':{'value':'x'}}"))
        .contains("expected one of `exact`, `range`, `prefix`, `contains`, `regex`");
  }
}
