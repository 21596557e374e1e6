package io.millrace.collection;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.CollectionFact;
import io.millrace.catalog.DataFolder;
import io.millrace.frame.Disk;
import io.millrace.frame.FolderLock;
import io.millrace.frame.RealDisk;
import io.millrace.index.CommitData;
import io.millrace.log.LogFiles;
import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.NoLockFactory;

/// Looks through a whole data folder that no process has, and changes nothing in it but the content
/// of `LOCK`: format, catalog, the checksum of every log frame, every file of every index, and that
/// log and index meet.
public final class StoreCheck {

  /// @param damage false: worth knowing, nothing is lost
  /// @param where file, folder or collection
  public record Finding(boolean damage, String where, String text) {}

  private final Disk disk = new RealDisk();
  private final List<Finding> findings = new ArrayList<>();

  private StoreCheck() {}

  /// Empty for a healthy folder. Throws [Failure.Unavailable] when a process has it, or when it is
  /// no data folder.
  public static List<Finding> of(Path data) {
    var check = new StoreCheck();
    check.folder(data);
    return List.copyOf(check.findings);
  }

  private void folder(Path data) {
    DataFolder folder;
    try {
      folder = DataFolder.openReadOnly(data, disk);
    } catch (Failure.Damaged damaged) {
      damaged(data.toString(), damaged);
      return;
    }
    try (Held _ = held(data)) {
      for (String stranger : folder.strangers()) {
        note(data.resolve(stranger).toString(), "is nothing of ours; it was left alone");
      }
      catalog(data, folder);
    } finally {
      folder.close();
    }
  }

  private interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /// Keeps servers away while it looks; a folder that cannot be written needs no keeping.
  private static Held held(Path data) {
    try {
      if (!Files.isWritable(data)) {
        return () -> {};
      }
      FolderLock lock = FolderLock.acquire(data.resolve("LOCK"));
      return () -> {
        try {
          lock.close();
        } catch (IOException e) {
          throw new Failure.Unavailable("The lock of " + data + " could not be given back", e);
        }
      };
    } catch (IOException e) {
      throw new Failure.Unavailable("The lock of " + data + " could not be taken: " + e, e);
    }
  }

  private void catalog(Path data, DataFolder folder) {
    CatalogImage image;
    try (Catalog catalog = Catalog.openReadOnly(folder.catalog(), disk)) {
      image = catalog.image();
    } catch (Failure damaged) {
      damaged(folder.catalog().toString(), damaged);
      return;
    }
    for (CollectionFact fact : image.collections().values()) {
      collection(folder, fact);
    }
    try {
      for (String name : disk.list(data.resolve("collections"))) {
        boolean known =
            image.collections().values().stream().anyMatch(f -> name.equals("" + f.uid()))
                || image.dropped().keySet().stream().anyMatch(uid -> name.equals("" + uid));
        if (!known) {
          stray(data.resolve("collections").resolve(name));
        }
      }
    } catch (IOException e) {
      damaged(data.resolve("collections").toString(), e);
    }
  }

  /// A crash while a collection is made leaves an empty folder. Nothing is written into one before
  /// the catalog knows it, so a full one means that the catalog lost its end.
  private void stray(Path place) throws IOException {
    boolean isFull =
        Files.isDirectory(place.resolve("log")) && !disk.list(place.resolve("log")).isEmpty();
    findings.add(
        new Finding(
            isFull,
            place.toString(),
            isFull
                ? "holds operations, but the catalog knows no collection of this number; the last fact"
                    + " of the catalog may be damaged"
                : "is empty and belongs to no collection of the catalog"));
  }

  private void collection(DataFolder folder, CollectionFact fact) {
    Path place = folder.collection(fact.uid());
    String where = "collection " + fact.name() + " in " + place;
    if (!Files.isDirectory(place)) {
      // Made on the first write after its fact; a crash in between leaves none.
      note(where, "has no folder yet");
      return;
    }
    Optional<CommitData> commit = Optional.empty();
    if (Files.isDirectory(place.resolve("index"))) {
      commit = index(where, place.resolve("index"));
    }
    long next = commit.map(c -> c.sequence() + 1).orElse(0L);
    var first = new long[] {Long.MAX_VALUE};
    try {
      if (Files.isDirectory(place.resolve("log"))) {
        Optional<LogFiles.Extent> extent =
            LogFiles.inspect(
                disk,
                place.resolve("log"),
                entry -> first[0] = Math.min(first[0], entry.firstSequence()));
        extent
            .filter(e -> e.tornBytes() > 0 && e.nextSequence() < next)
            .ifPresent(e ->
                findings.add(
                    new Finding(
                        true,
                        where,
                        "the log cannot be read from operation %d on, though the index holds all up to %d"
                            .formatted(e.nextSequence(), next - 1))));
        extent
            .filter(e -> e.tornBytes() > 0 && e.nextSequence() >= next)
            .ifPresent(e ->
                note(
                    where,
                    "the log ends in "
                        + e.tornBytes()
                        + " bytes of a write that was never acknowledged; the next start cuts them"
                        + " off"));
      }
    } catch (IOException | RuntimeException e) {
      damaged(where, e);
      return;
    }
    if (first[0] != Long.MAX_VALUE && first[0] > next) {
      findings.add(
          new Finding(
              true,
              where,
              "the index holds everything below operation %d, but the log begins with %d"
                  .formatted(next, first[0])));
    }
  }

  private Optional<CommitData> index(String where, Path folder) {
    try (Directory directory = FSDirectory.open(folder, NoLockFactory.INSTANCE)) {
      if (!DirectoryReader.indexExists(directory)) {
        return Optional.empty();
      }
      try (CheckIndex check = new CheckIndex(directory, directory.obtainLock("doctor"))) {
        CheckIndex.Status status = check.checkIndex();
        if (status.clean) {
          return Optional.of(CommitData.fromMap(status.userData));
        }
        findings.add(
            new Finding(
                true,
                where,
                "the index is damaged: %d of %d segments cannot be read, %d documents in them%s"
                    .formatted(
                        status.numBadSegments,
                        Math.max(status.numSegments, status.numBadSegments),
                        status.totLoseDocCount,
                        faults(status.segmentInfos))));
      }
    } catch (IOException | RuntimeException e) {
      damaged(folder.toString(), e);
    }
    return Optional.empty();
  }

  /// What is wrong with each segment, in Lucene's words, which name the file.
  private static String faults(List<CheckIndex.Status.SegmentInfoStatus> segments) {
    var faults = new StringBuilder();
    for (CheckIndex.Status.SegmentInfoStatus segment : segments) {
      if (segment.error != null) {
        faults.append("; segment ").append(segment.name).append(": ").append(segment.error);
      }
    }
    return faults.toString();
  }

  private void damaged(String where, Throwable failure) {
    String message = failure.getMessage();
    findings.add(
        new Finding(true, where, message == null ? failure.getClass().getSimpleName() : message));
  }

  private void note(String where, String text) {
    findings.add(new Finding(false, where, text));
  }
}
