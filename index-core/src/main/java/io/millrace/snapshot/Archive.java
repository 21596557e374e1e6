package io.millrace.snapshot;

import io.millrace.index.PinnedCommit;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A snapshot of one collection as one file: a tar ([Tar]) that any tar program lists and unpacks.
///
/// ```
/// entry              content
/// FORMAT             the 20 bytes "millrace snapshot 1" and a line feed; first, so that 532 bytes tell what it is
/// index/<name> …     the files of one durable Lucene commit, flat, in the order of their names
/// versions/<name> …  the same of the versions that users gave to points, where they gave any
/// MANIFEST.json      the Manifest: size and SHA-256 of each file above, sequence, positions, configuration
/// (end)              two blocks of zeros
/// ```
///
/// - The commit holds everything up to its sequence and nothing after it, so no log is needed: a
///   restored collection goes on with the next sequence.
/// - The manifest is last because the checksums are known then: an archive is written in one go,
///   and one that was cut off has none and is refused.
/// - Nothing is compressed. Files of a segment never change, so two snapshots share most of them
///   byte by byte, and each can be read by its place alone.
/// - The same content gives the same bytes.
public final class Archive {
  public static final String FORMAT = "FORMAT";
  public static final String MANIFEST = "MANIFEST.json";
  static final Set<String> FOLDERS = Set.of("index", "versions");
  static final String FORMAT_TEXT = "millrace snapshot 1\n";

  /// A segment has about 15 files and a collection some dozens of segments.
  static final int MAX_FILES = 10_000;

  static final int MAX_MANIFEST_BYTES = 64 << 20;
  private static final int COPY_BYTES = 256 << 10;

  /// Where the content of the first file of a manifest begins.
  private static final long FIRST_BYTE = 3 * Tar.BLOCK;

  private Archive() {}

  /// Copies what is pinned.
  ///
  /// @param about the manifest but for its files
  public static Manifest write(PinnedCommit commit, Manifest about, OutputStream out)
      throws IOException {
    long seconds = about.takenMillis() / 1000;
    writeEntry(out, FORMAT, seconds, FORMAT_TEXT.getBytes(StandardCharsets.US_ASCII));
    List<Manifest.Part> parts = new ArrayList<>();
    byte[] buffer = new byte[COPY_BYTES];
    for (String name : commit.names()) {
      try (PinnedCommit.Content content = commit.open(name)) {
        long bytes = content.bytes();
        MessageDigest sha = sha256();
        out.write(Tar.header(name, bytes, seconds));
        for (long done = 0; done < bytes; ) {
          int n = (int) Math.min(buffer.length, bytes - done);
          content.read(buffer, n);
          sha.update(buffer, 0, n);
          out.write(buffer, 0, n);
          done += n;
        }
        pad(out, bytes);
        parts.add(new Manifest.Part(name, bytes, hex(sha)));
      }
    }
    Manifest whole = about.withFiles(parts);
    writeEntry(out, MANIFEST, seconds, whole.encode());
    out.write(new byte[2 * Tar.BLOCK]);
    return whole;
  }

  /// The content of one part, by its checksum.
  public interface Parts {
    InputStream open(Manifest.Part part) throws IOException;
  }

  /// Puts an archive together again, byte by byte as it was.
  ///
  /// @param manifest the bytes of its manifest
  public static void write(byte[] manifest, Parts parts, OutputStream out) throws IOException {
    Manifest about = Manifest.decode(manifest);
    long seconds = about.takenMillis() / 1000;
    writeEntry(out, FORMAT, seconds, FORMAT_TEXT.getBytes(StandardCharsets.US_ASCII));
    for (Manifest.Part part : about.files()) {
      out.write(Tar.header(part.name(), part.bytes(), seconds));
      try (InputStream content = parts.open(part)) {
        long copied = content.transferTo(out);
        if (copied != part.bytes()) {
          throw new IOException(
              "%s has %d bytes where %d are expected".formatted(part.name(), copied, part.bytes()));
        }
      }
      pad(out, part.bytes());
    }
    writeEntry(out, MANIFEST, seconds, manifest);
    out.write(new byte[2 * Tar.BLOCK]);
  }

  /// The manifest in the last bytes of an archive; empty if they do not reach back to its
  /// beginning. For who reads an archive piece by piece.
  public static Optional<byte[]> manifestIn(byte[] tail, long archiveBytes) {
    long begin = archiveBytes - tail.length;
    int first = (int) ((Tar.BLOCK - begin % Tar.BLOCK) % Tar.BLOCK);
    for (int at = first; at + Tar.BLOCK <= tail.length; at += Tar.BLOCK) {
      try {
        Optional<Tar.Entry> entry = Tar.entry(Arrays.copyOfRange(tail, at, at + Tar.BLOCK));
        int content = at + Tar.BLOCK;
        if (entry.isPresent()
            && entry.get().name().equals(MANIFEST)
            && content + entry.get().padded() + 2 * Tar.BLOCK == tail.length) {
          return Optional.of(
              Arrays.copyOfRange(tail, content, content + (int) entry.get().bytes()));
        }
      } catch (IllegalArgumentException content) {
        continue; // a block of some file
      }
    }
    return Optional.empty();
  }

  /// Where the content of each file of a manifest stands in its archive.
  public static Map<Manifest.Part, Long> offsets(Manifest manifest) {
    Map<Manifest.Part, Long> offsets = new LinkedHashMap<>();
    long at = FIRST_BYTE;
    for (Manifest.Part part : manifest.files()) {
      offsets.put(part, at);
      at += new Tar.Entry(part.name(), part.bytes()).padded() + Tar.BLOCK;
    }
    return offsets;
  }

  static void writeEntry(OutputStream out, String name, long seconds, byte[] content)
      throws IOException {
    out.write(Tar.header(name, content.length, seconds));
    new ByteArrayInputStream(content).transferTo(out);
    pad(out, content.length);
  }

  static void pad(OutputStream out, long bytes) throws IOException {
    out.write(new byte[(int) (new Tar.Entry("", bytes).padded() - bytes)]);
  }

  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  public static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
