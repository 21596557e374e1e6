package io.millrace.ingest.inbox;

import io.millrace.ingest.config.Binding;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What the files held that were read to their end within the last 90 days, so that the same
/// content under another name, or dropped again, is not applied twice.
/// `<data>/ingest/inbox/<source>/contents`, one line of text each:
///
/// ```
/// part    length  field
///   0         64  SHA-256 of the file as it was dropped, hex
///  65         16  of its size and of its first and last 64 KiB, the first 8 bytes of SHA-256, hex
///  82         16  of the place it went to, the same
///  99         10  day it was finished, 2026-11-26
/// 110          n  size in bytes, decimal, then a line feed; single spaces between the parts
/// ```
///
/// A line that is not whole ends the file; what is behind it is passed over and the next start
/// writes the file anew without it and without older days. Losing lines means that a content is not
/// recognized. The newest [#MOST] are kept. One thread.
public final class InboxContents implements AutoCloseable {
  static final int KEPT_DAYS = 90;

  /// About 200 bytes each in memory.
  static final int MOST = 200_000;

  private static final int EDGE_BYTES = 64 << 10;
  private static final int LINE_START = 110;

  private final FileChannel channel;
  private final LinkedHashMap<Content, Long> known = new LinkedHashMap<>(); // day by content
  private final Map<String, Integer> edges = new HashMap<>(); // how many have them

  /// A content and where it went.
  ///
  /// @param edges of size and both ends
  /// @param place see [#place]
  public record Content(String sha256, String edges, String place, long bytes) {}

  /// @param name of the file in the folder
  /// @param today as a day of the epoch
  public InboxContents(Path folder, String name, long today) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve(name);
    if (Files.exists(file)) {
      read(Files.readString(file, StandardCharsets.ISO_8859_1), today - KEPT_DAYS);
    }
    Path beside = folder.resolve(name + ".tmp");
    StringBuilder lines = new StringBuilder();
    known.forEach((content, day) -> lines.append(line(content, day)));
    Files.writeString(beside, lines);
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    this.channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }

  private void read(String text, long oldest) {
    for (String line : text.split("\n", -1)) {
      if (line.length() <= LINE_START) {
        return;
      }
      try {
        long day = java.time.LocalDate.parse(line.substring(99, 109)).toEpochDay();
        Content content =
            new Content(
                line.substring(0, 64),
                line.substring(65, 81),
                line.substring(82, 98),
                Long.parseLong(line, LINE_START, line.length(), 10));
        if (day >= oldest) {
          remember(content, day);
        }
      } catch (java.time.DateTimeException | NumberFormatException torn) {
        return;
      }
    }
  }

  private static String line(Content content, long day) {
    return content.sha256()
        + " "
        + content.edges()
        + " "
        + content.place()
        + " "
        + java.time.LocalDate.ofEpochDay(day)
        + " "
        + content.bytes()
        + "\n";
  }

  private void remember(Content content, long day) {
    if (known.putLast(content, day) == null) {
      edges.merge(content.edges(), 1, Integer::sum);
    }
    if (known.size() > MOST) {
      edges.merge(known.pollFirstEntry().getKey().edges(), -1, (a, b) -> a + b == 0 ? null : a + b);
    }
  }

  public boolean holds(Content content) {
    return known.containsKey(content);
  }

  /// Whether a look at the whole content could tell something.
  boolean mayHold(String edgesOfFile) {
    return edges.containsKey(edgesOfFile);
  }

  /// Durable when it returns.
  public void add(Collection<Content> finished, long today) throws IOException {
    StringBuilder lines = new StringBuilder();
    List<Content> fresh = new ArrayList<>();
    for (Content content : finished) {
      if (!known.containsKey(content)) {
        lines.append(line(content, today));
        fresh.add(content);
      }
    }
    if (fresh.isEmpty()) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.ISO_8859_1));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(false);
    fresh.forEach(content -> remember(content, today));
  }

  /// Where a file's records go: the same content under another binding, or into a collection that
  /// was made again, is another matter.
  ///
  /// @param uid of the collection, where the binding names it; −1 otherwise
  static String place(Binding binding, String plainName, long uid) {
    String collection = binding.collection().orElse("");
    boolean byName = collection.contains("{file:");
    return shortHash(collection + "\n" + uid + "\n" + (byName ? plainName : ""));
  }

  /// A name instead of a content, for what is told apart by its name.
  public static Content named(String id) {
    String hash = sha256(id.getBytes(StandardCharsets.UTF_8));
    return new Content(hash, hash.substring(0, 16), hash.substring(0, 16), 0);
  }

  /// Of a whole small file.
  static String edges(byte[] content) {
    MessageDigest digest = sha256();
    digest.update(String.valueOf(content.length).getBytes(StandardCharsets.US_ASCII));
    digest.update(content);
    return first8(digest);
  }

  /// Of a larger one, of which little is read.
  static String edges(Path file, long size) throws IOException {
    MessageDigest digest = sha256();
    digest.update(String.valueOf(size).getBytes(StandardCharsets.US_ASCII));
    ByteBuffer buffer = ByteBuffer.allocate(EDGE_BYTES);
    try (FileChannel in =
        FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      for (long at : new long[] {0, Math.max(0, size - EDGE_BYTES)}) {
        buffer.clear();
        while (buffer.hasRemaining() && in.read(buffer, at + buffer.position()) > 0) {
          // reads on
        }
        digest.update(buffer.array(), 0, buffer.position());
      }
    }
    return first8(digest);
  }

  static String sha256(Path file) throws IOException {
    MessageDigest digest = sha256();
    byte[] buffer = new byte[256 << 10];
    try (InputStream in =
        Channels.newInputStream(
            Files.newByteChannel(
                file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)))) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static String sha256(byte[] content) {
    return HexFormat.of().formatHex(sha256().digest(content));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static String shortHash(String text) {
    MessageDigest digest = sha256();
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return first8(digest);
  }

  private static String first8(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest(), 0, 8);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
