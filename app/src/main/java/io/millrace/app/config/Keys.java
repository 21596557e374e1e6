package io.millrace.app.config;

import io.millrace.app.config.Key.Trait;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Every key there is, in the order of the reference file. Where a key has Qdrant's name it has
/// Qdrant's meaning, and Qdrant's default unless its text says otherwise.
final class Keys {
  private static final List<Key<?>> DECLARED = new ArrayList<>();

  static final Key<String> HOST =
      qdrant("service.host", Kind.text(), "127.0.0.1", "Address to listen on; 0.0.0.0 = all.");
  static final Key<Integer> HTTP_PORT =
      qdrant("service.http_port", Kind.port(), "6333", "Port of the REST API; 0 = any free one.");
  static final Key<Integer> GRPC_PORT =
      qdrant("service.grpc_port", Kind.port(), "6334", "Kept for gRPC, which is not served yet.");
  static final Key<Optional<Integer>> METRICS_PORT =
      qdrant(
          "service.metrics_port",
          Kind.optional(Kind.port()),
          "",
          "Port for metrics and probes, without key and TLS, for inside the network only; none =\n"
              + "they are on http_port only, and an ingest process has none.");
  static final Key<Integer> MAX_REQUEST_SIZE_MB =
      qdrant(
          "service.max_request_size_mb",
          Kind.whole(1, 1024),
          "32",
          "Largest request body in MiB, counted inflated.");
  static final Key<Integer> KEEP_ALIVE_SEC =
      qdrant(
          "service.http_keep_alive_timeout_sec",
          Kind.whole(1, 3600),
          "5",
          "An idle connection is closed after this many seconds.");
  static final Key<Integer> CLIENT_REQUEST_SEC =
      qdrant(
          "service.http_client_request_timeout_sec",
          Kind.whole(1, 3600),
          "5",
          "The head of a request has to come within this many seconds.");
  static final Key<Duration> SLOW_QUERY_SECS =
      qdrant(
          "service.slow_query_secs",
          Kind.seconds(),
          "1.0",
          "A request that takes longer than this is logged, and /issues names the keys without an\n"
              + "index that it filtered by; 0 = none is.");
  static final Key<Boolean> ENABLE_CORS =
      qdrant(
          "service.enable_cors",
          Kind.bool(),
          "true",
          "Whether web pages of any origin may call; false is advised in production.");
  static final Key<String> QDRANT_VERSION =
      ours(
          "service.qdrant_version",
          Kind.text(),
          "1.19.0",
          "Version that clients are told, so that they do not warn.");
  static final Key<Optional<String>> API_KEY =
      secret("service.api_key", "With it set, a request must show it, or one of the next two.");
  static final Key<Optional<String>> ALT_API_KEY =
      secret("service.alt_api_key", "A second key with the same rights, for changing keys.");
  static final Key<Optional<String>> READ_ONLY_API_KEY =
      secret("service.read_only_api_key", "A key that may only read.");
  static final Key<Boolean> JWT_RBAC =
      qdrant(
          "service.jwt_rbac",
          Kind.bool(),
          "false",
          "Whether tokens (JWT, HS256) signed with api_key or alt_api_key are taken as keys.");
  static final Key<Boolean> ENABLE_TLS =
      qdrant("service.enable_tls", Kind.bool(), "false", "Whether connections are encrypted.");
  static final Key<Boolean> VERIFY_CLIENTS =
      qdrant(
          "service.verify_https_client_certificate",
          Kind.bool(),
          "false",
          "With TLS: clients must show a certificate signed by tls.ca_cert.");
  static final Key<Optional<String>> METRICS_PREFIX =
      qdrant(
          "service.metrics_prefix",
          Kind.optional(Kind.text()),
          "",
          "Put before the names of metrics that Qdrant has too.");
  static final Key<Boolean> ENABLE_STATIC_CONTENT =
      qdrant(
          "service.enable_static_content",
          Kind.bool(),
          "true",
          "Whether there are pages for browsers at /dashboard.");
  static final Key<Optional<Path>> STATIC_CONTENT_DIR =
      qdrant(
          "service.static_content_dir",
          Kind.optional(Kind.path()),
          "",
          "A folder with other pages, as Qdrant's web UI; none = Millrace's own console.");
  static final Key<Boolean> HIDE_JWT_DASHBOARD =
      qdrant(
          "service.hide_jwt_dashboard",
          Kind.bool(),
          "false",
          "Tells Qdrant's web UI to offer no page for tokens.");
  static final Key<Integer> READY_MAX_LAG_SECONDS =
      ours(
          "service.ready_max_lag_seconds",
          Kind.whole(0, 1_000_000),
          "0",
          "/readyz is 503 while a record waits longer in a topic that this process reads.\n"
              + "0 = sources do not count; a pod that is not ready gets no reads either.");
  static final Key<Boolean> SNAPSHOT_URLS =
      qdrant(
          "service.enable_snapshot_url_recovery",
          Kind.bool(),
          "false",
          "Whether a snapshot may be recovered from a URL. With true the server fetches whatever\n"
              + "address a client that may manage it names, also inside your network.");
  static final Key<List<URI>> SNAPSHOT_URL_ALLOW =
      ours(
          "service.snapshot_url_allow",
          Kind.httpAddresses(),
          "",
          "Beginnings of addresses that snapshots may be fetched from; none = any address.");

  static final Key<Path> TLS_CERT =
      qdrant("tls.cert", Kind.path(), "./tls/cert.pem", "Certificate chain of the server, PEM.");
  static final Key<Path> TLS_KEY =
      qdrant("tls.key", Kind.path(), "./tls/key.pem", "Its private key in PEM, unencrypted.");
  static final Key<Path> TLS_CA_CERT =
      qdrant("tls.ca_cert", Kind.path(), "./tls/cacert.pem", "Authority of clients, PEM.");
  static final Key<Integer> TLS_CERT_TTL =
      qdrant(
          "tls.cert_ttl",
          Kind.whole(1, 86_400),
          "3600",
          "Seconds after which certificate and key are read again.");

  static final Key<Path> STORAGE_PATH =
      qdrant(
          "storage.storage_path",
          Kind.path(),
          "./data",
          "The data folder. `:temp` = one that is removed at the end.");
  static final Key<Optional<Path>> SNAPSHOTS_PATH =
      qdrant(
          "storage.snapshots_path",
          Kind.optional(Kind.path()),
          "",
          "Where snapshots are kept; default: `snapshots` in the data folder. May be another"
              + " volume.");
  static final Key<Settings.SnapshotsStorage> SNAPSHOTS_STORAGE =
      qdrant(
          "storage.snapshots_config.snapshots_storage",
          Kind.choice(Settings.SnapshotsStorage.class),
          "local",
          "local = they stay in that folder. s3 = they are made there and kept in the bucket"
              + " below.");
  static final Key<Optional<String>> S3_BUCKET =
      qdrant(
          "storage.snapshots_config.s3_config.bucket",
          Kind.optional(Kind.text()),
          "",
          "Bucket for snapshots; their keys begin with `snapshots/`.");
  static final Key<Optional<String>> S3_REGION =
      qdrant(
          "storage.snapshots_config.s3_config.region",
          Kind.optional(Kind.text()),
          "",
          "Its region; none = that of AWS_REGION, or us-east-1.");
  static final Key<Optional<String>> S3_ACCESS_KEY =
      secret(
          "storage.snapshots_config.s3_config.access_key",
          "Names who may use the bucket; none = AWS_ACCESS_KEY_ID.");
  static final Key<Optional<String>> S3_SECRET_KEY =
      secret(
          "storage.snapshots_config.s3_config.secret_key",
          "The secret of it; none = AWS_SECRET_ACCESS_KEY.");
  static final Key<Optional<URI>> S3_ENDPOINT =
      qdrant(
          "storage.snapshots_config.s3_config.endpoint_url",
          Kind.optional(Kind.httpAddress()),
          "",
          "Another server than Amazon's that speaks S3, for example http://minio:9000.");
  static final Key<Optional<Path>> TEMP_PATH =
      qdrant(
          "storage.temp_path",
          Kind.optional(Kind.path()),
          "",
          "Where uploaded and fetched snapshots lie until they are restored; default: beside the\n"
              + "snapshots. `ingest` and `query` need the same.");
  static final Key<Boolean> ALLOW_NETWORK_FILE_SYSTEM =
      ours(
          "storage.allow_network_file_system",
          Kind.bool(),
          "false",
          "Whether the data folder may lie on a file system over the network (nfs, cifs, smb and\n"
              + "the like), where a lock, an fsync or a mapped file may mean less than it says.");
  static final Key<Optional<String>> RECOVERY_MODE =
      qdrant(
          "storage.recovery_mode",
          Kind.optional(Kind.text()),
          "",
          "A reason puts the server into recovery mode: collections are read as of their last\n"
              + "commit, can be deleted and restored, and take no writes; no log is replayed, no\n"
              + "source runs.");
  static final Key<Integer> MAX_COLLECTIONS =
      qdrant(
          "storage.max_collections",
          Kind.whole(1, 1_000_000),
          "1000",
          "Collections that clients may make; each has files, threads and buffers of its own.");
  static final Key<Boolean> QUOTAS_ENABLED =
      qdrant(
          "storage.quotas.enabled",
          Kind.bool(),
          "false",
          "Whether the next limits hold, until `PUT /quotas` sets others.");
  static final Key<Optional<Integer>> QUOTA_MEMORY =
      qdrant(
          "storage.quotas.max_resident_memory_percent",
          Kind.optional(Kind.whole(1, 100)),
          "",
          "Writes that add data are refused with this much of the memory resident.");
  static final Key<Optional<Integer>> QUOTA_DISK =
      qdrant(
          "storage.quotas.max_disk_usage_percent",
          Kind.optional(Kind.whole(1, 100)),
          "",
          "Writes that add data are refused with this much of the data folder's disk in use.");
  static final Key<Optional<Integer>> QUOTA_MARGIN =
      qdrant(
          "storage.quotas.release_margin_percent",
          Kind.optional(Kind.whole(0, 100)),
          "",
          "How far usage has to fall below a limit before writes are taken again; none = 5.");
  static final Key<Boolean> ON_DISK_PAYLOAD =
      qdrant(
          "storage.on_disk_payload",
          Kind.bool(),
          "true",
          "For new collections that do not say it, as all below `hnsw_index`, `optimizers`, `wal`\n"
              + "and `collection`; kept with the collection and shown. docs/compatibility.md says\n"
              + "what is applied.");
  static final Key<Integer> WAL_CAPACITY_MB =
      qdrant("storage.wal.wal_capacity_mb", Kind.whole(1, 1 << 20), "32", "Shown.");
  static final Key<Integer> WAL_SEGMENTS_AHEAD =
      qdrant("storage.wal.wal_segments_ahead", Kind.whole(0, 1 << 20), "0", "Shown.");
  static final Key<Integer> HNSW_M =
      qdrant("storage.hnsw_index.m", Kind.whole(0, 1 << 20), "16", "Links of a row in a graph.");
  static final Key<Integer> HNSW_EF_CONSTRUCT =
      qdrant(
          "storage.hnsw_index.ef_construct",
          Kind.whole(4, 1 << 20),
          "100",
          "Candidates looked at for the links of a row.");
  static final Key<Integer> HNSW_FULL_SCAN_KB =
      qdrant(
          "storage.hnsw_index.full_scan_threshold_kb",
          Kind.whole(10, Integer.MAX_VALUE),
          "10000",
          "Shown.");
  static final Key<Integer> HNSW_THREADS =
      qdrant("storage.hnsw_index.max_indexing_threads", Kind.whole(0, 1024), "0", "Shown.");
  static final Key<Boolean> HNSW_ON_DISK =
      qdrant(
          "storage.hnsw_index.on_disk",
          Kind.bool(),
          "false",
          "Whether graphs are read page by page where they are needed.");
  static final Key<Optional<Integer>> HNSW_PAYLOAD_M =
      qdrant(
          "storage.hnsw_index.payload_m",
          Kind.optional(Kind.whole(0, 1 << 20)),
          "",
          "With `m` 0 and this above 0: codes without a graph, for searches by tenant.");
  static final Key<Double> DELETED_THRESHOLD =
      qdrant("storage.optimizers.deleted_threshold", Kind.share(), "0.2", "Shown.");
  static final Key<Integer> VACUUM_MIN =
      qdrant(
          "storage.optimizers.vacuum_min_vector_number",
          Kind.whole(100, Integer.MAX_VALUE),
          "1000",
          "Shown.");
  static final Key<Integer> SEGMENT_NUMBER =
      qdrant("storage.optimizers.default_segment_number", Kind.whole(0, 1 << 20), "0", "Shown.");
  static final Key<Optional<Integer>> MAX_SEGMENT_KB =
      qdrant(
          "storage.optimizers.max_segment_size_kb",
          Kind.optional(Kind.whole(1, Integer.MAX_VALUE)),
          "",
          "Shown.");
  static final Key<Optional<Integer>> MEMMAP_KB =
      qdrant(
          "storage.optimizers.memmap_threshold_kb",
          Kind.optional(Kind.whole(0, Integer.MAX_VALUE)),
          "",
          "Shown.");
  static final Key<Integer> INDEXING_KB =
      qdrant(
          "storage.optimizers.indexing_threshold_kb",
          Kind.whole(0, Integer.MAX_VALUE),
          "10000",
          "KB of rows from which on a segment gets a graph; 0 = never.");
  static final Key<Integer> FLUSH_SEC =
      qdrant("storage.optimizers.flush_interval_sec", Kind.whole(0, 86_400), "5", "Shown.");
  static final Key<Integer> MERGE_THREADS =
      qdrant(
          "storage.optimizers.max_optimization_threads",
          Kind.whole(0, 1024),
          "0",
          "Threads for merges and graphs; 0 = one less than cores.");
  static final Key<Integer> REPLICATION_FACTOR =
      qdrant("storage.collection.replication_factor", Kind.whole(1, 1 << 20), "1", "Shown.");
  static final Key<Integer> WRITE_CONSISTENCY =
      qdrant("storage.collection.write_consistency_factor", Kind.whole(1, 1 << 20), "1", "Shown.");
  static final Key<Optional<Boolean>> VECTORS_ON_DISK =
      qdrant(
          "storage.collection.vectors.on_disk",
          Kind.optional(Kind.bool()),
          "",
          "Whether rows of dense vectors are read page by page where they are needed.");
  static final Key<JsonNode> QUANTIZATION =
      qdrant(
          "storage.collection.quantization",
          Kind.fields(),
          "",
          "As `quantization_config` of the create call.");
  static final Key<JsonNode> STRICT_MODE =
      qdrant(
          "storage.collection.strict_mode",
          Kind.fields(),
          "",
          "As `strict_mode_config` of the create call.");
  static final Key<Integer> SEARCH_THREADS =
      qdrant(
          "storage.performance.max_search_threads",
          Kind.whole(0, 1024),
          "0",
          "Searches that run at once; 0 = twice the cores.");
  static final Key<Integer> SEGMENT_THREADS =
      ours(
          "storage.performance.segment_threads",
          Kind.whole(0, 1024),
          "0",
          "Threads, for all queries together, that search large segments of one query side by\n"
              + "side, behind the largest one: sooner answered where cores are idle. 0 = none.");
  static final Key<Integer> REFRESH_MS =
      ours(
          "storage.refresh_interval_ms",
          Kind.whole(10, 3_600_000),
          "250",
          "How long a write nobody waits for may stay invisible.");
  static final Key<Integer> COMMIT_SEC =
      ours(
          "storage.commit_interval_sec",
          Kind.whole(1, 3600),
          "10",
          "How often the index is made durable while there are changes; the log is always.");

  static final Key<Settings.Durability> DURABILITY =
      ours(
          "log.durability",
          Kind.choice(Settings.Durability.class),
          "fsync",
          "fsync = an acknowledged write survives power loss. interval = fsync every 100 ms: up"
              + " to\n"
              + "that much of acknowledged writes is lost with the power, nothing with the"
              + " process.");
  static final Key<Integer> FSYNC_GROUP_MS =
      ours(
          "log.fsync_group_ms",
          Kind.whole(0, 1_000),
          "0",
          "How long an fsync waits for further writes to share it: fewer of them on a slow disk,\n"
              + "and every write waits that much longer.");
  static final Key<Integer> COMMIT_LOG_MB =
      ours(
          "log.commit_after_mb",
          Kind.whole(1, 65_536),
          "64",
          "Log MiB after which the index is made durable earlier.");

  static final Key<Optional<Path>> LINK_SOCKET =
      ours(
          "link.socket",
          Kind.optional(Kind.path()),
          "",
          "Socket between `millrace ingest` and `millrace query`; none = `ingest.sock` in the"
              + " data\n"
              + "folder. Systems allow about 100 bytes for its path.");

  static final Key<Integer> SEARCH_TIMEOUT_SEC =
      ours(
          "limits.request_timeout_sec",
          Kind.whole(1, 86_400),
          "60",
          "A request that names no timeout is given up after this many seconds.");
  static final Key<Integer> SEARCH_QUEUE =
      ours(
          "limits.search_queue",
          Kind.whole(1, 1_000_000),
          "1024",
          "Searches that may wait for a thread; more are answered by 429.");

  static final Key<Integer> INGEST_MB =
      ours(
          "limits.ingest_mb",
          Kind.whole(8, 65_536),
          "64",
          "MiB of records between fetch and log, of all sources together; reading pauses at it.");

  static final Key<Integer> SNAPSHOT_UPLOAD_MB =
      ours(
          "limits.snapshot_upload_mb",
          Kind.whole(1, 1 << 30),
          "65536",
          "Largest uploaded snapshot in MiB, counted inflated; a larger one is answered by 413.");

  static final Key<List<String>> FILE_ROOTS =
      ours(
          "limits.file_roots",
          Kind.texts(),
          "",
          "Folders below which sources made by the API may read files; none = beside the folders"
              + " of\n"
              + "the sources below, and `inbox` in the data folder.");
  static final Key<Boolean> INFERENCE =
      ours(
          "inference.enabled",
          Kind.bool(),
          "false",
          "Whether texts are embedded here; needs the module `inference` (docs/inference.md).");
  static final Key<Optional<Path>> INFERENCE_MODEL =
      ours(
          "inference.model_path",
          Kind.optional(Kind.path()),
          "",
          "Folder with `model.onnx` and `tokenizer.json` of another model; none = the module's"
              + " own,\n"
              + "all-MiniLM-L6-v2. Its name is the folder's.");
  static final Key<Integer> INFERENCE_THREADS =
      ours(
          "inference.threads",
          Kind.whole(0, 1024),
          "0",
          "Threads of one run of the model; 0 = half the cores.");
  static final Key<Integer> INFERENCE_BATCH =
      ours(
          "inference.batch",
          Kind.whole(1, 1024),
          "32",
          "Texts that one run embeds, of one request or of several that wait.");
  static final Key<Integer> INFERENCE_QUEUE =
      ours(
          "inference.queue",
          Kind.whole(1, 100_000),
          "256",
          "Requests that may wait for the model; more are answered by 429. Records wait.");

  static final Key<Settings.LogLevel> LOG_LEVEL =
      qdrant(
          "log_level",
          Kind.choice(Settings.LogLevel.class),
          "info",
          "Least severe messages to log: off, error, warn, info, debug, trace.");
  static final Key<Settings.LogFormat> LOG_FORMAT =
      qdrant(
          "logger.format",
          Kind.choice(Settings.LogFormat.class),
          "text",
          "text = a line for people. json = an object per line.");
  static final Key<Settings.AccessLog> ACCESS_LOG =
      ours(
          "logger.access",
          Kind.choice(Settings.AccessLog.class),
          "none",
          "Which requests get a log line: none, errors (status 400 and above), all. It names the\n"
              + "route, never a key, vector or payload.");
  static final Key<Boolean> LOG_ON_DISK =
      qdrant(
          "logger.on_disk.enabled",
          Kind.bool(),
          "false",
          "Whether log lines go into a file too, in the same format.");
  static final Key<Path> LOG_FILE =
      qdrant(
          "logger.on_disk.log_file",
          Kind.path(),
          "./millrace.log",
          "That file, of one process alone: give `ingest` and `query` one each. A relative path\n"
              + "begins where the process was started; in the data folder it counts as unknown.");
  static final Key<Integer> LOG_FILE_MB =
      ours(
          "logger.on_disk.max_size_mb",
          Kind.whole(1, 65_536),
          "100",
          "MiB after which the file is put aside (`millrace.log.1` is the newest) and begun anew.");
  static final Key<Integer> LOG_FILES =
      ours(
          "logger.on_disk.max_files",
          Kind.whole(1, 20),
          "7",
          "Files put aside that are kept; the oldest goes.");
  static final Key<Boolean> AUDIT =
      qdrant(
          "audit.enabled",
          Kind.bool(),
          "false",
          "Whether each request gets a line in a file of its own: who, from where, what, whether it\n"
              + "was granted. No keys, vectors or payloads. A process with the REST API writes it.");
  static final Key<Path> AUDIT_DIR =
      qdrant(
          "audit.dir",
          Kind.path(),
          "./audit",
          "Folder of these files, of one process alone. Qdrant's default is ./storage/audit; choose\n"
              + "one outside of the data folder.");
  static final Key<Settings.Rotation> AUDIT_ROTATION =
      qdrant(
          "audit.rotation",
          Kind.choice(Settings.Rotation.class),
          "daily",
          "daily or hourly: when the next file is begun, in UTC.");
  static final Key<Integer> AUDIT_FILES =
      qdrant(
          "audit.max_log_files",
          Kind.whole(1, 100_000),
          "7",
          "Files that are kept, the one at work among them; the oldest goes.");
  static final Key<Boolean> AUDIT_FORWARDED =
      qdrant(
          "audit.trust_forwarded_headers",
          Kind.bool(),
          "false",
          "Whether the client's address is the first of X-Forwarded-For. Only behind a proxy that\n"
              + "replaces what clients send there.");
  static final Key<Optional<URI>> TRACING_ENDPOINT =
      ours(
          "tracing.otlp_endpoint",
          Kind.optional(Kind.httpAddress()),
          "",
          "Where traces go, as OTLP over HTTP (protobuf), for example\n"
              + "http://localhost:4318/v1/traces; none = no traces are made.");
  static final Key<Double> TRACING_RATIO =
      ours(
          "tracing.sample_ratio",
          Kind.share(),
          "1.0",
          "Share of requests and batches that are traced, from 0 to 1. A request with a\n"
              + "`traceparent` follows what that says.");
  static final Key<String> TRACING_SERVICE =
      ours("tracing.service_name", Kind.text(), "millrace", "The `service.name` of spans.");
  static final Key<Optional<String>> TRACING_AUTHORIZATION =
      declare(
          new Key<>(
              "tracing.otlp_authorization",
              Kind.optional(Kind.text()),
              "",
              Trait.OUR_SECRET,
              "Value of the header Authorization that the collector asks for."));

  static final Key<Boolean> TELEMETRY_DISABLED =
      qdrant(
          "telemetry_disabled",
          Kind.bool(),
          "true",
          "Taken and without effect: nothing is ever reported to anyone.");

  /// What a running server takes over when it reads the configuration again.
  static final Set<Key<?>> LIVE =
      Set.of(
          API_KEY,
          ALT_API_KEY,
          READ_ONLY_API_KEY,
          JWT_RBAC,
          SLOW_QUERY_SECS,
          LOG_LEVEL,
          ACCESS_LOG);

  /// Whether a key takes further keys of any names, and this is one of them.
  static boolean isBelowKey(String path) {
    return List.of(QUANTIZATION, STRICT_MODE).stream()
        .anyMatch(key -> path.startsWith(key.path() + "."));
  }

  /// Sections whose keys belong to those who use them.
  static final Map<String, String> FREE_SECTIONS = freeSections();

  private Keys() {}

  static List<Key<?>> all() {
    return List.copyOf(DECLARED);
  }

  static Optional<Key<?>> find(String path) {
    for (Key<?> key : DECLARED) {
      if (key.path().equals(path)) {
        return Optional.of(key);
      }
    }
    return Optional.empty();
  }

  static boolean isSection(String path) {
    String start = path + ".";
    return DECLARED.stream().anyMatch(key -> key.path().startsWith(start));
  }

  private static Map<String, String> freeSections() {
    var sections = new LinkedHashMap<String, String>();
    sections.put(
        "kafka",
        """
        (SIGHUP) Defaults for all Kafka sources. `properties` go to the client unchanged.
        kafka:
          bootstrap: localhost:9092
          properties: { security.protocol: PLAINTEXT }
        """);
    sections.put(
        "sources",
        """
        (SIGHUP) What is read from Kafka topics and folders, and into which collections.
        sources:
          orders:
            type: kafka
            topics: [products, reviews]
            bindings:
              - { topics: [products], collection: products }
              - { topics: [reviews], allow: ["reviews-*"] }
          inbox:
            type: files
            path: ./inbox
            bindings:
              - { files: ["*.ndjson*"], collection: products }
        """);
    sections.put(
        "templates",
        """
        (SIGHUP) Collections that a binding with `create` makes on their first record.
        templates:
          small-text:
            match: "reviews-*"
            max_collections: 200
            vectors: { size: 384, distance: Cosine }
        """);
    return java.util.Collections.unmodifiableMap(sections);
  }

  private static <T> Key<T> qdrant(String path, Kind<T> kind, String builtIn, String about) {
    return declare(new Key<>(path, kind, builtIn, Trait.QDRANT, about));
  }

  private static <T> Key<T> ours(String path, Kind<T> kind, String builtIn, String about) {
    return declare(new Key<>(path, kind, builtIn, Trait.OURS, about));
  }

  private static Key<Optional<String>> secret(String path, String about) {
    return declare(new Key<>(path, Kind.optional(Kind.text()), "", Trait.QDRANT_SECRET, about));
  }

  private static <T> Key<T> declare(Key<T> key) {
    DECLARED.add(key);
    return key;
  }
}
