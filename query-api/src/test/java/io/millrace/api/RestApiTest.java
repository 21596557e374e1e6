package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.api.Server.Got;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The REST API over a real data folder; every answer is held against the contract.
class RestApiTest {
  private static final String C = "/collections/c";
  private static final String P = C + "/points";

  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server = Server.over(folder);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void create(String body) {
    assertThat(server.put(C, body).result().booleanValue()).isTrue();
  }

  private void createDot() {
    create("{'vectors':{'size':4,'distance':'Dot'}}");
  }

  /// Six points as in Qdrant's own tests.
  private void createSix() {
    createDot();
    server
        .put(
            P + "?wait=true",
            """
            {'points':[
              {'id':1,'vector':[0.05,0.61,0.76,0.74],'payload':{'city':'Berlin'}},
              {'id':2,'vector':[0.19,0.81,0.75,0.11],'payload':{'city':['Berlin','London']}},
              {'id':3,'vector':[0.36,0.55,0.47,0.94],'payload':{'city':['Berlin','Moscow']}},
              {'id':4,'vector':[0.18,0.01,0.85,0.80],'payload':{'city':['London','Moscow']}},
              {'id':'98a9a4b1-4ef2-46fb-8315-a97d874fe1d7','vector':[0.24,0.18,0.22,0.44],'payload':{'count':[0]}},
              {'id':'f0e09527-b096-42a8-94e9-ea94d342b925','vector':[0.35,0.08,0.11,0.44]}
            ]}\
            """)
        .result();
  }

  private static List<String> ids(JsonNode points) {
    List<String> ids = new ArrayList<>();
    points.forEach(p -> ids.add(p.path("id").asString()));
    return ids;
  }

  @Test
  void the_root_and_the_service_routes_answer() {
    JsonNode root = server.get("/").json();
    assertThat(root.path("version").stringValue()).isEqualTo("1.19.0");
    assertThat(server.get("/healthz").text()).isEqualTo("healthz check passed");
    assertThat(server.get("/readyz").text()).isEqualTo("all shards are ready");
    assertThat(server.get("/cluster").result().path("status").stringValue()).isEqualTo("disabled");
    assertThat(server.get("/issues").result().path("issues").isEmpty()).isTrue();
    assertThat(server.post("/cluster/recover", null).status()).isEqualTo(405);
    String keys = "/cluster/metadata/keys";
    assertThat(server.beside("GET", keys, null).status()).isEqualTo(405);
    assertThat(server.beside("GET", keys + "/a", null).status()).isEqualTo(405);
    assertThat(server.beside("PUT", keys + "/a", "1").status()).isEqualTo(405);
    assertThat(server.beside("DELETE", keys + "/a", null).status()).isEqualTo(405);
    assertThat(server.get("/quotas").result().path("config").path("enabled").booleanValue())
        .isFalse();
    createSix();
    server.get(P + "/1").result();
    JsonNode telemetry = server.get("/telemetry").result();
    assertThat(telemetry.propertyNames())
        .containsExactlyInAnyOrder("id", "app", "collections", "cluster", "requests", "quota");
    assertThat(
            telemetry
                .at("/requests/rest/responses")
                .path("PUT /collections/{collection_name}/points")
                .at("/200/count")
                .intValue())
        .isEqualTo(1);
    assertThat(server.get("/metrics").text())
        .contains("# TYPE app_info gauge\napp_info{name=\"qdrant\",version=\"1.19.0\"} 1\n")
        .contains("\ncollections_total 1\n")
        .contains("\ncollection_points{id=\"c\"} 6\n")
        .contains(
            "rest_responses_total{method=\"PUT\",endpoint=\"/collections/{collection_name}/points\",status=\"200\"}"
                + " 1");
    JsonNode cluster = server.get(C + "/cluster").result();
    assertThat(cluster.path("local_shards").get(0).path("points_count").intValue()).isEqualTo(6);
  }

  @Test
  void a_collection_is_created_described_changed_and_dropped() {
    createDot();

    assertThat(server.put(C, "{}").error())
        .isEqualTo("409 Wrong input: Collection `c` already exists!");
    assertThat(server.get("/collections").result().toString())
        .isEqualTo("{\"collections\":[{\"name\":\"c\"}]}");
    assertThat(server.get(C + "/exists").result().path("exists").booleanValue()).isTrue();
    assertThat(server.get("/collections/d/exists").result().path("exists").booleanValue())
        .isFalse();
    JsonNode info = server.get(C).result();
    assertThat(info.path("status").stringValue()).isEqualTo("green");
    assertThat(info.path("config").path("params").path("vectors").toString())
        .isEqualTo("{\"size\":4,\"distance\":\"Dot\"}");
    assertThat(info.path("payload_schema").isEmpty()).isTrue();

    assertThat(
            server
                .patch(C, "{'hnsw_config':{'m':24},'vectors':{'':{'hnsw_config':{'m':20}}}}")
                .result()
                .booleanValue())
        .isTrue();
    JsonNode config = server.get(C).result().path("config");
    assertThat(config.path("hnsw_config").path("m").intValue()).isEqualTo(24);
    assertThat(config.path("params").path("vectors").path("hnsw_config").path("m").intValue())
        .isEqualTo(20);

    assertThat(server.delete(C).result().booleanValue()).isTrue();
    assertThat(server.delete(C).result().booleanValue()).isFalse();
    assertThat(server.get(C).error()).isEqualTo("404 Not found: Collection `c` doesn't exist!");
    assertThat(server.patch(C, "{}").status()).isEqualTo(404);
  }

  @Test
  void names_that_cannot_be_are_refused() {
    assertThat(server.put("/collections/a%2Fb", "{}").error())
        .startsWith("422 Validation error in path parameters: [name: ");
    assertThat(server.put("/collections/a%3Ab", "{}").error())
        .contains("collection name cannot contain \":\" char");
    assertThat(server.put("/collections/" + "x".repeat(256), "{}").status()).isEqualTo(422);
    assertThat(server.put("/collections/" + "x".repeat(255), "{}").status()).isEqualTo(200);
    assertThat(server.put("/collections/%C3%A4%20b", "{}").status()).isEqualTo(200);
    assertThat(server.get("/collections/%C3%A4%20b").status()).isEqualTo(200);
  }

  @Test
  void a_body_problem_is_told_even_if_the_collection_does_not_exist() {
    assertThat(server.post(P + "/scroll", "{'limit':0}").error())
        .isEqualTo(
            "422 Validation error in JSON body: [scroll_request.limit: value 0 invalid, must be 1"
                + " or larger]");
    assertThat(server.post(P + "/scroll", "{'limit':'x'}").status()).isEqualTo(400);
    assertThat(server.post(P + "/scroll?timeout=0", "{}").error())
        .startsWith("400 Deserialize error in query parameters: ");
    assertThat(server.post(P + "/scroll", "{}").status()).isEqualTo(404);
    for (String query : List.of("consistency=some", "consistency=0", "consistency=-1")) {
      assertThat(server.post(P + "/scroll?" + query, "{}").error())
          .isEqualTo(
              "400 Deserialize error in query parameters: failed to deserialize read consistency"
                  + " query parameter value");
    }
    Map<String, String> faults =
        Map.of(
            "x", "invalid digit found in string",
            "-1", "invalid digit found in string",
            "", "cannot parse integer from empty string",
            "18446744073709551616", "number too large to fit in target type");
    faults.forEach((timeout, fault) ->
        assertThat(server.post(P + "/scroll?timeout=" + timeout, "{}").error())
            .isEqualTo("400 Deserialize error in query parameters: " + fault));
    assertThat(server.put(C + "?timeout=0", "{}").error())
        .isEqualTo(
            "422 Validation error in query parameters: [timeout: value 0 invalid, must be 1 or"
                + " larger]");
    assertThat(server.delete("/cluster/peer/1?timeout=0").error())
        .isEqualTo(
            "422 Validation error in query parameters: [timeout: value 0 invalid, must be 1 or"
                + " larger]");
    assertThat(server.put(C + "/shards?timeout=x", "{'shard_key':'a'}").status()).isEqualTo(400);
    assertThat(server.put(P + "?ordering=x", "{'points':[]}").status()).isEqualTo(400);
    assertThat(server.put(P + "?wait=1", "{'points':[]}").status()).isEqualTo(400);
  }

  @Test
  void aliases_lead_to_their_collection() {
    createSix();

    server
        .post(
            "/collections/aliases",
            "{'actions':[{'create_alias':{'collection_name':'c','alias_name':'a'}},"
                + "{'delete_alias':{'alias_name':'nothing'}},"
                + "{'rename_alias':{'old_alias_name':'a','new_alias_name':'b'}}]}")
        .result();

    assertThat(server.get("/aliases").result().toString())
        .isEqualTo("{\"aliases\":[{\"alias_name\":\"b\",\"collection_name\":\"c\"}]}");
    assertThat(server.get(C + "/aliases").result().path("aliases").size()).isEqualTo(1);
    assertThat(server.get("/collections/b/points/1").result().path("id").intValue()).isEqualTo(1);
    assertThat(server.get("/collections/b/exists").result().path("exists").booleanValue()).isTrue();
    assertThat(server.put("/collections/b", "{}").error())
        .startsWith("400 Wrong input: Can't create collection with name b");
    assertThat(
            server
                .post(
                    "/collections/aliases",
                    "{'actions':[{'create_alias':{'collection_name':'x','alias_name':'y'}}]}")
                .status())
        .isEqualTo(404);
    assertThat(
            server
                .post(
                    "/collections/aliases",
                    "{'actions':[{'create_alias':{'collection_name':'c','alias_name':'c'}}]}")
                .status())
        .isEqualTo(409);
    assertThat(
            server
                .post(
                    "/collections/aliases",
                    "{'actions':[{'rename_alias':{'old_alias_name':'z','new_alias_name':'y'}}]}")
                .error())
        .isEqualTo("404 Not found: Alias z does not exists!");
  }

  @Test
  void points_come_back_as_they_were_written() {
    createSix();

    assertThat(server.get(P + "/2").result().toString())
        .isEqualTo(
            "{\"id\":2,\"payload\":{\"city\":[\"Berlin\",\"London\"]},"
                + "\"vector\":[0.19,0.81,0.75,0.11]}");
    assertThat(server.get(P + "/F0E09527B09642A894E9EA94D342B925").result().toString())
        .isEqualTo(
            "{\"id\":\"f0e09527-b096-42a8-94e9-ea94d342b925\",\"payload\":{},"
                + "\"vector\":[0.35,0.08,0.11,0.44]}");
    assertThat(server.get(P + "/77").error())
        .isEqualTo("404 Not found: Point with id 77 does not exists!");
    assertThat(server.get(P + "/x").error())
        .isEqualTo("400 Wrong input: Can not recognize \"x\" as point id");
    assertThat(server.post(P, "{'ids':[4,77,2,4]}").result().toString())
        .isEqualTo("[{\"id\":4},{\"id\":2}]");
    assertThat(
            server
                .post(P, "{'ids':[4],'with_payload':['city'],'with_vector':true}")
                .result()
                .toString())
        .isEqualTo(
            "[{\"id\":4,\"payload\":{\"city\":[\"London\",\"Moscow\"]},"
                + "\"vector\":[0.18,0.01,0.85,0.8]}]");
    assertThat(server.post(P, "{'ids':[]}").result().isEmpty()).isTrue();
    assertThat(server.post(P, "{'ids':[1],'with_vector':['x']}").error())
        .isEqualTo("400 Wrong input: Not existing vector name error: x");
  }

  @Test
  void writes_answer_with_their_operation_and_are_seen_by_the_next_read() {
    createDot();

    Got first = server.put(P, "{'points':[{'id':1,'vector':[1,2,3,4]}]}");
    assertThat(first.result().toString())
        .isEqualTo("{\"operation_id\":0,\"status\":\"acknowledged\"}");
    assertThat(server.get(P + "/1").result().path("id").intValue()).isEqualTo(1);
    Got second =
        server.put(P + "?wait=true&ordering=strong", "{'points':[{'id':2,'vector':[1,2,3,4]}]}");
    assertThat(second.result().path("status").stringValue()).isEqualTo("completed");
    assertThat(second.result().path("operation_id").longValue()).isEqualTo(1);
    assertThat(
            server
                .put(P + "?wait=true&timeout=0", "{'points':[{'id':3,'vector':[1,2,3,4]}]}")
                .result()
                .path("status")
                .stringValue())
        .isEqualTo("wait_timeout");
    assertThat(server.post(P + "/count", "{}").result().path("count").intValue()).isEqualTo(3);
  }

  @Test
  void faulty_points_are_refused_as_a_whole_and_at_once() {
    createDot();

    assertThat(
            server
                .put(P, "{'points':[{'id':1,'vector':[1,2,3,4]},{'id':2,'vector':[1,2,3]}]}")
                .error())
        .isEqualTo(
            "400 Wrong input: Vector dimension error: expected dim: 4, got 3 (points[1], id 2)");
    assertThat(server.put(P, "{'points':[{'id':1,'vector':{'x':[1,2,3,4]}}]}").error())
        .isEqualTo("400 Wrong input: Not existing vector name error: x");
    assertThat(server.put(P, "{'points':[]}").error())
        .isEqualTo("400 Bad request: Empty update request");
    assertThat(server.put(P, "{'points':[{'id':-1,'vector':[1]}]}").status()).isEqualTo(400);
    assertThat(server.put(P, "{'points':[{'id':1,'vector':[]}]}").status()).isEqualTo(422);
    assertThat(
            server
                .put(P, "{'points':[{'id':1,'vector':{'x':{'indices':[1],'values':[1]}}}]}")
                .status())
        .isEqualTo(400);
    assertThat(server.post(P + "/count", "{}").result().path("count").intValue()).isZero();
  }

  @Test
  void payload_operations_change_what_they_name() {
    createSix();
    String wait = "?wait=true";

    server.post(P + "/payload" + wait, "{'payload':{'a':1,'city':null},'points':[1]}").result();
    assertThat(payload(1)).isEqualTo("{\"a\":1}");
    server.post(P + "/payload" + wait, "{'payload':{'b':2},'points':[1],'key':'x.y'}").result();
    assertThat(payload(1)).isEqualTo("{\"a\":1,\"x\":{\"y\":{\"b\":2}}}");
    server.post(P + "/payload/delete" + wait, "{'keys':['x.y.b','a'],'points':[1]}").result();
    assertThat(payload(1)).isEqualTo("{\"x\":{\"y\":{}}}");
    server.put(P + "/payload" + wait, "{'payload':{'n':null},'points':[1]}").result();
    assertThat(payload(1)).isEqualTo("{\"n\":null}");
    server.post(P + "/payload/clear" + wait, "{'points':[1]}").result();
    assertThat(payload(1)).isEqualTo("{}");
    server
        .post(
            P + "/payload" + wait,
            "{'payload':{'m':1},'filter':{'must':{'key':'city','match':{'value':'Moscow'}}}}")
        .result();
    assertThat(
            server
                .post(P + "/count", "{'filter':{'must':{'key':'m','match':{'value':1}}}}")
                .result()
                .path("count")
                .intValue())
        .isEqualTo(2);
    assertThat(server.post(P + "/payload" + wait, "{'payload':{},'points':[99]}").error())
        .isEqualTo("404 Not found: No point with id 99 found");
    assertThat(server.post(P + "/payload", "{'payload':{},'points':[99]}").status()).isEqualTo(200);
  }

  private String payload(int id) {
    return server.get(P + "/" + id).result().path("payload").toString();
  }

  @Test
  void vectors_are_replaced_and_removed_by_name() {
    create("{'vectors':{'a':{'size':2,'distance':'Cosine'},'b':{'size':1,'distance':'Euclid'}}}");
    String wait = "?wait=true";
    server
        .put(P + wait, "{'points':[{'id':1,'vector':{'a':[3,4],'b':[7]},'payload':{'k':1}}]}")
        .result();

    assertThat(server.get(P + "/1").result().path("vector").toString())
        .isEqualTo("{\"a\":[0.6,0.8],\"b\":[7.0]}");
    server.put(P + "/vectors" + wait, "{'points':[{'id':1,'vector':{'b':[8]}}]}").result();
    assertThat(server.get(P + "/1").result().path("vector").toString())
        .isEqualTo("{\"a\":[0.6,0.8],\"b\":[8.0]}");
    server.post(P + "/vectors/delete" + wait, "{'points':[1],'vector':['b']}").result();
    JsonNode left = server.get(P + "/1").result();
    assertThat(left.path("vector").toString()).isEqualTo("{\"a\":[0.6,0.8]}");
    assertThat(left.path("payload").toString()).isEqualTo("{\"k\":1}");
    assertThat(
            server.put(P + "/vectors" + wait, "{'points':[{'id':9,'vector':{'b':[8]}}]}").error())
        .isEqualTo("404 Not found: No point with id 9 found");
    assertThat(server.post(P + "/vectors/delete", "{'points':[1],'vector':['x']}").status())
        .isEqualTo(400);
    assertThat(server.post(P + "/vectors/delete", "{'vector':['a']}").error())
        .isEqualTo("400 Bad request: No filter or points provided");
  }

  @Test
  void a_batch_runs_in_order_until_its_first_failure() {
    createDot();

    JsonNode results =
        server
            .post(
                P + "/batch?wait=true",
                "{'operations':[{'upsert':{'points':[{'id':1,'vector':[1,1,1,1]},"
                    + "{'id':2,'vector':[2,2,2,2]}]}},"
                    + "{'set_payload':{'payload':{'a':1},'points':[1]}},"
                    + "{'delete':{'points':[2]}}]}")
            .result();
    assertThat(results).hasSize(3);
    assertThat(results)
        .allSatisfy(r -> assertThat(r.path("status").stringValue()).isEqualTo("completed"));
    assertThat(payload(1)).isEqualTo("{\"a\":1}");
    assertThat(server.get(P + "/2").status()).isEqualTo(404);

    assertThat(
            server
                .post(
                    P + "/batch",
                    "{'operations':[{'upsert':{'points':[{'id':5,'vector':[1,1,1,1]}]}},"
                        + "{'upsert':{'points':[{'id':6,'vector':[1]}]}},"
                        + "{'upsert':{'points':[{'id':7,'vector':[1,1,1,1]}]}}]}")
                .status())
        .isEqualTo(400);
    assertThat(ids(server.post(P + "/scroll", "{}").result().path("points")))
        .containsExactly("1", "5");
    assertThat(server.post(P + "/batch", "{'operations':[]}").result().isEmpty()).isTrue();
  }

  @Test
  void scroll_walks_all_points_in_id_order() {
    createSix();

    JsonNode first = server.post(P + "/scroll", "{'limit':4}").result();
    assertThat(ids(first.path("points"))).containsExactly("1", "2", "3", "4");
    assertThat(first.path("points").get(0).toString())
        .isEqualTo("{\"id\":1,\"payload\":{\"city\":\"Berlin\"}}");
    assertThat(first.path("next_page_offset").stringValue())
        .isEqualTo("98a9a4b1-4ef2-46fb-8315-a97d874fe1d7");
    JsonNode rest =
        server
            .post(
                P + "/scroll",
                "{'limit':18446744073709551615,'offset':'98a9a4b1-4ef2-46fb-8315-a97d874fe1d7',"
                    + "'with_payload':false}")
            .result();
    assertThat(rest.path("points")).hasSize(2);
    assertThat(rest.path("next_page_offset").isNull()).isTrue();
    JsonNode none = server.post(P + "/scroll", "{'filter':{'must':{'has_id':[88]}}}").result();
    assertThat(none.toString()).isEqualTo("{\"points\":[],\"next_page_offset\":null}");
  }

  @Test
  void a_scroll_of_many_chunks_holds_every_point_once() {
    create("{'vectors':{}}");
    String points =
        IntStream.range(0, 1_000)
            .mapToObj(i -> "{'id':" + i + ",'vector':{},'payload':{'even':" + (i % 2 == 0) + "}}")
            .collect(Collectors.joining(","));
    server.put(P + "?wait=true", "{'points':[" + points + "]}").result();

    assertThat(ids(server.post(P + "/scroll", "{'limit':5000}").result().path("points")))
        .hasSize(1_000)
        .doesNotHaveDuplicates();
    JsonNode some =
        server
            .post(
                P + "/scroll",
                "{'limit':300,'filter':{'must':{'key':'even','match':{'value':true}}}}")
            .result();
    assertThat(some.path("points")).hasSize(300);
    assertThat(some.path("next_page_offset").intValue()).isEqualTo(600);
  }

  @Test
  void filters_select() {
    createSix();

    assertThat(count("{'must':{'key':'city','match':{'value':'London'}}}")).isEqualTo(2);
    assertThat(count("{'must':[{'key':'city','match':{'any':['Moscow','London']}}]}")).isEqualTo(3);
    assertThat(count("{'must_not':{'key':'city','match':{'value':'Berlin'}}}")).isEqualTo(3);
    assertThat(count("{'must':[{'is_empty':{'key':'city'}}]}")).isEqualTo(2);
    assertThat(count("{'must':[{'key':'count','range':{'gte':0}}]}")).isEqualTo(1);
    assertThat(
            count(
                "{'min_should':{'conditions':[{'key':'city','match':{'value':'Berlin'}},"
                    + "{'key':'city','match':{'value':'London'}}],'min_count':2}}"))
        .isEqualTo(1);
    assertThat(server.post(P + "/count", "{'filter':{'mast':[]}}").error())
        .startsWith("400 Format error in JSON body: unknown field `mast`");
  }

  private int count(String filter) {
    return server
        .post(P + "/count", "{'filter':" + filter + ",'exact':true}")
        .result()
        .path("count")
        .intValue();
  }

  @Test
  void search_and_query_give_the_same_hits_with_float32_scores() {
    createSix();
    String vector = "[0.2,0.1,0.9,0.7]";

    JsonNode old = server.post(P + "/search", "{'vector':" + vector + ",'limit':3}").result();
    JsonNode hits =
        server.post(P + "/query", "{'query':" + vector + ",'limit':3}").result().path("points");

    assertThat(hits).isEqualTo(old);
    assertThat(ids(hits)).containsExactly("4", "1", "3");
    assertThat(server.post(P + "/query", "{'query':" + vector + ",'limit':1}").text())
        .contains("\"score\":1.362");
    assertThat(hits.get(0).has("payload")).isFalse();
    assertThat(hits.get(0).has("vector")).isFalse();
    JsonNode rich =
        server
            .post(
                P + "/search",
                "{'vector':"
                    + vector
                    + ",'top':1,'with_payload':true,'with_vectors':true,"
                    + "'offset':1,'params':{'exact':true}}")
            .result();
    assertThat(rich.get(0).path("payload").toString()).isEqualTo("{\"city\":\"Berlin\"}");
    assertThat(rich.get(0).path("vector")).hasSize(4);
    assertThat(
            ids(
                server
                    .post(
                        P + "/query",
                        "{'query':"
                            + vector
                            + ",'filter':{'must':{'key':'city','match':{'value':'London'}}}}")
                    .result()
                    .path("points")))
        .containsExactly("4", "2");
    assertThat(
            server
                .post(P + "/query", "{'query':" + vector + ",'score_threshold':1.0}")
                .result()
                .path("points"))
        .hasSize(3);
  }

  @Test
  void a_query_by_id_leaves_the_point_itself_out() {
    createSix();

    assertThat(ids(server.post(P + "/query", "{'query':4}").result().path("points")))
        .hasSize(5)
        .doesNotContain("4");
    assertThat(server.post(P + "/query", "{'query':44}").error())
        .isEqualTo("404 Not found: No point with id 44 found");
    assertThat(
            server.post(P + "/query", "{'query':4,'lookup_from':{'collection':'other'}}").error())
        .isEqualTo("404 Not found: Collection other not found");
    server.put("/collections/d", "{'vectors':{'size':4,'distance':'Dot'}}").result();
    server
        .put(
            "/collections/d/points?wait=true",
            "{'points':[{'id':4,'vector':[0.18,0.01,0.85,0.80]},{'id':5,'vector':{}}]}")
        .result();
    assertThat(
            ids(
                server
                    .post(P + "/query", "{'query':4,'lookup_from':{'collection':'d'}}")
                    .result()
                    .path("points")))
        .hasSize(6)
        .startsWith("4");
    assertThat(server.post(P + "/query", "{'query':5,'lookup_from':{'collection':'d'}}").error())
        .isEqualTo("404 Not found: Vector with name \"\" for point not found");
  }

  @Test
  void without_a_query_points_come_in_order_with_score_1() {
    createSix();

    JsonNode points = server.post(P + "/query", "{'limit':2,'offset':1}").result().path("points");
    assertThat(points.toString())
        .isEqualTo(
            "[{\"id\":2,\"version\":0,\"score\":1.0},{\"id\":3,\"version\":0,\"score\":1.0}]");
    assertThat(server.post(P + "/query", "{'score_threshold':1}").error())
        .startsWith("400 Bad request: A query is needed to use the score_threshold.");
    assertThat(server.post(P + "/query", "{'prefetch':{}}").error())
        .startsWith("400 Bad request: A query is needed to merge the prefetches.");
  }

  @Test
  void batches_answer_in_their_order() {
    createSix();

    JsonNode lists =
        server
            .post(
                P + "/query/batch",
                "{'searches':[{'query':1,'limit':1},{'limit':2},{'query':[0,0,1,0],'limit':3}]}")
            .result();
    assertThat(lists).extracting(l -> l.path("points").size()).containsExactly(1, 2, 3);
    assertThat(
            server
                .post(P + "/search/batch", "{'searches':[{'vector':[1,0,0,0],'limit':2}]}")
                .result()
                .get(0))
        .hasSize(2);
    assertThat(server.post(P + "/query/batch", "{'searches':[]}").result().isEmpty()).isTrue();
    String thousands = "{'limit':1,'query':[1,0,0,0]},".repeat(2_999);
    String last = "{'limit':1,'query':[0,0,0,1],'filter':{'must':[{'has_id':[]}]}}";
    JsonNode many =
        server.post(P + "/query/batch", "{'searches':[" + thousands + last + "]}").result();
    assertThat(many).hasSize(3_000);
    assertThat(many.at("/2998/points")).hasSize(1);
    assertThat(many.at("/2999/points")).isEmpty();
    String more = "{'limit':1},".repeat(16_384);
    assertThat(server.post(P + "/query/batch", "{'searches':[" + more + last + "]}").error())
        .isEqualTo("400 Bad request: A batch holds at most 16384 searches");
    assertThat(server.post(P + "/query/batch", "{'searches':[{'limit':2},{'query':[1]}]}").error())
        .startsWith("400 Wrong input: Vector dimension error: expected dim: 4, got 1");
  }

  @Test
  void a_search_names_the_vector_it_means() {
    create("{'vectors':{'a':{'size':2,'distance':'Cosine'},'b':{'size':1,'distance':'Euclid'}}}");
    server
        .put(
            P + "?wait=true",
            "{'points':[{'id':1,'vector':{'a':[3,4],'b':[7]}},{'id':2,'vector':{'b':[9]}}]}")
        .result();

    assertThat(
            ids(server.post(P + "/query", "{'query':[8.5],'using':'b'}").result().path("points")))
        .containsExactly("2", "1");
    assertThat(
            ids(
                server
                    .post(P + "/search", "{'vector':{'name':'a','vector':[1,1]},'limit':9}")
                    .result()))
        .containsExactly("1");
    assertThat(server.post(P + "/query", "{'query':[1]}").error())
        .isEqualTo(
            "400 Wrong input: Collection requires specified vector name in the request, available"
                + " names: a, b");
    assertThat(server.post(P + "/query", "{'query':[1],'using':'x'}").error())
        .isEqualTo(
            "400 Wrong input: Vector with name `x` is not configured in this collection, available"
                + " names: a, b");
    assertThat(
            server.post(P + "/query", "{'query':{'indices':[1],'values':[1]},'using':'b'}").error())
        .isEqualTo("400 Wrong input: Conversion between sparse and regular vectors failed");
  }

  @Test
  void declared_indexes_show_with_their_points() {
    createSix();

    assertThat(
            server
                .put(C + "/index?wait=true", "{'field_name':'city','field_schema':'keyword'}")
                .result()
                .path("status")
                .stringValue())
        .isEqualTo("completed");
    server.put(C + "/index", "{'field_name':'count','field_schema':{'type':'integer'}}").result();
    assertThat(server.get(C).result().path("payload_schema").toString())
        .isEqualTo(
            "{\"city\":{\"data_type\":\"keyword\",\"points\":4},\"count\":{\"data_type\":"
                + "\"integer\",\"params\":{\"type\":\"integer\",\"lookup\":null,\"range\":null,"
                + "\"is_principal\":null},\"points\":1}}");
    server.delete(C + "/index/city").result();
    server.delete(C + "/index/city").result();
    assertThat(server.get(C).result().path("payload_schema").propertyNames())
        .containsExactly("count");
    assertThat(server.put(C + "/index", "{'field_name':'x'}").error())
        .isEqualTo(
            "400 Bad request: Can't auto-detect field type, please specify `field_schema` in the"
                + " request");
  }

  @Test
  void ids_of_the_whole_range_survive() {
    createDot();
    server
        .put(
            P + "?wait=true",
            "{'points':[{'id':18446744073709551615,'vector':[1,1,1,1],"
                + "'payload':{'n':123456789012345678901234567890,'f':1.0}}]}")
        .result();

    assertThat(server.get(P + "/18446744073709551615").text())
        .contains("\"id\":18446744073709551615")
        .contains("\"n\":123456789012345678901234567890,\"f\":1.0");
    assertThat(server.post(P + "/scroll", "{'offset':18446744073709551615}").text())
        .contains("\"id\":18446744073709551615");
  }

  @Test
  void everything_is_there_after_a_restart() {
    createSix();
    server.put(C + "/index", "{'field_name':'city','field_schema':'keyword'}").result();
    String before = server.get(C).result().path("config").toString();
    server.close();

    server = Server.over(folder);

    assertThat(server.get(C).result().path("config").toString()).isEqualTo(before);
    assertThat(server.get(C).result().path("payload_schema").has("city")).isTrue();
    assertThat(server.post(P + "/count", "{}").result().path("count").intValue()).isEqualTo(6);
  }
}
