package io.millrace.api;

import io.millrace.collection.Snapshots;
import io.millrace.snapshot.SnapshotFolder;
import io.millrace.snapshot.SnapshotFolder.Description;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.nio.file.Path;

/// Snapshots of collections of the same process.
public final class LocalSnapshots implements SnapshotGateway {
  private final Snapshots snapshots;

  public LocalSnapshots(Snapshots snapshots) {
    this.snapshots = snapshots;
  }

  @Override
  public SnapshotFolder folder() {
    return snapshots.folder();
  }

  @Override
  public Description create(Scope scope) {
    return snapshots.create(scope);
  }

  @Override
  public void restore(String collection, Path archive) {
    snapshots.restore(collection, archive);
  }
}
