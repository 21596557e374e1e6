package io.millrace.api;

import io.millrace.snapshot.SnapshotFolder;
import io.millrace.snapshot.SnapshotFolder.Description;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// How the API makes snapshots and brings them back. In one process it is a call into the core
/// ([LocalSnapshots]), in two it goes over a link to the one that writes; both see the same folder.
public interface SnapshotGateway {
  /// Where they are made, where those that come from outside wait, and where they are kept unless
  /// [#stored] finds them.
  SnapshotFolder folder();

  Description create(Scope scope);

  /// One that is not kept: a file in the folder, which who asks deletes.
  default Path createToSend(Scope scope) {
    return folder().find(scope, create(scope).name());
  }

  default List<Description> list(Scope scope) {
    return folder().list(scope);
  }

  /// Throws [io.millrace.model.Failure.NotFound].
  default void delete(Scope scope, String name) {
    folder().delete(scope, name);
  }

  /// A snapshot that is kept on another machine.
  record Stored(String name, long bytes, Pieces pieces) {}

  /// What lies elsewhere, by pieces.
  interface Pieces {
    /// The bytes from `from` on, as many as `bytes`.
    InputStream read(long from, long bytes) throws IOException;
  }

  /// Empty where snapshots are kept in the folder. Throws [io.millrace.model.Failure.NotFound].
  default Optional<Stored> stored(Scope scope, String name) {
    return Optional.empty();
  }

  /// The same for the location of a recovery, which is no address of a web server.
  default Optional<Stored> stored(URI location) {
    return Optional.empty();
  }

  /// Puts what a file of this machine holds in the place of the collection of that name, or makes
  /// one. Visible to the API's next read.
  void restore(String collection, Path archive);
}
