package io.millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.api.json.CollectionDefaults;
import io.millrace.model.QuotaConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class ConfigurationTest {
  @TempDir private Path folder;

  @Test
  void the_defaults_are_those_of_the_documents() throws Exception {
    Settings settings = read("", Map.of());

    assertThat(settings.service())
        .isEqualTo(
            new Settings.Service(
                "127.0.0.1",
                6333,
                6334,
                32,
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                true,
                "1.19.0",
                new Settings.ApiKeys(Optional.empty(), Optional.empty(), Optional.empty(), false),
                Optional.empty(),
                "",
                new Settings.Pages(true, Optional.empty(), false)));
    assertThat(settings.storage())
        .isEqualTo(
            new Settings.Storage(
                Path.of("./data"),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                new Settings.SnapshotUrls(false, List.of()),
                Optional.empty(),
                QuotaConfig.OFF,
                CollectionDefaults.NONE,
                0,
                0,
                0,
                Duration.ofMillis(250),
                Duration.ofSeconds(10)));
    assertThat(settings.log())
        .isEqualTo(new Settings.OperationLog(Settings.Durability.FSYNC, Duration.ZERO, 64));
    assertThat(settings.link().in(Path.of("d"))).isEqualTo(Path.of("d", "ingest.sock"));
    assertThat(settings.limits())
        .isEqualTo(new Settings.Limits(Duration.ofSeconds(60), 1024, 64, 65_536, List.of(), 1_000));
    assertThat(settings.logging())
        .isEqualTo(
            new Settings.Logging(
                Settings.LogLevel.INFO, Settings.LogFormat.TEXT, Optional.empty()));
    assertThat(settings.watching())
        .isEqualTo(
            new Settings.Watching(
                Optional.empty(), Settings.AccessLog.NONE, Duration.ofSeconds(1), Duration.ZERO));
    assertThat(settings.audit()).isEmpty();
    assertThat(settings.sources()).isEmpty();
    assertThat(settings.templates()).isEmpty();
  }

  @Test
  void every_key_of_a_file_reaches_its_setting() throws Exception {
    Settings settings =
        read(
            """
            service:
              host: 0.0.0.0
              http_port: 1
              grpc_port: 2
              metrics_port: 20
              slow_query_secs: 21.5
              max_request_size_mb: 3
              http_keep_alive_timeout_sec: 4
              http_client_request_timeout_sec: 26
              enable_static_content: false
              static_content_dir: /w
              hide_jwt_dashboard: true
              ready_max_lag_seconds: 28
              snapshot_url_allow: ["https://b.example/"]
              enable_cors: false
              api_key: a
              alt_api_key: b
              read_only_api_key: c
              qdrant_version: 1.20.0
              jwt_rbac: true
              enable_tls: true
              verify_https_client_certificate: true
              metrics_prefix: p_
              enable_snapshot_url_recovery: true
            tls: { cert: /c, key: /k, ca_cert: /a, cert_ttl: 5 }
            storage:
              storage_path: /d
              snapshots_path: /s
              snapshots_config:
                snapshots_storage: s3
                s3_config:
                  bucket: b
                  region: r
                  access_key: ak
                  secret_key: sk
                  endpoint_url: http://m:9000
              temp_path: /t
              quotas:
                enabled: true
                max_resident_memory_percent: 70
                max_disk_usage_percent: 80
                release_margin_percent: 6
              on_disk_payload: false
              wal: { wal_capacity_mb: 33, wal_segments_ahead: 1 }
              hnsw_index:
                m: 17
                ef_construct: 101
                full_scan_threshold_kb: 10001
                max_indexing_threads: 1
                on_disk: true
                payload_m: 5
              collection:
                replication_factor: 2
                write_consistency_factor: 3
                vectors: { on_disk: true }
                quantization: { scalar: { type: int8 } }
                strict_mode: { enabled: true }
              allow_network_file_system: true
              recovery_mode: why
              max_collections: 25
              optimizers:
                max_optimization_threads: 12
                deleted_threshold: 0.3
                vacuum_min_vector_number: 1001
                default_segment_number: 1
                max_segment_size_kb: 2
                memmap_threshold_kb: 3
                indexing_threshold_kb: 10002
                flush_interval_sec: 6
              performance: { max_search_threads: 13, segment_threads: 23 }
              refresh_interval_ms: 14
              commit_interval_sec: 15
            log: { durability: interval, fsync_group_ms: 27, commit_after_mb: 16 }
            link: { socket: /l }
            limits:
              request_timeout_sec: 17
              search_queue: 18
              ingest_mb: 19
              snapshot_upload_mb: 22
              file_roots: [/f]
            log_level: DEBUG
            logger:
              format: json
              access: errors
              on_disk: { enabled: true, log_file: /l.log, max_size_mb: 24, max_files: 9 }
            audit:
              enabled: true
              dir: /au
              rotation: hourly
              max_log_files: 8
              trust_forwarded_headers: true
            telemetry_disabled: false
            """,
            Map.of());

    assertThat(settings.audit())
        .contains(new Settings.Audit(Path.of("/au"), Settings.Rotation.HOURLY, 8, true));
    assertThat(settings.service())
        .isEqualTo(
            new Settings.Service(
                "0.0.0.0",
                1,
                2,
                3,
                Duration.ofSeconds(4),
                Duration.ofSeconds(26),
                false,
                "1.20.0",
                new Settings.ApiKeys(Optional.of("a"), Optional.of("b"), Optional.of("c"), true),
                Optional.of(
                    new Settings.Tls(
                        Path.of("/c"),
                        Path.of("/k"),
                        Optional.of(Path.of("/a")),
                        Duration.ofSeconds(5))),
                "p_",
                new Settings.Pages(false, Optional.of(Path.of("/w")), true)));
    assertThat(settings.storage())
        .isEqualTo(
            new Settings.Storage(
                Path.of("/d"),
                Optional.of(Path.of("/s")),
                Optional.of(Path.of("/t")),
                true,
                Optional.of("why"),
                new Settings.SnapshotUrls(true, List.of(URI.create("https://b.example/"))),
                Optional.of(
                    new Settings.Bucket(
                        "b",
                        Optional.of("r"),
                        Optional.of("ak"),
                        Optional.of("sk"),
                        Optional.of(URI.create("http://m:9000")))),
                new QuotaConfig(true, OptionalInt.of(70), OptionalInt.of(80), OptionalInt.of(6)),
                settings.storage().newCollections(),
                12,
                13,
                23,
                Duration.ofMillis(14),
                Duration.ofSeconds(15)));
    assertThat(settings.log())
        .isEqualTo(
            new Settings.OperationLog(Settings.Durability.INTERVAL, Duration.ofMillis(27), 16));
    assertThat(settings.link().in(Path.of("d"))).isEqualTo(Path.of("/l"));
    assertThat(settings.limits())
        .isEqualTo(
            new Settings.Limits(Duration.ofSeconds(17), 18, 19, 22, List.of(Path.of("/f")), 25));
    assertThat(settings.logging())
        .isEqualTo(
            new Settings.Logging(
                Settings.LogLevel.DEBUG,
                Settings.LogFormat.JSON,
                Optional.of(new Settings.LogFile(Path.of("/l.log"), 24, 9))));
    assertThat(settings.watching())
        .isEqualTo(
            new Settings.Watching(
                Optional.of(20),
                Settings.AccessLog.ERRORS,
                Duration.ofMillis(21_500),
                Duration.ofSeconds(28)));
    assertThat(settings.storage().newCollections())
        .isEqualTo(
            CollectionDefaults.of(
                new JsonMapper()
                    .readTree(
                        """
                        {"on_disk_payload": false, "replication_factor": 2,
                         "write_consistency_factor": 3,
                         "quantization_config": {"scalar": {"type": "int8"}},
                         "strict_mode_config": {"enabled": true},
                         "wal_config": {"wal_capacity_mb": 33, "wal_segments_ahead": 1},
                         "hnsw_config": {"m": 17, "ef_construct": 101,
                           "full_scan_threshold": 10001, "max_indexing_threads": 1,
                           "on_disk": true, "payload_m": 5},
                         "optimizers_config": {"deleted_threshold": 0.3,
                           "vacuum_min_vector_number": 1001, "default_segment_number": 1,
                           "max_segment_size": 2, "memmap_threshold": 3,
                           "indexing_threshold": 10002, "flush_interval_sec": 6}}
                        """),
                Optional.of(true)));
  }

  @Test
  void flags_win_over_the_environment_and_that_over_the_file() throws Exception {
    String file = "service: { host: a, http_port: 1, grpc_port: 1 }";
    Map<String, String> environment =
        Map.of("MILLRACE__SERVICE__HTTP_PORT", "2", "MILLRACE__SERVICE__GRPC_PORT", "2");

    Settings settings =
        configuration(file, environment, new Assignment("service.grpc_port", "3", "--grpc-port"))
            .settings();

    assertThat(settings.service().host()).isEqualTo("a");
    assertThat(settings.service().httpPort()).isEqualTo(2);
    assertThat(settings.service().grpcPort()).isEqualTo(3);
  }

  @Test
  void qdrants_names_work_in_the_environment_and_ours_win_with_a_warning() throws Exception {
    Configuration configuration =
        configuration(
            "",
            Map.of(
                "QDRANT__SERVICE__HTTP_PORT", "1111",
                "QDRANT__SERVICE__GRPC_PORT", "1112",
                "QDRANT__SERVICE__HOST", "0.0.0.0",
                "QDRANT__STORAGE__STORAGE_PATH", "/q",
                "QDRANT__STORAGE__SNAPSHOTS_PATH", "/qs",
                "QDRANT__CLUSTER__ENABLED", "true",
                "QDRANT__CLUSTERS", "true",
                "MILLRACE__SERVICE__HTTP_PORT", "2222"));

    Settings settings = configuration.settings();
    assertThat(settings.service().httpPort()).isEqualTo(2222);
    assertThat(settings.service().grpcPort()).isEqualTo(1112);
    assertThat(settings.service().host()).isEqualTo("0.0.0.0");
    assertThat(settings.storage().path()).isEqualTo(Path.of("/q"));
    assertThat(settings.storage().snapshots()).contains(Path.of("/qs"));
    assertThat(configuration.warnings())
        .containsExactlyInAnyOrder(
            "QDRANT__CLUSTER__ENABLED has no effect: there is one node",
            "QDRANT__CLUSTERS is not a key Millrace has; it is left alone",
            "QDRANT__SERVICE__HTTP_PORT and MILLRACE__SERVICE__HTTP_PORT differ; the second one"
                + " counts");
  }

  @Test
  void variables_reach_below_keys_that_take_others() throws Exception {
    Configuration configuration =
        configuration(
            "storage: { collection: { strict_mode: { max_query_limit: 5 } } }",
            Map.of("QDRANT__STORAGE__COLLECTION__STRICT_MODE__ENABLED", "true"));

    assertThat(configuration.warnings()).isEmpty();
    assertThat(configuration.settings().storage().newCollections().body().toString())
        .isEqualTo("{\"strict_mode_config\":{\"enabled\":true,\"max_query_limit\":5}}");
  }

  @Test
  void defaults_that_no_collection_could_have_stop_the_start() {
    assertThatThrownBy(() ->
            read("storage: { collection: { quantization: { scalar: { type: int9 } } } }", Map.of()))
        .isInstanceOf(BadConfiguration.class)
        .hasMessageContaining("storage: defaults of new collections: ")
        .hasMessageContaining("int9");
  }

  @Test
  void keys_of_qdrants_that_mean_nothing_here_are_told_with_the_reason() throws Exception {
    Configuration configuration =
        configuration(
            """
            storage:
              update_concurrency: 4
            cluster:
              enabled: true
              p2p: { port: 6335 }
            """,
            Map.of("MILLRACE__SERVICE__MAX_WORKERS", "8"));

    assertThat(configuration.warnings())
        .containsExactlyInAnyOrder(
            "environment MILLRACE__SERVICE__MAX_WORKERS: service.max_workers has no effect: the"
                + " number of threads follows the cores",
            at(2)
                + "storage.update_concurrency has no effect: one thread of each collection applies"
                + " what is written",
            at(4) + "cluster has no effect: there is one node");
  }

  @Test
  void a_cluster_that_is_off_is_no_reason_for_a_word() throws Exception {
    Configuration configuration =
        configuration(
            "cluster: { enabled: false, p2p: { port: 6335 } }",
            Map.of("QDRANT__CLUSTER__ENABLED", "false"));

    assertThat(configuration.warnings()).isEmpty();
  }

  @Test
  void an_old_name_works_with_a_warning_and_the_layers_keep_their_order() throws Exception {
    String file = "storage: { optimizers: { indexing_threshold: 11 } }";
    String old =
        "storage.optimizers.indexing_threshold is an old name of"
            + " storage.optimizers.indexing_threshold_kb; it works until the next major version";

    Configuration configuration = configuration(file, Map.of());
    assertThat(configuration.warnings()).containsExactly(at(1) + old);
    assertThat(listed(configuration, "storage.optimizers.indexing_threshold_kb")).contains("= 11 ");

    Configuration above =
        configuration(file, Map.of("QDRANT__STORAGE__OPTIMIZERS__INDEXING_THRESHOLD_KB", "12"));
    assertThat(listed(above, "storage.optimizers.indexing_threshold_kb")).contains("= 12 ");

    Configuration oldAbove =
        configuration(
            "storage: { optimizers: { indexing_threshold_kb: 13 } }",
            Map.of("QDRANT__STORAGE__OPTIMIZERS__INDEXING_THRESHOLD", "14"));
    assertThat(listed(oldAbove, "storage.optimizers.indexing_threshold_kb")).contains("= 14 ");
    assertThat(oldAbove.warnings())
        .containsExactly("environment QDRANT__STORAGE__OPTIMIZERS__INDEXING_THRESHOLD: " + old);
  }

  @Test
  void every_old_name_leads_to_a_key() {
    assertThat(Keys.all().stream().map(Key::path).filter(path -> Renamed.now(path).isPresent()))
        .isEmpty();
    assertThat(Renamed.all()).allSatisfy((_, now) -> assertThat(Keys.find(now)).isPresent());
    assertThat(WithoutEffect.paths()).noneMatch(path -> Keys.find(path).isPresent());
  }

  private static String listed(Configuration configuration, String key) {
    return configuration.listing().stream()
        .filter(line -> line.startsWith(key + " "))
        .findFirst()
        .orElse("");
  }

  @Test
  void a_key_of_ours_has_no_name_of_qdrants() throws Exception {
    Configuration configuration = configuration("", Map.of("QDRANT__LOG__DURABILITY", "interval"));

    assertThat(configuration.settings().log().durability()).isEqualTo(Settings.Durability.FSYNC);
    assertThat(configuration.warnings()).hasSize(1);
  }

  @Test
  void all_faults_are_told_at_once_with_line_and_nearest_name() {
    assertThatThrownBy(() ->
            read(
                """
                service:
                  htp_port: 6333
                  host: a
                  grpc_port: many
                storge:
                  storage_path: x
                storage.storage_path: y
                log: fsync
                """,
                Map.of("MILLRACE__LIMITS__SERCH_QUEUE", "1")))
        .isInstanceOfSatisfying(
            BadConfiguration.class,
            bad ->
                assertThat(bad.faults())
                    .containsExactlyInAnyOrder(
                        at(2) + "unknown key service.htp_port; did you mean service.http_port?",
                        at(4)
                            + "service.grpc_port: expected a whole number from 0 to 65535, got"
                            + " many",
                        at(5) + "unknown key storge; did you mean storage?",
                        at(7)
                            + "unknown key storage.storage_path; keys are nested, one step per"
                            + " line",
                        at(8) + "log holds further keys, got fsync",
                        "environment MILLRACE__LIMITS__SERCH_QUEUE: unknown key limits.serch_queue;"
                            + " did you mean limits.search_queue?"));
  }

  @Test
  void broken_yaml_is_named_with_its_line() {
    assertThatThrownBy(() -> read("service:\n  host: a\n   http_port: 1\n", Map.of()))
        .isInstanceOf(BadConfiguration.class)
        .hasMessageContaining("line 3: not valid YAML");
  }

  @Test
  void a_key_given_twice_is_a_fault() {
    assertThatThrownBy(() -> read("log_level: info\nlog_level: warn\n", Map.of()))
        .isInstanceOf(BadConfiguration.class)
        .hasMessageContaining("log_level");
  }

  @Test
  void a_missing_file_is_a_fault() {
    assertThatThrownBy(
            () -> Configuration.read(Optional.of(folder.resolve("no.yaml")), Map.of(), List.of()))
        .isInstanceOf(BadConfiguration.class)
        .hasMessageContaining("no.yaml: cannot be read: there is no such file");
  }

  @Test
  void a_variable_with_file_behind_it_reads_the_file() throws Exception {
    Path value = Files.writeString(folder.resolve("host"), "10.0.0.1\n");

    Settings settings = read("", Map.of("MILLRACE__SERVICE__HOST_FILE", value.toString()));

    assertThat(settings.service().host()).isEqualTo("10.0.0.1");
  }

  @Test
  void tokens_without_a_key_to_sign_them_stop_the_start() {
    assertThatThrownBy(
            () -> read("", Map.of("QDRANT__STORAGE__SNAPSHOTS_CONFIG__SNAPSHOTS_STORAGE", "s3")))
        .hasMessageContaining("s3_config.bucket: snapshots are to be kept in s3, and no bucket");
    assertThatThrownBy(() -> read("", Map.of("QDRANT__SERVICE__JWT_RBAC", "true")))
        .isInstanceOf(BadConfiguration.class)
        .hasMessageContaining(
            "service.jwt_rbac: tokens are signed with service.api_key, which is not set");
  }

  @Test
  void an_api_key_is_read_and_never_shown() throws Exception {
    Configuration configuration = configuration("", Map.of("QDRANT__SERVICE__API_KEY", "sesame"));

    assertThat(configuration.settings().service().apiKeys().full()).contains("sesame");
    assertThat(configuration.settings().toString()).doesNotContain("sesame");
    assertThat(String.join("\n", configuration.listing())).doesNotContain("sesame");
  }

  @Test
  void a_door_is_open_where_others_reach_it_and_neither_key_nor_certificate_is_asked_for()
      throws Exception {
    String tls = "enable_tls: true, verify_https_client_certificate: ";
    String files = "}\ntls: { cert: /c, key: /k, ca_cert: /a";

    assertThat(isOpen("")).isTrue();
    assertThat(isOpen(tls + "false" + files)).isTrue();
    assertThat(isOpen(tls + "true" + files)).isFalse();
    assertThat(isOpen("read_only_api_key: sesame")).isFalse();
    assertThat(isOpen("host: 127.0.0.1")).isFalse();
    assertThat(isOpen("host: '::1'")).isFalse();
  }

  private boolean isOpen(String service) throws Exception {
    String host = service.startsWith("host") ? "" : "host: 0.0.0.0, ";
    return read("service: { " + host + service + " }", Map.of()).service().isOpen();
  }

  @Test
  void lists_in_the_environment_and_in_flags_are_json() throws Exception {
    Configuration configuration =
        configuration(
            "sources: { orders: { type: kafka } }",
            Map.of("MILLRACE__SOURCES__ORDERS__TOPICS", "[\"a\", \"b\"]"),
            Assignment.parse("sources.orders.bindings=[{\"collection\": \"c\"}]"));

    assertThat(configuration.section("sources").toString())
        .isEqualTo("{orders={type=kafka, topics=[a, b], bindings=[{collection=c}]}}");
  }

  @Test
  void names_of_client_properties_keep_their_dots() throws Exception {
    Configuration configuration =
        configuration(
            "kafka: { properties: { fetch.min.bytes: 1 } }",
            Map.of("MILLRACE__KAFKA__PROPERTIES__SECURITY__PROTOCOL", "SSL"),
            Assignment.parse("kafka.properties.client.id=me"));

    assertThat(configuration.section("kafka").toString())
        .isEqualTo("{properties={fetch.min.bytes=1, security.protocol=SSL, client.id=me}}");
  }

  @Test
  void the_listing_tells_origins_and_hides_secrets() throws Exception {
    Configuration configuration =
        configuration(
            """
            service:
              http_port: 7
            kafka:
              properties: { ssl.key.password: sesame, password_file: /p }
            """,
            Map.of("MILLRACE__LOG_LEVEL", "warn"),
            new Assignment("service.host", "h", "--host"));

    String listing = String.join("\n", configuration.listing());
    assertThat(listing)
        .doesNotContain("sesame")
        .containsPattern("service.http_port += 7 +# .*millrace.yaml line 2")
        .containsPattern("log_level += warn +# environment MILLRACE__LOG_LEVEL")
        .containsPattern("service.host += h +# flag --host")
        .containsPattern("service.grpc_port += 6334 +# built in")
        .containsPattern("kafka.properties.ssl.key.password += \\*\\*\\*")
        .containsPattern("kafka.properties.password_file += /p");
  }

  @Test
  void govectors_variables_are_answered_with_our_names() throws Exception {
    assertThat(configuration("", Map.of("GOVECTOR_PORT", "1")).warnings())
        .containsExactly(
            "GOVECTOR_PORT is not read; the same is set by MILLRACE__SERVICE__HTTP_PORT");
  }

  private String at(int line) {
    return folder.resolve("millrace.yaml") + " line " + line + ": ";
  }

  private Settings read(String yaml, Map<String, String> environment)
      throws BadConfiguration, IOException {
    return configuration(yaml, environment).settings();
  }

  private Configuration configuration(
      String yaml, Map<String, String> environment, Assignment... flags)
      throws BadConfiguration, IOException {
    Path file = Files.writeString(folder.resolve("millrace.yaml"), yaml);
    return Configuration.read(Optional.of(file), environment, new ArrayList<>(List.of(flags)));
  }
}
