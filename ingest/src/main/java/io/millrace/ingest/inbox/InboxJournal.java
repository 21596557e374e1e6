package io.millrace.ingest.inbox;

import io.millrace.model.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// What happened to the files of an inbox, `<data>/ingest/inbox/<source>/journal`. Lines, each with
/// the CRC-32C of its JSON in front, eight hex digits:
///
/// ```
/// 1a2b3c4d {"n":17,"event":"claimed","name":"<percent-encoded>","size":…,"mtime":…,"key":"…"}
/// 5e6f7a8b {"n":17,"event":"ending","folder":"done/2026-11-25","as":"<percent-encoded>","report":"{…}"}
/// 9c0d1e2f {"n":17,"event":"ended"}
/// ```
///
/// A claim is written before the file is renamed into `work`, an ending before it is renamed out of
/// it: after a crash the folders tell how far it came. The first line that is not whole ends the
/// journal; it is cut there. At each start it is written anew with what is still open. The highest
/// number ever given stays known by an ended line of its own. One thread.
final class InboxJournal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(InboxJournal.class);
  private static final JsonFactory JSON = new JsonFactory();

  /// @param name relative to the inbox, as segments of a URI, so that any bytes survive
  /// @param mtimeMillis as claimed
  /// @param key the file system's identity of the file
  record Claim(long number, String name, long size, long mtimeMillis, String key) {}

  /// @param folder relative to the inbox
  /// @param as name in there, as segments of a URI
  /// @param report one JSON line
  record Ending(String folder, String as, String report) {
    boolean isDone() {
      return folder.startsWith("done/");
    }
  }

  record Open(Claim claim, Optional<Ending> ending) {}

  private final Path file;
  private FileChannel channel;
  private final TreeMap<Long, Open> open = new TreeMap<>();
  private long highest;

  /// Reads what is there.
  InboxJournal(Path folder) throws IOException {
    Files.createDirectories(folder);
    this.file = folder.resolve("journal");
    if (Files.exists(file)) {
      replay(Files.readAllBytes(file));
    }
    Path beside = folder.resolve("journal.tmp");
    try (FileChannel out =
        FileChannel.open(
            beside,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteArrayOutputStream lines = new ByteArrayOutputStream();
      lines.writeBytes(ended(highest));
      for (Open one : open.values()) {
        lines.writeBytes(claimed(one.claim()));
        one.ending().ifPresent(ending -> lines.writeBytes(ending(one.claim().number(), ending)));
      }
      writeFully(out, lines.toByteArray());
      out.force(true);
    }
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    syncFolder(folder);
    this.channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }

  /// Not ended, by number.
  List<Open> open() {
    return List.copyOf(open.values());
  }

  long nextNumber() {
    return highest + 1;
  }

  /// Durable when it returns.
  void claim(List<Claim> claims) throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    claims.forEach(claim -> lines.writeBytes(claimed(claim)));
    append(lines.toByteArray());
    for (Claim claim : claims) {
      open.put(claim.number(), new Open(claim, Optional.empty()));
      highest = Math.max(highest, claim.number());
    }
  }

  /// Durable when it returns.
  void ending(Map<Claim, Ending> endings) throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    endings.forEach((claim, ending) -> lines.writeBytes(ending(claim.number(), ending)));
    append(lines.toByteArray());
    endings.forEach(
        (claim, ending) -> open.put(claim.number(), new Open(claim, Optional.of(ending))));
  }

  /// Durable when it returns.
  void ended(Iterable<Claim> claims) throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    claims.forEach(claim -> lines.writeBytes(ended(claim.number())));
    append(lines.toByteArray());
    claims.forEach(claim -> open.remove(claim.number()));
  }

  private void append(byte[] lines) throws IOException {
    long before = channel.size();
    try {
      writeFully(channel, lines);
      channel.force(false);
    } catch (IOException e) {
      // Half a line must not stay in front of the next ones.
      channel.truncate(before);
      throw e;
    }
  }

  private static void writeFully(FileChannel out, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      out.write(left);
    }
  }

  static void syncFolder(Path folder) throws IOException {
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  // ---- lines

  private static byte[] claimed(Claim claim) {
    return line(json -> {
      json.writeNumberProperty("n", claim.number());
      json.writeStringProperty("event", "claimed");
      json.writeStringProperty("name", claim.name());
      json.writeNumberProperty("size", claim.size());
      json.writeNumberProperty("mtime", claim.mtimeMillis());
      json.writeStringProperty("key", claim.key());
    });
  }

  private static byte[] ending(long number, Ending ending) {
    return line(json -> {
      json.writeNumberProperty("n", number);
      json.writeStringProperty("event", "ending");
      json.writeStringProperty("folder", ending.folder());
      json.writeStringProperty("as", ending.as());
      json.writeStringProperty("report", ending.report());
    });
  }

  private static byte[] ended(long number) {
    return line(json -> {
      json.writeNumberProperty("n", number);
      json.writeStringProperty("event", "ended");
    });
  }

  private interface Fields {
    void write(JsonGenerator json);
  }

  private static byte[] line(Fields fields) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
    }
    byte[] body = text.toByteArray();
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    line.writeBytes(
        "%08x ".formatted(crc(body, 0, body.length)).getBytes(StandardCharsets.US_ASCII));
    line.writeBytes(body);
    line.write('\n');
    return line.toByteArray();
  }

  private static int crc(byte[] bytes, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, to - from);
    return (int) crc.getValue();
  }

  private void replay(byte[] bytes) {
    int start = 0;
    for (int at = 0; at < bytes.length; at++) {
      if (bytes[at] == '\n') {
        if (!replay(bytes, start, at)) {
          break;
        }
        start = at + 1;
      }
    }
    if (start < bytes.length) {
      LOG.warn(
          "The journal of an inbox was cut after its last whole line file={} byteOffset={}",
          file,
          start);
    }
  }

  /// False for a line that is not whole.
  private boolean replay(byte[] bytes, int from, int to) {
    if (to - from < 11) {
      return false;
    }
    try {
      String crc = new String(bytes, from, 8, StandardCharsets.US_ASCII);
      if (Integer.parseUnsignedInt(crc, 16) != crc(bytes, from + 9, to)) {
        return false;
      }
      event(bytes, from + 9, to);
      return true;
    } catch (NumberFormatException | JacksonException e) {
      return false;
    }
  }

  private void event(byte[] bytes, int from, int to) {
    TreeMap<String, String> fields = new TreeMap<>();
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), bytes, from, to - from)) {
      p.nextToken();
      while (p.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = p.currentName();
        p.nextToken();
        fields.put(name, p.getString());
      }
    }
    long number = number(fields, "n");
    highest = Math.max(highest, number);
    switch (text(fields, "event")) {
      case "claimed" ->
          open.put(
              number,
              new Open(
                  new Claim(
                      number,
                      text(fields, "name"),
                      number(fields, "size"),
                      number(fields, "mtime"),
                      text(fields, "key")),
                  Optional.empty()));
      case "ending" -> {
        Open claimed = open.get(number);
        if (claimed != null) {
          Ending ending =
              new Ending(text(fields, "folder"), text(fields, "as"), text(fields, "report"));
          open.put(number, new Open(claimed.claim(), Optional.of(ending)));
        }
      }
      case "ended" -> open.remove(number);
      default -> throw new Failure.Damaged("The journal " + file + " has an unknown event");
    }
  }

  private static String text(TreeMap<String, String> fields, String name) {
    return fields.getOrDefault(name, "");
  }

  private static long number(TreeMap<String, String> fields, String name) {
    return Long.parseLong(text(fields, name));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
