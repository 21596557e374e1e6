package io.millrace.app.link;

import io.millrace.api.SnapshotGateway;
import io.millrace.app.link.wire.Wire;
import io.millrace.collection.Collections;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.millrace.snapshot.SnapshotFolder;
import io.millrace.snapshot.SnapshotFolder.Description;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.nio.file.Path;
import java.time.Duration;

/// Has the ingest process make snapshots and restore them. Both see one folder, so only names go
/// over the link.
public final class LinkSnapshots implements SnapshotGateway {
  /// Copying a large collection takes minutes.
  private static final Duration PATIENCE = Duration.ofHours(2);

  private final LinkClient link;
  private final Collections collections;
  private final SnapshotFolder folder;

  /// @param collections of this process, following those of the ingest process
  public LinkSnapshots(LinkClient link, Collections collections, SnapshotFolder folder) {
    this.link = link;
    this.collections = collections;
    this.folder = folder;
  }

  @Override
  public SnapshotFolder folder() {
    return folder;
  }

  @Override
  public Description create(Scope scope) {
    Wire.CreateSnapshot.Builder create = Wire.CreateSnapshot.newBuilder();
    switch (scope) {
      case Scope.OfCollection(String collection) -> create.setCollection(collection);
      case Scope.OfShard(String collection, int shard) -> create.setShardOf(collection);
      case Scope.Full() -> create.setFull(true);
    }
    String name =
        link.call(
                Wire.Request.newBuilder().setCreateSnapshot(create).build(), Deadline.in(PATIENCE))
            .getSnapshotCreated()
            .getName();
    return folder.list(scope).stream()
        .filter(made -> made.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new Failure.Unavailable(
                "The ingest process made the snapshot "
                    + name
                    + ", but it is not in "
                    + folder.folder(scope)
                    + "; both need the same storage.snapshots_path"));
  }

  static Scope scope(Wire.CreateSnapshot create) {
    return switch (create.getScopeCase()) {
      case COLLECTION -> new Scope.OfCollection(create.getCollection());
      case SHARD_OF -> new Scope.OfShard(create.getShardOf(), 0);
      case FULL -> new Scope.Full();
      case SCOPE_NOT_SET -> throw new IllegalArgumentException("a snapshot of nothing");
    };
  }

  @Override
  public void restore(String collection, Path archive) {
    try {
      link.call(
          Wire.Request.newBuilder()
              .setRestoreSnapshot(
                  Wire.RestoreSnapshot.newBuilder()
                      .setCollection(collection)
                      .setPath(archive.toAbsolutePath().toString()))
              .build(),
          Deadline.in(PATIENCE));
    } finally {
      if (link.isUp()) {
        collections.refreshFromDisk();
      }
    }
  }
}
