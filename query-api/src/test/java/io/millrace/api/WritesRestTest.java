package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What writes ask for and what they refuse, over REST.
class WritesRestTest {
  private static final String C = "/collections/c";
  private static final String P = C + "/points";

  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server = Server.over(folder);
    server.put(C, "{'vectors':{'size':2,'distance':'Dot'}}").result();
    server
        .put(
            P + "?wait=true",
            "{'points':[{'id':1,'vector':[1,0],'payload':{'v':1}},"
                + "{'id':2,'vector':[0,1],'payload':{'v':2,'a':[{'b':1},{'b':2}],'o':{'x':1}}}]}")
        .result();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private String payload(int id) {
    return server.get(P + "/" + id).result().path("payload").toString();
  }

  private String vector(int id) {
    return server.get(P + "/" + id).result().path("vector").toString();
  }

  @Test
  void the_info_of_a_collection_counts_what_was_written_without_waiting() {
    server.put(C + "/index", "{'field_name':'v','field_schema':'integer'}").result();
    server.put(P, "{'points':[{'id':3,'vector':[1,1],'payload':{'v':3}}]}").result();
    server.post(P + "/delete", "{'points':[1]}").result();
    server.post(P + "/payload/clear", "{'points':[2]}").result();

    JsonNode info = server.get(C).result();

    assertThat(info.path("points_count").asInt()).isEqualTo(2);
    assertThat(info.path("payload_schema").path("v").path("points").asInt()).isEqualTo(1);
  }

  @Test
  void writes_and_searches_during_a_delete_find_the_collection_or_say_that_it_is_gone()
      throws Exception {
    Set<String> answers = ConcurrentHashMap.newKeySet();
    AtomicBoolean over = new AtomicBoolean();
    try (ExecutorService clients = Executors.newFixedThreadPool(3)) {
      List<Future<?>> working = new ArrayList<>();
      for (String wait : List.of("true", "false")) {
        working.add(
            clients.submit(() -> {
              while (!over.get()) {
                answers.add(
                    answer(
                        server.put(P + "?wait=" + wait, "{'points':[{'id':3,'vector':[1,1]}]}")));
              }
            }));
      }
      working.add(
          clients.submit(() -> {
            while (!over.get()) {
              answers.add(answer(server.post(P + "/query", "{'query':[1,1],'with_payload':true}")));
            }
          }));
      for (int i = 0; i < 40; i++) {
        server.delete(C).result();
        server.put(C, "{'vectors':{'size':2,'distance':'Dot'}}").result();
      }
      over.set(true);
      for (Future<?> one : working) {
        one.get(); // no failure of its own
      }
    }
    assertThat(answers).containsOnly("200", "404 Not found: Collection `c` doesn't exist!");
  }

  private static String answer(Server.Got got) {
    return got.status() == 200 ? "200" : got.error();
  }

  @Test
  void conditional_upserts_write_what_their_mode_and_filter_allow() {
    String points =
        "'points':[{'id':1,'vector':[9,9],'payload':{'v':10}},"
            + "{'id':2,'vector':[9,9],'payload':{'v':10}},{'id':3,'vector':[9,9],'payload':{'v':10}}]";
    String one = "'update_filter':{'must':[{'key':'v','match':{'value':1}}]}";

    assertThat(
            server
                .put(P + "?wait=true", "{" + points + ",'update_mode':'insert_only'," + one + "}")
                .result()
                .path("status")
                .asString())
        .isEqualTo("completed");
    assertThat(payload(1) + payload(3)).isEqualTo("{\"v\":1}{\"v\":10}");
    server.put(P + "?wait=true", "{" + points + "," + one + "}").result();
    assertThat(payload(1)).isEqualTo("{\"v\":10}");
    assertThat(payload(2)).startsWith("{\"v\":2");
    server.post(P + "/delete?wait=true", "{'points':[3]}").result();
    server
        .put(
            P + "?wait=true",
            "{"
                + points
                + ",'update_mode':'update_only','update_filter':{'must':[{'key':'v',"
                + "'match':{'value':2}}]}}")
        .result();
    assertThat(payload(2)).isEqualTo("{\"v\":10}");
    assertThat(server.get(P + "/3").status()).isEqualTo(404);
    assertThat(server.put(P, "{" + points + ",'update_mode':'x'}").error())
        .startsWith("400 Format error in JSON body: unknown variant `x`");

    server
        .put(
            P + "/vectors?wait=true",
            "{'points':[{'id':1,'vector':[5,5]}],'update_filter':{'must':[{'key':'v','match':"
                + "{'value':7}}]}}")
        .result();
    assertThat(vector(1)).isEqualTo("[9.0,9.0]");
  }

  @Test
  void columns_make_points_and_must_be_of_one_length() {
    server
        .put(
            P + "?wait=true",
            "{'batch':{'ids':[4,5],'vectors':[[1,2],[3,4]],'payloads':[{'k':1},null]},"
                + "'points':[{'id':6,'vector':[1,1]}]}")
        .result();
    assertThat(payload(4) + vector(5) + payload(5)).isEqualTo("{\"k\":1}[3.0,4.0]{}");
    assertThat(server.get(P + "/6").status()).isEqualTo(404);
    assertThat(server.put(P, "{'batch':{'ids':[4,5],'vectors':[[1,2]]}}").error())
        .startsWith("422 Validation error in JSON body: [")
        .contains("number of ids and vectors must be equal (2 != 1)");
    assertThat(server.put(P, "{'batch':{'ids':[4],'vectors':[[1,2]],'payloads':[{},{}]}}").error())
        .contains("number of ids and payloads must be equal (1 != 2)");
    assertThat(server.put(P, "{}").error())
        .isEqualTo("400 Format error in JSON body: Invalid PointInsertOperations format");
    assertThat(server.put(P, "{'points':[]}").error())
        .isEqualTo("400 Bad request: Empty update request");
    assertThat(server.post(P + "/delete", "{'points':[]}").error())
        .isEqualTo("400 Bad request: Empty update request");
  }

  @Test
  void payloads_change_at_paths() {
    server.post(P + "/payload?wait=true", "{'payload':{'y':2},'key':'o','points':[2]}").result();
    server.post(P + "/payload?wait=true", "{'payload':{'c':3},'key':'a[0]','points':[2]}").result();
    server
        .post(
            P + "/payload?wait=true",
            "{'payload':{'n':1},'key':'new.deep','filter':{'must':[{'has_id':[2]}]}}")
        .result();
    assertThat(payload(2))
        .isEqualTo(
            "{\"v\":2,\"a\":[{\"b\":1,\"c\":3},{\"b\":2}],\"o\":{\"x\":1,\"y\":2},"
                + "\"new\":{\"deep\":{\"n\":1}}}");
    server
        .post(P + "/payload/delete?wait=true", "{'keys':['a[].b','o.x','new'],'points':[2]}")
        .result();
    assertThat(payload(2)).isEqualTo("{\"v\":2,\"a\":[{\"c\":3},{}],\"o\":{\"y\":2}}");
    server.post(P + "/payload?wait=true", "{'payload':{'v':null},'points':[2]}").result();
    assertThat(payload(2)).isEqualTo("{\"a\":[{\"c\":3},{}],\"o\":{\"y\":2}}");
    server.put(P + "/payload?wait=true", "{'payload':{'z':null},'points':[2]}").result();
    assertThat(payload(2)).isEqualTo("{\"z\":null}");
    server.post(P + "/payload/clear?wait=true", "{'points':[2]}").result();
    assertThat(payload(2)).isEqualTo("{}");

    assertThat(server.post(P + "/payload", "{'payload':{'v':1}}").error())
        .startsWith("400 Format error in JSON body: ")
        .contains("Either list of point ids or filter must be provided");
    assertThat(server.post(P + "/payload?wait=true", "{'payload':{'v':1},'points':[77]}").error())
        .isEqualTo("404 Not found: No point with id 77 found");
    server.post(P + "/payload", "{'payload':{'v':1},'points':[77]}").result();
    assertThat(server.post(P + "/payload/clear?wait=true", "{'points':[2,77]}").error())
        .isEqualTo("404 Not found: No point with id 77 found");
    assertThat(server.post(P + "/payload", "{'payload':{},'key':'a..b','points':[1]}").error())
        .isEqualTo("400 Format error in JSON body: Invalid json path: 'a..b'");
    assertThat(server.post(P + "/payload/delete", "{'keys':['a']}").status()).isEqualTo(400);
  }

  @Test
  void vectors_change_by_name_and_refuse_what_they_cannot_mean() {
    assertThat(server.put(P + "/vectors", "{'points':[{'id':1,'vector':{}}]}").error())
        .contains(
            "422 Validation error in JSON body: [points[0].vector: must specify vectors to"
                + " update for point");
    assertThat(server.put(P + "/vectors", "{'points':[]}").error())
        .contains("must specify points to update");
    assertThat(
            server.put(P + "/vectors?wait=true", "{'points':[{'id':77,'vector':[1,1]}]}").error())
        .isEqualTo("404 Not found: No point with id 77 found");
    assertThat(server.post(P + "/vectors/delete", "{'vector':['']}").error())
        .isEqualTo("400 Bad request: No filter or points provided");
    assertThat(server.post(P + "/vectors/delete", "{'vector':[],'points':[1]}").status())
        .isEqualTo(422);
    assertThat(server.post(P + "/vectors/delete", "{'vector':['x'],'points':[1]}").error())
        .isEqualTo("400 Wrong input: Not existing vector name error: x");
    assertThat(
            server.post(P + "/vectors/delete?wait=true", "{'vector':[''],'points':[77]}").error())
        .isEqualTo("404 Not found: No point with id 77 found");
    server.post(P + "/vectors/delete?wait=true", "{'vector':[''],'points':[1]}").result();
    server.post(P + "/vectors/delete?wait=true", "{'vector':[''],'points':[1]}").result();
    assertThat(vector(1)).isEqualTo("{}");
  }

  @Test
  void selectors_take_ids_or_a_filter_and_an_empty_filter_takes_all() {
    assertThat(server.post(P + "/delete", "{}").status()).isEqualTo(400);
    server
        .post(P + "/delete?wait=true", "{'filter':{'must':[{'key':'v','range':{'gt':1}}]}}")
        .result();
    assertThat(server.post(P + "/count", "{}").result().path("count").intValue()).isEqualTo(1);
    server.post(P + "/delete?wait=true", "{'filter':{}}").result();
    assertThat(server.post(P + "/count", "{}").result().path("count").intValue()).isZero();
  }

  @Test
  void query_parameters_of_writes_are_checked() {
    String one = "{'points':[{'id':1,'vector':[1,0]}]}";
    assertThat(
            server.put(P + "?ordering=strong&timeout=10", one).result().path("status").asString())
        .isEqualTo("acknowledged");
    assertThat(server.put(P + "?ordering=odd", one).error())
        .startsWith("400 Deserialize error in query parameters: ");
    assertThat(server.put(P + "?timeout=abc", one).error())
        .startsWith("400 Deserialize error in query parameters: ");
    assertThat(server.put(P + "?wait=yes", one).error())
        .startsWith("400 Deserialize error in query parameters: ");
    assertThat(server.put(P + "?wait=true&timeout=0", one).result().path("status").asString())
        .isEqualTo("wait_timeout");
    assertThat(server.put("/collections/x/points", one).error())
        .isEqualTo("404 Not found: Collection `x` doesn't exist!");
  }

  @Test
  void a_batch_holds_every_operation_and_numbers_each() {
    String all =
        "{'operations':[{'upsert':{'points':[{'id':7,'vector':[1,0]}]}},"
            + "{'set_payload':{'payload':{'a':1},'points':[7]}},"
            + "{'overwrite_payload':{'payload':{'b':1,'c':2},'points':[7]}},"
            + "{'delete_payload':{'keys':['b'],'points':[7]}},"
            + "{'update_vectors':{'points':[{'id':7,'vector':[2,2]}]}},"
            + "{'delete_vectors':{'vector':[''],'points':[1]}},"
            + "{'clear_payload':{'points':[1]}},{'delete':{'points':[2]}}]}";
    var results = server.post(P + "/batch?wait=true", all).result();
    assertThat(results.size()).isEqualTo(8);
    for (int i = 0; i < 8; i++) {
      assertThat(results.get(i).toString())
          .isEqualTo("{\"operation_id\":" + (i + 1) + ",\"status\":\"completed\"}");
    }
    assertThat(payload(7) + vector(7) + payload(1) + vector(1)).isEqualTo("{\"c\":2}[2.0,2.0]{}{}");
    assertThat(server.post(P + "/batch", "{'operations':[]}").result().toString()).isEqualTo("[]");
  }
}
