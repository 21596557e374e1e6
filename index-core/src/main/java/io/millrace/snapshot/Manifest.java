package io.millrace.snapshot;

import io.millrace.catalog.CollectionFact;
import io.millrace.index.StreamPositions;
import io.millrace.model.BadInput;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// What a snapshot says about itself: the last file of its [Archive], as JSON.
///
/// ```
/// {"format": 1,
///  "collection": "products",          name it was taken of
///  "folder": "9f…32 hex digits",      id of the data folder; positions compare inside one only
///  "taken_millis": 1700000000000,     since the epoch
///  "sequence": 4711,                  of the last operation contained, -1 = none
///  "points": 10000,
///  "fact": "CAES…",                   the collection in the catalog's own form (catalog.proto), base64
///  "description": {…},                the configuration as a client gave it, for people
///  "aliases": ["shop"],
///  "positions": [{"source": "orders", "epoch": 1, "stream": "products/0", "last": 99, "leader_epoch": 0}],
///  "files": [{"name": "index/_0.fnm", "bytes": 1234, "sha256": "…64 hex digits"}]}
/// ```
///
/// Fields that are not known are left out of account, so that a later version may add some.
///
/// @param fact the collection as the catalog had it
/// @param files in the order of the archive, this one and the format not among them
public record Manifest(
    CollectionFact fact,
    String folderId,
    long takenMillis,
    long sequence,
    long points,
    List<String> aliases,
    List<At> positions,
    List<Part> files) {

  static final int FORMAT = 1;

  /// Up to where a stream is contained.
  public record At(String source, long epoch, String stream, long last, int leaderEpoch) {}

  public record Part(String name, long bytes, String sha256) {}

  public Manifest {
    aliases = List.copyOf(aliases);
    positions = List.copyOf(positions);
    files = List.copyOf(files);
  }

  Manifest withFiles(List<Part> parts) {
    return new Manifest(fact, folderId, takenMillis, sequence, points, aliases, positions, parts);
  }

  /// In order of source, epoch and stream.
  public static List<At> positions(StreamPositions positions) {
    List<At> all = new ArrayList<>();
    positions.forEach((stream, at) ->
        all.add(
            new At(stream.source(), stream.epoch(), stream.name(), at.last(), at.leaderEpoch())));
    all.sort(
        java.util.Comparator.comparing(At::source)
            .thenComparing(At::epoch)
            .thenComparing(At::stream));
    return all;
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
      out.writeStartObject();
      out.writeNumberProperty("format", FORMAT);
      out.writeStringProperty("collection", fact.name());
      out.writeStringProperty("folder", folderId);
      out.writeNumberProperty("taken_millis", takenMillis);
      out.writeNumberProperty("sequence", sequence);
      out.writeNumberProperty("points", points);
      out.writeStringProperty("fact", Base64.getEncoder().encodeToString(fact.encode()));
      out.writeName("description");
      out.writeRawValue(new String(fact.config().description().utf8(), StandardCharsets.UTF_8));
      out.writeName("aliases");
      out.writeStartArray();
      aliases.forEach(out::writeString);
      out.writeEndArray();
      out.writeName("positions");
      out.writeStartArray();
      for (At at : positions) {
        out.writeStartObject();
        out.writeStringProperty("source", at.source());
        out.writeNumberProperty("epoch", at.epoch());
        out.writeStringProperty("stream", at.stream());
        out.writeNumberProperty("last", at.last());
        out.writeNumberProperty("leader_epoch", at.leaderEpoch());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeName("files");
      out.writeStartArray();
      for (Part part : files) {
        out.writeStartObject();
        out.writeStringProperty("name", part.name());
        out.writeNumberProperty("bytes", part.bytes());
        out.writeStringProperty("sha256", part.sha256());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
    }
    return bytes.toByteArray();
  }

  /// Throws [BadInput] for bytes that [#encode] does not make.
  public static Manifest decode(byte[] bytes) {
    try (JsonParser in = new JsonFactory().createParser(ObjectReadContext.empty(), bytes)) {
      in.nextToken();
      if (!(value(in) instanceof Map<?, ?> m)) {
        throw bad("it is no object");
      }
      long format = number(m, "format");
      if (format != FORMAT) {
        throw BadInput.badRequest(
            "The snapshot has format version %d, this version of Millrace reads up to %d. Nothing was changed; restore it with the version that made it, or a newer one."
                .formatted(format, FORMAT));
      }
      List<String> aliases = new ArrayList<>();
      list(m, "aliases").forEach(alias -> aliases.add(String.valueOf(alias)));
      List<At> positions = new ArrayList<>();
      for (Map<?, ?> at : objects(m, "positions")) {
        positions.add(
            new At(
                text(at, "source"),
                number(at, "epoch"),
                text(at, "stream"),
                number(at, "last"),
                Math.toIntExact(number(at, "leader_epoch"))));
      }
      List<Part> files = new ArrayList<>();
      for (Map<?, ?> file : objects(m, "files")) {
        files.add(new Part(text(file, "name"), number(file, "bytes"), text(file, "sha256")));
      }
      return new Manifest(
          CollectionFact.decode(Base64.getDecoder().decode(text(m, "fact"))),
          text(m, "folder"),
          number(m, "taken_millis"),
          number(m, "sequence"),
          number(m, "points"),
          aliases,
          positions,
          files);
    } catch (JacksonException e) {
      throw bad(e.getOriginalMessage());
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw bad(String.valueOf(e.getMessage()));
    }
  }

  private static BadInput bad(String why) {
    return BadInput.badRequest("The manifest of the snapshot cannot be read: " + why);
  }

  /// The value the parser stands on, as maps, lists and plain values.
  private static Object value(JsonParser in) {
    return switch (in.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        while (in.nextToken() != JsonToken.END_OBJECT) {
          String name = in.currentName();
          in.nextToken();
          map.put(name, value(in));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(in));
        }
        yield list;
      }
      case VALUE_STRING -> in.getString();
      case VALUE_NUMBER_INT ->
          in.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? in.getString()
              : (Object) in.getLongValue();
      case null, default -> "";
    };
  }

  private static String text(Map<?, ?> in, String field) {
    if (in.get(field) instanceof String text) {
      return text;
    }
    throw bad(field + " is missing");
  }

  private static long number(Map<?, ?> in, String field) {
    if (in.get(field) instanceof Long number) {
      return number;
    }
    throw bad(field + " is missing");
  }

  private static List<?> list(Map<?, ?> in, String field) {
    if (in.get(field) instanceof List<?> list) {
      return list;
    }
    throw bad(field + " is missing");
  }

  private static List<Map<?, ?>> objects(Map<?, ?> in, String field) {
    List<Map<?, ?>> objects = new ArrayList<>();
    for (Object each : list(in, field)) {
      if (!(each instanceof Map<?, ?> object)) {
        throw bad(field + " holds no object");
      }
      objects.add(object);
    }
    return objects;
  }
}
