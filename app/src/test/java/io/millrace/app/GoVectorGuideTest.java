package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.app.config.Assignment;
import io.millrace.app.config.BadConfiguration;
import io.millrace.app.config.Configuration;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What a reader of GoVector's production guide may expect, row by row, over REST and by commands,
/// from a whole server. `See` names the test that goes deeper.
class GoVectorGuideTest {
  private static final InputStream INPUT = System.in;
  private static final PrintStream OUTPUT = System.out;

  @TempDir private static Path shared;
  private static LocalServer server;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    server = new LocalServer(shared, "");
    // Their graphs are built while other tests run.
    grid("row26", ",'optimizers_config':{'indexing_threshold':10}", 10_000);
    grid(
        "row27",
        ",'optimizers_config':{'indexing_threshold':10},"
            + "'quantization_config':{'scalar':{'type':'int8','always_ram':true}}",
        4_000);
  }

  @AfterAll
  static void stop() {
    server.close();
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

  /// See `RegexTest` of index-core.
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

  /// T-09 has other plans. See `FilteredRecallTest` of index-core.
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

  /// `docs/performance.md` has the figures; see `QuantizedSearchTest` of index-core.
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

  /// See R-87 in `docs/reliability.md` for times.
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

  /// See R-06 and R-08 in `docs/reliability.md`.
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

  // ---- commands and configuration

  /// See `ServeIT` and `PagesTest`, which holds flags of the pages against `--help`.
  @Test
  void row36_server_flags() throws IOException {
    Path config = Files.writeString(folder.resolve("c.yaml"), "log_level: warn\n");

    String checked =
        printed(
            "serve",
            "--port",
            "7",
            "--grpc-port",
            "8",
            "--data-dir",
            "/d",
            "--host",
            "127.0.0.2",
            "--config",
            config.toString(),
            "--set",
            "service.slow_query_secs=3",
            "--check-config");
    String brief = printed("serve", "-p", "7", "-d", "/d", "--check-config");

    assertThat(checked)
        .contains("# file: " + config)
        .containsPattern("(?m)^service.http_port += 7 +# flag --port$")
        .containsPattern("(?m)^service.grpc_port += 8 +# flag --grpc-port$")
        .containsPattern("(?m)^storage.storage_path += /d +# flag --data-dir$")
        .containsPattern("(?m)^service.host += 127.0.0.2 +# flag --host$")
        .containsPattern("(?m)^service.slow_query_secs += 3")
        .containsPattern("(?m)^log_level += warn +# .*c.yaml");
    assertThat(brief)
        .containsPattern("(?m)^service.http_port += 7 +# flag --port$")
        .containsPattern("(?m)^storage.storage_path += /d +# flag --data-dir$")
        .containsPattern("(?m)^service.grpc_port += 6334 +# built in");
    for (String flag : List.of("--hnsw", "-hnsw", "-hnsw=true", "--hnsw=false")) {
      var ran = LocalServer.runAlone("serve", flag, "--check-config");
      assertThat(ran.exitCode()).as(flag).isEqualTo(2);
      assertThat(ran.err())
          .contains("is no option of the server: each collection has its own graph, set by");
    }
    var unknown = LocalServer.runAlone("serve", "--prot", "1");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("unknown option --prot; did you mean --port?");
  }

  /// See `ServeIT`.
  @Test
  void row37_commands() {
    try (var own = new LocalServer(folder, "")) {
      assertThat(own.run("upsert", "-c", "c", "-j", "{\"id\":1,\"vector\":[1,0]}").exitCode())
          .isZero();
      assertThat(
              own.run("upsert", "-c", "c", "-i", "2", "-v", "0,1", "--payload", "{\"a\":1}").json())
          .hasToString("{\"points\":1}");
      System.setIn(new ByteArrayInputStream("[0.9, 0.1]".getBytes(StandardCharsets.UTF_8)));
      var found = own.run("search", "-c", "c", "-v", "-", "-l", "1", "--json");
      assertThat(found.json().at("/points/0/id").intValue()).isEqualTo(1);
      assertThat(
              own.run("search", "-c", "c", "-v", "0,1", "-l", "1", "-o", "json")
                  .json()
                  .at("/points/0/payload/a")
                  .intValue())
          .isEqualTo(1);
      assertThat(own.run("count", "-c", "c", "-o", "table").out()).isEqualTo("2\n");
      assertThat(own.run("delete", "-c", "c", "-i", "2", "-o", "table").out())
          .isEqualTo("deleted\n");
      assertThat(own.run("count", "-c", "c", "-o", "table").out()).isEqualTo("1\n");
      assertThat(own.run("collections", "create", "d", "--size", "3").exitCode()).isZero();
      assertThat(own.run("collections", "ls", "-o", "json").json()).hasSize(2);
      assertThat(own.run("collections", "info", "d", "-o", "table").out())
          .containsPattern("(?m)^config.params.vectors.size +3 *$");
      assertThat(own.run("status", "--ready", "-o", "table").out()).isEqualTo("ready\n");
      assertThat(own.run("collections", "rm", "d").exitCode()).as("asks").isEqualTo(1);
      assertThat(own.run("collections", "rm", "d", "--yes").exitCode()).isZero();
      assertThat(own.run("collections", "rm", "d", "--yes").exitCode())
          .as("there is none")
          .isEqualTo(1);
      assertThat(LocalServer.runAlone("--help").out())
          .contains(
              "upsert",
              "search",
              "count",
              "delete",
              "collections",
              "status",
              "snapshot",
              "import",
              "export",
              "migrate",
              "reindex",
              "dead-letters",
              "doctor",
              "completion");
      assertThat(LocalServer.runAlone("completion", "fish").out()).contains("collections");
      assertThat(LocalServer.runAlone("count", "-c", "c", "--url", "http://127.0.0.1:1").err())
          .startsWith("millrace count: no server answers at http://127.0.0.1:1; start one with");
    } finally {
      System.setIn(INPUT);
    }
  }

  /// See `ConfigurationTest`.
  @Test
  void row38_environment() throws Exception {
    Path key = Files.writeString(folder.resolve("key"), "sesame\n");
    try (var own =
        new LocalServer(
            folder.resolve("one"),
            "",
            Map.of(
                "MILLRACE__SERVICE__API_KEY_FILE",
                key.toString(),
                "QDRANT__SERVICE__MAX_REQUEST_SIZE_MB",
                "1"))) {
      assertThat(own.send("GET", "/collections", "").statusCode()).isEqualTo(401);
      assertThat(own.send("GET", "/collections", "", "api-key", "sesame").statusCode())
          .isEqualTo(200);
      assertThat(
              own.send(
                      "PUT", "/collections/c", "'" + "x".repeat(1 << 20) + "'", "api-key", "sesame")
                  .body())
          .contains("limit: 1048576 bytes");
    }
    Path file = Files.writeString(folder.resolve("c.yaml"), "service: { http_port: 1 }\n");
    Map<String, String> environment = Map.of("MILLRACE__SERVICE__HTTP_PORT", "2");
    assertThat(port(file, Map.of(), List.of())).isEqualTo(1);
    assertThat(port(file, environment, List.of())).isEqualTo(2);
    assertThat(port(file, environment, List.of(new Assignment("service.http_port", "3", "--port"))))
        .isEqualTo(3);
    assertThat(
            Configuration.read(
                    Optional.of(file),
                    Map.of("GOVECTOR_PORT", "1", "GOVECTOR_DB", "x", "GOVECTOR_LOG_LEVEL", "y"),
                    List.of())
                .warnings())
        .containsExactlyInAnyOrder(
            "GOVECTOR_PORT is not read; the same is set by MILLRACE__SERVICE__HTTP_PORT",
            "GOVECTOR_DB is not read; the same is set by MILLRACE__STORAGE__STORAGE_PATH",
            "GOVECTOR_LOG_LEVEL is not read; the same is set by MILLRACE__LOG_LEVEL");
  }

  /// See `ReferenceTest`.
  @Test
  void row39_configuration_file() throws IOException {
    Path shipped = ProjectFiles.root().resolve("config/millrace.yaml");
    List<String> lines = Files.readAllLines(shipped);
    int sources =
        lines.indexOf(
            "## Defaults for all Kafka sources. `properties` go to the client unchanged.");
    for (int i = 1; i < sources; i++) {
      if (lines.get(i).matches("#  [a-z_]+:.*")) {
        assertThat(lines.get(i - 1)).as("above " + lines.get(i)).startsWith("#  ");
      }
    }
    String plain = printed("serve", "--check-config", "--config", shipped.toString());
    assertThat(plain).containsPattern("(?m)^service.http_port += 6333 +# built in");
    Path own =
        Files.writeString(folder.resolve("c.yaml"), "service:\n  api_key: hush-hush-0123456789\n");

    String checked = printed("serve", "--check-config", "--config", own.toString());

    assertThat(checked)
        .containsPattern("(?m)^service.api_key += .*c.yaml line 2")
        .doesNotContain("hush-hush");
    for (String line : checked.lines().toList()) {
      if (!line.startsWith("#") && !line.isBlank()) {
        assertThat(line).matches("[a-z0-9_.]+ += .* ?# .*");
      }
    }
  }

  @Test
  void row40_parameters_survive() {
    try (var own = new LocalServer(folder, "")) {
      own.ask(
          "POST",
          "/collections",
          "{'name':'c','vector_size':2,'distance':'dot',"
              + "'parameters':{'m':9,'ef_construction':33,'ef_search':7,'k':3}}");
      own.ask("PATCH", "/collections/c", "{'hnsw_config':{'m':11}}");
      JsonNode before = own.ask("GET", "/collections/c", "").path("config");

      own.restart();

      JsonNode config = own.ask("GET", "/collections/c", "").path("config");
      assertThat(config).isEqualTo(before);
      assertThat(config.at("/hnsw_config/m").intValue()).isEqualTo(11);
      assertThat(config.at("/hnsw_config/ef_construct").intValue()).isEqualTo(33);
      write(own, "c", 1, 5);
      assertThat(own.ask("POST", "/collections/c/points/search", "{'vector':[1,1]}")).hasSize(3);
    }
  }

  /// See `OperateIT` for formats and rotation.
  @Test
  void row42_log_level() {
    String before = server.ask("GET", "/logger", "").path("log_level").asString();
    try {
      server.ask("POST", "/logger", "{'log_level':'error'}");

      assertThat(server.ask("GET", "/logger", "").path("log_level").asString()).isEqualTo("ERROR");
      assertThat(server.refusal("POST", "/logger", "{'log_level':'loud'}")).startsWith("400 ");
    } finally {
      server.ask("POST", "/logger", "{'log_level':'" + before + "'}");
    }
  }

  // ---- network and security

  /// See `StartIT` for the warning.
  @Test
  void row51_address() throws IOException {
    assertThat(printed("serve", "--check-config", "-p", "1"))
        .containsPattern("(?m)^service.host += 127.0.0.1 +# built in");
    URI url = URI.create(server.url());
    var others =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
            .toList();
    for (var address : others) {
      try (var socket = new Socket()) {
        assertThatThrownBy(
                () -> socket.connect(new InetSocketAddress(address, url.getPort()), 1_000))
            .as(address.toString())
            .isInstanceOf(IOException.class);
      }
    }
    assertThat(project("Dockerfile")).contains("MILLRACE__SERVICE__HOST=0.0.0.0");
  }

  /// See `OperateIT` and `DeploymentTest`.
  @Test
  void row52_ports() throws IOException {
    int metrics = freePort();
    try (var own =
        new LocalServer(
            folder,
            "",
            Map.of(
                "MILLRACE__SERVICE__METRICS_PORT",
                String.valueOf(metrics),
                "MILLRACE__SERVICE__API_KEY",
                "sesame"))) {
      String url = "http://127.0.0.1:" + metrics;
      assertThat(get(url + "/metrics")).contains("app_info{");
      assertThat(get(url + "/readyz")).isEqualTo("all shards are ready");
      assertThat(own.send("GET", "/metrics", "").statusCode()).isEqualTo(401);
    }
    assertThat(project("packaging/systemd/millrace.service")).contains("IPAddressAllow=");
    assertThat(project("k8s/base/networkpolicy.yaml")).contains("port: ");
    assertThat(project("Dockerfile")).contains("EXPOSE 6333 6334");
  }

  /// See `CertificateTest` for renewal and clients' certificates.
  @Test
  void row54_tls() throws Exception {
    Path store = folder.resolve("keys.p12");
    char[] password = "secret".toCharArray();
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "k",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "secret")
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), password);
    Path certificate = pem("CERTIFICATE", keys.getCertificate("k").getEncoded());
    Path key = pem("PRIVATE KEY", keys.getKey("k", password).getEncoded());
    try (var own =
        new LocalServer(
            folder.resolve("server"),
            "",
            Map.of(
                "MILLRACE__SERVICE__ENABLE_TLS", "true",
                "MILLRACE__TLS__CERT", certificate.toString(),
                "MILLRACE__TLS__KEY", key.toString()))) {
      var trusting = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      KeyStore trust = KeyStore.getInstance("PKCS12");
      trust.load(null, null);
      trust.setCertificateEntry("server", keys.getCertificate("k"));
      trusting.init(trust);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trusting.getTrustManagers(), null);
      try (HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
        URI url = URI.create(own.url().replace("http:", "https:") + "/collections");
        HttpResponse<String> answer =
            client.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString());
        assertThat(answer.body()).contains("\"status\":\"ok\"");
        assertThat(answer.sslSession().orElseThrow().getProtocol()).isIn("TLSv1.2", "TLSv1.3");
      }
      assertThatThrownBy(() -> own.send("GET", "/collections", ""))
          .as("in the clear")
          .isInstanceOf(UncheckedIOException.class);
    }
  }

  /// See `GuardsRestTest` and `docs/reliability.md`.
  @Test
  void row57_limits() {
    server.create("row57", "{'vectors':{'size':2,'distance':'Dot'}}");
    String points = "/collections/row57/points";
    String search = "{'vector':[1,0],'limit':1}";
    Map<String, String> refused = new LinkedHashMap<>();
    refused.put(
        "POST " + points + "/count {'filter':{'must':[" + list("{'has_id':[1]}", 4_097) + "]}}",
        "400");
    refused.put(
        "POST " + points + "/count {'filter':{'must':[{'has_id':[" + list("1", 65_537) + "]}]}}",
        "400");
    refused.put(
        "POST " + points + "/count {'filter':" + "{'must':[".repeat(34) + "]}".repeat(34) + "}",
        "400");
    refused.put("POST " + points + "/search/batch {'searches':[" + list(search, 513) + "]}", "400");
    refused.put(
        "POST "
            + points
            + "/query {'prefetch':["
            + list("{'query':[1,0]}", 65)
            + "],'query':[1,0]}",
        "400");
    refused.put("POST " + points + "/search {'vector':[1,1e39],'limit':1}", "400");
    refused.put("PUT /collections/row57-x {'vectors':{'size':65537,'distance':'Dot'}}", "422");
    refused.put(
        "PUT /collections/" + "n".repeat(256) + " {'vectors':{'size':1,'distance':'Dot'}}", "422");
    refused.put(
        "PUT "
            + points
            + " {'points':[{'id':1,'vector':[1,0],'payload':"
            + "{'a':".repeat(130)
            + "1"
            + "}".repeat(130)
            + "}]}",
        "400");
    refused.put("GET /collections/" + "n".repeat(9_000) + " ", "414");
    refused.forEach((call, status) -> {
      String[] parts = call.split(" ", 3);
      assertThat(server.send(parts[0], parts[1], parts[2]).statusCode())
          .as(call.substring(0, Math.min(150, call.length())))
          .isEqualTo(Integer.parseInt(status));
    });
    write(server, "row57", 1, 3);
    assertThat(
            server.ask(
                "POST",
                points + "/search",
                "{'vector':[1,0],'limit':18446744073709551615,'params':{'hnsw_ef':1000000}}"))
        .hasSize(3);
  }

  // ---- monitoring

  /// See `MonitoringIT` and `OperationsApiTest`.
  @Test
  void row67_on_by_default() {
    try (var own = new LocalServer(folder, "")) {
      assertThat(own.send("GET", "/metrics", "").body())
          .contains(
              "app_info{",
              "millrace_build_info{",
              "millrace_log_fsync_seconds",
              "jvm_memory_used_bytes{");
    }
  }

  @Test
  void row68_metrics_of_the_api() {
    server.create("row68", "{'vectors':{'size':2,'distance':'Dot'}}");
    server.ask("POST", "/collections/row68/points/search", "{'vector':[1,0],'limit':1}");
    server.send("POST", "/collections/row68/points/search", "{'vector':[1],'limit':1}");

    String labels =
        "{method=\"POST\",endpoint=\"/collections/{collection_name}/points/search\",status=\"%s\"}";
    assertThat(server.send("GET", "/metrics", "").body())
        .contains("rest_responses_total" + labels.formatted("200"))
        .contains("rest_responses_total" + labels.formatted("400"))
        .contains("rest_responses_avg_duration_seconds" + labels.formatted("200"))
        .contains("rest_responses_duration_seconds_bucket{", "le=\"0.001\"", "le=\"50\"")
        .contains("millrace_http_connections", "millrace_request_queue_seconds_bucket{");
  }

  @Test
  void row69_metrics_of_storage() {
    server.create("row69", "{'vectors':{'size':2,'distance':'Dot'}}");
    write(server, "row69", 1, 3);

    assertThat(server.send("GET", "/metrics", "").body())
        .contains("millrace_log_fsync_seconds_bucket{", "millrace_log_group_operations_bucket{")
        .contains("# TYPE millrace_commit_seconds histogram")
        .containsPattern("millrace_disk_bytes\\{collection=\"row69\",part=\"log\"} [1-9]");
  }

  @Test
  void row70_metrics_of_the_process() {
    String metrics = server.send("GET", "/metrics", "").body();
    for (String name :
        List.of(
            "process_threads",
            "jvm_memory_used_bytes\\{area=\"heap\"}",
            "jvm_threads_current",
            "jvm_gc_collection_seconds_count\\{gc=\"[^\"]+\"}",
            "jvm_buffer_pool_used_bytes\\{pool=\"mapped[^\"]*\"}",
            "process_cpu_seconds_total")) {
      assertThat(metrics).as(name).containsPattern("(?m)^" + name + " \\d");
    }
    if (Files.isDirectory(Path.of("/proc/self"))) {
      for (String name :
          List.of(
              "memory_resident_bytes",
              "process_open_fds",
              "process_max_fds",
              "process_open_mmaps",
              "process_minor_page_faults_total",
              "process_major_page_faults_total")) {
        assertThat(metrics).as(name).containsPattern("(?m)^" + name + " \\d");
      }
    }
  }

  @Test
  void row72_scrapes() {
    assertThat(project("docker/prometheus/prometheus.yml")).contains("scrape_interval: 15s");
    assertThat(project("k8s/components/monitoring/servicemonitor.yaml")).contains("interval: 30s");
    for (int i = 0; i < 20; i++) {
      server.create("row72-" + i, "{'vectors':{'size':2,'distance':'Dot'}}");
    }
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      long begin = System.nanoTime();
      assertThat(server.send("GET", "/metrics", "").statusCode()).isEqualTo(200);
      best = Math.min(best, System.nanoTime() - begin);
    }
    assertThat(best).isLessThan(50_000_000);
  }

  /// See `MonitoringIT`, which asks a live server for what the panels show.
  @Test
  void row73_dashboard() {
    List<String> rows = new ArrayList<>();
    var expressions = new StringBuilder();
    JsonNode dashboard = LocalServer.JSON.readTree(project("monitoring/dashboard.json"));
    for (JsonNode panel : dashboard.path("panels")) {
      if (panel.path("type").asString().equals("row")) {
        rows.add(panel.path("title").asString());
      }
      panel
          .path("targets")
          .forEach(target -> expressions.append(target.path("expr").asString()).append('\n'));
    }

    assertThat(rows)
        .contains(
            "Traffic and errors", "Latency", "Log, index, disk", "Ingestion", "Java and machine");
    assertThat(expressions.toString())
        .contains(
            "rest_responses_total",
            "histogram_quantile(0.99,",
            "millrace_log_fsync_seconds",
            "jvm_gc_",
            "process_cpu_seconds_total",
            "memory_resident_bytes",
            "millrace_disk_read_bytes_total",
            "millrace_source_lag_seconds");
  }

  /// See `monitoring/alerts_test.yml`.
  @Test
  void row74_alerts() {
    String alerts = project("monitoring/alerts.yml").replaceAll("\\s+", " ");
    for (String alert :
        List.of(
            "millrace_ready == 0 for: 2m labels: { severity: critical }",
            "millrace_read_only == 1 for: 1m labels: { severity: critical }",
            "> 0.01 for: 5m labels: { severity: critical }",
            "> 1 for: 10m labels: { severity: critical }",
            "millrace_collection_red == 1 labels: { severity: critical }",
            "millrace_disk_size_bytes < 0.10 for: 1m labels: { severity: critical }",
            "> 5 for: 10m labels: { severity: warning }",
            "(millrace_source_lag_seconds) > 60 for: 10m labels: { severity: warning }",
            "increase(millrace_dead_letters_total[10m])) > 0 for: 10m labels: { severity: warning"
                + " }",
            "millrace_disk_size_bytes < 0.15 for: 10m labels: { severity: warning }",
            "> 0.1 for: 10m labels: { severity: warning }",
            "> 0.8 for: 5m labels: { severity: warning }",
            "millrace_deleted_ratio > 0.4 for: 1h labels: { severity: notice }",
            "expr: >- millrace_indexed_ratio < 0.8 and",
            "process_open_mmaps / system_max_mmaps > 0.7 for: 10m labels: { severity: notice }")) {
      assertThat(alerts).contains(alert);
    }
    assertThat(alerts).contains("26 * 3600");
    String manifest = project("k8s/components/monitoring/prometheusrule.yaml");
    assertThat(manifest.lines().filter(line -> line.contains("- alert: ")).map(String::strip))
        .isEqualTo(
            project("monitoring/alerts.yml")
                .lines()
                .filter(line -> line.contains("- alert: "))
                .map(String::strip)
                .toList());
  }

  /// See `OperateIT` for the lines themselves.
  @Test
  void row75_request_ids() {
    var given = server.send("GET", "/collections", "", "x-request-id", "order-7");
    var made = server.send("GET", "/collections", "");

    assertThat(given.headers().firstValue("x-request-id")).contains("order-7");
    assertThat(made.headers().firstValue("x-request-id").orElse("")).hasSize(36);
    assertThat(project("docs/operations/monitoring.md")).contains("to Loki", "to Elasticsearch");
  }

  /// See `DeploymentTest`.
  @Test
  void row76_restarts() {
    assertThat(project("packaging/systemd/millrace.service"))
        .contains("Restart=on-failure", "WatchdogSec=");
    assertThat(project("docker-compose.yml")).contains("restart: unless-stopped", "healthcheck:");
    assertThat(project("k8s/base/statefulset.yaml"))
        .contains("startupProbe:", "livenessProbe:", "readinessProbe:", "/livez", "/readyz");
    assertThat(server.send("GET", "/livez", "").statusCode()).isEqualTo(200);
  }

  // ---- backup and restore

  /// See `SnapshotsApiTest`, `ServeIT`.
  @Test
  void row77_snapshots() throws Exception {
    server.create("row77", "{'vectors':{'size':2,'distance':'Dot'}}");
    write(server, "row77", 1, 5);

    JsonNode made = server.ask("POST", "/collections/row77/snapshots", "");
    for (int i = 0; i < 3; i++) {
      server.run("snapshot", "create", "-c", "row77", "--keep", "2").json();
    }

    assertThat(made.path("checksum").asString()).matches("[0-9a-f]{64}");
    JsonNode kept = server.run("snapshot", "list", "-c", "row77").json();
    assertThat(kept).hasSize(2);
    Path file = folder.resolve("x.snapshot");
    String name = kept.at("/0/name").asString();
    server.run("snapshot", "download", "-c", "row77", name, "--to", file.toString());
    assertThat(sha256(file)).isEqualTo(kept.at("/0/checksum").asString());
    assertThat(server.send("GET", "/metrics", "").body())
        .containsPattern("millrace_snapshot_last_timestamp_seconds\\{collection=\"row77\"} [1-9]")
        .containsPattern("(?m)^snapshot_created_total\\{id=\"row77\"} 4$");
    assertThat(project("k8s/components/snapshots/cronjob.yaml"))
        .contains("snapshot, create, --all");
  }

  /// See `BackupsTest`, `S3StoreTest`.
  @Test
  void row78_only_new_files() throws IOException {
    server.create("row78", "{'vectors':{'size':2,'distance':'Dot'}}");
    write(server, "row78", 1, 500);
    String target = folder.resolve("backups").toString();

    assertThat(server.run("backup", "create", target, "-c", "row78").exitCode()).isZero();
    Map<Path, Object> before = writings(folder.resolve("backups"));
    long second = Instant.now().getEpochSecond();
    Processes.await("another time", () -> Instant.now().getEpochSecond() > second);
    write(server, "row78", 501, 502);
    assertThat(server.run("backup", "create", target, "-c", "row78").exitCode()).isZero();

    Map<Path, Object> after = writings(folder.resolve("backups"));
    assertThat(after).as("what was there is not written again").containsAllEntriesOf(before);
    assertThat(after.size()).isGreaterThan(before.size());
    assertThat(LocalServer.runAlone("backup", "verify", target).exitCode()).isZero();
    assertThat(LocalServer.runAlone("backup", "list", target).json()).hasSize(2);
  }

  @Test
  void row79_snapshot_files() throws IOException {
    Path volume = Files.createDirectory(folder.resolve("volume"));
    try (var own =
        new LocalServer(
            folder.resolve("server"),
            "",
            Map.of("MILLRACE__STORAGE__SNAPSHOTS_PATH", volume.toString()))) {
      own.create("c", "{'vectors':{'size':2,'distance':'Dot'}}");
      String name = own.ask("POST", "/collections/c/snapshots", "").path("name").asString();

      assertThat(own.data().resolve("snapshots")).doesNotExist();
      try (var all = Files.walk(volume)) {
        List<Path> files = all.filter(Files::isRegularFile).toList();
        assertThat(files).anyMatch(file -> file.endsWith(name));
        for (Path file : files) {
          assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
              .as(file.toString())
              .isEqualTo("rw-------");
        }
      }
    }
  }

  /// See `RestoreCrashTest` of index-core.
  @Test
  void row80_restore() throws IOException {
    server.create("row80", "{'vectors':{'size':2,'distance':'Dot'}}");
    write(server, "row80", 1, 5);
    server.alias("row80-alias", "row80");
    Path file = snapshot("row80");
    write(server, "row80", 6, 9);

    var restored =
        server.run(
            "snapshot",
            "restore",
            file.toString(),
            "--as",
            "row80-2",
            "--switch-alias",
            "row80-alias",
            "-o",
            "table");

    assertThat(restored.out()).isEqualTo("restored row80-2\n");
    assertThat(server.behind("row80-alias")).isEqualTo("row80-2");
    assertThat(count(server, "row80-alias", "{}")).isEqualTo(5);
    assertThat(count(server, "row80", "{}")).isEqualTo(9);
    byte[] damaged = Files.readAllBytes(file);
    damaged[damaged.length / 2] ^= 1;
    Files.write(file, damaged);
    var refused = server.run("snapshot", "restore", file.toString(), "--as", "row80-2");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(count(server, "row80-2", "{}")).isEqualTo(5);
  }

  /// See `TransferTest`.
  @Test
  void row81_some_points() {
    server.create("row81", "{'vectors':{'size':2,'distance':'Dot'}}");
    server.create("row81-2", "{'vectors':{'size':2,'distance':'Dot'}}");
    write(server, "row81", 1, 10);
    String file = folder.resolve("some.ndjson").toString();

    var out =
        server.run(
            "export",
            "-c",
            "row81",
            file,
            "--filter",
            "{\"must\":[{\"key\":\"n\",\"range\":{\"gt\":7}}]}");
    var in = server.run("import", "-c", "row81-2", file);

    assertThat(out.exitCode()).as(out.err()).isZero();
    assertThat(in.exitCode()).as(in.err()).isZero();
    assertThat(server.points("row81-2"))
        .isEqualTo(Map.of("8", "{\"n\":8}", "9", "{\"n\":9}", "10", "{\"n\":10}"));
  }

  /// See R-81 in `docs/reliability.md`, and `scripts/drill`.
  @Test
  void row82_source_positions() throws IOException {
    Path inbox = Files.createDirectories(folder.resolve("inbox"));
    try (var own =
        new LocalServer(
            folder.resolve("server"),
            """
            sources:
              drop: { type: files, path: %s, settle: 50ms, bindings: [ { files: ["*"], collection: c } ] }
            """
                .formatted(inbox))) {
      own.create("c", "{'vectors':{'size':1,'distance':'Dot'}}");
      Files.writeString(inbox.resolve("a.ndjson"), "{\"id\":1,\"vector\":[1]}\n");
      Processes.await("the file is taken", () -> count(own, "c", "{}") == 1);
      String name = own.ask("POST", "/collections/c/snapshots", "").path("name").asString();
      Path file = folder.resolve("c.snapshot");
      own.run("snapshot", "download", "-c", "c", name, "--to", file.toString());

      JsonNode manifest = LocalServer.runAlone("snapshot", "verify", file.toString()).json();

      assertThat(manifest.toString()).contains("drop");
    }
  }

  /// The core of `scripts/drill`: lose everything, restore, compare every byte of every point.
  @Test
  void row83_drill() throws Exception {
    Path before = folder.resolve("before.ndjson");
    Path after = folder.resolve("after.ndjson");
    Path file;
    try (var lost = new LocalServer(folder.resolve("one"), "")) {
      lost.create("c", "{'vectors':{'size':2,'distance':'Dot'}}");
      write(lost, "c", 1, 300);
      String name = lost.ask("POST", "/collections/c/snapshots", "").path("name").asString();
      file = folder.resolve("c.snapshot");
      lost.run("snapshot", "download", "-c", "c", name, "--to", file.toString());
      assertThat(lost.run("export", "-c", "c", before.toString()).exitCode()).isZero();
    }
    try (var found = new LocalServer(folder.resolve("two"), "")) {
      assertThat(found.run("snapshot", "restore", file.toString(), "--as", "c").exitCode())
          .isZero();
      assertThat(found.run("export", "-c", "c", after.toString()).exitCode()).isZero();
    }
    assertThat(Files.readAllLines(after)).hasSize(300);
    assertThat(sha256(after)).isEqualTo(sha256(before));
    assertThat(project("scripts/drill")).contains("RTO", "RPO");
  }

  /// See `DoctorIT`.
  @Test
  void row84_doctor() throws IOException {
    try (var own = new LocalServer(folder, "")) {
      own.create("c", "{'vectors':{'size':2,'distance':'Dot'}}");
      write(own, "c", 1, 5);
      own.stop();
      String data = own.data().toString();
      var whole = LocalServer.runAlone("doctor", "-d", data, "-o", "table");
      assertThat(whole.exitCode()).as(whole.out() + whole.err()).isZero();
      assertThat(whole.out()).endsWith("the data is whole\n");
      Path rows;
      try (var files = Files.walk(folders(own).getFirst().resolve("index"))) {
        rows = files.filter(file -> file.toString().endsWith(".mvr")).findFirst().orElseThrow();
      }
      byte[] content = Files.readAllBytes(rows);
      content[content.length / 2] ^= 1;
      Files.write(rows, content);

      var damaged = LocalServer.runAlone("doctor", "--data-dir", data, "-o", "json");

      assertThat(damaged.exitCode()).isEqualTo(1);
      JsonNode found = LocalServer.JSON.readTree(damaged.out());
      assertThat(found.path("whole").booleanValue()).isFalse();
      assertThat(
              found
                  .path("findings")
                  .valueStream()
                  .filter(f -> f.path("kind").asString().equals("damage")))
          .anyMatch(finding -> finding.toString().contains(rows.getFileName().toString()));
      own.start();
    }
  }

  /// See `MonitoringIT` (a runbook for each alert) and `PagesTest` (their commands).
  @Test
  void row85_runbooks() {
    String runbooks = project("docs/operations/runbooks.md");
    project("monitoring/alerts.yml")
        .lines()
        .filter(line -> line.contains("runbooks.md#"))
        .map(line -> line.substring(line.indexOf('#') + 1))
        .forEach(anchor -> assertThat(runbooks.toLowerCase(Locale.ROOT)).contains("# " + anchor));
    assertThat(project("docs/operations/backup.md")).contains("s3://", "RPO", "RTO");
  }

  // ---- upgrade

  /// See `DoctorIT` and `DataFolderTest`.
  @Test
  void row86_format() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    Files.writeString(data.resolve("FORMAT"), "999\n");

    var doctor = LocalServer.runAlone("doctor", "--can-open", "-d", data.toString());
    var serve = LocalServer.runAlone("serve", "-d", data.toString(), "-p", "0");

    for (var ran : List.of(doctor, serve)) {
      assertThat(ran.exitCode()).isEqualTo(1);
      assertThat(ran.err())
          .contains("has format version 999, this version of Millrace reads up to 1.")
          .hasLineCount(1);
    }
    try (var files = Files.list(data)) {
      assertThat(files).containsExactly(data.resolve("FORMAT"));
    }
    try (var own = new LocalServer(folder.resolve("own"), "")) {
      own.stop();
      assertThat(
              LocalServer.runAlone("doctor", "--can-open", "-d", own.data().toString()).exitCode())
          .isZero();
      own.start();
    }
  }

  /// See `scripts/tests/blue-green.sh` for the script.
  @Test
  void row87_alias_switch() {
    for (String name : List.of("row87-blue", "row87-green")) {
      server.create(name, "{'vectors':{'size':1,'distance':'Dot'}}");
    }
    write(server, "row87-blue", 1, 1);
    write(server, "row87-green", 1, 2);
    server.alias("row87", "row87-blue");
    var done = new AtomicBoolean();
    var statuses = ConcurrentHashMap.<Integer>newKeySet();
    CompletableFuture<Void> reads =
        CompletableFuture.runAsync(() -> {
          while (!done.get()) {
            statuses.add(server.send("POST", "/collections/row87/points/count", "{}").statusCode());
          }
        });

    for (int i = 0; i < 20; i++) {
      server.ask(
          "POST",
          "/collections/aliases",
          """
          {'actions':[{'delete_alias':{'alias_name':'row87'}},
            {'create_alias':{'alias_name':'row87','collection_name':'row87-%s'}}]}\
          """
              .formatted(i % 2 == 0 ? "green" : "blue"));
      assertThat(count(server, "row87", "{}")).isEqualTo(i % 2 == 0 ? 2 : 1);
    }
    done.set(true);
    reads.join();

    assertThat(statuses).as("reads never pause").containsExactly(200);
  }

  /// See `DataFormatTest` of index-core, which keeps a folder and a snapshot of each version.
  @Test
  void row92_folders_of_before() throws IOException {
    Path kept = ProjectFiles.root().resolve("index-core/src/test/resources/data-format/data-1.zip");
    Path data = folder.resolve("data");
    try (var zip = new ZipInputStream(Files.newInputStream(kept))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path target = data.resolve(entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.getParent());
          Files.copy(zip, target);
        }
      }
    }

    try (var own = new LocalServer(folder, "")) {
      JsonNode found = own.ask("GET", "/collections", "").path("collections");
      assertThat(found).isNotEmpty();
      for (JsonNode each : found) {
        String name = each.path("name").asString();
        assertThat(own.ask("GET", "/collections/" + name, "").path("status").asString())
            .as(name)
            .isNotEqualTo("red");
        assertThat(count(own, name, "{}")).as(name).isEqualTo(own.points(name).size());
      }
    }
  }

  // ---- verification and troubleshooting

  /// See `ServeIT`, `StartIT` (also for a broker that is away) and `StartFailuresTest`.
  @Test
  void row96_start_fails() throws IOException {
    int taken = URI.create(server.url()).getPort();
    String data = folder.resolve("data").toString();
    Path file = Files.writeString(folder.resolve("file"), "x");

    assertFails(
        "127.0.0.1:"
            + taken
            + " is in use by another process; stop that one or choose another port by --port",
        "-d",
        data,
        "-p",
        String.valueOf(taken));
    assertFails(
        "the data folder " + file + " is a file; choose a folder by --data-dir",
        "-d",
        file.toString(),
        "-p",
        "0");
    assertFails(
        "203.0.113.7:7 cannot be listened on: Cannot assign requested address; choose another"
            + " address by --host",
        "-d",
        data,
        "-p",
        "7",
        "--host",
        "203.0.113.7");
    var locked = LocalServer.runAlone("serve", "-d", server.data().toString(), "-p", "0");
    assertThat(locked.exitCode()).isEqualTo(1);
    assertThat(locked.err())
        .matches(
            "millrace serve: The folder .* is in use by .* \\(pid=%d host=\\S+ started=\\S+\\).*\n"
                .formatted(ProcessHandle.current().pid()));
  }

  /// See `RestApiTest`, `VectorKindsTest`.
  @Test
  void row97_errors_of_requests() {
    server.create(
        "row97", "{'vectors':{'a':{'size':2,'distance':'Dot'},'b':{'size':3,'distance':'Dot'}}}");
    server.create("row97u", "{'vectors':{'size':2,'distance':'Dot'}}");
    String dimension = "400 Wrong input: Vector dimension error: expected dim: 2, got 3";

    assertThat(
            server.refusal(
                "PUT", "/collections/row97-no/points", "{'points':[{'id':1,'vector':[1]}]}"))
        .isEqualTo("404 Not found: Collection `row97-no` doesn't exist!");
    assertThat(
            server.refusal(
                "PUT", "/collections/row97u/points", "{'points':[{'id':7,'vector':[1,2,3]}]}"))
        .as("one point: Qdrant's words alone")
        .isEqualTo(dimension);
    assertThat(
            server.refusal(
                "POST", "/collections/row97u/points/search", "{'vector':[1,2,3],'limit':1}"))
        .isEqualTo(dimension);
    assertThat(
            server.refusal(
                "PUT",
                "/collections/row97u/points",
                "{'points':[{'id':6,'vector':[1,2]},{'id':7,'vector':[1,2,3]}]}"))
        .isEqualTo(dimension + " (points[1], id 7)");
    assertThat(
            server.refusal(
                "PUT",
                "/collections/row97/points",
                "{'points':[{'id':6,'vector':{'a':[1,2]}},{'id':7,'vector':{'b':[1]}}]}"))
        .isEqualTo(
            "400 Wrong input: Vector dimension error: expected dim: 3, got 1 for vector 'b'"
                + " (points[1], id 7)");
    assertThat(
            server.refusal(
                "PUT",
                "/collections/row97/points",
                "{'batch':{'ids':[6,7],'vectors':{'c':[[1],[2]]}}}"))
        .isEqualTo("400 Wrong input: Not existing vector name error: c (points[0], id 6)");
  }

  /// See `ReindexIT` for topics; here from the collection itself.
  @Test
  void row98_reindex() {
    server.create("row98-1", "{'vectors':{'size':2,'distance':'Dot'}}");
    write(server, "row98-1", 1, 20);
    server.alias("row98", "row98-1");

    var ran = server.run("reindex", "-c", "row98", "--from", "collection", "-o", "table");

    assertThat(ran.exitCode()).as(ran.out() + ran.err()).isZero();
    assertThat(server.behind("row98")).isNotEqualTo("row98-1");
    assertThat(server.points("row98")).isEqualTo(server.points("row98-1"));
  }

  /// See `StrictModeRestTest`, `ListenerTest`.
  @Test
  void row100_retries() {
    server.create("row100", "{'vectors':{'size':2,'distance':'Dot'}}");
    write(server, "row100", 1, 3);
    write(server, "row100", 1, 3);
    assertThat(count(server, "row100", "{}")).as("a write may be sent again").isEqualTo(3);
    server.ask(
        "PATCH",
        "/collections/row100",
        "{'strict_mode_config':{'enabled':true,'read_rate_limit':1}}");
    String scroll = "/collections/row100/points/scroll";
    server.send("POST", scroll, "{}");

    var refused = server.send("POST", scroll, "{}");

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After").orElse("")).matches("\\d+");
    assertThat(project("docs/coming-from.md")).contains("429 and 503, after `Retry-After` seconds");
  }

  /// See `scripts/tests/documents.sh`, which runs the blocks; T-16 has the links.
  @Test
  void row102_documents() {
    for (String page : List.of("README.md", "docs/quickstart.md", "docs/configuration.md")) {
      assertThat(project(page)).as(page).contains("```sh");
      assertThat(project("scripts/tests/documents.sh")).contains(page);
    }
  }

  // ---- what the tests share

  private static void write(LocalServer on, String collection, int from, int to) {
    int size =
        on.ask("GET", "/collections/" + collection, "")
            .at("/config/params/vectors/size")
            .intValue();
    var points = new StringBuilder();
    for (int id = from; id <= to; id++) {
      points
          .append(points.isEmpty() ? "" : ",")
          .append(
              "{'id':%d,'vector':[%d%s],'payload':{'n':%d}}"
                  .formatted(id, id, ",1".repeat(size - 1), id));
    }
    on.ask(
        "PUT", "/collections/" + collection + "/points?wait=true", "{'points':[" + points + "]}");
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

  /// The server ends with 1 and this one line.
  private static void assertFails(String sentence, String... flags) {
    var arguments = new ArrayList<>(List.of("serve"));
    arguments.addAll(List.of(flags));
    var ran = LocalServer.runAlone(arguments.toArray(String[]::new));
    assertThat(ran.exitCode()).as(ran.err()).isEqualTo(1);
    assertThat(ran.err()).isEqualTo("millrace serve: " + sentence + "\n");
  }

  /// A snapshot of a collection, fetched.
  private Path snapshot(String collection) {
    String name =
        server.ask("POST", "/collections/" + collection + "/snapshots", "").path("name").asString();
    Path file = folder.resolve(collection + ".snapshot");
    server.run("snapshot", "download", "-c", collection, name, "--to", file.toString());
    return file;
  }

  private static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  /// When each file was written, and as which one of the file system.
  private static Map<Path, Object> writings(Path folder) throws IOException {
    Map<Path, Object> writings = new LinkedHashMap<>();
    try (var all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        BasicFileAttributes facts = Files.readAttributes(file, BasicFileAttributes.class);
        writings.put(file, facts.lastModifiedTime() + " " + facts.fileKey());
      }
    }
    return writings;
  }

  /// What a command that is no client says on stdout.
  private static String printed(String... arguments) {
    var bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      var ran = LocalServer.runAlone(arguments);
      assertThat(ran.exitCode()).as(ran.err()).isZero();
    } finally {
      System.setOut(OUTPUT);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static int port(Path file, Map<String, String> environment, List<Assignment> flags)
      throws BadConfiguration {
    return Configuration.read(Optional.of(file), environment, flags)
        .settings()
        .service()
        .httpPort();
  }

  private static int freePort() throws IOException {
    try (var any = new ServerSocket(0)) {
      return any.getLocalPort();
    }
  }

  private static String get(String url) throws IOException {
    try (var in = URI.create(url).toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private Path pem(String kind, byte[] der) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return Files.writeString(
        folder.resolve(kind.replace(' ', '-') + ".pem"),
        "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
  }

  /// A file of the project.
  private static String project(String file) {
    return ProjectFiles.text(ProjectFiles.root().resolve(file));
  }

  private static String list(String item, int times) {
    return String.join(",", Collections.nCopies(times, item));
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

  private static int count(LocalServer on, String collection, String body) {
    return on.ask("POST", "/collections/" + collection + "/points/count", body)
        .path("count")
        .intValue();
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

  /// Those of its collections.
  private static List<Path> folders(LocalServer of) {
    try (var folders = Files.list(of.data().resolve("collections"))) {
      return folders.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
