package io.millrace.frame;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// All the file access there is beside Lucene's: small enough that a test can stand in for it,
/// forget what was not forced, fail at any call and run out of space. Files are made for their
/// owner alone (0600, folders 0700). Safe for use by several threads.
public interface Disk {

  /// Where writing happens: behind the last byte, nowhere else. Owned by one thread.
  interface AppendFile extends Closeable {
    Path path();

    /// Bytes in the file, unforced ones included.
    long size();

    /// All or, with an exception, an unknown part of the bytes.
    void append(byte[] bytes, int offset, int length) throws IOException;

    /// Returns once content and size survive a loss of power.
    void force() throws IOException;

    /// Drops everything from `size` on.
    void cut(long size) throws IOException;

    /// Does not force.
    @Override
    void close() throws IOException;
  }

  /// Owned by one thread.
  interface ReadFile extends Closeable {
    long size() throws IOException;

    /// Fills `into[offset, offset + length)` from `byteOffset` on as far as the file goes. Returns
    /// the bytes read, fewer than `length` only at the end of the file.
    int read(long byteOffset, byte[] into, int offset, int length) throws IOException;
  }

  /// Throws [java.nio.file.FileAlreadyExistsException]. The name survives a loss of power only
  /// after [#forceFolder].
  AppendFile create(Path file) throws IOException;

  /// Opens an existing file at its end. Throws [java.nio.file.NoSuchFileException].
  AppendFile append(Path file) throws IOException;

  /// Throws [java.nio.file.NoSuchFileException].
  ReadFile read(Path file) throws IOException;

  boolean exists(Path path) throws IOException;

  /// False for a link to a folder.
  boolean isFolder(Path path) throws IOException;

  /// Names in a folder, sorted. Throws [java.nio.file.NoSuchFileException].
  List<String> list(Path folder) throws IOException;

  /// Makes one folder in an existing one; fine if it is there. Its name is not forced.
  void makeFolder(Path folder) throws IOException;

  /// Puts `from` in the place of `to` in one step.
  void rename(Path from, Path to) throws IOException;

  /// A file or an empty folder; fine if it is not there.
  void delete(Path path) throws IOException;

  /// Makes names that were added, changed or removed in the folder survive a loss of power.
  void forceFolder(Path folder) throws IOException;

  /// Bytes this process may still write on the volume of `path`.
  long freeSpace(Path path) throws IOException;

  /// Size of the volume of `path` in bytes.
  long totalSpace(Path path) throws IOException;

  /// Makes the folder and its missing parents, whose names are forced; fine if it is there.
  default void createFolder(Path folder) throws IOException {
    if (!exists(folder)) {
      Path parent = folderOf(folder);
      createFolder(parent);
      makeFolder(folder);
      forceFolder(parent);
    }
  }

  /// Content of a small file.
  default byte[] readAll(Path file) throws IOException {
    try (ReadFile in = read(file)) {
      long size = in.size();
      if (size > 256L << 20) {
        throw new IOException(file + " has " + size + " bytes, too many to be read at once");
      }
      byte[] content = new byte[(int) size];
      int got = in.read(0, content, 0, content.length);
      return got == content.length ? content : Arrays.copyOf(content, got);
    }
  }

  /// Gives the file this content or, after a crash, leaves the old one: written beside it as
  /// `<name>.tmp`, forced, renamed, and the folder forced.
  default void replace(Path file, byte[] content) throws IOException {
    Path beside = file.resolveSibling(file.getFileName() + ".tmp");
    delete(beside);
    try (AppendFile out = create(beside)) {
      out.append(content, 0, content.length);
      out.force();
    }
    rename(beside, file);
    forceFolder(folderOf(file));
  }

  /// Removes a folder with all that is in it; fine if it is not there. Links are removed, not
  /// followed.
  default void deleteTree(Path folder) throws IOException {
    if (isFolder(folder)) {
      for (String name : list(folder)) {
        deleteTree(folder.resolve(name));
      }
    }
    delete(folder);
  }

  static Path folderOf(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new UncheckedIOException(new IOException(file + " is in no folder"));
    }
    return folder;
  }
}
