package io.millrace.ingest.record;

import io.millrace.ingest.config.Mapping;
import io.millrace.ingest.config.Mapping.From;
import io.millrace.ingest.config.Mapping.PayloadRule;
import io.millrace.ingest.config.Mapping.VectorRule;
import io.millrace.ingest.config.Mapping.VersionRule;
import io.millrace.ingest.config.Mapping.When;
import io.millrace.model.BadInput;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.VectorValue;
import io.millrace.payload.PayloadText;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Records that are no envelopes, by the rules of a mapping. Safe for use by several threads.
final class MappingReader {
  private final Mapping mapping;
  private final Set<String> inner = new HashSet<>();
  private final Set<String> keyInner = new HashSet<>();

  /// What a record came to.
  sealed interface Mapped {
    /// @param collection what the value calls its collection
    record Change(PointId id, List<Operation> operations) implements Mapped {}

    record Dropped() implements Mapped {}
  }

  MappingReader(Mapping mapping) {
    this.mapping = mapping;
    for (From from : mapping.id()) {
      switch (from) {
        case From.Value(var pointer) -> lookInto(pointer, inner);
        case From.Key(var pointer) -> lookInto(pointer, keyInner);
        case From.Header ignored -> {}
      }
    }
    mapping.vectors().values().forEach(rule -> lookInto(rule.at(), inner));
    switch (mapping.payload()) {
      case PayloadRule.Rest ignored -> {}
      case PayloadRule.Whole(var at) -> lookInto(at, inner);
      case PayloadRule.Parts(var include, var exclude) -> {
        include.forEach(at -> lookInto(at, inner));
        exclude.forEach(at -> lookInto(at, inner));
      }
    }
    mapping.rename().keySet().forEach(at -> lookInto(at, inner));
    mapping.types().keySet().forEach(at -> lookInto(pointer(at), inner));
    mapping.version().ifPresent(rule -> lookInto(rule.at(), inner));
    mapping.deleteWhen().ifPresent(when -> lookInto(when.at(), inner));
    mapping.dropWhen().ifPresent(when -> lookInto(when.at(), inner));
  }

  /// Everything above a pointer is taken apart.
  private static void lookInto(String pointer, Set<String> into) {
    for (int at = pointer.indexOf('/', 1); at > 0; at = pointer.indexOf('/', at + 1)) {
      into.add(pointer.substring(0, at));
    }
  }

  private static String pointer(String nameOrPointer) {
    return nameOrPointer.startsWith("/") ? nameOrPointer : "/" + JsonPart.escaped(nameOrPointer);
  }

  JsonPart.Obj parts(Text text) {
    return JsonPart.read(text, inner);
  }

  /// @param envelope around the value, for versions that stand there
  Mapped read(
      JsonPart.Obj value,
      Optional<JsonPart.Obj> envelope,
      RawRecord record,
      EnvelopeReader.Headers headers,
      RestReaders readers) {
    if (mapping.dropWhen().map(when -> holds(when, value)).orElse(false)) {
      return new Mapped.Dropped();
    }
    PointId id = id(value, record);
    Optional<Long> version =
        headers.version().map(Versions::ofHeader).or(() -> version(value, envelope));
    boolean deletes = mapping.deleteWhen().map(when -> holds(when, value)).orElse(false);
    String op =
        deletes
            ? "delete"
            : headers
                .op()
                .orElse(
                    switch (mapping.op()) {
                      case UPSERT -> "upsert";
                      case SET_PAYLOAD -> "set_payload";
                      case UPDATE_VECTORS -> "update_vectors";
                    });
    Selection.Ids only = new Selection.Ids(List.of(id));
    Operation operation =
        switch (op) {
          case "delete" -> new Operation.Delete(only);
          case "upsert" ->
              new Operation.Upsert(
                  List.of(new Point(id, vectors(value, readers), payload(value))),
                  OperationReader.precondition(headers.updateMode().orElse(null), null, ""));
          case "set_payload" -> new Operation.SetPayload(only, payload(value), Optional.empty());
          case "update_vectors" -> {
            Map<String, VectorValue> vectors = vectors(value, readers);
            if (vectors.isEmpty()) {
              throw new BadRecord(Code.VECTOR_EMPTY, "", "The record has none of the vectors");
            }
            yield new Operation.UpdateVectors(
                List.of(new Operation.PointVectors(id, vectors)), Operation.Precondition.NONE);
          }
          default -> throw new BadRecord(Code.OP_UNKNOWN, "", "There is no operation '" + op + "'");
        };
    return new Mapped.Change(id, Versions.of(List.of(operation), version));
  }

  /// The delete of what the value's, or the key's, id names.
  List<Operation> delete(
      Optional<JsonPart.Obj> value,
      Optional<JsonPart.Obj> envelope,
      RawRecord record,
      EnvelopeReader.Headers headers) {
    PointId id = id(value.orElseGet(() -> new JsonPart.Obj(new LinkedHashMap<>())), record);
    Optional<Long> version =
        headers
            .version()
            .map(Versions::ofHeader)
            .or(() -> value.flatMap(parts -> version(parts, envelope)))
            .or(() -> envelope.flatMap(parts -> version(parts, Optional.empty())));
    return Versions.of(List.of(new Operation.Delete(new Selection.Ids(List.of(id)))), version);
  }

  // ---- id

  PointId id(JsonPart.Obj value, RawRecord record) {
    List<String> texts = new ArrayList<>();
    String at = "";
    for (From from : mapping.id()) {
      Optional<String> text =
          switch (from) {
            case From.Value(var pointer) -> {
              at = pointer;
              yield JsonPart.present(value, pointer).map(part -> plain(part, pointer));
            }
            case From.Key(var pointer) -> ofKey(record, pointer);
            case From.Header(var name) -> record.header(name);
          };
      String shown = at;
      texts.add(
          text.filter(t -> !t.isEmpty())
              .orElseThrow(() ->
                  new BadRecord(Code.MAPPING_FAILED, shown, "The record has no " + named(from))));
    }
    String text = String.join("\u001f", texts);
    String shown = at;
    return switch (mapping.idType()) {
      case UUID5 -> NamedUuid.of(mapping.idNamespace(), text);
      case AUTO ->
          Ids.fromNumber(text)
              .or(() -> Ids.fromUuidText(text))
              .orElseThrow(() ->
                  new BadRecord(
                      Code.MAPPING_FAILED,
                      shown,
                      "'"
                          + (text.length() > 100 ? text.substring(0, 100) + "…" : text)
                          + "' is neither an unsigned integer nor a UUID; id_type: uuid5 takes any"
                          + " text"));
    };
  }

  private static String named(From from) {
    return switch (from) {
      case From.Value(var pointer) -> "id at " + pointer;
      case From.Key(var pointer) -> "id at " + pointer + " of its key";
      case From.Header(var name) -> "header '" + name + "', which is its id";
    };
  }

  private Optional<String> ofKey(RawRecord record, String pointer) {
    byte[] key = record.key();
    if (key == null) {
      return Optional.empty();
    }
    Text text = Text.of(key);
    if (pointer.isEmpty()) {
      String all = new String(key, java.nio.charset.StandardCharsets.UTF_8).strip();
      return Optional.of(all.startsWith("\"") ? plain(JsonPart.raw(all), "") : all);
    }
    return JsonPart.present(JsonPart.read(text, keyInner), pointer)
        .map(part -> plain(part, pointer));
  }

  /// Text, number or truth value as text.
  private static String plain(JsonPart part, String pointer) {
    if (part instanceof JsonPart.Raw(var text)) {
      try (JsonParser p = text.parser()) {
        JsonToken token = p.nextToken();
        if (token != null && token.isScalarValue()) {
          return p.getString();
        }
      }
    }
    throw new BadRecord(Code.MAPPING_FAILED, pointer, "Expected text or a number");
  }

  // ---- conditions and versions

  private static boolean holds(When when, JsonPart.Obj value) {
    Optional<JsonPart> at = JsonPart.present(value, when.at());
    return when.equal().isEmpty()
        ? at.isPresent()
        : at.isPresent()
            && at.get() instanceof JsonPart.Raw raw
            && isScalar(raw)
            && plain(raw, when.at()).equals(when.equal().get());
  }

  private static boolean isScalar(JsonPart.Raw raw) {
    try (JsonParser p = raw.text().parser()) {
      JsonToken token = p.nextToken();
      return token != null && token.isScalarValue();
    }
  }

  private Optional<Long> version(JsonPart.Obj value, Optional<JsonPart.Obj> envelope) {
    if (mapping.version().isEmpty()) {
      return Optional.empty();
    }
    VersionRule rule = mapping.version().get();
    Optional<JsonPart> at =
        JsonPart.present(value, rule.at())
            .or(() -> envelope.flatMap(around -> JsonPart.present(around, rule.at())));
    if (at.isEmpty()) {
      return Optional.empty();
    }
    String text = plain(at.get(), rule.at());
    Optional<Long> version =
        switch (rule.type()) {
          case INT -> Versions.parse(text);
          case DATETIME -> Times.micros(text);
        };
    return Optional.of(
        version.orElseThrow(() ->
            new BadRecord(
                Code.VERSION_INVALID,
                rule.at(),
                rule.type() == VersionRule.Type.INT
                    ? "A version is a signed 64-bit integer"
                    : "'" + text + "' is no time")));
  }

  // ---- vectors

  private Map<String, VectorValue> vectors(JsonPart.Obj value, RestReaders readers) {
    Map<String, VectorValue> vectors = new LinkedHashMap<>();
    mapping
        .vectors()
        .forEach((name, rule) ->
            JsonPart.present(value, rule.at())
                .ifPresent(part -> vectors.put(name, vector(part, rule, readers))));
    return vectors;
  }

  private static VectorValue vector(JsonPart part, VectorRule rule, RestReaders readers) {
    if (rule.model().isPresent()) {
      return readers.embedded(
          "{\"text\":"
              + JsonPart.quoted(plain(part, rule.at()))
              + ",\"model\":"
              + JsonPart.quoted(rule.model().get())
              + "}",
          rule.at());
    }
    VectorReader reader = new VectorReader(readers);
    try {
      Text text =
          switch (rule.encoding()) {
            case JSON -> JsonPart.text(part);
            case F32 ->
                JsonPart.text(
                    JsonPart.raw("{\"f32\":" + JsonPart.quoted(plain(part, rule.at())) + "}"));
            case CSV -> {
              String list = plain(part, rule.at()).strip();
              yield JsonPart.text(JsonPart.raw(list.startsWith("[") ? list : "[" + list + "]"));
            }
          };
      try (JsonParser p = text.parser()) {
        p.nextToken();
        VectorValue vector = reader.one(p, text);
        Shape.endOfText(p);
        return vector;
      }
    } catch (BadRecord inside) {
      throw inside.under(rule.at());
    } catch (tools.jackson.core.JacksonException e) {
      throw new BadRecord(Code.MAPPING_FAILED, rule.at(), "The vector is no list of numbers");
    }
  }

  // ---- payload

  private PayloadBytes payload(JsonPart.Obj value) {
    JsonPart.Obj payload =
        switch (mapping.payload()) {
          case PayloadRule.Rest ignored -> rest(value);
          case PayloadRule.Whole(var at) -> whole(value, at);
          case PayloadRule.Parts(var include, var exclude) -> {
            JsonPart.Obj chosen = include.isEmpty() ? rest(value) : chosen(value, include);
            exclude.forEach(at -> JsonPart.remove(chosen, at));
            yield chosen;
          }
        };
    mapping
        .types()
        .forEach((name, type) -> {
          String at = pointer(name);
          JsonPart.present(payload, at)
              .ifPresent(
                  part -> JsonPart.put(payload, at, Cells.converted(plain(part, at), type, at)));
        });
    mapping
        .rename()
        .forEach((at, name) ->
            JsonPart.remove(payload, at).ifPresent(part -> payload.fields().put(name, part)));
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    JsonPart.write(payload, out);
    try {
      return PayloadText.canonical(out.toByteArray());
    } catch (BadInput e) {
      throw new BadRecord(Code.JSON_SYNTAX, "", String.valueOf(e.getMessage()));
    }
  }

  private JsonPart.Obj rest(JsonPart.Obj value) {
    JsonPart.Obj rest = (JsonPart.Obj) JsonPart.copy(value);
    for (From from : mapping.id()) {
      if (from instanceof From.Value(var pointer)) {
        JsonPart.remove(rest, pointer);
      }
    }
    for (VectorRule rule : mapping.vectors().values()) {
      if (rule.model().isEmpty()) {
        JsonPart.remove(rest, rule.at());
      }
    }
    return rest;
  }

  private static JsonPart.Obj whole(JsonPart.Obj value, String at) {
    Optional<JsonPart> part = JsonPart.present(value, at);
    if (part.isEmpty()) {
      return new JsonPart.Obj(new LinkedHashMap<>());
    }
    if (part.get() instanceof JsonPart.Obj taken) {
      return (JsonPart.Obj) JsonPart.copy(taken);
    }
    try {
      return JsonPart.read(JsonPart.text(part.get()), Set.of());
    } catch (BadRecord e) {
      throw new BadRecord(Code.PAYLOAD_NOT_OBJECT, at, "A payload is an object");
    }
  }

  private static JsonPart.Obj chosen(JsonPart.Obj value, List<String> include) {
    JsonPart.Obj chosen = new JsonPart.Obj(new LinkedHashMap<>());
    for (String at : include) {
      JsonPart.at(value, at).ifPresent(part -> JsonPart.put(chosen, at, JsonPart.copy(part)));
    }
    return chosen;
  }
}
