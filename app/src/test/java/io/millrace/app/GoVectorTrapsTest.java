package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.app.LocalServer.Ran;
import io.millrace.app.command.CommandLineFactory;
import io.millrace.app.config.BadConfiguration;
import io.millrace.app.config.Configuration;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// What users of GoVector fell into: none of it happens here.
class GoVectorTrapsTest {
  private static final int GRAPH_POINTS = 10_000;
  private static final int GRAPH_SIZE = 12;

  @TempDir private static Path shared;
  private static LocalServer server;

  @TempDir private Path folder;

  /// Two graphs are built while other tests run.
  @BeforeAll
  static void start() {
    server = new LocalServer(shared, "");
    for (int efConstruct : new int[] {8, 400}) {
      String name = "graph" + efConstruct;
      server.create(
          name,
          """
          {'vectors':{'size':%d,'distance':'Euclid'},'optimizers_config':{'indexing_threshold':10},
           'hnsw_config':{'m':4,'ef_construct':%d}}\
          """
              .formatted(GRAPH_SIZE, efConstruct));
      var random = new Random(7);
      var points = new StringBuilder();
      for (int id = 0; id < GRAPH_POINTS; id++) {
        points
            .append(id == 0 ? "" : ",")
            .append(
                "{'id':%d,'vector':%s,'payload':{'rare':%d}}"
                    .formatted(id, vector(random), id % 1_000));
      }
      server.ask(
          "PUT", "/collections/" + name + "/points?wait=true", "{'points':[" + points + "]}");
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /// The copy of the folder is what `kill -9` leaves; `GoVectorGuideIT` kills a process.
  @Test
  void t_01_a_deleted_collection_stays_deleted() throws IOException {
    try (var own = new LocalServer(folder.resolve("one"), "")) {
      for (String name : List.of("kept", "gone")) {
        own.create(name, "{'vectors':{'size':1,'distance':'Dot'}}");
        own.ask(
            "PUT",
            "/collections/" + name + "/points?wait=true",
            "{'points':[{'id':1,'vector':[1]}]}");
      }
      own.ask("DELETE", "/collections/gone", "");
      copy(own.data(), folder.resolve("two").resolve("data"));
    }
    try (var again = new LocalServer(folder.resolve("two"), "")) {
      assertThat(again.ask("GET", "/collections", "").toString())
          .isEqualTo("{\"collections\":[{\"name\":\"kept\"}]}");
      assertThat(again.send("GET", "/collections/gone", "").statusCode()).isEqualTo(404);
      try (var folders = Files.list(again.data().resolve("collections"))) {
        assertThat(folders).hasSize(1);
      }
      again.create("gone", "{'vectors':{'size':1,'distance':'Dot'}}");
      assertThat(again.points("gone")).isEmpty();
    }
  }

  /// See `scripts/tests/documents.sh` for the other pages.
  @Test
  void t_02_the_first_commands_of_the_readme_work() throws Exception {
    assumeTrue(
        new ProcessBuilder("sh", "-c", "command -v curl").start().waitFor() == 0,
        "skipped: no curl on this machine");
    String readme = project("README.md");
    int begin = readme.indexOf("```sh\ncurl ") + "```sh\n".length();
    String block = readme.substring(begin, readme.indexOf("```", begin));
    try (var own = new LocalServer(folder, "")) {
      Path script =
          Files.writeString(
              folder.resolve("block.sh"),
              "set -eu\n"
                  + block.replace("localhost:6333", own.url()).replace("curl -X", "curl -fsS -X"));
      Process process =
          new ProcessBuilder("sh", script.toString()).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(said).isZero();
      assertThat(said).contains("\"payload\":{\"word\":\"apple\"}");
    }
  }

  /// See `PagesTest` for the pages.
  @Test
  void t_03_every_flag_of_unit_image_compose_and_manifests_exists() throws IOException {
    var files = new ArrayList<Path>();
    for (String file :
        List.of(
            "Dockerfile",
            "docker-compose.yml",
            "packaging/systemd/millrace.service",
            "packaging/homebrew/millrace.rb.in",
            "packaging/deb/postinst")) {
      files.add(ProjectFiles.root().resolve(file));
    }
    try (var all = Files.walk(ProjectFiles.root().resolve("k8s"))) {
      all.filter(file -> file.toString().endsWith(".yaml")).forEach(files::add);
    }
    Pattern call =
        Pattern.compile(
            "(?:bin/millrace\"?,? |args: \\[|opt_bin/\"millrace\","
                + " |shell_output\\(\"#\\{bin}/millrace )([^\\]\\n"
                + "]*)");
    var checked = new TreeSet<String>();
    for (Path file : files) {
      Matcher matcher = call.matcher(ProjectFiles.text(file));
      while (matcher.find()) {
        List<String> words =
            List.of(matcher.group(1).replaceAll("[\",)]", " ").strip().split("\\s+"));
        checked.add(words.getFirst());
        assertThat(unknown(words)).as(file + ": " + matcher.group()).isEmpty();
      }
    }
    assertThat(checked).contains("serve", "health", "ingest", "query", "snapshot");
    assertThat(unknown(List.of("serve", "--no-such-flag"))).containsExactly("--no-such-flag");
  }

  @Test
  void t_04_wrong_command_lines_do_not_end_with_0() {
    Map<String, Integer> lines = new LinkedHashMap<>();
    for (String usage :
        List.of(
            "serv",
            "serve --prot 1",
            "serve -hnsw=true",
            "serve -hnsw",
            "serve --port",
            "serve --port many",
            "serve --port 70000",
            "serve --set service.htp_port=1",
            "serve --set nothing",
            "serve extra",
            "serve --log-level loud",
            "search -c c",
            "search -v 1,0",
            "search -c c -v [1, -l 1",
            "search -c c -v one",
            "search -c c -v 1,0 -l many",
            "search -c c -v 1,0 --filter {",
            "upsert -c c -i 1",
            "upsert -c c -j {",
            "upsert -c c -i 1 -v 1,0 --payload {",
            "delete -c c",
            "delete -c c -i 1 --filter {}",
            "delete -c c --filter {",
            "count -c c --filter {",
            "count -c c -o xml",
            "collections create c",
            "collections create c --size 2 --body {}",
            "collections create c --body {",
            "collections rmm c",
            "snapshot",
            "snapshot create",
            "snapshot create -c c --keep 0",
            "completion tcsh")) {
      lines.put(usage, 2);
    }
    for (String failed :
        List.of(
            "count -c nowhere",
            "search -c nowhere -v 1,0",
            "collections info nowhere",
            "collections rm nowhere --yes",
            "upsert -c c no-such-file",
            "snapshot restore no-such-file --as c",
            "doctor -d /no/such/folder")) {
      lines.put(failed, 1);
    }
    lines.forEach((line, code) -> {
      String[] words = line.split(" ");
      boolean client = !List.of("serve", "serv", "doctor", "completion").contains(words[0]);
      Ran ran = client ? server.run(words) : LocalServer.runAlone(words);
      assertThat(ran.exitCode()).as(line + "\n" + ran.err()).isEqualTo(code);
    });
  }

  /// Row 17 of `GoVectorGuideTest` has the whole table.
  @Test
  void t_05_a_range_matches_numbers_only() {
    server.create("t05", "{'vectors':{'size':1,'distance':'Dot'}}");
    server.ask(
        "PUT",
        "/collections/t05/points?wait=true",
        """
        {'points':[
          {'id':1,'vector':[1],'payload':{'v':1}},{'id':2,'vector':[1],'payload':{'v':'1'}},
          {'id':3,'vector':[1],'payload':{'v':null}},{'id':4,'vector':[1],'payload':{'v':true}},
          {'id':5,'vector':[1],'payload':{'v':['x',2]}},{'id':6,'vector':[1],'payload':{'v':{}}},
          {'id':7,'vector':[1],'payload':{'v':'NaN'}},{'id':8,'vector':[1]}]}\
        """);
    List<String> indexes = List.of("", "integer", "float", "keyword");
    for (String index : indexes) {
      if (!index.isEmpty()) {
        server.ask("DELETE", "/collections/t05/index/v?wait=true", "");
        server.ask(
            "PUT",
            "/collections/t05/index?wait=true",
            "{'field_name':'v','field_schema':'" + index + "'}");
      }
      for (String range : List.of("{'gte':-1e9}", "{'lte':1e9}", "{'gte':0,'lt':3}")) {
        assertThat(matching("t05", "{'key':'v','type':'range','range':" + range + "}"))
            .as(index + range)
            .containsExactly("1", "5");
      }
    }
  }

  @Test
  void t_06_an_array_or_object_as_value_is_refused_and_the_connection_lives_on()
      throws IOException {
    server.create("t06", "{'vectors':{'size':1,'distance':'Dot'}}");
    URI url = URI.create(server.url());
    try (var socket = new Socket(url.getHost(), url.getPort())) {
      for (String value : List.of("[1]", "{\"a\":1}", "[[]]", "1")) {
        String body =
            "{\"filter\":{\"must\":[{\"key\":\"n\",\"type\":\"exact\",\"match\":{\"value\":"
                + value
                + "}}]}}";
        socket
            .getOutputStream()
            .write(
                ("POST /collections/t06/points/count HTTP/1.1\r\nHost: x\r\n"
                        + "Content-Type: application/json\r\nContent-Length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body)
                    .getBytes(StandardCharsets.UTF_8));
        String answer = answer(socket.getInputStream());
        if (value.equals("1")) {
          assertThat(answer).startsWith("HTTP/1.1 200 ").contains("{\"count\":0}");
        } else {
          assertThat(answer)
              .startsWith("HTTP/1.1 400 ")
              .contains("Bad request: An exact condition", "not with an ");
        }
      }
    }
  }

  @Test
  void t_07_a_bad_regex_is_refused_with_the_place() {
    server.create("t07", "{'vectors':{'size':1,'distance':'Dot'}}");
    Map<String, String> refusals =
        Map.of(
            "a(b", "missing closing ) at `a(b`",
            "a**b", "at `**`",
            "[z-a]", "at `z-a`",
            "x{2,1}", "at `{2,1}`",
            "(?<n", "at `(?<n`");
    refusals.forEach((pattern, place) -> {
      for (String form :
          List.of("'type':'regex','match':{'value':'%s'}", "'match':{'regex':'%s'}")) {
        assertThat(
                server.refusal(
                    "POST",
                    "/collections/t07/points/count",
                    "{'filter':{'must':[{'key':'s'," + form.formatted(pattern) + "}]}}"))
            .as(pattern)
            .startsWith("400 Bad request: Regex is wrong: ")
            .contains(place);
      }
    });
  }

  @Test
  void t_08_ef_construct_is_used() {
    assertThat(recall("graph400")).isGreaterThan(recall("graph8") + 0.02);
  }

  @Test
  void t_09_a_filtered_search_returns_as_many_as_match() {
    awaitGraph("graph8");
    String search =
        "{'vector':%s,'limit':10,'params':%s,"
            + "'filter':{'must':[{'key':'rare','type':'exact','match':{'value':3}}]}}";
    for (String params :
        List.of(
            "{'exact':true}",
            "{}",
            "{'hnsw_ef':1}",
            "{'hnsw_ef':512}",
            "{'quantization':{'ignore':true}}",
            "{'indexed_only':true}")) {
      assertThat(
              server.ask(
                  "POST",
                  "/collections/graph8/points/search",
                  search.formatted(vector(new Random(11)), params)))
          .as(params)
          .hasSize(10);
    }
  }

  @Test
  void t_10_a_wrong_dimension_changes_nothing() throws IOException {
    try (var own = new LocalServer(folder, "")) {
      own.create("c", "{'vectors':{'size':2,'distance':'Dot'}}");
      String write = "/collections/c/points?wait=true";
      int before =
          own.ask("PUT", write, "{'points':[{'id':1,'vector':[1,0]}]}")
              .path("operation_id")
              .intValue();
      long logged = logBytes(own);

      for (String bad :
          List.of(
              "{'points':[{'id':2,'vector':[1,2]},{'id':3,'vector':[1]}]}",
              "{'points':[{'id':2,'vector':[1,2,3]}]}",
              "{'batch':{'ids':[2,3],'vectors':[[1,2],[1,2,3]]}}")) {
        assertThat(own.refusal("PUT", write, bad))
            .startsWith("400 Wrong input: Vector dimension error: expected dim: 2, got ");
      }

      assertThat(logBytes(own)).as("nothing is logged").isEqualTo(logged);
      assertThat(own.points("c")).containsOnlyKeys("1");
      int after =
          own.ask("PUT", write, "{'points':[{'id':4,'vector':[1,0]}]}")
              .path("operation_id")
              .intValue();
      assertThat(after).as("the sequence").isEqualTo(before + 1);
    }
  }

  /// For ten seconds in `GoVectorGuideIT`.
  @Test
  void t_11_lists_and_infos_are_whole_while_collections_come_and_go() {
    var done = new AtomicBoolean();
    CompletableFuture<Void> changes =
        CompletableFuture.runAsync(() -> {
          try {
            for (int i = 0; i < 25; i++) {
              server.create("t11-" + i, "{'vectors':{'size':1,'distance':'Dot'}}");
              server.ask("DELETE", "/collections/t11-" + i, "");
            }
          } finally {
            done.set(true);
          }
        });
    while (!done.get()) {
      for (JsonNode each : server.ask("GET", "/collections", "").path("collections")) {
        var info = server.send("GET", "/collections/" + each.path("name").asString(), "");
        assertThat(info.statusCode()).isIn(200, 404);
        if (info.statusCode() == 200) {
          assertThat(
                  LocalServer.JSON
                      .readTree(info.body())
                      .at("/result/config/params/vectors/size")
                      .intValue())
              .isPositive();
        }
      }
    }
    changes.join();
  }

  @Test
  void t_12_payloads_come_back_as_they_were() {
    server.create(
        "t12",
        "{'vectors':{'size':2,'distance':'Dot'},'optimizers_config':{'indexing_threshold':1},"
            + "'quantization_config':{'scalar':{'type':'int8','always_ram':true}}}");
    String payload =
        "{\"kind\":\"animal\",\"n\":[3,8.50],\"name\":null,"
            + "\"__quantized_vector\":\"mine\",\"_id\":\"x\"}";
    var points = new StringBuilder();
    for (int id = 1; id <= 500; id++) {
      points
          .append(id == 1 ? "" : ",")
          .append("{\"id\":%d,\"vector\":[%d,1],\"payload\":%s}".formatted(id, id, payload));
    }
    server.ask("PUT", "/collections/t12/points?wait=true", "{\"points\":[" + points + "]}");
    for (String call :
        List.of(
            "GET /points/7 ",
            "POST /points {\"ids\":[7],\"with_payload\":true}",
            "POST /points/scroll {\"limit\":1,\"with_payload\":true}",
            "POST /points/search {\"vector\":[1,1],\"limit\":1,\"with_payload\":true}")) {
      String[] parts = call.split(" ", 3);
      assertThat(server.send(parts[0], "/collections/t12" + parts[1], parts[2]).body())
          .as(call)
          .contains("\"payload\":" + payload);
    }
    server.ask(
        "PUT",
        "/collections/t12/points?wait=true",
        "{'points':[{'id':900,'vector':[1,1],'payload':{}}]}");
    assertThat(server.ask("GET", "/collections/t12/points/900", "").path("payload").toString())
        .as("no key of ours")
        .isEqualTo("{}");
  }

  /// See R-60 in `docs/reliability.md`.
  @Test
  void t_13_every_error_has_one_form() {
    server.create("t13", "{'vectors':{'size':2,'distance':'Dot'}}");
    var statuses = new TreeSet<Integer>();
    for (String call :
        List.of(
            "GET /collections/nowhere ",
            "GET /collections/t13/points/7 ",
            "GET /collections/t13/points/x ",
            "PUT /collections/t13 {'vectors':{'size':2,'distance':'Dot'}}",
            "PUT /collections/t13x {'vectors':{'size':0,'distance':'Dot'}}",
            "PUT /collections/t13x {'vectors':",
            "PUT /collections/t13x []",
            "PUT /collections/t13x {'vectors':{'size':2,'distance':'near'}}",
            "POST /collections {'name':1}",
            "POST /collections/t13/points/search {'vector':[1],'limit':1}",
            "POST /collections/t13/points/search {'vector':[1,0],'limit':0}",
            "POST /collections/t13/points/search {'vector':[1,0],'limit':-1}",
            "POST /collections/t13/points/search?timeout=x {'vector':[1,0],'limit':1}",
            "POST /collections/t13/points/query {'query':{'nearest':99}}",
            "POST /collections/t13/points/delete {}",
            "POST /collections/t13/points/count {'filter':{'must':[{'key':'a'}]}}",
            "POST /collections/t13/points/scroll {'order_by':'n'}",
            "POST /collections/aliases"
                + " {'actions':[{'rename_alias':{'old_alias_name':'a','new_alias_name':'b'}}]}",
            "POST /collections/t13/cluster {}",
            "PUT /collections/t13/snapshots/recover {'location':'http://127.0.0.1:1/x'}",
            "GET /ingest/sources/nowhere ")) {
      String[] parts = call.split(" ", 3);
      var answer = server.send(parts[0], parts[1], parts[2]);
      statuses.add(answer.statusCode());
      assertThat(answer.statusCode()).as(call + answer.body()).isBetween(400, 499);
      assertThat(answer.headers().firstValue("Content-Type")).as(call).contains("application/json");
      JsonNode body = LocalServer.JSON.readTree(answer.body());
      assertThat(body.propertyNames()).as(call).containsExactlyInAnyOrder("status", "time");
      assertThat(body.path("status").propertyNames()).as(call).containsExactly("error");
      assertThat(body.at("/status/error").asString()).as(call).isNotBlank();
      assertThat(body.path("time").isNumber()).as(call).isTrue();
    }
    assertThat(statuses).contains(400, 403, 404, 405, 409, 422);
  }

  /// Each key is changed by its variable alone, and the listing says so.
  @Test
  void t_14_every_key_is_read_from_the_environment() throws Exception {
    Path nothing = Files.writeString(folder.resolve("empty.yaml"), "");
    List<String> listed = Configuration.read(Optional.of(nothing), Map.of(), List.of()).listing();
    var keys = new ArrayList<String>();
    String shipped = project("config/millrace.yaml");
    for (String line : listed) {
      Matcher matcher = Pattern.compile("([a-z0-9_.]+) += (.*?) *# .*").matcher(line);
      assertThat(matcher.matches()).as(line).isTrue();
      String key = matcher.group(1);
      assertThat(shipped).contains(key.substring(key.lastIndexOf('.') + 1) + ":");
      String variable = "MILLRACE__" + key.toUpperCase(Locale.ROOT).replace(".", "__");
      String shown =
          changed(nothing, variable, key, matcher.group(2))
              .orElseThrow(() -> new AssertionError("no other value is taken for " + key));
      assertThat(shown).contains("environment " + variable);
      keys.add(key);
    }
    assertThat(keys).hasSizeGreaterThan(50).doesNotHaveDuplicates();
  }

  @Test
  void t_15_nothing_names_a_processor_but_the_one_it_is_for() throws IOException {
    assertThat(project("Dockerfile"))
        .doesNotContain("--platform", "amd64", "arm64", "x86_64", "aarch64");
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    assumeTrue(System.getProperty("os.name").equals("Linux"), "skipped: not ELF");
    byte[] header = new byte[20];
    try (InputStream in = Files.newInputStream(java)) {
      assertThat(in.readNBytes(header, 0, header.length)).isEqualTo(header.length);
    }
    int machine = (header[18] & 0xFF) | (header[19] & 0xFF) << 8;
    assertThat(machine)
        .isEqualTo(
            switch (System.getProperty("os.arch")) {
              case "amd64" -> 62;
              case "aarch64" -> 183;
              default -> machine;
            });
  }

  /// See `scripts/tests/documents.sh`.
  @Test
  void t_16_pages_are_whole_and_their_links_lead_somewhere() throws IOException {
    Pattern link = Pattern.compile("]\\(([^) ]+)\\)");
    int links = 0;
    try (var all = Files.walk(ProjectFiles.root().resolve("docs"))) {
      List<Path> pages = new ArrayList<>(all.filter(f -> f.toString().endsWith(".md")).toList());
      pages.add(ProjectFiles.root().resolve("README.md"));
      for (Path page : pages) {
        String text = ProjectFiles.text(page);
        List<String> lines = text.stripTrailing().lines().toList();
        assertThat(text).as(page.toString()).endsWith("\n");
        assertThat(lines.getFirst()).as(page.toString()).startsWith("# ");
        assertThat(lines.getLast()).as("the end of " + page).doesNotStartWith("#");
        assertThat(lines.stream().filter(line -> line.startsWith("```")).count() % 2)
            .as("blocks of " + page)
            .isZero();
        Matcher matcher = link.matcher(text);
        while (matcher.find()) {
          String target = matcher.group(1);
          if (target.contains("://") || target.startsWith("mailto:")) {
            continue;
          }
          links++;
          String[] parts = target.split("#", 2);
          Path file = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
          assertThat(file).as(page + " to " + target).exists();
          if (parts.length > 1) {
            assertThat(anchors(file)).as(page + " to " + target).contains(parts[1]);
          }
        }
      }
    }
    assertThat(links).isGreaterThan(40);
  }

  // ---- what the tests share

  private static String vector(Random random) {
    var vector = new StringBuilder("[");
    for (int i = 0; i < GRAPH_SIZE; i++) {
      vector.append(i == 0 ? "" : ",").append(random.nextInt(2_000) - 1_000);
    }
    return vector.append(']').toString();
  }

  private static void awaitGraph(String collection) {
    Processes.await(
        "the graph of " + collection,
        () ->
            server
                    .ask("GET", "/collections/" + collection, "")
                    .path("indexed_vectors_count")
                    .intValue()
                == GRAPH_POINTS);
  }

  /// Of the ten nearest, over 100 searches that keep few candidates.
  private static double recall(String collection) {
    awaitGraph(collection);
    var random = new Random(13);
    int found = 0;
    for (int i = 0; i < 100; i++) {
      String search = "{'vector':" + vector(random) + ",'limit':10,'params':%s}";
      Set<String> exact = new HashSet<>(ids(collection, search.formatted("{'exact':true}")));
      exact.retainAll(ids(collection, search.formatted("{'hnsw_ef':10}")));
      found += exact.size();
    }
    return found / 1_000.0;
  }

  private static List<String> ids(String collection, String search) {
    List<String> ids = new ArrayList<>();
    server
        .ask("POST", "/collections/" + collection + "/points/search", search)
        .forEach(hit -> ids.add(hit.path("id").asString()));
    return ids;
  }

  private static List<String> matching(String collection, String condition) {
    List<String> ids = new ArrayList<>();
    server
        .ask(
            "POST",
            "/collections/" + collection + "/points/scroll",
            "{'limit':100,'filter':{'must':[" + condition + "]}}")
        .path("points")
        .forEach(point -> ids.add(point.path("id").asString()));
    return ids;
  }

  /// Words that begin as flags and that the command does not have.
  private static List<String> unknown(List<String> words) {
    CommandLine command =
        CommandLineFactory.create((shape, settings) -> {
          throw new IllegalStateException();
        });
    int i = 0;
    while (i < words.size() && command.getSubcommands().containsKey(words.get(i))) {
      command = command.getSubcommands().get(words.get(i++));
    }
    assertThat(i).as("a command in " + words).isPositive();
    Set<String> known = new HashSet<>();
    command.getCommandSpec().options().forEach(option -> known.addAll(List.of(option.names())));
    return words.subList(i, words.size()).stream()
        .filter(word -> word.startsWith("-"))
        .map(word -> word.replaceAll("=.*", ""))
        .filter(word -> !known.contains(word))
        .toList();
  }

  /// The first line of a listing in which another value is taken from the variable.
  private Optional<String> changed(Path file, String variable, String key, String value)
      throws IOException {
    var environment = new HashMap<String, String>();
    if (key.equals("service.jwt_rbac")) {
      environment.put("MILLRACE__SERVICE__API_KEY", "it signs the tokens");
    }
    if (key.equals("storage.snapshots_config.snapshots_storage")) {
      environment.put("MILLRACE__STORAGE__SNAPSHOTS_CONFIG__S3_CONFIG__BUCKET", "it needs one");
    }
    List<String> others = new ArrayList<>(List.of("true", "false", "7", "3", "0.5", "90", "debug"));
    others.addAll(List.of("json", "errors", "interval", "[\"/x\"]", "http://127.0.0.1:1/x"));
    others.addAll(
        List.of("hourly", "s3", "2000", "[\"http://127.0.0.1:1/x\"]", "{\"enabled\":true}"));
    others.add("{\"scalar\":{\"type\":\"int8\"}}");
    others.addAll(List.of(folder.resolve("x").toString(), "127.0.0.2", "text", "1.18.0"));
    for (String other : others) {
      if (other.equals(value)) {
        continue;
      }
      environment.put(variable, other);
      try {
        Optional<String> line =
            Configuration.read(Optional.of(file), environment, List.of()).listing().stream()
                .filter(each -> each.matches(Pattern.quote(key) + " += .*"))
                .filter(each -> each.contains("environment"))
                .findFirst();
        if (line.isPresent()) {
          return line;
        }
      } catch (BadConfiguration refused) {
        continue; // not of its type, or not alone
      }
    }
    return Optional.empty();
  }

  private static long logBytes(LocalServer of) throws IOException {
    long bytes = 0;
    try (var all = Files.walk(of.data().resolve("collections"))) {
      for (Path file : all.filter(each -> each.toString().endsWith(".mlog")).toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
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

  /// One answer with a Content-Length.
  private static String answer(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      int next = in.read();
      assertThat(next).as("the connection ended after: " + head).isNotNegative();
      head.append((char) next);
    }
    Matcher length = Pattern.compile("(?i)content-length: (\\d+)").matcher(head);
    assertThat(length.find()).as(head.toString()).isTrue();
    byte[] body = in.readNBytes(Integer.parseInt(length.group(1)));
    return head + new String(body, StandardCharsets.UTF_8);
  }

  /// As GitHub names them.
  private static Set<String> anchors(Path page) {
    var anchors = new HashSet<String>();
    ProjectFiles.text(page)
        .lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT))
        .map(line -> line.replaceAll("[^a-z0-9 _-]", "").replace(' ', '-'))
        .forEach(anchors::add);
    return anchors;
  }

  private static String project(String file) {
    return ProjectFiles.text(ProjectFiles.root().resolve(file));
  }
}
