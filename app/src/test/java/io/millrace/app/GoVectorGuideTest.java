package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What a reader of GoVector's production guide may expect of the API, the data and the engine
/// (rows 1 to 35), row by row, over REST and by commands, from a whole server. `See` names the test
/// that goes deeper.
class GoVectorGuideTest extends GoVectorGuide {
  @BeforeAll
  static void start() {
    // Their graphs are built while other tests run.
    grid("row26", ",'optimizers_config':{'indexing_threshold':10}", 10_000);
    grid(
        "row27",
        ",'optimizers_config':{'indexing_threshold':10},"
            + "'quantization_config':{'scalar':{'type':'int8','always_ram':true}}",
        4_000);
  }

  // ---- endpoints

  /// See `GoVectorDialectTest` of query-api.
  @Test
  void row01_create() {
    JsonNode made =
        server.ask(
            "POST",
            "/collections",
            """
            {'name':'row01','vector_size':3,'distance':'euclidean',
             'parameters':{'m':8,'ef_construction':50,'ef_search':30,'k':2}}\
            """);

    assertThat(made.toString())
        .isEqualTo(
            "{\"name\":\"row01\",\"vector_size\":3,\"distance\":\"Euclid\",\"points_count\":0}");
    JsonNode config = server.ask("GET", "/collections/row01", "").path("config");
    assertThat(config.at("/hnsw_config/m").intValue()).isEqualTo(8);
    assertThat(config.at("/hnsw_config/ef_construct").intValue()).isEqualTo(50);
    assertThat(config.at("/metadata").toString())
        .isEqualTo("{\"dialect\":\"govector\",\"ef_search\":30,\"k\":2}");
    server.ask(
        "PUT",
        "/collections/row01/points",
        "{'batch':{'ids':[1,2,3],'vectors':[[1,0,0],[2,0,0],[3,0,0]]}}");
    assertThat(ids(server.ask("POST", "/collections/row01/points/search", "{'vector':[1,0,0]}")))
        .as("k is the limit")
        .containsExactly("1", "2");

    int n = 0;
    for (String distance : List.of("cosine", "Cosine", "euclidean", "Euclid", "dot", "Dot")) {
      String name = "row01-" + n++;
      server.ask(
          "POST",
          "/collections",
          "{'name':'%s','vector_size':2,'distance':'%s','hnsw':false}".formatted(name, distance));
      JsonNode made2 = server.ask("GET", "/collections/" + name, "").path("config");
      assertThat(made2.at("/params/vectors/distance").asString())
          .isEqualToIgnoringCase(distance.replace("euclidean", "euclid"));
      assertThat(made2.at("/hnsw_config/m").intValue()).as("always exact").isZero();
      assertThat(made2.at("/hnsw_config/ef_construct").intValue()).isEqualTo(200);
      assertThat(made2.at("/metadata/ef_search").intValue()).isEqualTo(64);
      assertThat(made2.at("/metadata/k").intValue()).isEqualTo(10);
    }
    String again = "{'name':'row01','vector_size':3,'distance':'Dot'}";
    assertThat(server.refusal("POST", "/collections", again))
        .isEqualTo("409 Wrong input: Collection `row01` already exists!");
    assertThat(
            server.refusal(
                "PUT", "/collections/row01", "{'vectors':{'size':3,'distance':'Cosine'}}"))
        .isEqualTo("409 Wrong input: Collection `row01` already exists!");
    for (String bad :
        List.of(
            "{'name':'row01-bad','vector_size':0,'distance':'Dot'}",
            "{'name':'row01-bad','vector_size':-1,'distance':'Dot'}",
            "{'name':'row01-bad','vector_size':3,'distance':'near'}",
            "{'name':'row01-bad','vector_size':3}",
            "{'vector_size':3,'distance':'Dot'}",
            "{'name':'row01-bad'")) {
      assertThat(server.refusal("POST", "/collections", bad)).as(bad).startsWith("400 ");
    }
  }

  /// See `GoVectorGuideIT` for `kill -9`.
  @Test
  void row02_delete() {
    List<Path> before = folders(server);
    server.create("row02", "{'vectors':{'size':2,'distance':'Dot'}}");
    assertThat(folders(server)).hasSize(before.size() + 1);

    assertThat(server.ask("DELETE", "/collections/row02", "").booleanValue()).isTrue();

    assertThat(folders(server)).as("gone before the answer").isEqualTo(before);
    assertThat(server.ask("DELETE", "/collections/row02", "").booleanValue()).isFalse();
    assertThat(server.ask("DELETE", "/collections/row02-never", "").booleanValue()).isFalse();
  }

  @Test
  void row02_delete_during_search_and_ingest() throws Exception {
    List<Path> before = folders(server);
    var done = new AtomicBoolean();
    var statuses = ConcurrentHashMap.<Integer>newKeySet();
    List<CompletableFuture<Void>> others = new ArrayList<>();
    for (String call :
        List.of(
            "POST /points/search {'vector':[1,0],'limit':3}",
            "PUT /points?wait=true {'points':[{'id':1,'vector':[1,0]}]}")) {
      String[] parts = call.split(" ", 3);
      others.add(
          CompletableFuture.runAsync(() -> {
            while (!done.get()) {
              statuses.add(
                  server.send(parts[0], "/collections/row02b" + parts[1], parts[2]).statusCode());
            }
          }));
    }
    try {
      for (int i = 0; i < 6; i++) {
        server.create("row02b", "{'vectors':{'size':2,'distance':'Dot'}}");
        assertThat(server.ask("DELETE", "/collections/row02b", "").booleanValue()).isTrue();
      }
    } finally {
      done.set(true);
    }
    others.forEach(CompletableFuture::join);

    assertThat(folders(server)).as("nothing is left of it").isEqualTo(before);
    assertThat(statuses).as("503 asks to try again, which finds it gone").isSubsetOf(200, 404, 503);
    assertThat(server.send("GET", "/collections/row02b", "").statusCode()).isEqualTo(404);
  }

  @Test
  void row03_list() {
    try (var own = new LocalServer(folder, "")) {
      assertThat(own.ask("GET", "/collections", "").toString()).isEqualTo("{\"collections\":[]}");

      for (String name : List.of("pear", "apple", "fig")) {
        own.create(name, "{'vectors':{'size':2,'distance':'Dot'}}");
      }
      write(own, "fig", 1, 3);

      assertThat(own.ask("GET", "/collections", "").toString())
          .isEqualTo(
              "{\"collections\":[{\"name\":\"apple\"},{\"name\":\"fig\"},{\"name\":\"pear\"}]}");
      assertThat(own.run("collections", "-o", "table").out().lines().toList().get(2))
          .matches("fig +green +3 +\\d+ +\\d+ *");
    }
  }

  @Test
  void row04_info() {
    server.create("row04", "{'vectors':{'size':2,'distance':'Cosine'}}");
    server.ask(
        "PUT",
        "/collections/row04/index?wait=true",
        "{'field_name':'kind','field_schema':'keyword'}");
    write(server, "row04", 1, 3);

    JsonNode info = server.ask("GET", "/collections/row04", "");

    assertThat(info.path("status").asString()).isEqualTo("green");
    assertThat(info.path("optimizer_status").asString()).isEqualTo("ok");
    assertThat(info.path("points_count").intValue()).isEqualTo(3);
    assertThat(info.path("indexed_vectors_count").isIntegralNumber()).isTrue();
    assertThat(info.path("segments_count").intValue()).isPositive();
    assertThat(info.at("/config/params/vectors").toString())
        .isEqualTo("{\"size\":2,\"distance\":\"Cosine\"}");
    assertThat(info.at("/payload_schema/kind/data_type").asString()).isEqualTo("keyword");
    assertThat(info.at("/update_queue/length").isIntegralNumber()).isTrue();
    assertThat(info.propertyNames()).doesNotContain("name", "vector_size", "distance");

    server.ask("POST", "/collections", "{'name':'row04m','vector_size':2,'distance':'dot'}");
    JsonNode marked = server.ask("GET", "/collections/row04m", "");
    assertThat(marked.path("name").asString()).isEqualTo("row04m");
    assertThat(marked.path("vector_size").intValue()).isEqualTo(2);
    assertThat(marked.path("distance").asString()).isEqualTo("Dot");
    assertThat(marked.path("points_count").intValue()).isZero();
    assertThat(server.refusal("GET", "/collections/row04-no", ""))
        .isEqualTo("404 Not found: Collection `row04-no` doesn't exist!");
  }

  /// See `RestApiTest`, `WritesRestTest`.
  @Test
  void row05_upsert() {
    String points = "/collections/row05/points";
    server.create("row05", "{'vectors':{'size':2,'distance':'Dot'}}");
    String uuid = "7d1a4d7e-9c1b-4e53-8a0f-3b7c52f1d9aa";

    JsonNode list =
        server.ask(
            "PUT",
            points + "?wait=true&ordering=strong&timeout=10",
            "{'points':[{'id':18446744073709551615,'vector':[1,0]},{'id':'%s','vector':[0,1]}]}"
                .formatted(uuid));
    JsonNode columns =
        server.ask("PUT", points, "{'batch':{'ids':[5],'vectors':[[1,1]],'payloads':[{'a':1}]}}");

    assertThat(list.path("status").asString()).isEqualTo("completed");
    assertThat(columns.path("status").asString()).as("not waited for").isEqualTo("acknowledged");
    assertThat(server.points("row05")).containsOnlyKeys("18446744073709551615", "5", quoted(uuid));
    JsonNode before = server.ask("GET", points + "/5", "");
    assertThat(
            server.refusal(
                "PUT",
                points + "?wait=false",
                "{'points':[{'id':5,'vector':[9,9]},{'id':6,'vector':[1,2,3]}]}"))
        .startsWith("400 Wrong input: Vector dimension error: expected dim: 2, got 3");
    assertThat(server.ask("GET", points + "/5", "")).as("all or nothing").isEqualTo(before);
    assertThat(count(server, "row05", "{}")).isEqualTo(3);
  }

  @Test
  void row06_search() {
    String points = "/collections/row06/points";
    server.create("row06", "{'vectors':{'size':2,'distance':'Dot'}}");
    server.ask(
        "PUT", points + "?wait=true", "{'points':[{'id':1,'vector':[1,0],'payload':{'a':1}}]}");
    server.ask("PUT", points + "?wait=true", "{'points':[{'id':2,'vector':[2,0]}]}");

    JsonNode search = server.ask("POST", points + "/search", "{'vector':[1,0],'limit':10}");
    JsonNode query = server.ask("POST", points + "/query", "{'query':[1,0],'limit':10}");

    assertThat(search).isEqualTo(query.path("points"));
    assertThat(search.path(0).toString()).isEqualTo("{\"id\":2,\"version\":1,\"score\":2.0}");
    server.ask("POST", "/collections", "{'name':'row06m','vector_size':2,'distance':'dot'}");
    server.ask(
        "PUT",
        "/collections/row06m/points",
        "{'points':[{'id':'a','vector':[1,0],'payload':{'a':1}},{'id':'b','vector':[0,1]}]}");
    JsonNode marked =
        server.ask(
            "POST",
            "/collections/row06m/points/search",
            "{'vector':[1,0],'filter':{'must':[{'key':'a','match':{'value':1}}]}}");
    assertThat(marked).hasSize(1);
    assertThat(marked.at("/0/payload/a").intValue()).isEqualTo(1);
    assertThat(marked.at("/0/version").isIntegralNumber()).isTrue();
    assertThat(marked.at("/0/score").floatValue()).isEqualTo(1f);
  }

  @Test
  void row07_delete_points() {
    for (boolean marked : new boolean[] {false, true}) {
      String name = "row07" + marked;
      String delete = "/collections/" + name + "/points/delete?wait=true";
      if (marked) {
        server.ask(
            "POST",
            "/collections",
            "{'name':'%s','vector_size':2,'distance':'Dot'}".formatted(name));
      } else {
        server.create(name, "{'vectors':{'size':2,'distance':'Dot'}}");
      }
      write(server, name, 1, 10);

      JsonNode byId = server.ask("POST", delete, "{'points':[1,2,99]}");
      JsonNode byFilter =
          server.ask("POST", delete, "{'filter':{'must':[{'key':'n','range':{'gt':7}}]}}");

      assertThat(byId.path("status").asString()).isEqualTo("completed");
      assertThat(byId.path("operation_id").isIntegralNumber()).isTrue();
      assertThat(byId.has("deleted")).isEqualTo(marked);
      if (marked) {
        assertThat(byId.path("deleted").intValue()).isEqualTo(2);
        assertThat(byFilter.path("deleted").intValue()).isEqualTo(3);
      }
      assertThat(count(server, name, "{}")).isEqualTo(5);
      assertThat(server.refusal("POST", delete, "{}")).startsWith("400 ");
      assertThat(count(server, name, "{}")).isEqualTo(5);
      server.ask("POST", delete, "{'filter':{}}");
      assertThat(count(server, name, "{}")).isZero();
    }
  }

  @Test
  void row08_health() {
    try (var own = new LocalServer(folder, "", Map.of("MILLRACE__SERVICE__API_KEY", "sesame"))) {
      Map<String, String> texts =
          Map.of(
              "/healthz", "healthz check passed",
              "/livez", "healthz check passed",
              "/readyz", "all shards are ready",
              "/health", "all shards are ready");
      texts.forEach((path, text) -> {
        var answer = own.send("GET", path, "");
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
        assertThat(answer.body()).as(path).isEqualTo(text);
        assertThat(answer.headers().firstValue("Content-Type").orElse(""))
            .as(path)
            .startsWith("text/plain");
      });
      assertThat(own.send("GET", "/collections", "").statusCode()).isEqualTo(401);
    }
  }

  /// See `OperationsApiTest`, `MonitoringIT`.
  @Test
  void row09_metrics() {
    var answer = server.send("GET", "/metrics", "");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
    assertThat(answer.body())
        .contains("# TYPE app_info gauge\napp_info{name=\"qdrant\",version=\"1.19.0\"} 1\n");
  }

  @Test
  void row10_envelope() {
    for (String call :
        List.of(
            "GET /collections", "GET /collections/row10-no", "POST /collections/x/points/search")) {
      String[] parts = call.split(" ");
      var answer = server.send(parts[0], parts[1], parts[0].equals("POST") ? "{'vector':" : "");
      JsonNode body = LocalServer.JSON.readTree(answer.body());
      assertThat(answer.headers().firstValue("Content-Type").orElse(""))
          .as(call)
          .isEqualTo("application/json");
      assertThat(body.path("time").isNumber()).as(call).isTrue();
      if (answer.statusCode() == 200) {
        assertThat(body.propertyNames()).containsExactlyInAnyOrder("result", "status", "time");
        assertThat(body.path("status").asString()).isEqualTo("ok");
      } else {
        assertThat(body.propertyNames()).containsExactlyInAnyOrder("status", "time");
        assertThat(body.at("/status/error").asString()).isNotBlank();
      }
    }
  }

  /// See `ListenerTest`, `QuotasRestTest`, `RightsTest`, `StrictModeRestTest`.
  @Test
  void row11_codes() {
    try (var own =
        new LocalServer(
            folder,
            "",
            Map.of(
                "MILLRACE__SERVICE__MAX_REQUEST_SIZE_MB", "1",
                "MILLRACE__SERVICE__ENABLE_SNAPSHOT_URL_RECOVERY", "false"))) {
      own.create("c", "{'vectors':{'size':2,'distance':'Dot'}}");
      String points = "/collections/c/points";
      assertThat(own.refusal("POST", points + "/search", "{'vector':[1,0],'limit':'x'}"))
          .startsWith("400 Format error in JSON body: ");
      assertThat(own.refusal("POST", points + "/search", "{'vector':[1,0],'limit':0}"))
          .isEqualTo(
              "422 Validation error in JSON body: [search_request.limit: value 0 invalid, must be 1"
                  + " or larger]");
      assertThat(own.refusal("GET", points + "/7", ""))
          .isEqualTo("404 Not found: Point with id 7 does not exists!");
      assertThat(own.refusal("POST", "/collections/c/cluster", "{}"))
          .isEqualTo("405 Qdrant is running in standalone mode");
      assertThat(own.refusal("PUT", "/collections/c", "{}")).startsWith("409 ");
      String large = "{'ids':[1],'x':'" + "y".repeat(1 << 20) + "'}";
      assertThat(own.refusal("POST", points, large))
          .isEqualTo(
              "400 JSON payload (%d bytes) is larger than allowed (limit: 1048576 bytes)."
                  .formatted(large.getBytes(StandardCharsets.UTF_8).length));
      own.ask(
          "PATCH",
          "/collections/c",
          "{'strict_mode_config':{'enabled':true,'read_rate_limit':1,'write_rate_limit':1}}");
      own.send("POST", points + "/scroll", "{}");
      var limited = own.send("POST", points + "/scroll", "{}");
      assertThat(limited.statusCode()).isEqualTo(429);
      assertThat(limited.headers().firstValue("Retry-After").orElse("")).matches("[1-9]\\d*");
      own.create("d", "{'vectors':{'size':2,'distance':'Dot'}}");
      own.ask("PUT", "/quotas", "{'enabled':true,'max_disk_usage_percent':1}");
      assertThat(
              own.refusal("PUT", "/collections/d/points", "{'points':[{'id':1,'vector':[1,0]}]}"))
          .startsWith("507 ");
      assertThat(own.send("GET", "/metrics", "").body())
          .contains("millrace_write_errors_total{collection=\"d\",reason=\"storage_full\"} 1\n");
    }
  }

  // ---- data model and filters

  @Test
  void row12_points() {
    String points = "/collections/row12/points";
    server.create("row12", "{'vectors':{'size':2,'distance':'Dot'}}");
    write(server, "row12", 1, 1);
    int first = version("row12", 1);
    int other = operation("PUT", points, "{'points':[{'id':2,'vector':[1,0]}]}");
    int payload = operation("POST", points + "/payload", "{'points':[1],'payload':{'x':1}}");

    assertThat(other).isEqualTo(first + 1);
    assertThat(payload).isEqualTo(first + 2);
    assertThat(version("row12", 1)).isEqualTo(payload);
    assertThat(version("row12", 2)).isEqualTo(other);
    assertThat(server.refusal("PUT", points, "{'points':[{'id':'1','vector':[1,0]}]}"))
        .endsWith(
            "value 1 is not a valid point ID, valid values are either an unsigned integer or a"
                + " UUID");
  }

  /// See `PointJsonTest`, `GuardsRestTest`.
  @Test
  void row13_payload_values() {
    String points = "/collections/row13/points";
    server.create("row13", "{'vectors':{'size':1,'distance':'Dot'}}");
    String payload =
        "{\"s\":\"ü"
            + " €😀\",\"i\":123456789012345678901234567890,"
            + "\"f\":0.1000000000000000055511151231257827,\"e\":1E+300,\"b\":true,\"n\":null,"
            + "\"l\":[],\"o\":{\"a\":{\"b\":[1,[2,{\"c\":null}]]}},\"\":0}";

    server.ask(
        "PUT",
        points + "?wait=true",
        "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":" + payload + "}]}");

    assertThat(server.send("GET", points + "/1", "").body()).contains("\"payload\":" + payload);
    byte[] broken =
        "{\"points\":[{\"id\":2,\"vector\":[1],\"payload\":{\"a\":\"x?y\"}}]}"
            .getBytes(StandardCharsets.ISO_8859_1);
    broken[new String(broken, StandardCharsets.ISO_8859_1).indexOf('?')] = (byte) 0xFF;
    assertThat(server.sendBytes("PUT", points, broken).statusCode()).isEqualTo(400);
    assertThat(count(server, "row13", "{}")).isEqualTo(1);
  }

  /// See `FilterJsonTest` and the oracle of index-core.
  @Test
  void row14_filters() {
    server.create("row14", "{'vectors':{'size':1,'distance':'Dot'}}");
    server.ask(
        "PUT",
        "/collections/row14/points?wait=true",
        """
        {'points':[
          {'id':1,'vector':[1],'payload':{'k':'a','n':1,'t':'2024-01-01T00:00:00Z','e':[],
            'o':[{'x':1,'y':2}],'g':{'lon':13.4,'lat':52.5},'text':'quick brown fox'}},
          {'id':2,'vector':[1],'payload':{'k':'b','n':2,'t':'2025-01-01T00:00:00Z','e':null,
            'o':[{'x':1,'y':3},{'x':2,'y':2}],'g':{'lon':2.3,'lat':48.8}}},
          {'id':3,'vector':[1],'payload':{'k':'c','n':3,'l':[1,2,3]}}]}\
        """);
    String a = "{'key':'k','match':{'value':'a'}}";
    String b = "{'key':'k','match':{'value':'b'}}";
    Map<String, List<String>> expected = new LinkedHashMap<>();
    expected.put("{'must':[" + a + "]}", List.of("1"));
    expected.put("{'should':[" + a + "," + b + "]}", List.of("1", "2"));
    expected.put(
        "{'min_should':{'conditions':[" + a + ",{'key':'n','range':{'lt':3}}],'min_count':2}}",
        List.of("1"));
    expected.put("{'must_not':[" + a + "]}", List.of("2", "3"));
    expected.put("{'must_not':[{'should':[" + a + "," + b + "]}]}", List.of("3"));
    expected.put(
        "{'must':[{'nested':{'key':'o','filter':{'must':[{'key':'x','match':{'value':1}},"
            + "{'key':'y','match':{'value':2}}]}}}]}",
        List.of("1"));
    expected.put("{'must':[{'key':'o[].y','match':{'value':2}}]}", List.of("1", "2"));
    expected.put("{'must':[{'has_id':[3,9]}]}", List.of("3"));
    expected.put("{'must':[{'is_empty':{'key':'e'}}]}", List.of("1", "2", "3"));
    expected.put("{'must':[{'is_null':{'key':'e'}}]}", List.of("2"));
    expected.put("{'must':[{'has_vector':''}]}", List.of("1", "2", "3"));
    expected.put("{'must':[{'key':'l','values_count':{'gte':3}}]}", List.of("3"));
    expected.put("{'must':[{'key':'t','range':{'gt':'2024-06-01T00:00:00Z'}}]}", List.of("2"));
    expected.put(
        "{'must':[{'key':'g','geo_radius':{'center':{'lon':13.4,'lat':52.5},'radius':1000}}]}",
        List.of("1"));
    expected.put("{'must':[{'key':'text','match':{'text':'brown'}}]}", List.of("1"));
    expected.forEach((filter, ids) ->
        assertThat(matching("row14", filter)).as(filter).containsExactlyElementsOf(ids));
  }

  @Test
  void row15_conditions() {
    typed("row15");
    assertThat(matching("row15", "{'must':[{'key':'s','type':'exact','match':{'value':'text'}}]}"))
        .as("in a collection without the mark")
        .containsExactly("1");
    assertThat(matching("row15", "{'must':[{'key':'s','match':{'value':'text'}}]}"))
        .containsExactly("1");
    assertThat(refusedFilter("row15", "{'key':'s','type':'like','match':{'value':'x'}}"))
        .startsWith("400 ")
        .contains("`like`", "`exact`", "`range`", "`prefix`", "`contains`", "`regex`");
    assertThat(
            matching(
                "row15",
                "{'must':[{'key':'s','type':'range','match':{'value':'text'},'range':{'gt':1}}]}"))
        .as("the type decides")
        .containsExactly("2", "3", "4");
  }

  @Test
  void row16_exact() {
    typed("row16");
    Map<String, List<String>> expected = new LinkedHashMap<>();
    expected.put("'text'", List.of("1"));
    expected.put("7", List.of("2", "4"));
    expected.put("7.0", List.of("2", "4"));
    expected.put("2.5", List.of("3"));
    expected.put("true", List.of("5"));
    expected.put("false", List.of());
    expected.put("'7'", List.of());
    expected.forEach((value, ids) ->
        assertThat(
                matching(
                    "row16",
                    "{'must':[{'key':'s','type':'exact','match':{'value':" + value + "}}]}"))
            .as(value)
            .containsExactlyElementsOf(ids));
    for (String type : List.of("'type':'exact',", "")) {
      for (String value : List.of("[1]", "{'a':1}")) {
        assertThat(
                refusedFilter("row16", "{'key':'s'," + type + "'match':{'value':" + value + "}}"))
            .as(type + value)
            .startsWith("400 ");
      }
    }
  }

  @Test
  void row17_range() {
    server.create("row17", "{'vectors':{'size':1,'distance':'Dot'}}");
    server.ask(
        "PUT",
        "/collections/row17/points?wait=true",
        """
        {'points':[
          {'id':1,'vector':[1],'payload':{'v':5}},{'id':2,'vector':[1],'payload':{'v':'5'}},
          {'id':3,'vector':[1],'payload':{'v':null}},{'id':4,'vector':[1],'payload':{'v':[1,9]}},
          {'id':5,'vector':[1],'payload':{'v':9007199254740993}},
          {'id':6,'vector':[1],'payload':{'v':'NaN'}},{'id':7,'vector':[1],'payload':{'v':true}},
          {'id':8,'vector':[1],'payload':{'v':{'v':5}}},
          {'id':9,'vector':[1],'payload':{'v':'2024-05-05T00:00:00Z'}},
          {'id':10,'vector':[1]},{'id':11,'vector':[1],'payload':{'v':-2.5}}]}\
        """);
    Map<String, List<String>> expected = new LinkedHashMap<>();
    expected.put("{'gte':5,'lte':5}", List.of("1"));
    expected.put("{'gt':5}", List.of("4", "5"));
    expected.put("{'gte':5,'lt':9}", List.of("1"));
    expected.put("{'lt':0}", List.of("11"));
    expected.put("{'gte':-1e300,'lte':1e300}", List.of("1", "4", "5", "11"));
    expected.put("{'gt':9007199254740991}", List.of("5"));
    expected.put("{'gte':'2024-01-01T00:00:00Z'}", List.of("9"));
    for (boolean declared : new boolean[] {false, true}) {
      if (declared) {
        server.ask(
            "PUT",
            "/collections/row17/index?wait=true",
            "{'field_name':'v','field_schema':'integer'}");
      }
      expected.forEach((range, ids) -> {
        for (String type : List.of("'type':'range',", "")) {
          assertThat(matching("row17", "{'must':[{'key':'v'," + type + "'range':" + range + "}]}"))
              .as(type + range + declared)
              .containsExactlyElementsOf(ids);
        }
      });
    }
    for (String bound : List.of("'x'", "'NaN'", "true", "null,'lt':[1]", "{'a':1}")) {
      for (String type : List.of("'type':'range',", "")) {
        assertThat(refusedFilter("row17", "{'key':'v'," + type + "'range':{'gt':" + bound + "}}"))
            .as(bound)
            .startsWith("400 ");
      }
    }
  }

  @Test
  void row18_prefix() {
    texts("row18");
    for (String form :
        List.of("'match':{'prefix':'%s'}", "'type':'prefix','match':{'value':'%s'}")) {
      Map<String, List<String>> expected =
          Map.of(
              "ban", List.of("1", "3"),
              "Ban", List.of("2"),
              "ü", List.of("4"),
              "anana", List.of(),
              "banana bread", List.of("3"));
      expected.forEach((text, ids) ->
          assertThat(matching("row18", "{'must':[{'key':'s'," + form.formatted(text) + "}]}"))
              .as(form + text)
              .containsExactlyElementsOf(ids));
    }
  }

  @Test
  void row19_contains() {
    texts("row19");
    for (String form :
        List.of("'match':{'contains':'%s'}", "'type':'contains','match':{'value':'%s'}")) {
      Map<String, List<String>> expected =
          Map.of(
              "nan", List.of("1", "2"),
              "NAN", List.of(),
              "ber", List.of("4"),
              "banana bread", List.of("3"),
              "bread", List.of(),
              "", List.of());
      expected.forEach((text, ids) ->
          assertThat(matching("row19", "{'must':[{'key':'s'," + form.formatted(text) + "}]}"))
              .as(form + text)
              .containsExactlyElementsOf(ids));
    }
    assertThat(matching("row19", "{'must':[{'key':'s','type':'contains','match':{'value':7}}]}"))
        .as("an element of another type")
        .containsExactly("5");
  }

  /// See `PatternsTest` of index-core.
  @Test
  void row20_regex() {
    texts("row20");
    for (String form : List.of("'match':{'regex':'%s'}", "'type':'regex','match':{'value':'%s'}")) {
      Map<String, List<String>> expected =
          Map.of("(an){2}a$", List.of("1", "2"), "^b", List.of("1", "3"), "d$", List.of("3"));
      expected.forEach((pattern, ids) ->
          assertThat(matching("row20", "{'must':[{'key':'s'," + form.formatted(pattern) + "}]}"))
              .as(form + pattern)
              .containsExactlyElementsOf(ids));
      assertThat(
              matching("row20", "{'must':[{'key':'s'," + form.formatted("x".repeat(1000)) + "}]}"))
          .isEmpty();
      for (String bad : List.of("a(b", "((x{99}){99}){99}", "x".repeat(1001), "(?<=a)b")) {
        String condition = "{'key':'s'," + form.formatted(bad) + "}";
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
          long begin = System.nanoTime();
          assertThat(refusedFilter("row20", condition)).as(condition).startsWith("400 ");
          best = Math.min(best, System.nanoTime() - begin);
        }
        assertThat(best).as(bad).isLessThan(50_000_000);
      }
    }
    String evil = "{'must':[{'key':'s','match':{'regex':'(a*)*$'}}]}";
    server.ask(
        "PUT",
        "/collections/row20/points?wait=true",
        "{'points':[{'id':9,'vector':[1],'payload':{'s':'" + "a".repeat(50_000) + "b'}}]}");
    assertThat(matching("row20", evil)).contains("1");
  }

  @Test
  void row21_missing_key() {
    typed("row21");
    for (String condition :
        List.of(
            "{'key':'none','type':'exact','match':{'value':1}}",
            "{'key':'none','type':'range','range':{'lt':1}}",
            "{'key':'none','type':'prefix','match':{'value':'a'}}",
            "{'key':'none','type':'contains','match':{'value':'a'}}",
            "{'key':'none','type':'regex','match':{'value':'.*'}}",
            "{'key':'none','match':{'except':[1]}}")) {
      assertThat(matching("row21", "{'must':[" + condition + "]}")).as(condition).isEmpty();
      assertThat(matching("row21", "{'must_not':[" + condition + "]}")).as(condition).hasSize(6);
    }
  }

  @Test
  void row22_delete_by_filter() {
    server.create("row22", "{'vectors':{'size':1,'distance':'Dot'}}");
    write(server, "row22", 1, 200);
    int before =
        operation(
            "PUT",
            "/collections/row22/points",
            "{'points':[{'id':1,'vector':[1],'payload':{'n':1}}]}");

    int deleted =
        operation(
            "POST",
            "/collections/row22/points/delete",
            "{'filter':{'must':[{'key':'n','range':{'lte':150}}]}}");

    assertThat(deleted).as("one entry of the log").isEqualTo(before + 1);
    assertThat(count(server, "row22", "{}")).isEqualTo(50);
  }

  // ---- engine, index, quantization, storage

  /// See `PathChoiceTest` and `NearestSearchTest` of index-core.
  @Test
  void row23_exact() {
    grid("row23", "", 400);
    String search = "{'vector':[3.2,4.9],'limit':5,'params':%s}";
    List<JsonNode> found = new ArrayList<>();
    for (String params : List.of("{'exact':true}", "{}", "{'hnsw_ef':1}")) {
      found.add(server.ask("POST", "/collections/row23/points/search", search.formatted(params)));
    }

    assertThat(found.getFirst().at("/0/id").intValue()).isEqualTo(3 * 20 + 5);
    assertThat(found).as("few points are scanned").containsOnly(found.getFirst());
    assertThat(server.ask("GET", "/collections/row23", "").path("indexed_vectors_count").intValue())
        .as("no graph")
        .isZero();
  }

  /// See `GraphBuilderTest` of index-core; T-08 has `ef_construct`.
  @Test
  void row24_hnsw() {
    server.create("row24", "{'vectors':{'size':2,'distance':'Euclid'}}");
    server.ask("POST", "/collections", "{'name':'row24m','vector_size':2,'distance':'Euclid'}");

    JsonNode ours = server.ask("GET", "/collections/row24", "").at("/config/hnsw_config");
    JsonNode marked = server.ask("GET", "/collections/row24m", "").path("config");

    assertThat(ours.path("m").intValue()).isEqualTo(16);
    assertThat(ours.path("ef_construct").intValue()).isEqualTo(100);
    assertThat(marked.at("/hnsw_config/m").intValue()).isEqualTo(16);
    assertThat(marked.at("/hnsw_config/ef_construct").intValue()).isEqualTo(200);
    assertThat(marked.at("/metadata/ef_search").intValue()).isEqualTo(64);
    assertThat(marked.at("/metadata/k").intValue()).isEqualTo(10);
    server.ask(
        "POST",
        "/collections/row24/points/search",
        "{'vector':[1,1],'limit':1,'params':{'hnsw_ef':9}}");
    assertThat(
            server.refusal(
                "PUT",
                "/collections/row24-bad",
                "{'vectors':{'size':2,'distance':'Dot'},'hnsw_config':{'ef_construct':0}}"))
        .isEqualTo(
            "422 Validation error in JSON body: [hnsw_config.ef_construct: value 0 invalid, must be"
                + " 4 or larger]");
  }

  /// See the score oracle of index-core.
  @Test
  void row25_distances() {
    Map<String, String> scores =
        Map.of("Cosine", "0.7142857", "Dot", "10.0", "Euclid", "2.828427", "Manhattan", "4.0");
    scores.forEach((distance, score) -> {
      String name = "row25" + distance;
      server.create(name, "{'vectors':{'size':3,'distance':'" + distance + "'}}");
      server.ask(
          "PUT",
          "/collections/" + name + "/points?wait=true",
          "{'points':[{'id':1,'vector':[3,2,1]},{'id':2,'vector':[-9,-9,-9]}]}");
      JsonNode hits =
          server.ask(
              "POST", "/collections/" + name + "/points/search", "{'vector':[1,2,3],'limit':2}");
      assertThat(ids(hits)).as(distance).containsExactly("1", "2");
      assertThat(hits.at("/0/score").toString()).as(distance).isEqualTo(score);
    });
  }

  /// T-09 has other plans. See `NearestSearchTest` of index-core.
  @Test
  void row26_filtered() {
    awaitGraph("row26", 10_000);
    String search =
        "{'vector':[31.2,17.7],'limit':10,'params':%s,"
            + "'filter':{'must':[{'key':'rare','match':{'value':3}}]}}";

    JsonNode exact =
        server.ask("POST", "/collections/row26/points/search", search.formatted("{'exact':true}"));
    JsonNode walked =
        server.ask("POST", "/collections/row26/points/search", search.formatted("{'hnsw_ef':4}"));

    assertThat(ids(exact)).as("one in a thousand").hasSize(10);
    assertThat(walked).isEqualTo(exact);
  }

  /// `docs/performance.md` has the figures; see `QuantizationParamsTest` of index-core.
  @Test
  void row27_quantization() {
    awaitGraph("row27", 4_000);
    String search = "{'vector':[31.3,17.8],'limit':5,'with_vector':true,'params':{%s}}";

    JsonNode exact =
        server.ask("POST", "/collections/row27/points/search", search.formatted("'exact':true"));
    for (String params :
        List.of(
            "'quantization':{'rescore':true,'oversampling':2.0}",
            "'quantization':{'ignore':true}",
            "'hnsw_ef':64")) {
      assertThat(server.ask("POST", "/collections/row27/points/search", search.formatted(params)))
          .as("scores and vectors are float32: " + params)
          .isEqualTo(exact);
    }
    assertThat(
            server
                .ask("GET", "/collections/row27", "")
                .at("/config/quantization_config/scalar/type")
                .asString())
        .isEqualTo("int8");
  }

  @Test
  void row28_files() throws IOException {
    server.create("row28", "{'vectors':{'size':2,'distance':'Dot'}}");
    write(server, "row28", 1, 3);

    String lock = Files.readString(server.data().resolve("LOCK"));
    assertThat(lock).contains("pid=" + ProcessHandle.current().pid());
    assertThat(server.data().resolve("catalog")).isDirectory();
    try (var all = Files.walk(server.data())) {
      for (Path path : all.toList()) {
        String rights = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        if (Files.isDirectory(path)) {
          assertThat(rights)
              .as("keeps others from what Lucene writes: " + path)
              .isEqualTo("rwx------");
        } else if (!path.getParent().endsWith("index")) {
          assertThat(rights).as(path.toString()).isEqualTo("rw-------");
        }
      }
    }
    Path newest = folders(server).getLast();
    assertThat(newest.resolve("log")).isDirectory();
    assertThat(newest.resolve("index")).isDirectory();
    var second =
        LocalServer.runAlone(
            "serve", "-d", server.data().toString(), "-p", "0", "--host", "127.0.0.1");
    assertThat(second.exitCode()).isEqualTo(1);
    assertThat(second.err())
        .startsWith("millrace serve: ")
        .contains("is in use by", "pid=" + ProcessHandle.current().pid())
        .hasLineCount(1);
  }

  /// in `docs/reliability.md` for times.
  @Test
  void row29_start_loads_nothing() {
    try (var own = new LocalServer(folder, "")) {
      own.create("c", "{'vectors':{'size':2,'distance':'Dot'}}");
      write(own, "c", 1, 2_000);
      JsonNode before =
          own.ask("POST", "/collections/c/points/search", "{'vector':[1,1],'limit':7}");

      own.restart();

      assertThat(own.send("GET", "/readyz", "").statusCode()).isEqualTo(200);
      assertThat(own.ask("POST", "/collections/c/points/search", "{'vector':[1,1],'limit':7}"))
          .isEqualTo(before);
    }
  }

  /// What lies on the disk when a write is answered is enough; see `GoVectorGuideIT`.
  @Test
  void row30_disk_first() throws IOException {
    try (var own = new LocalServer(folder.resolve("one"), "")) {
      own.create("c", "{'vectors':{'size':2,'distance':'Dot'}}");
      own.ask("PUT", "/collections/c/points?wait=false", "{'points':[{'id':1,'vector':[1,2]}]}");
      own.ask("POST", "/collections/c/points/delete?wait=false", "{'points':[1]}");
      own.ask("PUT", "/collections/c/points?wait=false", "{'points':[{'id':2,'vector':[1,2]}]}");

      copy(own.data(), folder.resolve("two").resolve("data"));
    }
    try (var copied = new LocalServer(folder.resolve("two"), "")) {
      assertThat(copied.points("c")).containsOnlyKeys("2");
    }
  }

  /// `docs/performance.md` has the times of searches under writes.
  @Test
  void row31_readers_and_a_writer() {
    server.create("row31", "{'vectors':{'size':1,'distance':'Dot'}}");
    var done = new AtomicBoolean();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(() -> {
          for (int round = 1; !done.get(); round++) {
            var points = new StringBuilder();
            for (int id = 1; id <= 50; id++) {
              points
                  .append(id == 1 ? "" : ",")
                  .append("{'id':%d,'vector':[1],'payload':{'round':%d}}".formatted(id, round));
            }
            server.ask("PUT", "/collections/row31/points?wait=true", "{'points':[" + points + "]}");
          }
        });
    int rounds = 0;
    int last = 0;
    while (rounds < 30 && !writer.isDone()) {
      JsonNode seen =
          server
              .ask("POST", "/collections/row31/points/scroll", "{'limit':100,'with_payload':true}")
              .path("points");
      var values = new TreeSet<Integer>();
      seen.forEach(point -> values.add(point.at("/payload/round").intValue()));
      assertThat(values).as("a batch is seen whole or not at all").hasSizeLessThanOrEqualTo(1);
      if (!values.isEmpty() && values.first() != last) {
        assertThat(seen).hasSize(50);
        assertThat(values.first()).isGreaterThan(last);
        last = values.first();
        rounds++;
      }
    }
    done.set(true);
    writer.join();
    assertThat(rounds).isEqualTo(30);
  }

  /// in `docs/reliability.md`.
  @Test
  void row32_found_at_start() throws IOException {
    try (var own = new LocalServer(folder, "")) {
      own.create("whole", "{'vectors':{'size':2,'distance':'Dot'}}");
      write(own, "whole", 1, 5);
      Path first = folders(own).getFirst();
      own.create("broken", "{'vectors':{'size':2,'distance':'Dot'}}");
      write(own, "broken", 1, 5);
      Path broken =
          folders(own).stream().filter(each -> !each.equals(first)).findFirst().orElseThrow();
      own.stop();
      try (var files = Files.walk(broken.resolve("index"))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Files.write(file, new byte[64]);
        }
      }

      own.start();

      assertThat(own.send("GET", "/readyz", "").statusCode()).isEqualTo(200);
      assertThat(count(own, "whole", "{}")).isEqualTo(5);
      write(own, "whole", 6, 7);
      JsonNode info = own.ask("GET", "/collections/broken", "");
      assertThat(info.path("status").asString()).isEqualTo("red");
      assertThat(info.at("/optimizer_status/error").asString()).contains("broken");
      assertThat(own.refusal("POST", "/collections/broken/points/count", "{}")).startsWith("5");
    }
  }

  @Test
  void row33_first_point_makes_the_collection() {
    try (var own = new LocalServer(folder, "")) {
      assertThat(own.ask("GET", "/collections", "").path("collections")).isEmpty();

      assertThat(own.run("upsert", "-c", "words", "-i", "1", "-v", "3,0,4").exitCode()).isZero();

      assertThat(own.ask("GET", "/collections/words", "").at("/config/params/vectors").toString())
          .isEqualTo("{\"size\":3,\"distance\":\"Cosine\"}");
      assertThat(count(own, "words", "{}")).isEqualTo(1);
      assertThat(
              own.refusal("PUT", "/collections/none/points", "{'points':[{'id':1,'vector':[1]}]}"))
          .isEqualTo("404 Not found: Collection `none` doesn't exist!");
    }
  }

  /// The example of the package that is the door.
  @Test
  void row34_library() throws Exception {
    var example = new StringBuilder();
    Path door =
        ProjectFiles.root()
            .resolve("index-core/src/main/java/io/millrace/collection/package-info.java");
    boolean inside = false;
    for (String line : ProjectFiles.text(door).lines().toList()) {
      if (line.equals("/// ```java") || line.equals("/// ```")) {
        inside = line.equals("/// ```java");
      } else if (inside) {
        example.append(line.replaceFirst("^/// ?", "")).append('\n');
      }
    }
    Path source = Files.writeString(folder.resolve("Example.java"), example);
    var compiler = ToolProvider.getSystemJavaCompiler();
    var told = new ByteArrayOutputStream();
    int code =
        compiler.run(
            null,
            told,
            told,
            "-proc:none",
            "-cp",
            System.getProperty("java.class.path"),
            "-d",
            folder.toString(),
            source.toString());
    assertThat(code).as(told.toString(StandardCharsets.UTF_8)).isZero();
    try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      Object points =
          loader
              .loadClass("Example")
              .getMethod("points", Path.class)
              .invoke(null, folder.resolve("data"));
      assertThat(points).isEqualTo(1L);
    }
  }

  @Test
  void row35_sequence() {
    server.create("row35", "{'vectors':{'size':2,'distance':'Dot'}}");
    String points = "/collections/row35/points";
    List<Integer> given = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      given.add(operation("PUT", points, "{'points':[{'id':1,'vector':[1," + i + "]}]}"));
      assertThat(version("row35", 1)).isEqualTo(given.getLast());
    }
    for (int i = 1; i < given.size(); i++) {
      assertThat(given.get(i)).isEqualTo(given.get(i - 1) + 1);
    }
  }

  /// Points `20 x + y` (100 a row from 10,000 on) at `[x, y]`, in one request.
  private static void grid(String collection, String settings, int size) {
    server.create(collection, "{'vectors':{'size':2,'distance':'Euclid'}" + settings + "}");
    int side = size >= 10_000 ? 100 : 20;
    var points = new StringBuilder();
    for (int i = 0; i < size; i++) {
      points
          .append(i == 0 ? "" : ",")
          .append(
              "{'id':%d,'vector':[%d,%d],'payload':{'rare':%d}}"
                  .formatted(i, i / side, i % side, i % 997));
    }
    server.ask(
        "PUT", "/collections/" + collection + "/points?wait=true", "{'points':[" + points + "]}");
  }

  private static void awaitGraph(String collection, int points) {
    Processes.await(
        "the graph of " + collection,
        () ->
            server
                    .ask("GET", "/collections/" + collection, "")
                    .path("indexed_vectors_count")
                    .intValue()
                == points);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Path target = to.resolve(from.relativize(path));
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else if (Files.isRegularFile(path)) {
          Files.copy(path, target);
        }
      }
    }
  }

  /// Values of each type at the key `s`.
  private static void typed(String collection) {
    server.create(collection, "{'vectors':{'size':1,'distance':'Dot'}}");
    server.ask(
        "PUT",
        "/collections/" + collection + "/points?wait=true",
        """
        {'points':[
          {'id':1,'vector':[1],'payload':{'s':'text'}},{'id':2,'vector':[1],'payload':{'s':7}},
          {'id':3,'vector':[1],'payload':{'s':2.5}},{'id':4,'vector':[1],'payload':{'s':['x',7]}},
          {'id':5,'vector':[1],'payload':{'s':true}},{'id':6,'vector':[1],'payload':{'s':null}}]}\
        """);
  }

  /// Texts, and lists of them, at the key `s`.
  private static void texts(String collection) {
    server.create(collection, "{'vectors':{'size':1,'distance':'Dot'}}");
    server.ask(
        "PUT",
        "/collections/" + collection + "/points?wait=true",
        """
        {'points':[
          {'id':1,'vector':[1],'payload':{'s':'banana'}},
          {'id':2,'vector':[1],'payload':{'s':'Banana'}},
          {'id':3,'vector':[1],'payload':{'s':['toast','banana bread']}},
          {'id':4,'vector':[1],'payload':{'s':'über'}},
          {'id':5,'vector':[1],'payload':{'s':[7,'x']}},
          {'id':6,'vector':[1],'payload':{'t':'banana'}}]}\
        """);
  }

  private static List<String> ids(JsonNode points) {
    List<String> ids = new ArrayList<>();
    points.forEach(point -> ids.add(point.path("id").asString()));
    return ids;
  }

  private static List<String> matching(String collection, String filter) {
    return ids(
        server
            .ask(
                "POST",
                "/collections/" + collection + "/points/scroll",
                "{'limit':1000,'filter':" + filter + "}")
            .path("points"));
  }

  private static String refusedFilter(String collection, String condition) {
    return server.refusal(
        "POST",
        "/collections/" + collection + "/points/count",
        "{'filter':{'must':[" + condition + "]}}");
  }

  /// Waits for it; the number that the server gave it.
  private static int operation(String method, String path, String body) {
    return server.ask(method, path + "?wait=true", body).path("operation_id").intValue();
  }

  /// As a search for anything shows it.
  private static int version(String collection, int id) {
    return server
        .ask(
            "POST",
            "/collections/" + collection + "/points/query",
            "{'query':[1,1],'filter':{'must':[{'has_id':[" + id + "]}]}}")
        .at("/points/0/version")
        .intValue();
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }
}
