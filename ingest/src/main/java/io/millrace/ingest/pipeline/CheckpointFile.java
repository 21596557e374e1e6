package io.millrace.ingest.pipeline;

import io.millrace.ingest.record.Code;
import io.millrace.model.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// The checkpoint of one source, `checkpoints/<source>`: one JSON object.
///
/// ```
/// {"epoch":3,"cluster":"…","topics":{"products":"<topic id>"},
///  "streams":{"products/0":{"next":348123,"leader_epoch":5,"byte":-1,"vouched":[7],
///                           "tally":{"records":…,"applied":…,"duplicate":…,"skipped":…,
///                                    "unbound":…,"dead":{"JSON_SYNTAX":1}}}}}
/// ```
///
/// Replaced as a whole: written beside, fsynced, renamed, folder fsynced. An older one is harmless:
/// what comes twice is dropped by the collections. So is none at all. Written by one thread.
public final class CheckpointFile {
  private static final JsonFactory JSON = new JsonFactory();

  private final Path file;

  public CheckpointFile(Path ingestFolder, String source) {
    this.file = ingestFolder.resolve("checkpoints").resolve(source);
  }

  /// Empty when there is none. Throws [Failure.Damaged] for one that cannot be read.
  public Optional<Checkpoint> read() {
    try {
      return Files.exists(file) ? Optional.of(parse(Files.readAllBytes(file))) : Optional.empty();
    } catch (IOException e) {
      throw new Failure.Unavailable("The checkpoint " + file + " cannot be read", e);
    } catch (JacksonException | IllegalArgumentException e) {
      throw new Failure.Damaged("The checkpoint " + file + " is not one", e);
    }
  }

  /// Durable when it returns. Throws [Failure.Unavailable].
  public void write(Checkpoint checkpoint) {
    try {
      Files.createDirectories(file.getParent());
      Path beside = file.resolveSibling(file.getFileName() + ".tmp");
      try (FileChannel out =
          FileChannel.open(
              beside,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        ByteBuffer bytes = ByteBuffer.wrap(bytes(checkpoint));
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
        folder.force(true);
      }
    } catch (IOException e) {
      throw new Failure.Unavailable("The checkpoint " + file + " cannot be written", e);
    }
  }

  /// Fine if there is none.
  public void delete() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new Failure.Unavailable("The checkpoint " + file + " cannot be removed", e);
    }
  }

  private static byte[] bytes(Checkpoint checkpoint) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeNumberProperty("epoch", checkpoint.epoch());
      json.writeStringProperty("cluster", checkpoint.cluster());
      json.writeObjectPropertyStart("topics");
      checkpoint.topics().forEach(json::writeStringProperty);
      json.writeEndObject();
      json.writeObjectPropertyStart("streams");
      checkpoint
          .streams()
          .forEach((stream, point) -> {
            json.writeObjectPropertyStart(stream);
            write(json, point);
            json.writeEndObject();
          });
      json.writeEndObject();
      json.writeEndObject();
    }
    return out.toByteArray();
  }

  private static void write(JsonGenerator json, Checkpoint.StreamPoint point) {
    json.writeNumberProperty("next", point.next().number());
    json.writeNumberProperty("leader_epoch", point.next().leaderEpoch());
    json.writeNumberProperty("byte", point.next().byteOffset());
    json.writeArrayPropertyStart("vouched");
    point.vouched().forEach(json::writeNumber);
    json.writeEndArray();
    Tally tally = point.tally();
    json.writeObjectPropertyStart("tally");
    json.writeNumberProperty("records", tally.records());
    json.writeNumberProperty("applied", tally.applied());
    json.writeNumberProperty("duplicate", tally.duplicate());
    json.writeNumberProperty("skipped", tally.skipped());
    json.writeNumberProperty("unbound", tally.unbound());
    json.writeObjectPropertyStart("dead");
    tally.dead().forEach((code, n) -> json.writeNumberProperty(code.name(), n));
    json.writeEndObject();
    json.writeEndObject();
  }

  private static Checkpoint parse(byte[] bytes) {
    Map<String, Long> numbers = new HashMap<>();
    Map<String, String> topics = new HashMap<>();
    Map<String, Checkpoint.StreamPoint> streams = new HashMap<>();
    String cluster = "";
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), bytes)) {
      p.nextToken();
      while (next(p)) {
        switch (p.currentName()) {
          case "epoch" -> {
            p.nextToken();
            numbers.put("epoch", p.getLongValue());
          }
          case "cluster" -> {
            p.nextToken();
            cluster = p.getString();
          }
          case "topics" -> {
            p.nextToken();
            while (next(p)) {
              String topic = p.currentName();
              p.nextToken();
              topics.put(topic, p.getString());
            }
          }
          case "streams" -> {
            p.nextToken();
            while (next(p)) {
              String stream = p.currentName();
              p.nextToken();
              streams.put(stream, point(p));
            }
          }
          default -> {
            p.nextToken();
            p.skipChildren();
          }
        }
      }
    }
    return new Checkpoint(required(numbers, "epoch"), cluster, topics, streams);
  }

  private static Checkpoint.StreamPoint point(JsonParser p) {
    Map<String, Long> numbers = new HashMap<>();
    Set<Long> vouched = new HashSet<>();
    Map<Code, Long> dead = new EnumMap<>(Code.class);
    while (next(p)) {
      String name = p.currentName();
      JsonToken value = p.nextToken();
      if (name.equals("vouched")) {
        while (p.nextToken() != JsonToken.END_ARRAY) {
          vouched.add(p.getLongValue());
        }
      } else if (name.equals("tally")) {
        while (next(p)) {
          String count = p.currentName();
          if (p.nextToken() == JsonToken.START_OBJECT) {
            while (next(p)) {
              Code code = Code.valueOf(p.currentName());
              p.nextToken();
              dead.put(code, p.getLongValue());
            }
          } else {
            numbers.put("tally." + count, p.getLongValue());
          }
        }
      } else if (value.isNumeric()) {
        numbers.put(name, p.getLongValue());
      } else {
        p.skipChildren();
      }
    }
    Mark next =
        new Mark(
            required(numbers, "next"),
            (int) required(numbers, "leader_epoch"),
            required(numbers, "byte"));
    Tally tally =
        new Tally(
            numbers.getOrDefault("tally.records", 0L),
            numbers.getOrDefault("tally.applied", 0L),
            numbers.getOrDefault("tally.duplicate", 0L),
            numbers.getOrDefault("tally.skipped", 0L),
            numbers.getOrDefault("tally.unbound", 0L),
            dead);
    return new Checkpoint.StreamPoint(next, vouched, tally);
  }

  private static boolean next(JsonParser p) {
    return p.nextToken() == JsonToken.PROPERTY_NAME;
  }

  private static long required(Map<String, Long> numbers, String name) {
    Long value = numbers.get(name);
    if (value == null) {
      throw new IllegalArgumentException("'" + name + "' is missing");
    }
    return value;
  }
}
