package io.millrace.app.config;

import io.millrace.ingest.config.Limits;
import io.millrace.ingest.config.Mapping;
import io.millrace.ingest.config.Mapping.Encoding;
import io.millrace.ingest.config.Mapping.From;
import io.millrace.ingest.config.Mapping.IdType;
import io.millrace.ingest.config.Mapping.PayloadRule;
import io.millrace.ingest.config.Mapping.ValueType;
import io.millrace.ingest.config.Mapping.VectorRule;
import io.millrace.ingest.config.Mapping.VersionRule;
import io.millrace.ingest.config.Mapping.When;
import io.millrace.ingest.config.Reading;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// What a binding says of how its records are read: `mapping`, `format`, `csv`, `limits`.
final class MappingConfig {
  private MappingConfig() {}

  static Reading reading(Section binding) {
    return new Reading(
        binding.get("format", Kind.choice(Reading.Format.class), Reading.Format.AUTO),
        binding.section("mapping").map(MappingConfig::mapping),
        binding.get("allow_truncate", Kind.bool(), false),
        binding.get("message", Kind.text()),
        binding.section("csv").map(MappingConfig::csv).orElse(Reading.Csv.DEFAULT),
        Optional.empty());
  }

  private static Reading.Csv csv(Section s) {
    Kind<Character> separator =
        new Kind<>(
            "one character, or tab",
            value -> {
              String text = value.toString();
              if (text.equals("tab")) {
                return '\t';
              }
              if (text.length() != 1) {
                throw new Kind.Refused("");
              }
              return text.charAt(0);
            });
    var csv =
        new Reading.Csv(s.get("separator", separator), s.get("columns", Kind.texts(), List.of()));
    s.end();
    return csv;
  }

  static Limits limits(Section binding) {
    Optional<Section> section = binding.section("limits");
    if (section.isEmpty()) {
      return Limits.NONE;
    }
    Section s = section.get();
    var limits =
        new Limits(
            whole(s, "records_per_second"), whole(s, "bytes_per_second"), whole(s, "points"));
    s.end();
    return limits;
  }

  private static OptionalLong whole(Section s, String key) {
    return s.get(key, Kind.whole(1, Integer.MAX_VALUE)).stream()
        .mapToLong(Integer::longValue)
        .findFirst();
  }

  private static Mapping mapping(Section s) {
    var mapping =
        new Mapping(
            s.get("id", froms(), List.of()),
            s.get("id_type", Kind.choice(IdType.class), IdType.AUTO),
            s.get("id_namespace", uuid(), Mapping.NAMESPACE),
            vectors(s),
            s.get("payload", payload(), new PayloadRule.Rest()),
            s.section("rename").map(MappingConfig::renames).orElse(Map.of()),
            types(s),
            s.get("version", version()),
            s.get("op", Kind.choice(Mapping.Kind.class), Mapping.Kind.UPSERT),
            s.get("delete_when", when()),
            s.get("drop_when", when()));
    s.end();
    return mapping;
  }

  private static Map<String, VectorRule> vectors(Section s) {
    var vectors = new LinkedHashMap<String, VectorRule>();
    s.get("vectors", new Kind<>("a pointer, or pointers by name of the vector", value -> value))
        .ifPresent(value -> {
          switch (value) {
            case Tree.Scalar scalar -> vectors.put("", vector(s, scalar));
            case Tree.Fields(var fields, var origin) ->
                fields.forEach((name, rule) -> vectors.put(name, vector(s, rule)));
            case Tree.Items items -> s.fault("vectors is a pointer, or pointers by name");
          }
        });
    return vectors;
  }

  private static VectorRule vector(Section s, Tree value) {
    return switch (value) {
      case Tree.Scalar scalar -> new VectorRule(pointer(scalar.text()), Encoding.JSON);
      case Tree.Fields fields -> {
        Section rule = s.under("vectors", fields);
        var read =
            new VectorRule(
                rule.require("at", pointerKind(), "/"),
                rule.get("encoding", Kind.choice(Encoding.class), Encoding.JSON),
                rule.get("model", Kind.text()));
        rule.end();
        yield read;
      }
      case Tree.Items items -> {
        s.fault("a vector is a pointer, {at, encoding} or {at, model}");
        yield new VectorRule("/", Encoding.JSON);
      }
    };
  }

  private static Map<String, String> renames(Section s) {
    var renames = new LinkedHashMap<String, String>();
    s.texts().forEach((from, to) -> renames.put(pointer(from), to));
    return renames;
  }

  private static Map<String, ValueType> types(Section s) {
    var types = new LinkedHashMap<String, ValueType>();
    s.get(
            "types",
            new Kind<>(
                "types by name or pointer",
                value -> {
                  if (value instanceof Tree.Fields fields) {
                    return fields;
                  }
                  throw new Kind.Refused("");
                }))
        .ifPresent(fields -> {
          Section named = s.under("types", fields);
          for (String name : fields.fields().keySet()) {
            types.put(name, named.get(name, Kind.choice(ValueType.class), ValueType.TEXT));
          }
          named.end();
        });
    return types;
  }

  /// A name without a slash is a top-level field, or a column.
  private static String pointer(String text) {
    return text.startsWith("/") ? text : "/" + text.replace("~", "~0");
  }

  private static Kind<String> pointerKind() {
    return new Kind<>(
        "a JSON pointer as /a/b, or the name of a top-level field",
        value -> {
          if (value instanceof Tree.Scalar scalar && !scalar.text().isEmpty()) {
            return pointer(scalar.text());
          }
          throw new Kind.Refused("");
        });
  }

  private static Kind<List<From>> froms() {
    return new Kind<>(
        "a pointer, {key: POINTER}, {header: NAME}, {column: NAME}, or a list of these",
        value ->
            value instanceof Tree.Items(var items, var origin)
                ? items.stream().map(MappingConfig::from).toList()
                : List.of(from(value)));
  }

  private static From from(Tree value) {
    if (value instanceof Tree.Scalar scalar && !scalar.text().isEmpty()) {
      return new From.Value(pointer(scalar.text()));
    }
    if (value instanceof Tree.Fields(var fields, var origin)
        && fields.size() == 1
        && fields.firstEntry().getValue() instanceof Tree.Scalar of) {
      switch (fields.firstEntry().getKey()) {
        case "key" -> {
          return new From.Key(of.text().isEmpty() ? "" : pointer(of.text()));
        }
        case "header" -> {
          return new From.Header(of.text());
        }
        case "column" -> {
          return new From.Value("/" + of.text().replace("~", "~0").replace("/", "~1"));
        }
        default -> throw new Kind.Refused("");
      }
    }
    throw new Kind.Refused("");
  }

  private static Kind<PayloadRule> payload() {
    return new Kind<>(
        "a pointer to an object, or {include: […], exclude: […]}",
        value ->
            switch (value) {
              case Tree.Scalar scalar when !scalar.text().isEmpty() ->
                  new PayloadRule.Whole(pointer(scalar.text()));
              case Tree.Fields(var fields, var origin) -> {
                for (String name : fields.keySet()) {
                  if (!name.equals("include") && !name.equals("exclude")) {
                    throw new Kind.Refused("");
                  }
                }
                yield new PayloadRule.Parts(
                    pointers(fields.get("include")), pointers(fields.get("exclude")));
              }
              case Tree.Scalar s -> throw new Kind.Refused("");
              case Tree.Items i -> throw new Kind.Refused("");
            });
  }

  private static List<String> pointers(@org.jspecify.annotations.Nullable Tree value) {
    return value == null
        ? List.of()
        : Kind.texts().parse().apply(value).stream().map(MappingConfig::pointer).toList();
  }

  private static Kind<VersionRule> version() {
    return new Kind<>(
        "a pointer, or {at: POINTER, type: int or datetime}",
        value ->
            switch (value) {
              case Tree.Scalar scalar when !scalar.text().isEmpty() ->
                  new VersionRule(pointer(scalar.text()), VersionRule.Type.INT);
              case Tree.Fields(var fields, var origin)
                  when fields.get("at") instanceof Tree.Scalar at ->
                  new VersionRule(
                      pointer(at.text()),
                      fields.get("type") == null
                          ? VersionRule.Type.INT
                          : Kind.choice(VersionRule.Type.class)
                              .parse()
                              .apply(java.util.Objects.requireNonNull(fields.get("type"))));
              case Tree.Scalar s -> throw new Kind.Refused("");
              case Tree.Fields f -> throw new Kind.Refused("");
              case Tree.Items i -> throw new Kind.Refused("");
            });
  }

  private static Kind<When> when() {
    return new Kind<>(
        "{at: POINTER, equals: TEXT} or {at: POINTER, exists: true}",
        value -> {
          if (value instanceof Tree.Fields(var fields, var origin)
              && fields.get("at") instanceof Tree.Scalar at
              && fields.size() == 2) {
            if (fields.get("equals") instanceof Tree.Scalar equal) {
              return new When(pointer(at.text()), Optional.of(equal.text()));
            }
            if (fields.get("exists") instanceof Tree.Scalar exists
                && exists.text().equals("true")) {
              return new When(pointer(at.text()), Optional.empty());
            }
          }
          throw new Kind.Refused("");
        });
  }

  private static Kind<UUID> uuid() {
    return new Kind<>(
        "a UUID",
        value -> {
          try {
            return UUID.fromString(value.toString());
          } catch (IllegalArgumentException e) {
            throw new Kind.Refused("");
          }
        });
  }
}
