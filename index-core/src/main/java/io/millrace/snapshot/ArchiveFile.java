package io.millrace.snapshot;

import io.millrace.frame.Disk;
import io.millrace.model.BadInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/// An [Archive] on disk that anybody may have made: nothing it says is believed before it is
/// checked. Reads files only, and writes only plain files into the folder it is given.
///
/// Throws [BadInput] for whatever is wrong with the archive, an IOException for what is wrong with
/// the disk. Used by one thread.
public final class ArchiveFile implements AutoCloseable {
  private static final int COPY_BYTES = 256 << 10;

  /// Where the content of an entry stands.
  private record Place(long byteOffset, long bytes) {}

  private final Disk disk;
  private final Disk.ReadFile file;
  private final String shown;
  private final Map<String, Place> places;
  private final Manifest manifest;

  private ArchiveFile(
      Disk disk, Disk.ReadFile file, String shown, Map<String, Place> places, Manifest manifest) {
    this.disk = disk;
    this.file = file;
    this.shown = shown;
    this.places = places;
    this.manifest = manifest;
  }

  /// Reads headers and manifest; the files are checked by [#verify] and [#extract].
  ///
  /// @param shown what errors call the archive
  public static ArchiveFile open(Disk disk, Path path, String shown) throws IOException {
    Disk.ReadFile file = disk.read(path);
    try {
      Map<String, Place> places = scan(file, shown);
      Place format = places.remove(Archive.FORMAT);
      byte[] expected = Archive.FORMAT_TEXT.getBytes(StandardCharsets.US_ASCII);
      if (format == null || format.bytes() > 64) {
        throw noConfig(shown, "it has no FORMAT");
      }
      String text =
          new String(read(file, format.byteOffset(), (int) format.bytes()), StandardCharsets.UTF_8);
      if (!text.equals(new String(expected, StandardCharsets.US_ASCII))) {
        throw noSnapshot(shown, "its format is \"" + text.strip() + "\"");
      }
      Place place = places.remove(Archive.MANIFEST);
      if (place == null || place.bytes() > Archive.MAX_MANIFEST_BYTES) {
        throw noConfig(shown, "it has no manifest; was it cut off?");
      }
      Manifest manifest = Manifest.decode(read(file, place.byteOffset(), (int) place.bytes()));
      checkNames(manifest, places, shown);
      return new ArchiveFile(disk, file, shown, places, manifest);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static Map<String, Place> scan(Disk.ReadFile file, String shown) throws IOException {
    Map<String, Place> places = new LinkedHashMap<>();
    long size = file.size();
    long at = 0;
    while (true) {
      byte[] header = read(file, at, Tar.BLOCK);
      if (header.length < Tar.BLOCK) {
        throw noConfig(shown, "it ends at byte " + size + " in the middle");
      }
      Optional<Tar.Entry> entry;
      try {
        entry = Tar.entry(header);
      } catch (IllegalArgumentException e) {
        throw noConfig(shown, e.getMessage() + " (byte " + at + ")");
      }
      if (entry.isEmpty()) {
        return places;
      }
      at += Tar.BLOCK;
      long bytes = entry.get().bytes();
      if (bytes > size - at) {
        throw noConfig(shown, "it ends at byte " + size + " in the middle");
      }
      if (places.put(entry.get().name(), new Place(at, bytes)) != null) {
        throw noSnapshot(shown, "an entry is there twice");
      }
      if (places.size() > Archive.MAX_FILES) {
        throw noSnapshot(shown, "it has more than " + Archive.MAX_FILES + " entries");
      }
      at += entry.get().padded();
    }
  }

  /// The manifest names exactly what is there, and every name is a plain one.
  private static void checkNames(Manifest manifest, Map<String, Place> places, String shown) {
    Map<String, Place> left = new HashMap<>(places);
    for (Manifest.Part part : manifest.files()) {
      Place place = left.remove(part.name());
      if (place == null || place.bytes() != part.bytes()) {
        throw noSnapshot(shown, "a file of its manifest is missing or has another size");
      }
      if (!isPlain(part.name())) {
        throw noSnapshot(shown, "a file has a name that no index has");
      }
    }
    if (!left.isEmpty()) {
      throw noSnapshot(shown, "it holds files that its manifest does not name");
    }
  }

  /// A known folder, and letters, digits, `_`, `-` and dots inside: no way out of it.
  private static boolean isPlain(String name) {
    int slash = name.indexOf('/');
    String plain = name.substring(slash + 1);
    if (slash < 0
        || !Archive.FOLDERS.contains(name.substring(0, slash))
        || plain.isEmpty()
        || plain.startsWith(".")) {
      return false;
    }
    return plain
        .chars()
        .allMatch(c ->
            c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || c == '_'
                || c == '-'
                || c == '.');
  }

  private static BadInput noSnapshot(String shown, String why) {
    return BadInput.badRequest(shown + " is not a whole Millrace snapshot: " + why);
  }

  /// Without its last entry, the manifest, as anything is that Millrace did not write.
  private static BadInput noConfig(String shown, String why) {
    return BadInput.badRequest(
        shown
            + " does not contain a collection config, so it is not a whole Millrace snapshot: "
            + why);
  }

  public Manifest manifest() {
    return manifest;
  }

  /// Reads everything and compares every checksum.
  public void verify() throws IOException {
    for (Manifest.Part part : manifest.files()) {
      copy(part, null);
    }
  }

  /// Writes the files into folders below `folder`, each checked and forced, and the folders too.
  ///
  /// @param copied told how many bytes more are there
  public void extract(Path folder, LongConsumer copied) throws IOException {
    Set<Path> into = new LinkedHashSet<>();
    for (Manifest.Part part : manifest.files()) {
      Path to = folder.resolve(part.name());
      if (into.add(Disk.folderOf(to))) {
        disk.createFolder(Disk.folderOf(to));
      }
      try (Disk.AppendFile out = disk.create(to)) {
        copy(part, out);
        out.force();
        copied.accept(part.bytes());
      }
    }
    for (Path made : into) {
      disk.forceFolder(made);
    }
  }

  private void copy(Manifest.Part part, Disk.@org.jspecify.annotations.Nullable AppendFile out)
      throws IOException {
    Place place = places.get(part.name());
    if (place == null) {
      throw new AssertionError("checked when it was opened");
    }
    MessageDigest sha = Archive.sha256();
    byte[] buffer = new byte[(int) Math.min(COPY_BYTES, Math.max(1, place.bytes()))];
    for (long done = 0; done < place.bytes(); ) {
      int n = (int) Math.min(buffer.length, place.bytes() - done);
      if (file.read(place.byteOffset() + done, buffer, 0, n) != n) {
        throw noSnapshot(shown, "it became shorter while it was read");
      }
      sha.update(buffer, 0, n);
      if (out != null) {
        out.append(buffer, 0, n);
      }
      done += n;
    }
    if (!Archive.hex(sha).equals(part.sha256())) {
      throw BadInput.badRequest(
          "%s is damaged: the checksum of %s is wrong".formatted(shown, part.name()));
    }
  }

  private static byte[] read(Disk.ReadFile file, long from, int length) throws IOException {
    byte[] bytes = new byte[length];
    int got = file.read(from, bytes, 0, length);
    return got == length ? bytes : java.util.Arrays.copyOf(bytes, got);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
