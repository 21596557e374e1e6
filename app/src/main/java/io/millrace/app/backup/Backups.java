package io.millrace.app.backup;

import io.millrace.model.BadInput;
import io.millrace.snapshot.Archive;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotFolder;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Snapshots taken apart, so that what two of them share is kept and sent once.
///
/// ```
/// objects/<first 2 hex digits>/<SHA-256>     the content of one file of an index
/// backups/<collection>/<time>.json           the manifest of one snapshot, byte by byte; written last
/// ```
///
/// Files of a segment never change, so a backup costs what was written or merged since the one
/// before. A manifest names its objects by checksum: an archive put together again is the one that
/// was taken apart. An object that no manifest names is removed with old backups; one process
/// writes to a store at a time.
public final class Backups {
  private static final String OBJECTS = "objects/";
  private static final String BACKUPS = "backups/";
  private static final String JSON = ".json";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss'Z'").withZone(ZoneOffset.UTC);

  /// By collection, and then by when they were taken, which names do not always tell.
  private static final Comparator<Kept> OLDEST_FIRST =
      Comparator.comparing(Kept::folder)
          .thenComparing(kept -> kept.manifest().takenMillis())
          .thenComparing(Kept::time);

  private static final int FIRST_TAIL_BYTES = 256 << 10;

  /// A snapshot that is read piece by piece.
  public interface Pieces {
    /// The bytes from `from` on, as many as `bytes`.
    InputStream read(long from, long bytes) throws IOException;
  }

  /// @param sentBytes what the store did not have
  public record Taken(String time, int files, int sentFiles, long bytes, long sentBytes) {}

  /// @param time names the backup in its collection: that of its snapshot, to the second, or one of
  ///   the next seconds where another backup has that
  public record Kept(String folder, String time, Manifest manifest) {}

  /// @param kept oldest first, by collection
  /// @param unreadable a sentence for each manifest that is damaged or of a newer version
  public record Listing(List<Kept> kept, List<String> unreadable) {
    public Listing {
      kept = List.copyOf(kept);
      unreadable = List.copyOf(unreadable);
    }
  }

  private final BackupStore store;

  public Backups(BackupStore store) {
    this.store = store;
  }

  /// Copies from a snapshot what is missing. Whatever was copied was held against its checksum.
  public Taken take(long archiveBytes, Pieces archive) throws IOException {
    byte[] text = manifest(archiveBytes, archive);
    Manifest manifest = Manifest.decode(text);
    int sent = 0;
    long sentBytes = 0;
    long bytes = 0;
    for (Map.Entry<Manifest.Part, Long> place : Archive.offsets(manifest).entrySet()) {
      Manifest.Part part = place.getKey();
      bytes += part.bytes();
      if (store.has(object(part.sha256()), part.bytes())) {
        continue;
      }
      InputStream content =
          part.bytes() == 0
              ? InputStream.nullInputStream()
              : archive.read(place.getValue(), part.bytes());
      try (InputStream checked = new Checked(content, part)) {
        store.put(object(part.sha256()), part.bytes(), checked);
      }
      sent++;
      sentBytes += part.bytes();
    }
    String folder = SnapshotFolder.shortened(manifest.fact().name());
    String time = timeOf(folder, manifest, text);
    store.put(key(folder, time), text.length, new ByteArrayInputStream(text));
    return new Taken(time, manifest.files().size(), sent, bytes, sentBytes);
  }

  /// The second in which it was taken, or the next one whose name no other snapshot of the
  /// collection has. The same snapshot keeps its name.
  private String timeOf(String folder, Manifest manifest, byte[] text) throws IOException {
    Set<String> taken = Set.copyOf(store.list(BACKUPS + folder + "/"));
    for (Instant at = Instant.ofEpochMilli(manifest.takenMillis()); ; at = at.plusSeconds(1)) {
      String time = TIME.format(at);
      String key = key(folder, time);
      if (!taken.contains(key) || Arrays.equals(read(key), text)) {
        return time;
      }
    }
  }

  private static byte[] manifest(long archiveBytes, Pieces archive) throws IOException {
    for (long n = FIRST_TAIL_BYTES; ; n *= 4) {
      long length = Math.min(n, archiveBytes);
      byte[] tail;
      try (InputStream in = archive.read(archiveBytes - length, length)) {
        tail = in.readNBytes((int) length);
      }
      Optional<byte[]> manifest = Archive.manifestIn(tail, archiveBytes);
      if (manifest.isPresent()) {
        return manifest.get();
      }
      if (length == archiveBytes || n > 64 << 20) {
        throw BadInput.badRequest("What was read is not a whole Millrace snapshot");
      }
    }
  }

  public Listing list() throws IOException {
    List<Kept> all = new ArrayList<>();
    List<String> unreadable = new ArrayList<>();
    for (String key : store.list(BACKUPS)) {
      int slash = key.lastIndexOf('/');
      if (key.endsWith(JSON) && slash > BACKUPS.length()) {
        try {
          all.add(
              new Kept(
                  key.substring(BACKUPS.length(), slash),
                  key.substring(slash + 1, key.length() - JSON.length()),
                  Manifest.decode(read(key))));
        } catch (BadInput broken) {
          unreadable.add(key + " is left out: " + broken.getMessage());
        }
      }
    }
    all.sort(OLDEST_FIRST);
    return new Listing(all, unreadable);
  }

  private byte[] read(String key) throws IOException {
    try (InputStream in = store.get(key)) {
      return in.readAllBytes();
    }
  }

  /// Removes all but the newest `keep` of a collection, and what nobody needs after that, which is
  /// known only while every manifest can be read. Returns how many backups went.
  public int retain(String collection, int keep) throws IOException {
    String folder = SnapshotFolder.shortened(collection);
    List<Kept> of = list().kept().stream().filter(kept -> kept.folder().equals(folder)).toList();
    int gone = Math.max(0, of.size() - keep);
    for (Kept old : of.subList(0, gone)) {
      store.delete(key(old));
    }
    Listing left = list();
    if (gone > 0 && left.unreadable().isEmpty()) {
      Set<String> needed = new HashSet<>();
      for (Kept kept : left.kept()) {
        kept.manifest().files().forEach(part -> needed.add(object(part.sha256())));
      }
      for (String object : store.list(OBJECTS)) {
        if (!needed.contains(object)) {
          store.delete(object);
        }
      }
    }
    return gone;
  }

  /// Reads every object of a backup; a sentence for each that is missing or damaged.
  public List<String> verify(Kept backup) throws IOException {
    List<String> bad = new ArrayList<>();
    for (Manifest.Part part : backup.manifest().files()) {
      try (InputStream in = new Checked(store.get(object(part.sha256())), part)) {
        in.transferTo(OutputStream.nullOutputStream());
      } catch (java.nio.file.NoSuchFileException missing) {
        bad.add(part.name() + " is missing");
      } catch (Mismatch damaged) {
        bad.add(
            part.name()
                + " is damaged; remove "
                + object(part.sha256())
                + ", and the next backup writes it anew if the server still has that file");
      }
    }
    return bad;
  }

  /// Puts the archive of a backup together.
  public void assemble(Kept backup, OutputStream out) throws IOException {
    Archive.write(
        read(key(backup)), part -> new Checked(store.get(object(part.sha256())), part), out);
  }

  private static String key(Kept backup) {
    return key(backup.folder(), backup.time());
  }

  private static String key(String folder, String time) {
    return BACKUPS + folder + "/" + time + JSON;
  }

  private static String object(String sha256) {
    return OBJECTS + sha256.substring(0, 2) + "/" + sha256;
  }

  private static final class Mismatch extends IOException {
    Mismatch(Manifest.Part part) {
      super("the checksum of " + part.name() + " is wrong");
    }
  }

  /// Fails at its end when what was read is not what was expected.
  private static final class Checked extends FilterInputStream {
    private final MessageDigest sha;
    private final Manifest.Part part;

    Checked(InputStream content, Manifest.Part part) {
      this(content, part, Archive.sha256());
    }

    private Checked(InputStream content, Manifest.Part part, MessageDigest sha) {
      super(new DigestInputStream(content, sha));
      this.sha = sha;
      this.part = part;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      int n = read(one, 0, 1);
      return n < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      int n = in.read(b, off, len);
      if (n < 0 && !Archive.hex(clone(sha)).equals(part.sha256())) {
        throw new Mismatch(part);
      }
      return n;
    }

    private static MessageDigest clone(MessageDigest sha) {
      try {
        return (MessageDigest) sha.clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError("SHA-256 of the JDK can be copied", e);
      }
    }
  }
}
