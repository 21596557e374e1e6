package io.millrace.snapshot;

import io.millrace.frame.Disk;
import io.millrace.frame.FreeSpace;
import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where snapshots are kept.
///
/// ```
/// <folder>/
///   full-snapshot-2026-01-31-12-00-00.snapshot            of everything
///   <collection>/
///     <collection>-0-2026-01-31-12-00-00.snapshot         of one collection
///     <collection>-0-2026-01-31-12-00-00.snapshot.checksum    its SHA-256, 64 hex digits
///     shards/0/<collection>-shard-0-….snapshot            the same, asked for by shard
/// ```
///
/// A file is written as `<name>.part`, forced and renamed, so whatever has its name is whole. A
/// collection whose name is too long for a file has its folder named by the beginning and a
/// checksum. What is written leaves the reserve of the volume alone. Safe for use by several
/// threads and processes.
public final class SnapshotFolder {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotFolder.class);

  public static final String SUFFIX = ".snapshot";
  private static final String CHECKSUM = ".checksum";
  private static final String PART = ".part";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd-HH-mm-ss").withZone(ZoneOffset.UTC);

  /// Names of files may take 255 bytes on most systems; a time and two endings come behind.
  private static final int NAME_BYTES = 180;

  private static final int OUTPUT_BYTES = 256 << 10;

  /// What a snapshot is of.
  public sealed interface Scope {
    record OfCollection(String collection) implements Scope {}

    record OfShard(String collection, int shard) implements Scope {}

    record Full() implements Scope {}
  }

  /// @param created in UTC, whole seconds
  /// @param checksum SHA-256 of the file, unless it came here by another way
  public record Description(
      String name, LocalDateTime created, long bytes, Optional<String> checksum) {}

  /// Writes the content of a snapshot.
  public interface Writing {
    void write(OutputStream out) throws IOException;
  }

  private final Disk disk;
  private final Path folder;
  private final FreeSpace space;
  private final Path temporary;
  private final FreeSpace temporarySpace;

  public SnapshotFolder(Path folder, Disk disk) {
    this(folder, folder, disk);
  }

  /// @param temporary where files lie that come in, until they are restored; may be another volume
  public SnapshotFolder(Path folder, Path temporary, Disk disk) {
    this.folder = folder.toAbsolutePath().normalize();
    this.temporary = temporary.toAbsolutePath().normalize();
    this.disk = disk;
    this.space = new FreeSpace(disk, this.folder);
    this.temporarySpace = new FreeSpace(disk, this.temporary);
  }

  public Path path() {
    return folder;
  }

  public Path folder(Scope scope) {
    return switch (scope) {
      case Scope.Full() -> folder;
      case Scope.OfCollection(String collection) -> folder.resolve(shortened(collection));
      case Scope.OfShard(String collection, int shard) ->
          folder.resolve(shortened(collection)).resolve("shards").resolve(Integer.toString(shard));
    };
  }

  /// A name that is a file's name on any system.
  public static String shortened(String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    if (utf8.length <= NAME_BYTES && isPlain(name)) {
      return name;
    }
    MessageDigest sha = Archive.sha256();
    sha.update(utf8);
    String hash = HexFormat.of().formatHex(sha.digest(), 0, 8);
    StringBuilder begin = new StringBuilder();
    name.codePoints()
        .limit(30)
        .forEach(c ->
            begin.append(
                Character.isLetterOrDigit(c) || c == '-' || c == '_'
                    ? Character.toString(c)
                    : "_"));
    return begin + "~" + hash;
  }

  private static boolean isPlain(String name) {
    return !name.isEmpty()
        && !name.startsWith(".")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c < ' ');
  }

  private static String begin(Scope scope) {
    return switch (scope) {
      case Scope.Full() -> "full-snapshot-";
      case Scope.OfCollection(String collection) -> shortened(collection) + "-0-";
      case Scope.OfShard(String collection, int shard) ->
          shortened(collection) + "-shard-" + shard + "-";
    };
  }

  /// Removes what a crash left half written; only for the one process that writes snapshots, and
  /// before it does.
  public void sweep() {
    try {
      if (disk.isFolder(folder)) {
        sweep(folder, 3);
      }
    } catch (IOException e) {
      LOG.warn("Looking for half written snapshots failed folder={}", folder, e);
    }
  }

  private void sweep(Path in, int levels) throws IOException {
    for (String name : disk.list(in)) {
      Path path = in.resolve(name);
      if (levels > 0 && disk.isFolder(path)) {
        sweep(path, levels - 1);
      } else if (name.endsWith(SUFFIX + PART)) {
        disk.delete(path);
      }
    }
  }

  /// Writes a snapshot under a new name. Throws [Failure.StorageFull] where there is no room for
  /// it, and on a volume that is nearly full.
  ///
  /// @param expectedBytes about what it will take
  public Description create(Scope scope, Instant now, long expectedBytes, Writing writing) {
    Path in = folder(scope);
    try {
      disk.createFolder(in);
      space.checkWatermark();
      space.checkFor(expectedBytes);
      Reserved reserved = reserve(in, begin(scope), now);
      try {
        return write(in, reserved.name(), reserved.part(), writing);
      } catch (IOException | RuntimeException e) {
        disk.delete(in.resolve(reserved.name() + PART));
        disk.delete(in.resolve(reserved.name() + CHECKSUM));
        throw e;
      }
    } catch (IOException e) {
      throw new Failure.Unavailable("Writing a snapshot into " + in + " failed: " + e, e);
    }
  }

  private record Reserved(String name, Disk.AppendFile part) {}

  /// Two of one second: the later one takes the next second's name.
  private Reserved reserve(Path in, String begin, Instant now) throws IOException {
    for (Instant at = now; ; at = at.plusSeconds(1)) {
      String name = begin + TIME.format(at) + SUFFIX;
      if (!disk.exists(in.resolve(name))) {
        try {
          return new Reserved(name, disk.create(in.resolve(name + PART)));
        } catch (java.nio.file.FileAlreadyExistsException beingWritten) {
          LOG.debug("a snapshot of this second is being written name={}", name);
        }
      }
    }
  }

  private Description write(Path in, String name, Disk.AppendFile part, Writing writing)
      throws IOException {
    MessageDigest sha = Archive.sha256();
    try (part) {
      OutputStream out = new DigestOutputStream(new DiskOutput(part, space), sha);
      writing.write(out);
      out.flush();
      part.force();
    }
    String checksum = Archive.hex(sha);
    disk.replace(in.resolve(name + CHECKSUM), checksum.getBytes(StandardCharsets.US_ASCII));
    disk.rename(in.resolve(name + PART), in.resolve(name));
    disk.forceFolder(in);
    return describe(in, name);
  }

  /// A file without a name of its own.
  public record Member(Path file, long bytes, String sha256) {}

  /// Writes what is only a part of a snapshot to be; who asks deletes the file, and [#sweep] does
  /// after a crash.
  public Member member(Writing writing) {
    try {
      disk.createFolder(folder);
      space.checkWatermark();
      Path file = Files.createTempFile(folder, "member-", SUFFIX + PART);
      MessageDigest sha = Archive.sha256();
      try (Disk.AppendFile part = disk.append(file)) {
        OutputStream out = new DigestOutputStream(new DiskOutput(part, space), sha);
        writing.write(out);
        out.flush();
        return new Member(file, part.size(), Archive.hex(sha));
      } catch (IOException | RuntimeException e) {
        disk.delete(file);
        throw e;
      }
    } catch (IOException e) {
      throw new Failure.Unavailable("Writing into " + folder + " failed: " + e, e);
    }
  }

  /// Sorted by name, which is by time.
  public List<Description> list(Scope scope) {
    Path in = folder(scope);
    List<Description> all = new ArrayList<>();
    try {
      if (disk.isFolder(in)) {
        for (String name : disk.list(in)) {
          if (name.endsWith(SUFFIX) && Files.isRegularFile(in.resolve(name))) {
            try {
              all.add(describe(in, name));
            } catch (NoSuchFileException deletedSince) {
              LOG.debug("a snapshot was deleted while it was listed name={}", name);
            }
          }
        }
      }
    } catch (IOException e) {
      throw new Failure.Unavailable("Listing the snapshots in " + in + " failed: " + e, e);
    }
    return all;
  }

  /// Whether the volume is as good as full, so that no snapshot is made.
  public boolean isFull() {
    return space.isLow();
  }

  /// What the files of a collection's snapshots take, with those of its shard and those that are
  /// being written; 0 where nothing can be read.
  public long bytes(String collection) {
    Path own = folder(new Scope.OfCollection(collection));
    if (!Files.isDirectory(own)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(own)) {
      return files.mapToLong(SnapshotFolder::fileBytes).sum();
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("the snapshots of a collection cannot be measured folder={}", own, e);
      return 0;
    }
  }

  private static long fileBytes(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (IOException deletedSince) {
      return 0;
    }
  }

  private Description describe(Path in, String name) throws IOException {
    Path file = in.resolve(name);
    Instant modified = Files.getLastModifiedTime(file).toInstant();
    Path sidecar = in.resolve(name + CHECKSUM);
    Optional<String> checksum = Optional.empty();
    if (disk.exists(sidecar)) {
      String text = new String(disk.readAll(sidecar), StandardCharsets.US_ASCII).strip();
      checksum = isChecksum(text) ? Optional.of(text) : Optional.empty();
    }
    return new Description(
        name,
        LocalDateTime.ofEpochSecond(modified.getEpochSecond(), 0, ZoneOffset.UTC),
        Files.size(file),
        checksum);
  }

  /// 64 hex digits.
  public static boolean isChecksum(String text) {
    return text.length() == 64
        && text.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128);
  }

  /// Whether a snapshot may have this name, which then leads nowhere else.
  public static boolean isName(String name) {
    return isPlain(name) && name.endsWith(SUFFIX);
  }

  /// Throws [Failure.NotFound] for a name that is not one of a snapshot here, whatever it is.
  public Path find(Scope scope, String name) {
    Path file = isName(name) ? folder(scope).resolve(name) : null;
    if (file == null || !Files.isRegularFile(file)) {
      throw new Failure.NotFound("Snapshot " + name + " not found");
    }
    return file;
  }

  public Optional<String> checksum(Path snapshot) {
    try {
      return describe(Disk.folderOf(snapshot), String.valueOf(snapshot.getFileName())).checksum();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// Throws [Failure.NotFound].
  public void delete(Scope scope, String name) {
    Path file = find(scope, name);
    try {
      disk.delete(file);
      disk.delete(file.resolveSibling(name + CHECKSUM));
      disk.forceFolder(Disk.folderOf(file));
    } catch (IOException e) {
      throw new Failure.Unavailable("Deleting " + file + " failed: " + e, e);
    }
  }

  /// A place for a file that comes from outside, among the temporary files; who asks deletes it.
  public Path temporary() {
    try {
      disk.createFolder(temporary);
      return Files.createTempFile(temporary, "incoming-", SUFFIX + ".upload");
    } catch (IOException e) {
      throw new Failure.Unavailable("No file can be made in " + temporary + ": " + e, e);
    }
  }

  /// Writes a file made by [#temporary]. Throws [Failure.StorageFull] at once when the bytes that
  /// are expected find no room, and while it is written as soon as the room ends.
  ///
  /// @param expectedBytes 0 when that is not known
  public OutputStream incoming(Path file, long expectedBytes) throws IOException {
    if (expectedBytes > 0) {
      temporarySpace.checkFor(expectedBytes);
    }
    return new DiskOutput(disk.append(file), temporarySpace);
  }

  /// Removes files that were coming in when the process was killed; only for the one process that
  /// takes uploads, and before it does.
  public void sweepUploads() {
    try {
      if (!disk.isFolder(temporary)) {
        return;
      }
      for (String name : disk.list(temporary)) {
        if (name.startsWith("incoming-") && name.endsWith(SUFFIX + ".upload")) {
          disk.delete(temporary.resolve(name));
        }
      }
    } catch (IOException e) {
      LOG.warn("Looking for half received snapshots failed folder={}", temporary, e);
    }
  }

  /// SHA-256 of a file, in hex.
  public static String sha256(Disk disk, Path file) throws IOException {
    MessageDigest sha = Archive.sha256();
    byte[] buffer = new byte[OUTPUT_BYTES];
    try (Disk.ReadFile in = disk.read(file)) {
      for (long at = 0; ; ) {
        int n = in.read(at, buffer, 0, buffer.length);
        sha.update(buffer, 0, n);
        at += n;
        if (n < buffer.length) {
          return Archive.hex(sha);
        }
      }
    }
  }

  /// Whether a path that a client named lies in this folder, links followed. Throws [BadInput] when
  /// there is nothing.
  public boolean contains(Path file) {
    try {
      return disk.isFolder(folder) && file.toRealPath().startsWith(folder.toRealPath());
    } catch (IOException e) {
      throw BadInput.badRequest("Snapshot file \"" + file + "\" does not exist");
    }
  }

  private static final class DiskOutput extends OutputStream {
    private final Disk.AppendFile out;
    private final FreeSpace space;
    private final byte[] buffer = new byte[OUTPUT_BYTES];
    private int held;

    DiskOutput(Disk.AppendFile out, FreeSpace space) {
      this.out = out;
      this.space = space;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] b, int off, int len) throws IOException {
      if (held + len > buffer.length) {
        flush();
      }
      if (len > buffer.length) {
        append(b, off, len);
      } else {
        System.arraycopy(b, off, buffer, held, len);
        held += len;
      }
    }

    @Override
    public void flush() throws IOException {
      append(buffer, 0, held);
      held = 0;
    }

    private void append(byte[] b, int off, int len) throws IOException {
      space.written(len);
      space.check();
      try {
        out.append(b, off, len);
      } catch (IOException e) {
        space.checkFor(len); // says why, where another writer was faster
        throw e;
      }
    }

    @Override
    public void close() throws IOException {
      try (out) {
        flush();
      }
    }
  }
}
