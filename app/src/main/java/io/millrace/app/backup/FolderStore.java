package io.millrace.app.backup;

import io.millrace.frame.Disk;
import io.millrace.frame.RealDisk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// A folder, perhaps of a mounted volume: a key is a path in it.
public final class FolderStore implements BackupStore {
  private static final int COPY_BYTES = 256 << 10;
  private static final String PART = ".part";

  private final Disk disk = new RealDisk();
  private final Path folder;

  public FolderStore(Path folder) {
    this.folder = folder.toAbsolutePath().normalize();
  }

  @Override
  public boolean has(String key, long bytes) throws IOException {
    Path file = folder.resolve(key);
    return Files.isRegularFile(file) && Files.size(file) == bytes;
  }

  @Override
  public void put(String key, long bytes, InputStream content) throws IOException {
    Path file = folder.resolve(key);
    Path part = file.resolveSibling(file.getFileName() + PART);
    disk.createFolder(Disk.folderOf(file));
    disk.delete(part);
    try (Disk.AppendFile out = disk.create(part)) {
      byte[] buffer = new byte[COPY_BYTES];
      for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
        out.append(buffer, 0, n);
      }
      if (out.size() != bytes) {
        throw new IOException(key + " has " + out.size() + " bytes, not " + bytes);
      }
      out.force();
    } catch (IOException | RuntimeException e) {
      disk.delete(part);
      throw e;
    }
    disk.rename(part, file);
    disk.forceFolder(Disk.folderOf(file));
  }

  @Override
  public InputStream get(String key) throws IOException {
    return Files.newInputStream(folder.resolve(key));
  }

  @Override
  public List<String> list(String prefix) throws IOException {
    List<String> keys = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return keys;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString().replace('\\', '/'))
          .filter(key -> key.startsWith(prefix) && !key.endsWith(PART))
          .sorted()
          .forEach(keys::add);
    }
    return keys;
  }

  @Override
  public void delete(String key) throws IOException {
    disk.delete(folder.resolve(key));
  }
}
