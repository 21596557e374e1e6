package io.millrace.collection;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.CollectionFact;
import io.millrace.catalog.ConfigBytes;
import io.millrace.catalog.SourceFact;
import io.millrace.frame.FreeSpace;
import io.millrace.index.CommitData;
import io.millrace.index.PinnedCommit;
import io.millrace.index.RestoredIndex;
import io.millrace.meter.Jobs;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.millrace.model.VectorConfig;
import io.millrace.snapshot.Archive;
import io.millrace.snapshot.ArchiveFile;
import io.millrace.snapshot.FullArchive;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotFolder;
import io.millrace.snapshot.SnapshotFolder.Description;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes snapshots of collections and brings them back, in the process that writes. Safe for use by
/// several threads.
///
/// A snapshot is a commit that is held while it is copied: writes go on, and the copy is of one
/// point in time, which includes every REST write submitted before the call.
///
/// Restoring, and what a crash in it leaves:
///
/// ```
/// the archive is read: format, manifest, names            nothing was changed
/// a uid is burnt in the catalog, marked as dropped         the next start removes its folder
/// files are written there, each against its checksum       the same
/// the collection is opened there                           the same
/// one change of the catalog: the new uid has the name, the old one is dropped
/// the old collection's folder is removed                   the next start removes it
/// ```
public final class Snapshots {
  private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

  /// How long what is logged may take to be applied before a snapshot is given up.
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Collections collections;
  private final SnapshotFolder folder;
  private final Clock clock;

  /// Removes what a crash left half written in `folder`.
  public Snapshots(Collections collections, Path folder, Clock clock) {
    this(collections, folder, folder, clock);
  }

  /// @param temporary where files lie that come in, until they are restored
  public Snapshots(Collections collections, Path folder, Path temporary, Clock clock) {
    this.collections = collections;
    this.folder = new SnapshotFolder(folder, temporary, collections.disk());
    this.clock = clock;
    this.folder.sweep();
    SnapshotCounts counts = collections.snapshotCounts();
    counts.findBy(this::newest);
    for (String name : collections.names()) {
      newest(name).ifPresent(found -> counts.found(name, found));
    }
  }

  /// A folder that cannot be listed costs the counts, not the start.
  private Optional<SnapshotCounts.Found> newest(String name) {
    Scope scope = new Scope.OfCollection(name);
    try {
      List<Description> kept = folder.list(scope);
      return kept.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new SnapshotCounts.Found(
                  file(scope, kept.getLast()), kept.getLast().created().toInstant(ZoneOffset.UTC)));
    } catch (Failure.Unavailable e) {
      LOG.warn("Looking for the newest snapshot failed collection={}", name, e);
      return Optional.empty();
    }
  }

  private Path file(Scope scope, Description snapshot) {
    return folder.folder(scope).resolve(snapshot.name());
  }

  public SnapshotFolder folder() {
    return folder;
  }

  /// Throws [Failure.NotFound], [Failure.StorageFull].
  public Description create(Scope scope) {
    Description made =
        switch (scope) {
          case Scope.OfCollection(String name) -> createOne(scope, name);
          case Scope.OfShard(String name, int shard) -> {
            if (shard != 0) {
              throw new Failure.NotFound("shard " + shard + " not found");
            }
            yield createOne(scope, name);
          }
          case Scope.Full() -> createFull();
        };
    switch (scope) {
      case Scope.OfCollection(String name) -> lies(name, scope, made);
      case Scope.OfShard(String name, int shard) -> lies(name, scope, made);
      case Scope.Full() -> collections.names().forEach(name -> lies(name, scope, made));
    }
    LOG.info("snapshot created name={} bytes={}", made.name(), made.bytes());
    return made;
  }

  private void lies(String nameOrAlias, Scope scope, Description made) {
    collections
        .find(nameOrAlias)
        .ifPresent(of -> collections.snapshotCounts().lies(of.name(), file(scope, made)));
  }

  private Description createOne(Scope scope, String nameOrAlias) {
    return copy(
        nameOrAlias,
        (about, commit) -> {
          try (Job job = begin(Jobs.Kind.SNAPSHOT, about.fact().name(), commit.bytes())) {
            return job.done(
                folder.create(
                    scope,
                    clock.instant(),
                    commit.bytes() + (1 << 20),
                    out -> Archive.write(commit, about, job.counting(out))));
          }
        });
  }

  private interface Copying<T> {
    T copy(Manifest about, PinnedCommit commit) throws IOException;
  }

  private <T> T copy(String nameOrAlias, Copying<T> copying) {
    Collection collection = collections.require(nameOrAlias);
    SnapshotCounts counts = collections.snapshotCounts();
    counts.making(collection.name());
    Optional<Instant> made = Optional.empty();
    try {
      T copy =
          collection.snapshot(
              Deadline.in(PATIENCE),
              pinned -> copying.copy(manifest(collection, pinned), pinned.commit()));
      made = Optional.of(clock.instant());
      return copy;
    } finally {
      counts.made(collection.name(), made);
    }
  }

  private Manifest manifest(Collection collection, Pinned pinned) throws IOException {
    CatalogImage image = collections.catalog().image();
    CollectionFact fact = image.collections().get(collection.name());
    CommitData data = pinned.commit().data();
    List<String> aliases = new ArrayList<>();
    image
        .aliases()
        .forEach((alias, of) -> {
          if (of.equals(collection.name())) {
            aliases.add(alias);
          }
        });
    long created = fact == null ? clock.millis() : fact.createdMillis();
    return new Manifest(
        new CollectionFact(collection.uid(), collection.name(), pinned.config(), created),
        image.folderId(),
        clock.millis(),
        data.sequence(),
        pinned.commit().points(),
        aliases,
        Manifest.positions(data.positions()),
        List.of());
  }

  /// One collection after the other, each of its own point in time.
  private Description createFull() {
    FullArchive.Plan plan = new FullArchive.Plan(clock.millis());
    try {
      for (String name : collections.names()) {
        try {
          plan.add(
              name,
              copy(
                  name,
                  (about, commit) -> {
                    try (Job job = begin(Jobs.Kind.SNAPSHOT, name, commit.bytes())) {
                      return job.done(
                          folder.member(out -> Archive.write(commit, about, job.counting(out))));
                    }
                  }));
        } catch (Failure.NotFound droppedSince) {
          LOG.info("left out of a full snapshot, it was dropped collection={}", name);
        }
      }
      SortedMap<String, String> aliases = collections.aliases();
      try (Job job = begin(Jobs.Kind.SNAPSHOT, "", plan.bytes())) {
        return job.done(
            folder.create(
                new Scope.Full(),
                clock.instant(),
                plan.bytes() + (1 << 20),
                out -> plan.write(aliases, job.counting(out))));
      }
    } finally {
      for (Path file : plan.files()) {
        try {
          Files.deleteIfExists(file);
        } catch (IOException e) {
          LOG.warn("a part of a full snapshot is left until the next start file={}", file, e);
        }
      }
    }
  }

  /// Puts what an archive holds in the place of the collection of that name, or makes one. Throws
  /// [BadInput] for an archive that is damaged, or of a collection with other vectors than the one
  /// that is there; then everything is as it was.
  public void restore(String name, Path archive) {
    collections.snapshotCounts().restoring(name);
    try (ArchiveFile file = ArchiveFile.open(collections.disk(), archive, "Snapshot archive");
        Job job = begin(Jobs.Kind.RESTORE, name, bytes(file.manifest()))) {
      restore(name, file, job);
      job.done(file);
    } catch (IOException e) {
      throw new Failure.Unavailable("Restoring " + archive + " failed: " + e, e);
    } finally {
      collections.snapshotCounts().restored(name);
    }
  }

  private void restore(String name, ArchiveFile archive, Job job) throws IOException {
    Manifest manifest = archive.manifest();
    CollectionConfig config = manifest.fact().config();
    CatalogImage image = collections.catalog().image();
    CollectionFact old = image.collections().get(name);
    if (old != null) {
      checkVectors(old.config(), config);
    }
    Map<String, Long> lives = new TreeMap<>();
    Set<String> foreign = new TreeSet<>();
    ConfigBytes lifeOf = ConfigBytes.of("life of " + manifest.folderId());
    for (Manifest.At at : manifest.positions()) {
      SourceFact known = image.sources().get(at.source());
      if (manifest.folderId().equals(image.folderId())
          || (known != null && known.config().equals(lifeOf))) {
        continue;
      }
      if (known == null) {
        lives.merge(at.source(), at.epoch(), Math::max);
      } else {
        foreign.add(at.source());
      }
    }
    checkSpace(manifest);
    CollectionFact prepared = collections.prepare(name, config, manifest.fact().createdMillis());
    try {
      Path into = collections.folderOf(prepared);
      archive.extract(into, job::advance);
      Path index = into.resolve("index");
      check(index, manifest);
      if (!foreign.isEmpty()) {
        LOG.warn(
            "positions are of another data folder, their sources are read from the start"
                + " collection={} sources={}",
            name,
            foreign);
        RestoredIndex.forgetSources(index, config, foreign);
      }
      collections.adopt(prepared, new TreeMap<>(lives), lifeOf);
    } catch (IOException | RuntimeException e) {
      collections.abandon(prepared);
      throw e;
    }
    LOG.info(
        "collection restored collection={} uid={} sequence={} points={}",
        name,
        prepared.uid(),
        manifest.sequence(),
        manifest.points());
  }

  private void checkSpace(Manifest manifest) {
    new FreeSpace(collections.disk(), collections.folder()).checkFor(bytes(manifest));
  }

  private static long bytes(Manifest manifest) {
    return manifest.files().stream().mapToLong(Manifest.Part::bytes).sum();
  }

  private Job begin(Jobs.Kind kind, String collection, long bytes) {
    return new Job(collections.jobs().begin(kind, collection, bytes));
  }

  /// One that has failed unless it was done before it is closed.
  private static final class Job implements AutoCloseable {
    private final Jobs.Running running;
    private boolean isDone;

    Job(Jobs.Running running) {
      this.running = running;
    }

    <T> T done(T result) {
      isDone = true;
      return result;
    }

    void advance(long bytes) {
      running.advance(bytes);
    }

    OutputStream counting(OutputStream out) {
      return new FilterOutputStream(out) {
        @Override
        public void write(int b) throws IOException {
          out.write(b);
          advance(1);
        }

        @Override
        public void write(byte[] b, int off, int len) throws IOException {
          out.write(b, off, len);
          advance(len);
        }
      };
    }

    @Override
    public void close() {
      running.end(isDone ? Jobs.Outcome.DONE : Jobs.Outcome.FAILED);
    }
  }

  private static void check(Path index, Manifest manifest) throws IOException {
    try {
      CommitData data = RestoredIndex.data(index);
      if (data.durable() && data.sequence() == manifest.sequence()) {
        return;
      }
    } catch (IOException noIndex) {
      throw BadInput.badRequest("What the snapshot holds is no index: " + noIndex.getMessage());
    }
    throw BadInput.badRequest("The index in the snapshot is not the one its manifest describes");
  }

  private static void checkVectors(CollectionConfig ours, CollectionConfig theirs) {
    String here = vectors(ours);
    String there = vectors(theirs);
    if (!here.equals(there)) {
      throw BadInput.wrong(
          "Snapshot is not compatible with existing collection: Collection vectors: "
              + here
              + " Snapshot Vectors: "
              + there);
    }
  }

  private static String vectors(CollectionConfig config) {
    StringBuilder text = new StringBuilder("{");
    for (Map.Entry<String, VectorConfig> vector : config.vectors().entrySet()) {
      text.append(text.length() == 1 ? "" : ", ")
          .append('"')
          .append(vector.getKey())
          .append("\": {size: ")
          .append(vector.getValue().size())
          .append(", distance: ")
          .append(vector.getValue().distance())
          .append(vector.getValue().isMulti() ? ", multivector" : "")
          .append('}');
    }
    for (String sparse : config.sparse().keySet()) {
      text.append(text.length() == 1 ? "" : ", ").append('"').append(sparse).append("\": sparse");
    }
    return text.append('}').toString();
  }
}
