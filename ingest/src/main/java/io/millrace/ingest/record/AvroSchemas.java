package io.millrace.ingest.record;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Avro schemas (specification 1.12) from their JSON, each read once.
final class AvroSchemas {
  private static final int MAX_SCHEMAS = 4_096;

  private final Map<String, AvroReader> readers = new ConcurrentHashMap<>();

  /// Throws [BadRecord] for text that is no schema.
  AvroReader of(String text) {
    AvroReader known = readers.get(text);
    if (known != null) {
      return known;
    }
    AvroReader made = new AvroReader(parse(text));
    if (readers.size() < MAX_SCHEMAS) {
      readers.put(text, made);
    }
    return made;
  }

  private static AvroType parse(String text) {
    try (JsonParser p = Text.of(text.getBytes(StandardCharsets.UTF_8)).parser()) {
      p.nextToken();
      return new Parsing().type(value(p), "");
    } catch (JacksonException | ClassCastException e) {
      throw bad("The schema of the registry is no Avro schema: " + e.getMessage());
    }
  }

  static BadRecord bad(String message) {
    return new BadRecord(Code.SCHEMA_DECODE, "", message);
  }

  private static @Nullable Object value(JsonParser p) {
    return switch (p.currentToken()) {
      case START_OBJECT -> {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        while (p.nextToken() == JsonToken.PROPERTY_NAME) {
          String name = p.currentName();
          p.nextToken();
          object.put(name, value(p));
        }
        yield object;
      }
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        while (p.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(p));
        }
        yield list;
      }
      case VALUE_NULL -> null;
      case null -> null;
      default -> p.getString();
    };
  }

  private static final class Parsing {
    private final Map<String, AvroType.Named> named = new HashMap<>();

    AvroType type(@Nullable Object schema, String namespace) {
      return switch (schema) {
        case String name -> byName(name, namespace);
        case List<?> branches -> {
          List<AvroType> all = new ArrayList<>();
          for (Object branch : branches) {
            all.add(type(branch, namespace));
          }
          yield new AvroType.Union(all);
        }
        case Map<?, ?> object -> object(object, namespace);
        case null, default -> throw bad("The schema of the registry has a part that is no type");
      };
    }

    private AvroType byName(String name, String namespace) {
      AvroType primitive = AvroType.Primitive.named(name, "");
      if (primitive != null) {
        return primitive;
      }
      AvroType.Named found = named.get(fullName(name, namespace));
      if (found == null) {
        found = named.get(name);
      }
      if (found == null) {
        throw bad("The schema of the registry names the unknown type '" + name + "'");
      }
      return found;
    }

    private static String fullName(String name, String namespace) {
      return name.indexOf('.') >= 0 || namespace.isEmpty() ? name : namespace + "." + name;
    }

    private AvroType object(Map<?, ?> schema, String outer) {
      Object kind = schema.get("type");
      return kind instanceof String name ? named(schema, name, outer) : type(kind, outer);
    }

    /// A schema object by the name of its type.
    private AvroType named(Map<?, ?> schema, String name, String outer) {
      String logical = text(schema, "logicalType");
      String namespace = text(schema, "namespace").isEmpty() ? outer : text(schema, "namespace");
      return switch (name) {
        case "record", "error" -> {
          String full = fullName(text(schema, "name"), namespace);
          int dot = full.lastIndexOf('.');
          String inside = dot < 0 ? "" : full.substring(0, dot);
          AvroType.Record record = new AvroType.Record(new ArrayList<>());
          named.put(full, record);
          for (Object each : (List<?>) list(schema, "fields")) {
            Map<?, ?> field = (Map<?, ?>) each;
            record
                .fields()
                .add(new AvroType.Field(text(field, "name"), type(field.get("type"), inside)));
          }
          yield record;
        }
        case "enum" -> {
          List<String> symbols = new ArrayList<>();
          list(schema, "symbols").forEach(symbol -> symbols.add(String.valueOf(symbol)));
          AvroType.Enumeration made = new AvroType.Enumeration(symbols);
          named.put(fullName(text(schema, "name"), namespace), made);
          yield made;
        }
        case "fixed" -> {
          AvroType.Fixed made =
              new AvroType.Fixed(whole(schema, "size"), logical, whole(schema, "scale"));
          named.put(fullName(text(schema, "name"), namespace), made);
          yield made;
        }
        case "array" -> new AvroType.Array(type(schema.get("items"), outer));
        case "map" -> new AvroType.Mapped(type(schema.get("values"), outer));
        case "bytes" -> new AvroType.Bytes(logical, whole(schema, "scale"));
        default -> {
          AvroType primitive = AvroType.Primitive.named(name, logical);
          yield primitive == null ? byName(name, outer) : primitive;
        }
      };
    }

    private static String text(Map<?, ?> schema, String name) {
      Object value = schema.get(name);
      return value == null ? "" : String.valueOf(value);
    }

    private static int whole(Map<?, ?> schema, String name) {
      String text = text(schema, name);
      try {
        int value = text.isEmpty() ? 0 : Integer.parseInt(text);
        if (value >= 0) {
          return value;
        }
      } catch (NumberFormatException e) {
        // answered below
      }
      throw bad("The schema of the registry has '" + name + "': " + text);
    }

    private static List<?> list(Map<?, ?> schema, String name) {
      return schema.get(name) instanceof List<?> found ? found : List.of();
    }
  }
}
