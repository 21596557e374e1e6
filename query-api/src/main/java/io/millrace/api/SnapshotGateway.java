package io.millrace.api;

import io.millrace.snapshot.SnapshotFolder;
import io.millrace.snapshot.SnapshotFolder.Description;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.nio.file.Path;

/// How the API makes snapshots and brings them back. In one process it is a call into the core
/// ([LocalSnapshots]), in two it goes over a link to the one that writes; both see the same folder.
public interface SnapshotGateway {
  /// Where they are kept.
  SnapshotFolder folder();

  Description create(Scope scope);

  /// Puts what a file of this machine holds in the place of the collection of that name, or makes
  /// one. Visible to the API's next read.
  void restore(String collection, Path archive);
}
