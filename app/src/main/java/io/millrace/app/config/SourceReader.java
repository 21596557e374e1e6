package io.millrace.app.config;

import io.millrace.ingest.config.Assignment;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Glob;
import io.millrace.ingest.config.Registry;
import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.config.SourceConfig.CamelSource;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourceConfig.OnBad;
import io.millrace.ingest.config.SourceConfig.OnLost;
import io.millrace.ingest.config.SourceConfig.OnMissingCollection;
import io.millrace.ingest.config.SourceConfig.ShadowSource;
import io.millrace.ingest.config.Start;
import io.millrace.ingest.config.Trouble;
import io.millrace.ingest.kafka.KafkaProperties;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The sections `kafka` and `sources` as the typed configuration of `ingest`. Keys and defaults are
/// those of docs/ingestion.md; what is not built yet is refused by name.
final class SourceReader {
  private static final String NO_BOOTSTRAP = "localhost:9092";

  private final Optional<String> bootstrap;
  private final Map<String, String> properties;
  private final List<String> faults;

  private SourceReader(
      Optional<String> bootstrap, Map<String, String> properties, List<String> faults) {
    this.bootstrap = bootstrap;
    this.properties = properties;
    this.faults = faults;
  }

  /// @param templates names that a binding may create from
  static List<SourceConfig> read(
      Tree.Fields kafka, Tree.Fields sources, Set<String> templates, List<String> faults) {
    var defaults = new Section("kafka", kafka, faults);
    Optional<String> bootstrap = defaults.get("bootstrap", Kind.text());
    Map<String, String> properties =
        defaults.section("properties").map(Section::texts).orElse(Map.of());
    defaults.end();
    var reader = new SourceReader(bootstrap, properties, faults);
    var read = new ArrayList<SourceConfig>();
    new Section("sources", sources, faults)
        .named()
        .forEach((name, section) -> reader.source(name, section, templates).ifPresent(read::add));
    return read;
  }

  /// One source by itself, with the defaults of the section `kafka`.
  static Optional<SourceConfig> one(
      String name,
      Tree.Fields kafka,
      Tree.Fields source,
      Set<String> templates,
      List<String> faults) {
    var all = new LinkedHashMap<String, Tree>();
    all.put(name, source);
    return read(kafka, new Tree.Fields(all, source.origin()), templates, faults).stream()
        .findFirst();
  }

  private Optional<SourceConfig> source(String name, Section s, Set<String> templates) {
    String type = s.require("type", Kind.text(), "");
    int before = faults.size();
    Optional<SourceConfig> source =
        switch (type) {
          case "kafka" -> guarded(s, () -> kafka(name, s, templates));
          case "files" -> guarded(s, () -> files(name, s, templates));
          case "camel" -> guarded(s, () -> camel(name, s, templates));
          case "shadow" -> guarded(s, () -> shadow(name, s));
          case "" -> Optional.empty();
          default -> {
            s.fault("type " + type + " is none of kafka, files, camel, shadow");
            yield Optional.empty();
          }
        };
    return faults.size() > before ? Optional.empty() : source;
  }

  private interface Reading {
    SourceConfig read();
  }

  /// What a typed record refuses is a fault of its section.
  private static Optional<SourceConfig> guarded(Section s, Reading reading) {
    try {
      return Optional.of(reading.read());
    } catch (IllegalArgumentException refused) {
      s.fault(String.valueOf(refused.getMessage()));
      return Optional.empty();
    }
  }

  private KafkaSource kafka(String name, Section s, Set<String> templates) {
    String servers = s.get("bootstrap", Kind.text()).or(() -> bootstrap).orElse(NO_BOOTSTRAP);
    var all = new LinkedHashMap<String, String>(properties);
    s.section("properties").ifPresent(own -> all.putAll(own.texts()));
    KafkaProperties.faults(all).forEach(s::fault);
    Letters letters = letters(s, Optional.of("millrace-dead-" + name));
    var source =
        new KafkaSource(
            name,
            servers,
            all,
            s.get("topics", Kind.texts(), List.of()),
            start(s),
            s.get("consumers", Kind.whole(1, 64), 1),
            trouble(s).withSurge(surge(s)).withWhenFull(letters.whenFull()),
            onLost(s, "on_truncated"),
            onLost(s, "on_topic_recreated"),
            onLost(s, "on_cluster_changed"),
            assignment(s),
            letters.topic(),
            s.section("registry").flatMap(SourceReader::registry),
            bindings(s, "topics", templates));
    s.end();
    return source;
  }

  private static Optional<Registry> registry(Section s) {
    String url = s.require("url", Kind.text(), "");
    Optional<String> user = s.get("user", Kind.text());
    Optional<Path> password = s.get("password_file", Kind.path());
    s.end();
    try {
      return url.isEmpty()
          ? Optional.empty()
          : Optional.of(new Registry(URI.create(url), user, password));
    } catch (IllegalArgumentException refused) {
      s.fault(String.valueOf(refused.getMessage()));
      return Optional.empty();
    }
  }

  private FilesSource files(String name, Section s, Set<String> templates) {
    Letters letters = letters(s, Optional.empty());
    var source =
        new FilesSource(
            name,
            s.require("path", Kind.path(), Path.of("inbox")),
            s.get("settle", duration(), Duration.ofSeconds(2)),
            s.get("ready", Kind.choice(FilesSource.Ready.class), FilesSource.Ready.SETTLED),
            s.get("max_bad", ratio(), 1.0),
            (long) s.get("max_inflated_gb", Kind.whole(1, 1 << 20), 256) << 30,
            s.get("allow_hard_links", Kind.bool(), false),
            s.get("reapply", Kind.bool(), false),
            s.get("recursive", Kind.bool(), false),
            s.get("keep", duration()),
            false,
            trouble(s).withWhenFull(letters.whenFull()),
            bindings(s, "files", templates));
    s.end();
    return source;
  }

  private static CamelSource camel(String name, Section s, Set<String> templates) {
    var source =
        new CamelSource(
            name,
            s.require("uri", Kind.text(), ""),
            s.get("id", Kind.text()),
            s.get("file", Kind.text()),
            (long) s.get("spool_mb", Kind.whole(1, 1 << 20), 1024) << 20,
            trouble(s).withWhenFull(letters(s, Optional.empty()).whenFull()),
            bindings(s, "files", templates));
    s.end();
    return source;
  }

  /// Made by `millrace reindex` and ended by it.
  private static ShadowSource shadow(String name, Section s) {
    Kind<Optional<Start>> kind =
        new Kind<>(
            "earliest, a time as 2026-11-01T00:00:00Z, or collection",
            value ->
                switch (String.valueOf(value)) {
                  case "collection" -> Optional.empty();
                  case "latest" -> throw new Kind.Refused("");
                  default -> Optional.of(namedStart(String.valueOf(value)));
                });
    var source =
        new ShadowSource(
            name,
            s.require("of", Kind.text(), ""),
            Set.copyOf(s.get("collections", Kind.texts(), List.of())),
            s.require("into", Kind.text(), ""),
            s.get("start", kind, Optional.of(new Start.Earliest())),
            s.get("model", Kind.text()));
    s.end();
    return source;
  }

  private static Trouble trouble(Section s) {
    Trouble usual = Trouble.DEFAULT;
    return usual
        .with(s.get("on_bad", Kind.choice(OnBad.class), usual.onBad()))
        .with(
            s.get(
                "on_missing_collection", Kind.choice(OnMissingCollection.class), usual.onMissing()))
        .withParkTimeout(s.get("park_timeout", duration(), usual.parkTimeout()));
  }

  /// `off`, also as YAML's word for false.
  private static Trouble.Surge surge(Section s) {
    return switch (s.get("surge", Kind.text(), "stop")) {
      case "stop", "on", "true" -> Trouble.Surge.STOP;
      case "off", "false" -> Trouble.Surge.OFF;
      default -> {
        s.fault("surge is none of stop, off");
        yield Trouble.Surge.STOP;
      }
    };
  }

  private static Assignment assignment(Section s) {
    String which = s.get("assignment", Kind.text(), "all");
    Optional<String> group = s.get("group", Kind.text());
    Optional<String> member = s.get("member", Kind.text());
    return switch (which) {
      case "all" -> {
        if (member.isPresent()) {
          s.fault("member needs assignment: group");
        }
        yield new Assignment.All(group);
      }
      case "group" -> new Assignment.Group(group.orElse(""), member);
      default -> {
        s.fault("assignment is none of all, group");
        yield Assignment.ALL;
      }
    };
  }

  /// `earliest` is the documents' word for a new life at the start of the log.
  private static OnLost onLost(Section s, String key) {
    return switch (s.get(key, Kind.text(), "stop")) {
      case "stop" -> OnLost.STOP;
      case "restart", "earliest" -> OnLost.RESTART;
      case "latest" -> OnLost.LATEST;
      default -> {
        s.fault(key + " is none of stop, restart, earliest, latest");
        yield OnLost.STOP;
      }
    };
  }

  private static Start namedStart(String text) {
    if (text.equals("earliest")) {
      return new Start.Earliest();
    }
    return text.equals("latest") ? new Start.Latest() : new Start.At(instant(text));
  }

  private static Start start(Section s) {
    Kind<Start> kind =
        new Kind<>(
            "earliest, latest, a time as 2026-11-01T00:00:00Z, or {group: NAME}",
            value ->
                switch (value) {
                  case Tree.Scalar(var text, var plain, var origin) -> namedStart(text);
                  case Tree.Fields(var fields, var origin)
                      when fields.size() == 1
                          && fields.get("group") instanceof Tree.Scalar(var group, var p, var o) ->
                      new Start.Group(group);
                  case Tree.Fields f -> throw new Kind.Refused("");
                  case Tree.Items i -> throw new Kind.Refused("");
                });
    return s.get("start", kind, new Start.Earliest());
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new Kind.Refused("");
    }
  }

  private record Letters(Optional<String> topic, Trouble.WhenFull whenFull) {}

  /// By default a topic of the source's own; `to: file` keeps them here.
  ///
  /// @param usual name of the topic, absent for sources that have none
  private static Letters letters(Section s, Optional<String> usual) {
    Trouble.WhenFull dropping = Trouble.DEFAULT.whenFull();
    return s.section("dead_letters")
        .map(d -> {
          String to = d.get("to", Kind.text(), usual.isPresent() ? "kafka" : "file");
          Optional<String> topic =
              usual.isPresent() ? d.get("topic", Kind.text()).or(() -> usual) : usual;
          Trouble.WhenFull whenFull =
              d.get("when_full", Kind.choice(Trouble.WhenFull.class), dropping);
          d.end();
          if (!to.equals("file") && !to.equals("kafka")) {
            d.fault("to is none of kafka, file");
          } else if (to.equals("kafka") && usual.isEmpty()) {
            d.fault("dead letters of files go to the file store");
          }
          return new Letters(to.equals("kafka") ? topic : Optional.empty(), whenFull);
        })
        .orElse(new Letters(usual, dropping));
  }

  private static List<Binding> bindings(Section s, String fromKey, Set<String> templates) {
    var bindings = new ArrayList<Binding>();
    for (Section b : s.sections("bindings")) {
      Optional<String> create = b.get("create", Kind.text());
      create
          .filter(name -> !templates.contains(name))
          .ifPresent(name ->
              b.fault(
                  "create names no template: "
                      + name
                      + Nearest.hint(name, List.copyOf(templates))));
      try {
        bindings.add(
            new Binding(
                globs(b.get(fromKey, Kind.texts(), List.of())),
                b.get("collection", Kind.text()),
                globs(b.get("allow", Kind.texts(), List.of())),
                create,
                b.get("key", Kind.choice(Binding.KeyRule.class), Binding.KeyRule.IGNORE),
                b.get("key_format", Kind.choice(Binding.KeyFormat.class), Binding.KeyFormat.TEXT),
                b.get("strict", Kind.bool(), false),
                b.get(
                    "record_bytes",
                    Kind.whole(1, Binding.MAX_RECORD_BYTES),
                    Binding.MAX_RECORD_BYTES),
                MappingConfig.reading(b),
                MappingConfig.limits(b)));
      } catch (IllegalArgumentException refused) {
        b.fault(String.valueOf(refused.getMessage()));
      }
      b.end();
    }
    return bindings;
  }

  private static List<Glob> globs(List<String> patterns) {
    return patterns.stream().map(Glob::new).toList();
  }

  /// `0`, `2s`, `500ms`, `1m`, `1h`, `30d`.
  private static Kind<Duration> duration() {
    return new Kind<>(
        "a duration as 500ms, 2s, 1m, 1h or 30d",
        value -> {
          String text = String.valueOf(value);
          int unitAt = 0;
          while (unitAt < text.length() && Character.isDigit(text.charAt(unitAt))) {
            unitAt++;
          }
          if (text.equals("0")) {
            return Duration.ZERO;
          }
          if (unitAt == 0 || unitAt > 9) {
            throw new Kind.Refused("");
          }
          long n = Long.parseLong(text.substring(0, unitAt));
          return switch (text.substring(unitAt).strip()) {
            case "ms" -> Duration.ofMillis(n);
            case "s" -> Duration.ofSeconds(n);
            case "m" -> Duration.ofMinutes(n);
            case "h" -> Duration.ofHours(n);
            case "d" -> Duration.ofDays(n);
            default -> throw new Kind.Refused("");
          };
        });
  }

  private static Kind<Double> ratio() {
    return new Kind<>(
        "a share from 0.0 to 1.0",
        value -> {
          try {
            double share = Double.parseDouble(String.valueOf(value));
            if (share >= 0 && share <= 1) {
              return share;
            }
          } catch (NumberFormatException notANumber) {
            // answered below, like a number out of range
          }
          throw new Kind.Refused("");
        });
  }
}
