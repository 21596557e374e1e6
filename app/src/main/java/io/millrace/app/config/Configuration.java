package io.millrace.app.config;

import io.millrace.api.json.CollectionDefaults;
import io.millrace.model.Failure;
import io.millrace.model.QuotaConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// All layers merged and checked: built-in < file < environment < flags. Reading reports every
/// fault at once.
public final class Configuration {
  private static final List<Path> USUAL_FILES =
      List.of(Path.of("config", "millrace.yaml"), Path.of("/etc/millrace/millrace.yaml"));
  private static final String HIDDEN = "***";
  private static final String READ_AGAIN = "; SIGHUP reads it again";

  private final Map<String, Tree> given = new TreeMap<>();
  private final Map<String, Tree.Fields> free = new LinkedHashMap<>();
  private final List<String> faults = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final Optional<Path> file;
  private final Settings settings;

  private Configuration(
      Optional<Path> file, Map<String, String> environment, List<Assignment> flags)
      throws BadConfiguration {
    this.file = file;
    Tree.Fields merged =
        file.map(f -> Yaml.file(f, faults))
            .map(fields -> Renamed.replaced(fields, warnings))
            .orElseGet(() -> Tree.Fields.empty(new Origin.BuiltIn()))
            .with(Renamed.replaced(EnvironmentLayer.read(environment, faults, warnings), warnings));
    for (Assignment flag : flags) {
      Tree value = Yaml.value(flag.value(), new Origin.Flag(flag.flag()), faults);
      merged = merged.with(Renamed.replaced(Tree.at(steps(flag.path()), value), warnings));
    }
    for (String section : Keys.FREE_SECTIONS.keySet()) {
      free.put(section, Tree.Fields.empty(new Origin.BuiltIn()));
    }
    walk("", merged);
    settings = build();
    if (!faults.isEmpty()) {
      throw new BadConfiguration(faults);
    }
  }

  /// @param file the one asked for; without it the usual places are looked at
  public static Configuration read(
      Optional<Path> file, Map<String, String> environment, List<Assignment> flags)
      throws BadConfiguration {
    return new Configuration(file.or(Configuration::usualFile), environment, flags);
  }

  private static Optional<Path> usualFile() {
    return USUAL_FILES.stream().filter(Files::isRegularFile).findFirst();
  }

  public Settings settings() {
    return settings;
  }

  public Optional<Path> file() {
    return file;
  }

  /// Keys of Qdrant's, and sections of them, that are taken and change nothing.
  public static List<String> withoutEffect() {
    return WithoutEffect.paths();
  }

  /// Sentences about what was found odd and is no reason to stop.
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /// Paths with another value than before.
  ///
  /// @param live those that a running server takes over
  /// @param pending those that hold after a restart
  public record Changes(List<String> live, List<String> pending) {}

  public Changes since(Configuration earlier) {
    var live = new ArrayList<String>();
    var pending = new ArrayList<String>();
    for (Key<?> key : Keys.all()) {
      if (!tree(key).toString().equals(earlier.tree(key).toString())) {
        (Keys.LIVE.contains(key) ? live : pending).add(key.path());
      }
    }
    free.forEach((section, now) -> {
      var before = earlier.section(section).fields();
      var names = new TreeSet<>(now.fields().keySet());
      names.addAll(before.keySet());
      names.removeIf(name -> text(now.fields(), name).equals(text(before, name)));
      names.forEach(name -> live.add(section + "." + name));
    });
    return new Changes(live, pending);
  }

  private static String text(Map<String, Tree> fields, String name) {
    return String.valueOf(fields.get(name));
  }

  private Tree tree(Key<?> key) {
    return given.getOrDefault(key.path(), Tree.plain(key.builtIn(), new Origin.BuiltIn()));
  }

  /// A line per value with its origin, secrets hidden.
  public List<String> listing() {
    var lines = new ArrayList<String>();
    for (Key<?> key : Keys.all()) {
      Tree value = tree(key);
      String text = value.toString();
      String shown = key.isSecret() && !text.isEmpty() ? HIDDEN : text;
      lines.add(line(key.path(), shown, value) + (Keys.LIVE.contains(key) ? READ_AGAIN : ""));
    }
    free.forEach((section, fields) -> list(section, fields, lines));
    return lines;
  }

  /// Of the sections whose keys the user names, which are all read again.
  private static void list(String path, Tree value, List<String> lines) {
    switch (value) {
      case Tree.Scalar s ->
          lines.add(line(path, isSecret(path) ? HIDDEN : s.text(), s) + READ_AGAIN);
      case Tree.Items items -> {
        for (int i = 0; i < items.items().size(); i++) {
          list(path + "[" + i + "]", items.items().get(i), lines);
        }
      }
      case Tree.Fields fields ->
          fields.fields().forEach((name, field) -> list(path + "." + name, field, lines));
    }
  }

  static boolean isSecret(String path) {
    String name = path.toLowerCase(Locale.ROOT);
    // the URI of a Camel component may hold any of these
    return name.endsWith(".uri")
        || name.endsWith(".keystore.key") // a private key as text
        || List.of("password", "secret", "token", "api_key", "jaas", "credential").stream()
                .anyMatch(name::contains)
            && !name.endsWith("_file");
  }

  private static String line(String path, String text, Tree value) {
    String shown = text.isEmpty() ? "(none)" : text;
    return String.format(Locale.ROOT, "%-48s = %-24s # %s", path, shown, value.origin());
  }

  /// The steps of a dotted path. Names of client properties have dots themselves: behind
  /// `properties` the rest is one step.
  static List<String> steps(String path) {
    var steps = new ArrayList<String>();
    String rest = path;
    while (true) {
      int dot = rest.indexOf('.');
      boolean last = dot < 0 || (!steps.isEmpty() && steps.getLast().equals("properties"));
      if (last) {
        steps.add(rest);
        return steps;
      }
      steps.add(rest.substring(0, dot));
      rest = rest.substring(dot + 1);
    }
  }

  private void walk(String prefix, Tree.Fields fields) {
    fields
        .fields()
        .forEach((name, value) -> {
          String path = prefix + name;
          if (name.contains(".")) {
            unknown(path, value, "; keys are nested, one step per line");
          } else if (Keys.find(path).isPresent()) {
            if (!(value instanceof Tree.Scalar s && s.isNull() && !s.text().isEmpty())) {
              given.put(path, value);
            }
          } else if (Keys.FREE_SECTIONS.containsKey(path)) {
            section(path, value).ifPresent(f -> free.put(path, f));
          } else if (WithoutEffect.reason(path).isPresent()) {
            if (WithoutEffect.isTold(path, value)) {
              warnings.add(
                  value.origin()
                      + ": "
                      + path
                      + " has no effect: "
                      + WithoutEffect.reason(path).get());
            }
          } else if (Keys.isSection(path)) {
            section(path, value).ifPresent(f -> walk(path + ".", f));
          } else {
            unknown(path, value, Nearest.hint(path, names()));
          }
        });
  }

  private Optional<Tree.Fields> section(String path, Tree value) {
    return switch (value) {
      case Tree.Fields fields -> Optional.of(fields);
      case Tree.Scalar s when s.isNull() -> Optional.empty();
      case Tree.Scalar s -> notASection(path, s);
      case Tree.Items i -> notASection(path, i);
    };
  }

  private Optional<Tree.Fields> notASection(String path, Tree value) {
    faults.add(value.origin() + ": " + path + " holds further keys, got " + value);
    return Optional.empty();
  }

  private void unknown(String path, Tree value, String hint) {
    Origin at =
        value instanceof Tree.Fields(var fields, var own) && !fields.isEmpty()
            ? earlier(fields.firstEntry().getValue().origin(), own)
            : value.origin();
    faults.add(at + ": unknown key " + path + hint);
  }

  /// A block of YAML starts at its first key, one line below the name it belongs to.
  private static Origin earlier(Origin firstField, Origin block) {
    return block instanceof Origin.File(var file, var line) && firstField.equals(block) && line > 1
        ? new Origin.File(file, line - 1)
        : block;
  }

  private static List<String> names() {
    var names = new ArrayList<String>(Keys.FREE_SECTIONS.keySet());
    for (Key<?> key : Keys.all()) {
      String path = key.path();
      names.add(path);
      for (int dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
        if (!names.contains(path.substring(0, dot))) {
          names.add(path.substring(0, dot));
        }
      }
    }
    return names;
  }

  private <T> T value(Key<T> key) {
    Tree value = given.get(key.path());
    if (value != null && !(value instanceof Tree.Scalar s && s.isNull() && isFromFile(s))) {
      try {
        return key.kind().read(key.path(), value);
      } catch (Kind.Refused refused) {
        faults.add(String.valueOf(refused.getMessage()));
      }
    }
    return key.builtInValue();
  }

  /// A key without a value is not given in a file; an empty environment variable is an empty text.
  private static boolean isFromFile(Tree.Scalar scalar) {
    return scalar.origin() instanceof Origin.File;
  }

  /// Reads every key; those with a fault get their default, and the faults are thrown afterwards.
  private Settings build() {
    var tls =
        new Settings.Tls(
            value(Keys.TLS_CERT),
            value(Keys.TLS_KEY),
            value(Keys.VERIFY_CLIENTS) ? Optional.of(value(Keys.TLS_CA_CERT)) : Optional.empty(),
            Duration.ofSeconds(value(Keys.TLS_CERT_TTL)));
    value(Keys.TLS_CA_CERT);
    value(Keys.TELEMETRY_DISABLED);
    var service =
        new Settings.Service(
            value(Keys.HOST),
            value(Keys.HTTP_PORT),
            value(Keys.GRPC_PORT),
            value(Keys.MAX_REQUEST_SIZE_MB),
            Duration.ofSeconds(value(Keys.KEEP_ALIVE_SEC)),
            Duration.ofSeconds(value(Keys.CLIENT_REQUEST_SEC)),
            value(Keys.ENABLE_CORS),
            value(Keys.QDRANT_VERSION),
            new Settings.ApiKeys(
                value(Keys.API_KEY),
                value(Keys.ALT_API_KEY),
                value(Keys.READ_ONLY_API_KEY),
                value(Keys.JWT_RBAC)),
            value(Keys.ENABLE_TLS) ? Optional.of(tls) : Optional.empty(),
            value(Keys.METRICS_PREFIX).orElse(""),
            new Settings.Pages(
                value(Keys.ENABLE_STATIC_CONTENT),
                value(Keys.STATIC_CONTENT_DIR),
                value(Keys.HIDE_JWT_DASHBOARD)));
    if (service.apiKeys().tokens()
        && service.apiKeys().full().isEmpty()
        && service.apiKeys().alternate().isEmpty()) {
      faults.add("service.jwt_rbac: tokens are signed with service.api_key, which is not set");
    }
    CollectionDefaults newCollections = newCollections();
    var storage =
        new Settings.Storage(
            value(Keys.STORAGE_PATH),
            value(Keys.SNAPSHOTS_PATH),
            value(Keys.TEMP_PATH),
            value(Keys.ALLOW_NETWORK_FILE_SYSTEM),
            value(Keys.RECOVERY_MODE),
            new Settings.SnapshotUrls(value(Keys.SNAPSHOT_URLS), value(Keys.SNAPSHOT_URL_ALLOW)),
            snapshotBucket(),
            quotas(),
            newCollections,
            value(Keys.MERGE_THREADS),
            value(Keys.SEARCH_THREADS),
            value(Keys.SEGMENT_THREADS),
            Duration.ofMillis(value(Keys.REFRESH_MS)),
            Duration.ofSeconds(value(Keys.COMMIT_SEC)));
    var templates = new TreeMap<>(Template.read(section("templates"), newCollections, faults));
    return new Settings(
        service,
        storage,
        new Settings.OperationLog(
            value(Keys.DURABILITY),
            Duration.ofMillis(value(Keys.FSYNC_GROUP_MS)),
            value(Keys.COMMIT_LOG_MB)),
        new Settings.Link(value(Keys.LINK_SOCKET)),
        new Settings.Limits(
            Duration.ofSeconds(value(Keys.SEARCH_TIMEOUT_SEC)),
            value(Keys.SEARCH_QUEUE),
            value(Keys.INGEST_MB),
            value(Keys.SNAPSHOT_UPLOAD_MB),
            value(Keys.FILE_ROOTS).stream().map(Path::of).toList(),
            value(Keys.MAX_COLLECTIONS)),
        new Settings.Inference(
            value(Keys.INFERENCE),
            value(Keys.INFERENCE_MODEL),
            value(Keys.INFERENCE_THREADS),
            value(Keys.INFERENCE_BATCH),
            value(Keys.INFERENCE_QUEUE)),
        new Settings.Logging(value(Keys.LOG_LEVEL), value(Keys.LOG_FORMAT), logFile()),
        new Settings.Watching(
            value(Keys.METRICS_PORT),
            value(Keys.ACCESS_LOG),
            value(Keys.SLOW_QUERY_SECS),
            Duration.ofSeconds(value(Keys.READY_MAX_LAG_SECONDS))),
        audit(),
        tracing(),
        SourceReader.read(section("kafka"), section("sources"), templates.keySet(), faults),
        templates,
        new SourceJson(section("kafka"), section("sources"), templates.keySet()));
  }

  private Optional<Settings.Bucket> snapshotBucket() {
    var bucket =
        new Settings.Bucket(
            value(Keys.S3_BUCKET).orElse(""),
            value(Keys.S3_REGION),
            value(Keys.S3_ACCESS_KEY),
            value(Keys.S3_SECRET_KEY),
            value(Keys.S3_ENDPOINT));
    if (value(Keys.SNAPSHOTS_STORAGE) != Settings.SnapshotsStorage.S3) {
      return Optional.empty();
    }
    if (bucket.name().isEmpty()) {
      faults.add(
          Keys.S3_BUCKET.path() + ": snapshots are to be kept in s3, and no bucket is named");
    }
    return Optional.of(bucket);
  }

  private QuotaConfig quotas() {
    return new QuotaConfig(
        value(Keys.QUOTAS_ENABLED),
        whole(value(Keys.QUOTA_MEMORY)),
        whole(value(Keys.QUOTA_DISK)),
        whole(value(Keys.QUOTA_MARGIN)));
  }

  private static OptionalInt whole(Optional<Integer> number) {
    return number.stream().mapToInt(Integer::intValue).findFirst();
  }

  /// What is as built in is not written into new collections: it is their default anyway.
  private CollectionDefaults newCollections() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    Map.ofEntries(
            Map.entry("/on_disk_payload", Keys.ON_DISK_PAYLOAD),
            Map.entry("/replication_factor", Keys.REPLICATION_FACTOR),
            Map.entry("/write_consistency_factor", Keys.WRITE_CONSISTENCY),
            Map.entry("/quantization_config", Keys.QUANTIZATION),
            Map.entry("/strict_mode_config", Keys.STRICT_MODE),
            Map.entry("/wal_config/wal_capacity_mb", Keys.WAL_CAPACITY_MB),
            Map.entry("/wal_config/wal_segments_ahead", Keys.WAL_SEGMENTS_AHEAD),
            Map.entry("/hnsw_config/m", Keys.HNSW_M),
            Map.entry("/hnsw_config/ef_construct", Keys.HNSW_EF_CONSTRUCT),
            Map.entry("/hnsw_config/full_scan_threshold", Keys.HNSW_FULL_SCAN_KB),
            Map.entry("/hnsw_config/max_indexing_threads", Keys.HNSW_THREADS),
            Map.entry("/hnsw_config/on_disk", Keys.HNSW_ON_DISK),
            Map.entry("/hnsw_config/payload_m", Keys.HNSW_PAYLOAD_M),
            Map.entry("/optimizers_config/deleted_threshold", Keys.DELETED_THRESHOLD),
            Map.entry("/optimizers_config/vacuum_min_vector_number", Keys.VACUUM_MIN),
            Map.entry("/optimizers_config/default_segment_number", Keys.SEGMENT_NUMBER),
            Map.entry("/optimizers_config/max_segment_size", Keys.MAX_SEGMENT_KB),
            Map.entry("/optimizers_config/memmap_threshold", Keys.MEMMAP_KB),
            Map.entry("/optimizers_config/indexing_threshold", Keys.INDEXING_KB),
            Map.entry("/optimizers_config/flush_interval_sec", Keys.FLUSH_SEC))
        .forEach((at, key) -> {
          if (!value(key).equals(key.builtInValue())) {
            String path = at.substring(0, at.lastIndexOf('/'));
            ObjectNode holder = path.isEmpty() ? body : body.withObject(path);
            holder.set(at.substring(path.length() + 1), Template.json(tree(key)));
          }
        });
    try {
      return CollectionDefaults.of(body, value(Keys.VECTORS_ON_DISK));
    } catch (Failure refused) {
      faults.add("storage: defaults of new collections: " + refused.getMessage());
      return CollectionDefaults.NONE;
    }
  }

  private Optional<Settings.LogFile> logFile() {
    var file =
        new Settings.LogFile(value(Keys.LOG_FILE), value(Keys.LOG_FILE_MB), value(Keys.LOG_FILES));
    return value(Keys.LOG_ON_DISK) ? Optional.of(file) : Optional.empty();
  }

  private Optional<Settings.Audit> audit() {
    var audit =
        new Settings.Audit(
            value(Keys.AUDIT_DIR),
            value(Keys.AUDIT_ROTATION),
            value(Keys.AUDIT_FILES),
            value(Keys.AUDIT_FORWARDED));
    return value(Keys.AUDIT) ? Optional.of(audit) : Optional.empty();
  }

  private Optional<Settings.Tracing> tracing() {
    double share = value(Keys.TRACING_RATIO);
    String service = value(Keys.TRACING_SERVICE);
    Optional<String> authorization = value(Keys.TRACING_AUTHORIZATION);
    return value(Keys.TRACING_ENDPOINT)
        .map(endpoint -> new Settings.Tracing(endpoint, share, service, authorization));
  }

  /// One of the sections whose keys the user names, as it was given.
  Tree.Fields section(String name) {
    return free.getOrDefault(name, Tree.Fields.empty(new Origin.BuiltIn()));
  }
}
