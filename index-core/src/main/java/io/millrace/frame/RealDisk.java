package io.millrace.frame;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/// The operating system's files. Uses [RandomAccessFile], because an interrupt closes a
/// [FileChannel] under the thread that happens to use it, in the middle of a write.
public final class RealDisk implements Disk {
  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  @Override
  public AppendFile create(Path file) throws IOException {
    Files.createFile(file, mode("rw-------"));
    return append(file);
  }

  @Override
  public AppendFile append(Path file) throws IOException {
    RandomAccessFile out = open(file, "rw");
    try {
      long size = out.length();
      out.seek(size);
      return new RealAppend(file, out, size);
    } catch (IOException e) {
      out.close();
      throw e;
    }
  }

  @Override
  public ReadFile read(Path file) throws IOException {
    return new RealRead(open(file, "r"));
  }

  private static RandomAccessFile open(Path file, String mode) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString()); // "rw" would make it
    }
    return new RandomAccessFile(file.toFile(), mode);
  }

  @Override
  public boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public boolean isFolder(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public List<String> list(Path folder) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        names.add(String.valueOf(entry.getFileName()));
      }
    }
    Collections.sort(names);
    return names;
  }

  @Override
  public void makeFolder(Path folder) throws IOException {
    try {
      Files.createDirectory(folder, mode("rwx------"));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(Path path) throws IOException {
    Files.deleteIfExists(path);
  }

  @Override
  public void forceFolder(Path folder) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
          channel.force(true);
          return;
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted(); // Folders open as channels only: do it once more.
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public long freeSpace(Path path) throws IOException {
    // Asking for the file store reads the table of all mounts first, 0.1 ms and more each time.
    long free = path.toFile().getUsableSpace();
    return free > 0 ? free : Files.getFileStore(path).getUsableSpace(); // 0 is also a failure
  }

  @Override
  public long totalSpace(Path path) throws IOException {
    long all = path.toFile().getTotalSpace();
    return all > 0 ? all : Files.getFileStore(path).getTotalSpace();
  }

  private static FileAttribute<?>[] mode(String permissions) {
    if (!POSIX) {
      return new FileAttribute<?>[0];
    }
    Set<PosixFilePermission> set = PosixFilePermissions.fromString(permissions);
    return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(set)};
  }

  private static final class RealAppend implements AppendFile {
    private final Path path;
    private final RandomAccessFile out;
    private long size;

    RealAppend(Path path, RandomAccessFile out, long size) {
      this.path = path;
      this.out = out;
      this.size = size;
    }

    @Override
    public Path path() {
      return path;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public void append(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      size += length;
    }

    @Override
    public void force() throws IOException {
      out.getFD().sync();
    }

    @Override
    public void cut(long newSize) throws IOException {
      out.setLength(newSize);
      out.seek(newSize);
      size = newSize;
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }

  private record RealRead(RandomAccessFile in) implements ReadFile {
    @Override
    public long size() throws IOException {
      return in.length();
    }

    @Override
    public int read(long byteOffset, byte[] into, int offset, int length) throws IOException {
      in.seek(byteOffset);
      int done = 0;
      while (done < length) {
        int got = in.read(into, offset + done, length - done);
        if (got < 0) {
          break;
        }
        done += got;
      }
      return done;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
