package io.millrace.app.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// File systems that lie on another machine, by the names that Linux, macOS and Windows give them.
/// Over some of them a lock may be held twice, an fsync return before anything is kept, and a
/// mapped file change under its reader.
public final class NetworkFileSystems {
  /// Nobody should write an index there. Not in it are file systems of containers and sandboxes
  /// (overlay, fuse-overlayfs, virtiofs, 9p), nor those of clusters that keep what POSIX promises
  /// (ceph, lustre, gpfs).
  private static final Set<String> UNFIT =
      Set.of(
          "nfs",
          "nfs3",
          "nfs4",
          "cifs",
          "smb",
          "smb2",
          "smb3",
          "smbfs",
          "afs",
          "openafs",
          "afpfs",
          "ncpfs",
          "webdav",
          "davfs",
          "fuse.sshfs",
          "fuse.s3fs",
          "fuse.gcsfuse",
          "fuse.goofys",
          "fuse.rclone",
          "fuse.mountpoint-s3",
          "fuse.blobfuse2");

  /// Mostly a folder of the same machine, seen from a sandbox; sometimes one of another.
  private static final Set<String> DOUBTFUL = Set.of("9p");

  private NetworkFileSystems() {}

  /// Whether a server refuses to write there unless it is told to.
  public static boolean isUnfit(String type) {
    return UNFIT.contains(type.toLowerCase(Locale.ROOT));
  }

  /// Whether there may be less to an fsync there than it says.
  static boolean isDoubtful(String type) {
    return isUnfit(type) || DOUBTFUL.contains(type.toLowerCase(Locale.ROOT));
  }

  /// The name of the file system that a folder lies on, or will lie on once it is made.
  public static Optional<String> typeOf(Path folder) {
    for (Path at = folder.toAbsolutePath().normalize(); at != null; at = at.getParent()) {
      if (Files.exists(at)) {
        try {
          return Optional.of(Files.getFileStore(at).type());
        } catch (IOException unknown) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }
}
