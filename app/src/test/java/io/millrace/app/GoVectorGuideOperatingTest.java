package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.app.backup.S3Server;
import io.millrace.app.config.Assignment;
import io.millrace.app.config.BadConfiguration;
import io.millrace.app.config.Configuration;
import io.millrace.ingest.Eventually;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The same of what operators do: commands, network, monitoring, backup, upgrade, troubleshooting
/// (rows 36 to 102).
class GoVectorGuideOperatingTest extends GoVectorGuide {
  private static final InputStream INPUT = System.in;
  private static final PrintStream OUTPUT = System.out;

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

  /// See `SnapshotBucketTest` and `S3StoreTest`.
  @Test
  void row50_snapshots_in_a_bucket() throws IOException {
    String config =
        """
        , snapshots_config: { snapshots_storage: s3, s3_config: { bucket: bucket, \
        region: eu-central-1, access_key: AK, secret_key: SK, endpoint_url: "%s" } }\
        """;
    try (var bucket = new S3Server();
        var own = new LocalServer(folder, "", config.formatted(bucket.url()))) {
      own.create("row50", "{'vectors':{'size':1,'distance':'Dot'}}");
      write(own, "row50", 1, 3);
      String name = own.ask("POST", "/collections/row50/snapshots", "").path("name").asString();

      assertThat(bucket.objects()).containsKey("snapshots/row50/" + name);
      own.ask("DELETE", "/collections/row50", "");
      own.ask(
          "PUT",
          "/collections/row50/snapshots/recover",
          "{'location':'s3://bucket/snapshots/row50/" + name + "'}");
      assertThat(count(own, "row50", "{}")).isEqualTo(3);
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
    assertThat(project("Dockerfile")).containsPattern("(?m)^EXPOSE 6333$");
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
        "POST "
            + points
            + "/count {'filter':{'must':[{'has_id':["
            + list("1", (1 << 20) + 1)
            + "]}]}}",
        "400");
    refused.put(
        "POST " + points + "/count {'filter':" + "{'must':[".repeat(34) + "]}".repeat(34) + "}",
        "400");
    refused.put(
        "POST " + points + "/search/batch {'searches':[" + list(search, 16_385) + "]}", "400");
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

  /// See `AuditRestTest` of query-api.
  @Test
  void row55_audit_log() throws IOException {
    Path audit = folder.resolve("audit");
    try (var own =
        new LocalServer(
            folder,
            "audit: { enabled: true, dir: %s }".formatted(audit),
            Map.of("MILLRACE__SERVICE__API_KEY", "the secret of row 55"))) {
      assertThat(own.send("GET", "/collections", "", "api-key", "wrong").statusCode())
          .isEqualTo(401);
      assertThat(
              own.send("GET", "/collections", "", "api-key", "the secret of row 55").statusCode())
          .isEqualTo(200);
    }
    List<String> lines = new ArrayList<>();
    try (var files = Files.list(audit)) {
      for (Path file : files.sorted().toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    assertThat(lines).hasSize(2);
    assertThat(lines.getFirst()).contains("\"result\":\"denied\"", "\"status\":401");
    assertThat(lines.getLast())
        .contains("\"auth_type\":\"api_key\"", "\"route\":\"/collections\"", "\"result\":\"ok\"")
        .doesNotContain("the secret of row 55");
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
      JsonNode one = server.run("snapshot", "create", "-c", "row77", "--keep", "2").json();
      assertThat(server.run("snapshot", "list", "-c", "row77").out())
          .contains(one.at("/0/name").asString());
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
    write(server, "row78", 501, 502);
    JsonNode synced = server.run("snapshot", "sync", "--to", target, "-c", "row78").json();

    assertThat(synced.at("/0/new_files").intValue())
        .isPositive()
        .isLessThan(synced.at("/0/files").intValue());
    Map<Path, Object> after = writings(folder.resolve("backups"));
    assertThat(after).as("what was there is not written again").containsAllEntriesOf(before);
    assertThat(after.size()).isGreaterThan(before.size());
    assertThat(LocalServer.runAlone("backup", "verify", target).exitCode()).isZero();
    assertThat(LocalServer.runAlone("backup", "list", target).json()).hasSize(2);
    assertThat(
            server.run("snapshot", "sync", "--to", target, "-c", "row78", "--keep", "1").exitCode())
        .isZero();
    assertThat(LocalServer.runAlone("backup", "list", target).json()).hasSize(1);
  }

  @Test
  void row77_snapshots_elsewhere() {
    server.create("row77-to", "{'vectors':{'size':2,'distance':'Dot'}}");
    write(server, "row77-to", 1, 5);
    String target = folder.resolve("backups").toString();

    JsonNode made = server.run("snapshot", "create", "-c", "row77-to", "--to", target).json();

    assertThat(made.at("/0/collection").asString()).isEqualTo("row77-to");
    assertThat(server.run("snapshot", "list", "-c", "row77-to").json())
        .as("nothing stays at the server")
        .isEmpty();
    assertThat(
            server
                .run("backup", "restore", target, "-c", "row77-to", "--as", "row77-back")
                .exitCode())
        .isZero();
    assertThat(count(server, "row77-back", "{}")).isEqualTo(5);
    assertThat(server.run("snapshot", "create", "--all", "--to", target).exitCode()).isZero();
    assertThat(LocalServer.runAlone("backup", "list", target).out())
        .contains("\"row77-to\"", "\"row77-back\"");
    for (List<String> unclear : List.of(List.of("--full"), List.of("-c", "row77-to", "--all"))) {
      var arguments = new ArrayList<>(List.of("snapshot", "create", "--to", target));
      arguments.addAll(unclear);
      LocalServer.Ran refused = server.run(arguments.toArray(String[]::new));
      assertThat(refused.exitCode()).as(unclear.toString()).isEqualTo(2);
      assertThat(refused.err()).contains("with --to give either --collection or --all");
    }
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
    assertThat(project("docs/operations/continuity.md").lines())
        .contains(
            "## Priorities",
            "## Off-site copy",
            "## Automation",
            "## Reads from replicas",
            "## Rollback");
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

  /// The answers are stored beside the test. See `DataFormatTest` of index-core, which keeps a
  /// folder and a snapshot of each version.
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
      assertThat(count(own, "c", "{}")).isEqualTo(21);
      assertThat(count(own, "alias", "{'filter':{'must':[{'key':'n','range':{'gte':11}}]}}"))
          .isEqualTo(11);
      assertThat(count(own, "c", "{'filter':{'must':[{'key':'s','match':{'value':'ä'}}]}}"))
          .isEqualTo(21);
      String search = "{'vector':[1,0],'limit':3,'with_payload':true,'with_vector':true}";
      JsonNode answer = own.ask("POST", "/collections/c/points/search", search);
      String stored = project("app/src/test/resources/data-format/search-1.json");
      assertThat(answer).isEqualTo(LocalServer.JSON.readTree(stored));
    }
  }

  /// See `GoVectorMigrationTest`, `GoVectorFileTest`.
  @Test
  void row88_migrate() throws IOException {
    Path file = folder.resolve("govector.db");
    Files.copy(ProjectFiles.root().resolve("app/src/test/resources/govector/collections.db"), file);
    try (var own = new LocalServer(folder, "")) {
      LocalServer.Ran ran = own.run("migrate", "--from", "govector:" + file);

      assertThat(ran.exitCode()).as(ran.err()).isZero();
      assertThat(own.ask("GET", "/collections", "").toString())
          .contains("bare", "empty", "quantized", "words");
      assertThat(count(own, "words", "{}")).isEqualTo(122);
    }
  }

  /// See `ConfigurationTest`.
  @Test
  void row89_a_renamed_key_works_with_a_warning() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("old.yaml"), "storage: { optimizers: { indexing_threshold: 777 } }\n");

    Configuration read = Configuration.read(Optional.of(file), Map.of(), List.of());

    assertThat(read.listing())
        .anyMatch(line -> line.matches("storage.optimizers.indexing_threshold_kb += 777 .*"));
    assertThat(read.warnings())
        .anyMatch(line ->
            line.contains("storage.optimizers.indexing_threshold")
                && line.contains("indexing_threshold_kb"));
  }

  /// See `RecoveryModeTest`.
  @Test
  void row91_recovery() throws IOException {
    try (var own = new LocalServer(folder, "")) {
      own.create("row91", "{'vectors':{'size':1,'distance':'Dot'}}");
      write(own, "row91", 1, 2);
      own.restart(); // commits
      own.restart(Map.of("MILLRACE__STORAGE__RECOVERY_MODE", "it did not start"));

      assertThat(count(own, "row91", "{}")).isEqualTo(2);
      assertThat(own.refusal("POST", "/collections/row91/points/delete", "{'points':[1]}"))
          .startsWith("503 ");
      assertThat(own.send("GET", "/metrics", "").body()).contains("app_status_recovery_mode 1\n");
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

  /// See `SlowRequestsTest`, `IssuesRestTest` of query-api.
  @Test
  void row99_slow_searches_are_explained() throws Exception {
    try (var own =
        new LocalServer(folder, "", Map.of("MILLRACE__SERVICE__SLOW_QUERY_SECS", "1e-9"))) {
      own.create("row99", "{'vectors':{'size':1,'distance':'Dot'}}");
      write(own, "row99", 1, 2);
      own.ask(
          "POST",
          "/collections/row99/points/query",
          "{'query':[1],'filter':{'must':[{'key':'n','match':{'value':1}}]}}");

      Eventually.equal(
          "UNINDEXED_FIELD/row99/n",
          Duration.ofSeconds(10),
          () -> own.ask("GET", "/issues", "").at("/issues/0/code").asString(""));
    }
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
}
