package io.millrace.ingest.deadletter;

import io.millrace.ingest.record.RawRecord;
import io.millrace.model.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Dead letters in files, one JSON line each:
///
/// ```
/// <folder>/<yyyy-mm-dd>-<n>.ndjson    64 MiB each, n rises over all days
/// {"id","code","message","pointer","source","collection","position","topic",
///  "timestamp","failed_at",
///  "headers":[["k","b64"]],"key_b64","value_b64","value_bytes","replays","truncated"}
/// ```
///
/// A process begins a file of its own, so a torn last line stays the last line of its file; readers
/// leave it out. One fsync covers all letters of a call.
public final class FileDeadLetters implements DeadLetters {
  private static final Logger LOG = LoggerFactory.getLogger(FileDeadLetters.class);
  private static final JsonFactory JSON = new JsonFactory();

  private static final long FILE_BYTES = 64L << 20;
  private static final long KEEP_BYTES = 1L << 30;
  private static final Duration KEEP = Duration.ofDays(30);

  /// Longer values are cut; a file source still has the line, a topic the record.
  private static final int VALUE_BYTES = 1 << 20;

  private final Path folder;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable FileChannel channel; // under the lock
  private long written; // bytes of the open file, under the lock

  public FileDeadLetters(Path folder) {
    this.folder = folder;
  }

  @Override
  public void write(List<DeadLetter> letters) {
    if (letters.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      FileChannel out = open();
      for (DeadLetter letter : letters) {
        ByteBuffer line = ByteBuffer.wrap(line(letter));
        written += line.remaining();
        while (line.hasRemaining()) {
          out.write(line);
        }
      }
      out.force(false);
      if (written >= FILE_BYTES) {
        out.close();
        channel = null;
      }
    } catch (IOException e) {
      // The open file may end in half a line: the next try begins a new one.
      closeQuietly();
      throw new Failure.Unavailable("Dead letters cannot be written to " + folder, e);
    } finally {
      lock.unlock();
    }
  }

  private FileChannel open() throws IOException {
    FileChannel open = channel;
    if (open != null) {
      return open;
    }
    Files.createDirectories(folder);
    List<Path> files = files();
    dropOld(files);
    long next = files.isEmpty() ? 1 : number(files.getLast()) + 1;
    String day = Instant.now().atOffset(ZoneOffset.UTC).toLocalDate().toString();
    Path file = folder.resolve(day + "-" + next + ".ndjson");
    open = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
    channel = open;
    written = 0;
    return open;
  }

  /// The older files go first, past 30 days or 1 GiB.
  private void dropOld(List<Path> files) throws IOException {
    long sum = 0;
    Instant oldest = Instant.now().minus(KEEP);
    for (int i = files.size() - 1; i >= 0; i--) {
      Path file = files.get(i);
      sum += Files.size(file);
      if (sum > KEEP_BYTES || Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
        LOG.warn("Dead letters were dropped because of their age or size file={}", file);
        Files.deleteIfExists(file);
      }
    }
  }

  /// In the order they were begun.
  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.ndjson")) {
        for (Path file : entries) {
          if (number(file) > 0) {
            files.add(file);
          }
        }
      }
    }
    files.sort((a, b) -> Long.compare(number(a), number(b)));
    return files;
  }

  private static long number(Path file) {
    String name = file.getFileName().toString();
    int dash = name.lastIndexOf('-');
    try {
      return Long.parseLong(name, dash + 1, name.length() - ".ndjson".length(), 10);
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      return -1;
    }
  }

  private static byte[] line(DeadLetter letter) {
    RawRecord record = letter.record();
    byte[] value = record.value();
    boolean truncated = value != null && value.length > VALUE_BYTES;
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeStringProperty("id", letter.id());
      json.writeStringProperty("code", letter.reason().code().name());
      json.writeStringProperty("message", letter.reason().message());
      json.writeStringProperty("pointer", letter.reason().pointer());
      json.writeStringProperty("source", letter.source());
      json.writeStringProperty("collection", letter.collection().orElse(""));
      json.writeStringProperty("position", letter.position());
      json.writeStringProperty("topic", letter.topic());
      json.writeNumberProperty("timestamp", record.timestampMillis());
      json.writeStringProperty("failed_at", letter.failedAt().toString());
      json.writeArrayPropertyStart("headers");
      for (RawRecord.Header header : record.headers()) {
        json.writeStartArray();
        json.writeString(header.name());
        json.writeString(base64(header.value()));
        json.writeEndArray();
      }
      json.writeEndArray();
      writeBytes(json, "key_b64", record.key());
      writeBytes(
          json,
          "value_b64",
          truncated && value != null ? Arrays.copyOf(value, VALUE_BYTES) : value);
      json.writeNumberProperty("value_bytes", value == null ? 0 : value.length);
      json.writeNumberProperty("replays", 0);
      json.writeBooleanProperty("truncated", truncated);
      json.writeEndObject();
    }
    out.write('\n');
    return out.toByteArray();
  }

  private static void writeBytes(JsonGenerator json, String name, byte @Nullable [] bytes) {
    if (bytes == null) {
      json.writeNullProperty(name);
    } else {
      json.writeStringProperty(name, base64(bytes));
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public List<Kept> kept(int limit) {
    Map<String, Kept> newestFirst = new LinkedHashMap<>();
    try {
      List<Path> files = files();
      for (int i = files.size() - 1; i >= 0 && newestFirst.size() < limit; i--) {
        // At most one file of 64 MiB (and its last value) in memory at a time.
        List<Kept> ofFile = new ArrayList<>();
        byte[] content = Files.readAllBytes(files.get(i));
        int start = 0;
        for (int at = 0; at < content.length; at++) {
          if (content[at] == '\n') {
            ofFile.add(kept(content, start, at));
            start = at + 1;
          }
        }
        for (int k = ofFile.size() - 1; k >= 0 && newestFirst.size() < limit; k--) {
          newestFirst.putIfAbsent(ofFile.get(k).entry().id(), ofFile.get(k));
        }
      }
    } catch (IOException | JacksonException e) {
      throw new Failure.Unavailable("Dead letters cannot be read from " + folder, e);
    }
    return List.copyOf(newestFirst.values());
  }

  private static Kept kept(byte[] line, int from, int to) {
    List<RawRecord.Header> headers = new ArrayList<>();
    long timestamp = -1;
    boolean truncated = false;
    Map<String, String> fields = new LinkedHashMap<>();
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), line, from, to - from)) {
      p.nextToken();
      while (p.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = p.currentName();
        JsonToken value = p.nextToken();
        if (value == JsonToken.VALUE_STRING) {
          fields.put(name, p.getString());
        } else if (name.equals("headers")) {
          headers.addAll(headers(p));
        } else if (name.equals("timestamp")) {
          timestamp = p.getLongValue();
        } else if (name.equals("truncated")) {
          truncated = p.getBooleanValue();
        } else {
          p.skipChildren();
        }
      }
    }
    byte[] value = bytes(fields, "value_b64");
    Entry entry =
        new Entry(
            fields.getOrDefault("id", ""),
            fields.getOrDefault("code", ""),
            fields.getOrDefault("pointer", ""),
            fields.getOrDefault("message", ""),
            fields.getOrDefault("collection", ""),
            fields.getOrDefault("position", ""),
            fields.getOrDefault("failed_at", ""),
            new Bytes(value == null ? new byte[0] : value));
    String position = entry.position();
    RawRecord record =
        new RawRecord(
            Positions.number(position), timestamp, bytes(fields, "key_b64"), value, headers);
    return new Kept(
        entry, record, fields.getOrDefault("topic", Positions.topic(position)), !truncated);
  }

  private static byte @Nullable [] bytes(Map<String, String> fields, String name) {
    String encoded = fields.get(name);
    return encoded == null ? null : Base64.getDecoder().decode(encoded);
  }

  private static List<RawRecord.Header> headers(JsonParser p) {
    List<RawRecord.Header> headers = new ArrayList<>();
    while (p.nextToken() == JsonToken.START_ARRAY) {
      p.nextToken();
      String name = p.getString();
      p.nextToken();
      headers.add(new RawRecord.Header(name, Base64.getDecoder().decode(p.getString())));
      p.nextToken();
    }
    return headers;
  }

  private void closeQuietly() {
    FileChannel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        LOG.warn("A file of dead letters could not be closed folder={}", folder, e);
      }
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closeQuietly();
    } finally {
      lock.unlock();
    }
  }
}
