package io.millrace.ingest.deadletter;

import io.millrace.ingest.config.Trouble.WhenFull;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.RawRecord;
import io.millrace.model.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
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
/// <folder>/<yyyy-mm-dd>-<n>.ndjson    64 MiB or a day each, n rises over all days
/// {"id","code","message","pointer","source","collection","position","topic",
///  "timestamp","failed_at",
///  "headers":[["k","b64"]],"key_b64","value_b64","value_bytes","replays","truncated"}
///                                     and "stack_trace" with the code INTERNAL
/// ```
///
/// A process begins a file of its own, so a torn last line stays the last line of its file; readers
/// leave it out. One fsync covers all letters of a call. Files older than 30 days go, and the
/// oldest ones when all together would take more than 1 GiB; what is lost thereby is counted and
/// warned of. With [WhenFull#BLOCK] only files go whose letters were all replayed or purged, and
/// writing waits for them. Files may also be deleted by hand.
public final class FileDeadLetters implements DeadLetters {
  private static final Logger LOG = LoggerFactory.getLogger(FileDeadLetters.class);
  private static final JsonFactory JSON = new JsonFactory();

  /// Longer values are cut; a file source still has the line, a topic the record.
  private static final int VALUE_BYTES = 1 << 20;

  private final Path folder;
  private final HiddenLetters hidden;
  private final Retention retention;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable FileChannel channel; // of the newest file, under the lock
  private LocalDate day = LocalDate.MIN; // when it was begun, under the lock
  private @Nullable NavigableMap<Long, Held>
      files; // by number, under the lock; null before first use
  private long expired; // under the lock
  private volatile Count counted = Count.UNKNOWN;
  private int hiddenInVain = -1; // how many were hidden when no file could go, under the lock

  /// What is kept. Older files go first.
  ///
  /// @param fileBytes from which on a file is followed by another one
  /// @param bytes of all files
  /// @param age of the last letter of a file
  record Retention(long fileBytes, long bytes, Duration age, WhenFull whenFull) {
    static Retention usual(WhenFull whenFull) {
      return new Retention(64L << 20, 1L << 30, Duration.ofDays(30), whenFull);
    }
  }

  private record Held(Path path, long bytes, long letters, Instant last) {
    Held plus(long moreBytes, long moreLetters, Instant now) {
      return new Held(path, bytes + moreBytes, letters + moreLetters, now);
    }
  }

  /// @param hidden letters whose going is no loss
  public FileDeadLetters(Path folder, HiddenLetters hidden, WhenFull whenFull) {
    this(folder, hidden, Retention.usual(whenFull), Clock.systemUTC());
  }

  FileDeadLetters(Path folder, HiddenLetters hidden, Retention retention, Clock clock) {
    this.folder = folder;
    this.hidden = hidden;
    this.retention = retention;
    this.clock = clock;
  }

  @Override
  public void write(List<DeadLetter> letters) {
    if (letters.isEmpty()) {
      return;
    }
    List<ByteBuffer> lines = letters.stream().map(letter -> ByteBuffer.wrap(line(letter))).toList();
    long bytes = lines.stream().mapToLong(ByteBuffer::remaining).sum();
    lock.lock();
    try {
      NavigableMap<Long, Held> all = files();
      dropOld(all);
      makeRoom(all, bytes);
      FileChannel out = open(all);
      for (ByteBuffer line : lines) {
        while (line.hasRemaining()) {
          out.write(line);
        }
      }
      out.force(false);
      all.compute(
          all.lastKey(), (number, file) -> file.plus(bytes, letters.size(), clock.instant()));
      if (all.lastEntry().getValue().bytes() >= retention.fileBytes()) {
        closeQuietly();
      }
    } catch (IOException e) {
      // The open file may end in half a line: the next try begins a new one.
      closeQuietly();
      throw new Failure.Unavailable("Dead letters cannot be written to " + folder, e);
    } finally {
      lock.unlock();
    }
  }

  /// The last count where letters are being written: their disk may not answer.
  @Override
  public Count count() {
    if (!lock.tryLock()) {
      return counted;
    }
    try {
      NavigableMap<Long, Held> all = files();
      dropOld(all);
      long letters = all.values().stream().mapToLong(Held::letters).sum();
      counted = new Count(OptionalLong.of(letters), expired);
    } catch (IOException e) {
      LOG.warn("Dead letters cannot be counted folder={}", folder, e);
      counted = new Count(OptionalLong.empty(), expired);
    } finally {
      lock.unlock();
    }
    return counted;
  }

  private FileChannel open(NavigableMap<Long, Held> all) throws IOException {
    LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    FileChannel open = channel;
    if (open != null && day.equals(today) && Files.exists(all.lastEntry().getValue().path())) {
      return open;
    }
    closeQuietly();
    Files.createDirectories(folder);
    long next = all.isEmpty() ? 1 : all.lastKey() + 1;
    day = today;
    Path file = folder.resolve(day + "-" + next + ".ndjson");
    open = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
    channel = open;
    all.put(next, new Held(file, 0, 0, clock.instant()));
    return open;
  }

  // ---- letting go

  private void dropOld(NavigableMap<Long, Held> all) throws IOException {
    Instant oldest = clock.instant().minus(retention.age());
    while (!all.isEmpty()
        && all.firstEntry().getValue().last().isBefore(oldest)
        && (retention.whenFull() == WhenFull.DROP_OLDEST
            || shown(all.firstEntry().getValue().path()) == 0)) {
      drop(all, all.firstKey(), "age");
    }
  }

  private void makeRoom(NavigableMap<Long, Held> all, long bytes) throws IOException {
    if (isFull(all, bytes)) {
      all.values().removeIf(file -> !Files.exists(file.path())); // by hand
    }
    if (retention.whenFull() == WhenFull.BLOCK) {
      dropHandled(all, bytes);
    }
    while (isFull(all, bytes)) {
      drop(all, all.firstKey(), "size");
    }
  }

  private boolean isFull(NavigableMap<Long, Held> all, long bytes) {
    return !all.isEmpty() && bytes(all) + bytes > retention.bytes();
  }

  /// Throws [Failure.Unavailable] when that makes no room.
  private void dropHandled(NavigableMap<Long, Held> all, long bytes) throws IOException {
    int hiddenNow = hidden.size();
    if (hiddenNow != hiddenInVain) {
      for (Map.Entry<Long, Held> file : new TreeMap<>(all).entrySet()) {
        if (isFull(all, bytes) && shown(file.getValue().path()) == 0) {
          drop(all, file.getKey(), "size");
        }
      }
    }
    if (isFull(all, bytes)) {
      hiddenInVain = hiddenNow;
      throw new Failure.Unavailable(
          "Dead letters in "
              + folder
              + " take "
              + bytes(all)
              + " bytes of "
              + retention.bytes()
              + "; replay or purge them, or move the oldest files away");
    }
  }

  private static long bytes(NavigableMap<Long, Held> all) {
    return all.values().stream().mapToLong(Held::bytes).sum();
  }

  private void drop(NavigableMap<Long, Held> all, Long number, String why) throws IOException {
    if (number.equals(all.lastKey())) {
      closeQuietly(); // it may be the one that is written
    }
    Path file = Objects.requireNonNull(all.get(number)).path();
    long lost = shown(file);
    Files.deleteIfExists(file);
    all.remove(number);
    expired += lost;
    if (lost > 0) {
      LOG.warn("Dead letters are lost because of their {} letters={} file={}", why, lost, file);
    }
  }

  /// Letters of a file that were neither replayed nor purged.
  private long shown(Path file) throws IOException {
    long[] shown = {0};
    if (Files.exists(file)) {
      forEachLine(
          Files.readAllBytes(file),
          (content, from, to) -> shown[0] += hidden.contains(id(content, from, to)) ? 0 : 1);
    }
    return shown[0];
  }

  // ---- files

  /// Those there are, looked up once.
  private NavigableMap<Long, Held> files() throws IOException {
    NavigableMap<Long, Held> known = files;
    if (known == null) {
      known = new TreeMap<>();
      for (Path file : paths()) {
        Instant last = Files.getLastModifiedTime(file).toInstant();
        known.put(number(file), new Held(file, Files.size(file), lines(file), last));
      }
      files = known;
    }
    return known;
  }

  /// In the order they were begun.
  private List<Path> paths() throws IOException {
    List<Path> paths = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.ndjson")) {
        for (Path file : entries) {
          if (number(file) > 0) {
            paths.add(file);
          }
        }
      }
    }
    paths.sort((a, b) -> Long.compare(number(a), number(b)));
    return paths;
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

  /// Whole lines of a file, which may be as large as the heap.
  private static long lines(Path file) throws IOException {
    byte[] some = new byte[64 << 10];
    long lines = 0;
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(some); n > 0; n = in.read(some)) {
        for (int i = 0; i < n; i++) {
          lines += some[i] == '\n' ? 1 : 0;
        }
      }
    }
    return lines;
  }

  private interface Line {
    void at(byte[] content, int from, int to);
  }

  /// A torn last line is left out.
  private static void forEachLine(byte[] content, Line line) {
    int start = 0;
    for (int at = 0; at < content.length; at++) {
      if (content[at] == '\n') {
        line.at(content, start, at);
        start = at + 1;
      }
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
      if (letter.reason().code() == Code.INTERNAL) {
        json.writeStringProperty("stack_trace", letter.reason().trace());
      }
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
      List<Path> paths = paths();
      for (int i = paths.size() - 1; i >= 0 && newestFirst.size() < limit; i--) {
        // At most one file of 64 MiB (and its last value) in memory at a time.
        List<Kept> ofFile = new ArrayList<>();
        forEachLine(
            Files.readAllBytes(paths.get(i)),
            (content, from, to) -> ofFile.add(kept(content, from, to)));
        for (int k = ofFile.size() - 1; k >= 0 && newestFirst.size() < limit; k--) {
          newestFirst.putIfAbsent(ofFile.get(k).entry().id(), ofFile.get(k));
        }
      }
    } catch (IOException | JacksonException e) {
      throw new Failure.Unavailable("Dead letters cannot be read from " + folder, e);
    }
    return List.copyOf(newestFirst.values());
  }

  /// The first field of a line.
  private static String id(byte[] line, int from, int to) {
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), line, from, to - from)) {
      p.nextToken();
      return "id".equals(p.nextName()) && p.nextToken() == JsonToken.VALUE_STRING
          ? p.getString()
          : "";
    } catch (JacksonException damaged) {
      return "";
    }
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
