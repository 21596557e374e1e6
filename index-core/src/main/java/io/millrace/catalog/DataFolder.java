package io.millrace.catalog;

import io.millrace.frame.Disk;
import io.millrace.frame.FolderLock;
import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The folder all data stands in, taken by one writing process.
///
/// ```
/// LOCK                 held by the writing process; content names pid, host, start time
/// FORMAT               one line: format version
/// catalog/             see Catalog
/// collections/<uid>/   log/ and index/ of one collection
/// snapshots/           unless configured elsewhere
/// ingest/              checkpoints, inbox state, dead letters
/// ```
///
/// Whatever else is there is left alone and named in one warning.
public final class DataFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DataFolder.class);

  public static final int FORMAT_VERSION = 1;
  private static final String FORMAT = "FORMAT";
  private static final String LOCK = "LOCK";
  private static final String CATALOG = "catalog";
  private static final String COLLECTIONS = "collections";
  private static final String INGEST = "ingest";
  private static final Set<String> KNOWN =
      Set.of(
          LOCK, FORMAT, FORMAT + ".tmp", CATALOG, COLLECTIONS, INGEST, "snapshots", "ingest.sock");

  private static final int MAX_NAMED = 20;

  private final Path path;
  private final Disk disk;
  private final Optional<FolderLock> lock;
  private final List<String> strangers;

  private DataFolder(Path path, Disk disk, Optional<FolderLock> lock, List<String> strangers) {
    this.path = path;
    this.disk = disk;
    this.lock = lock;
    this.strangers = strangers;
  }

  /// Takes the folder for writing; makes it if need be. Throws [Failure.Unavailable] at once when
  /// another process has it, [Failure.Damaged] for a newer format, with nothing changed.
  public static DataFolder open(Path path, Disk disk) {
    try {
      checkFormat(path, disk); // before the lock: a newer folder is not even locked
      disk.createFolder(path);
      FolderLock lock = FolderLock.acquire(path.resolve(LOCK));
      try {
        List<String> strangers = prepare(path, disk);
        return new DataFolder(path, disk, Optional.of(lock), strangers);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw unavailable(path, e);
    }
  }

  /// Looks at the folder beside a process that has it. Throws [Failure.Unavailable] when nothing is
  /// there yet.
  public static DataFolder openReadOnly(Path path, Disk disk) {
    try {
      if (!checkFormat(path, disk)) {
        throw new Failure.Unavailable(
            "%s is no data folder yet: start the process that writes it first".formatted(path));
      }
      return new DataFolder(path, disk, Optional.empty(), strangers(path, disk));
    } catch (IOException e) {
      throw unavailable(path, e);
    }
  }

  private static Failure.Unavailable unavailable(Path path, IOException e) {
    return new Failure.Unavailable("The data folder " + path + " could not be opened: " + e, e);
  }

  private static List<String> prepare(Path path, Disk disk) throws IOException {
    if (!checkFormat(path, disk)) {
      if (disk.exists(path.resolve(CATALOG))) {
        throw new Failure.Damaged(
            "%s is missing beside a catalog: this is no whole data folder. It was left as it is."
                .formatted(path.resolve(FORMAT)));
      }
      disk.replace(
          path.resolve(FORMAT), (FORMAT_VERSION + "\n").getBytes(StandardCharsets.US_ASCII));
    }
    Path catalog = path.resolve(CATALOG).resolve(Catalog.FILE);
    Path collections = path.resolve(COLLECTIONS);
    if (!disk.exists(catalog) && disk.exists(collections) && !disk.list(collections).isEmpty()) {
      throw new Failure.Damaged(
          "%s is missing, but there are collections in %s. Nothing was changed."
              .formatted(catalog, collections));
    }
    disk.createFolder(path.resolve(CATALOG));
    disk.createFolder(collections);
    disk.createFolder(path.resolve(INGEST));
    disk.forceFolder(path);
    disk.forceFolder(collections);
    List<String> strangers = strangers(path, disk);
    if (!strangers.isEmpty()) {
      LOG.warn(
          "Left unknown files alone folder={} count={} names={}",
          path,
          strangers.size(),
          strangers.subList(0, Math.min(strangers.size(), MAX_NAMED)));
    }
    return strangers;
  }

  private static List<String> strangers(Path path, Disk disk) throws IOException {
    List<String> names = new ArrayList<>(disk.list(path));
    names.removeAll(KNOWN);
    return List.copyOf(names);
  }

  /// Whether there is a FORMAT, and then one this version reads.
  private static boolean checkFormat(Path path, Disk disk) throws IOException {
    Path file = path.resolve(FORMAT);
    if (!disk.exists(file)) {
      return false;
    }
    String text = new String(disk.readAll(file), StandardCharsets.UTF_8).strip();
    int version;
    try {
      version = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new Failure.Damaged(
          "%s holds no format version but \"%s\". It was left as it is."
              .formatted(file, text.substring(0, Math.min(text.length(), 40))),
          e);
    }
    if (version > FORMAT_VERSION || version < 1) {
      throw new Failure.Damaged(
          ("The data folder %s has format version %d, this version of Millrace reads up to %d."
                  + " Nothing was changed; start the version that wrote it, or a newer one.")
              .formatted(path, version, FORMAT_VERSION));
    }
    return true;
  }

  public Path path() {
    return path;
  }

  /// Makes the folder of a collection, name forced; fine if it is there.
  public Path createCollection(long uid) {
    try {
      disk.createFolder(collection(uid));
      return collection(uid);
    } catch (IOException e) {
      throw new Failure.Unavailable(
          "The folder %s could not be made: %s".formatted(collection(uid), e), e);
    }
  }

  /// Where [Catalog] stands.
  public Path catalog() {
    return path.resolve(CATALOG);
  }

  /// The folder of one collection; `log` and `index` are in it.
  public Path collection(long uid) {
    return path.resolve(COLLECTIONS).resolve(Long.toString(uid));
  }

  public Path ingest() {
    return path.resolve(INGEST);
  }

  /// Names in the folder that are not known.
  public List<String> strangers() {
    return strangers;
  }

  /// Removes the folder of a dropped collection; fine if it is gone.
  public void removeCollection(long uid) {
    try {
      disk.deleteTree(collection(uid));
      disk.forceFolder(path.resolve(COLLECTIONS));
    } catch (IOException e) {
      throw new Failure.Unavailable(
          "The folder of a dropped collection, %s, could not be removed: %s"
              .formatted(collection(uid), e),
          e);
    }
  }

  /// Gives the lock back. May be called twice.
  @Override
  public void close() {
    if (lock.isPresent()) {
      try {
        lock.get().close();
      } catch (IOException e) {
        LOG.warn("Could not give back the lock folder={}", path, e);
      }
    }
  }
}
