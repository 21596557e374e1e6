package io.millrace.frame;

import io.millrace.model.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The right to write in a folder, held by one process. The lock is the operating system's and goes
/// with the process, however it ends; the file's content only names the holder: `pid=812 host=box
/// started=2026-01-31T10:00:00Z`.
public final class FolderLock implements AutoCloseable {

  /// Locks held by this process. The one static state there is: closing any channel of a file gives
  /// up every lock the process has on it (POSIX record locks), so a second try of our own must not
  /// even open the file.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path key;
  private final FileChannel channel;
  private boolean closed;

  private FolderLock(Path key, FileChannel channel) {
    this.key = key;
    this.channel = channel;
  }

  /// Takes the lock or throws [Failure.Unavailable] at once, with a sentence that names the holder.
  public static FolderLock acquire(Path lockFile) throws IOException {
    Path folder = Disk.folderOf(lockFile);
    Path key = folder.toRealPath().resolve(String.valueOf(lockFile.getFileName()));
    if (!HELD.add(key)) {
      throw new Failure.Unavailable(
          "The folder %s is in use by this process already (%s)".formatted(folder, me()));
    }
    FolderLock taken = null;
    try {
      taken = tryLock(folder, key);
      return taken;
    } finally {
      if (taken == null) {
        HELD.remove(key);
      }
    }
  }

  private static FolderLock tryLock(Path folder, Path file) throws IOException {
    create(file);
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean locked = false;
    try {
      FileLock lock = lock(channel);
      if (lock == null) {
        throw new Failure.Unavailable(inUse(folder, content(channel)));
      }
      channel.truncate(0);
      ByteBuffer text = ByteBuffer.wrap((me() + "\n").getBytes(StandardCharsets.UTF_8));
      while (text.hasRemaining()) {
        channel.write(text, text.position());
      }
      locked = true;
      return new FolderLock(file, channel);
    } finally {
      if (!locked) {
        channel.close();
      }
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held by this process through a class loader of its own
    }
  }

  private static void create(Path file) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      } else {
        Files.createFile(file);
      }
    } catch (FileAlreadyExistsException e) {
      // Another process starts at the same moment; the lock decides between us.
    }
  }

  private static String content(FileChannel channel) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(1_024);
    channel.read(text, 0);
    return new String(text.array(), 0, text.position(), StandardCharsets.UTF_8).strip();
  }

  private static String inUse(Path folder, String holder) {
    return "The folder %s is in use by another process (%s); stop it, or use another folder"
        .formatted(folder, holder.isEmpty() ? "it is just starting" : holder);
  }

  private static String me() {
    ProcessHandle process = ProcessHandle.current();
    String started = process.info().startInstant().map(Instant::toString).orElse("unknown");
    return "pid=%d host=%s started=%s".formatted(process.pid(), host(), started);
  }

  private static String host() {
    String named = System.getenv("HOSTNAME");
    if (named != null && !named.isBlank()) {
      return named;
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }

  /// Gives the lock back; the file stays, empty. May be called twice.
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      channel.truncate(0);
    } finally {
      channel.close();
      HELD.remove(key);
    }
  }
}
