package io.millrace.app.backup;

import io.millrace.api.SnapshotGateway;
import io.millrace.model.Failure;
import io.millrace.snapshot.SnapshotFolder;
import io.millrace.snapshot.SnapshotFolder.Description;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/// Snapshots that are made in a folder and kept in a bucket, under the paths that they have in the
/// folder: `snapshots/<collection>/<name>.snapshot`, and beside each `….snapshot.checksum`. The
/// checksum is put first, so what is listed has one. What lies in the folder is not listed.
public final class BucketSnapshots implements SnapshotGateway {
  private static final String CHECKSUM = ".checksum";
  private static final String FULL = "full-snapshot-";

  private final SnapshotGateway maker;
  private final S3Store store;
  private final String bucket;
  private final BiConsumer<String, Instant> counted;

  /// @param maker makes them and restores them
  /// @param store whose keys begin with `snapshots/` in the bucket
  /// @param counted is told of each snapshot of a collection that was put, and when
  public BucketSnapshots(
      SnapshotGateway maker, S3Store store, String bucket, BiConsumer<String, Instant> counted) {
    this.counted = counted;
    this.maker = maker;
    this.store = store;
    this.bucket = bucket;
  }

  @Override
  public SnapshotFolder folder() {
    return maker.folder();
  }

  @Override
  public Path createToSend(Scope scope) {
    return maker.createToSend(scope);
  }

  @Override
  public void restore(String collection, Path archive) {
    maker.restore(collection, archive);
  }

  @Override
  public Description create(Scope scope) {
    Description made = maker.create(scope);
    try {
      return keep(scope, made);
    } catch (IOException e) {
      throw failed("Putting the snapshot " + made.name() + " into", e);
    } finally {
      maker.delete(scope, made.name());
    }
  }

  private Description keep(Scope scope, Description made) throws IOException {
    String name = free(scope, made.name());
    Path file = folder().find(scope, made.name());
    byte[] checksum = made.checksum().orElse("").getBytes(StandardCharsets.US_ASCII);
    store.put(key(scope, name) + CHECKSUM, checksum.length, new ByteArrayInputStream(checksum));
    try (InputStream in = Files.newInputStream(file)) {
      store.put(key(scope, name), made.bytes(), in);
    } catch (IOException | RuntimeException e) {
      forget(key(scope, name) + CHECKSUM, e);
      throw e;
    }
    if (scope instanceof Scope.OfCollection(String collection)) {
      counted.accept(collection, Instant.now());
    }
    return new Description(name, made.created(), made.bytes(), made.checksum());
  }

  private void forget(String key, Exception why) {
    try {
      store.delete(key);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  /// The folder knows no longer which names it gave in this second.
  private String free(Scope scope, String name) throws IOException {
    String free = name;
    for (int n = 2; store.bytes(key(scope, free)).isPresent(); n++) {
      String plain = name.substring(0, name.length() - SnapshotFolder.SUFFIX.length());
      free = plain + "-" + n + SnapshotFolder.SUFFIX;
    }
    return free;
  }

  @Override
  public List<Description> list(Scope scope) {
    String begin = scope instanceof Scope.Full ? FULL : key(scope, "");
    int levels = key(scope, "").length();
    Map<String, S3Store.Stored> objects = new TreeMap<>();
    List<Description> all = new ArrayList<>();
    try {
      for (S3Store.Stored object : store.stored(begin)) {
        String name = object.key().substring(levels);
        if (!name.contains("/")) {
          objects.put(name, object);
        }
      }
      for (Map.Entry<String, S3Store.Stored> object : objects.entrySet()) {
        if (SnapshotFolder.isName(object.getKey())) {
          all.add(
              new Description(
                  object.getKey(),
                  LocalDateTime.ofEpochSecond(
                      object.getValue().modified().getEpochSecond(), 0, ZoneOffset.UTC),
                  object.getValue().bytes(),
                  objects.containsKey(object.getKey() + CHECKSUM)
                      ? checksum(object.getValue().key())
                      : Optional.empty()));
        }
      }
    } catch (IOException e) {
      throw failed("Listing the snapshots in", e);
    }
    return all;
  }

  private Optional<String> checksum(String key) throws IOException {
    try (InputStream in = store.get(key + CHECKSUM)) {
      String text = new String(in.readNBytes(65), StandardCharsets.US_ASCII);
      return SnapshotFolder.isChecksum(text) ? Optional.of(text) : Optional.empty();
    } catch (NoSuchFileException deletedSince) {
      return Optional.empty();
    }
  }

  @Override
  public void delete(Scope scope, String name) {
    Stored found = find(name, SnapshotFolder.isName(name) ? key(scope, name) : "");
    try {
      store.delete(key(scope, found.name()));
      store.delete(key(scope, found.name()) + CHECKSUM);
    } catch (IOException e) {
      throw failed("Deleting " + name + " from", e);
    }
  }

  @Override
  public Optional<Stored> stored(Scope scope, String name) {
    return Optional.of(find(name, SnapshotFolder.isName(name) ? key(scope, name) : ""));
  }

  /// `s3://<bucket>/snapshots/…` of our bucket, or the path that a snapshot would have in the
  /// folder.
  @Override
  public Optional<Stored> stored(URI location) {
    String path = location.getPath() == null ? "" : location.getPath();
    String name = path.substring(path.lastIndexOf('/') + 1);
    if ("s3".equalsIgnoreCase(location.getScheme())) {
      String ours = "/snapshots/";
      boolean found = bucket.equals(location.getAuthority()) && path.startsWith(ours);
      return Optional.of(find(path, found ? path.substring(ours.length()) : ""));
    }
    try {
      Path file = Path.of(path).normalize();
      return "file".equalsIgnoreCase(location.getScheme())
              && file.startsWith(folder().path())
              && !Files.exists(file)
          ? Optional.of(find(name, key(file)))
          : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /// @param key empty where there can be none
  private Stored find(String name, String key) {
    try {
      OptionalLong bytes = key.isEmpty() ? OptionalLong.empty() : store.bytes(key);
      if (bytes.isEmpty()) {
        throw new Failure.NotFound("Snapshot " + name + " not found");
      }
      return new Stored(
          key.substring(key.lastIndexOf('/') + 1),
          bytes.getAsLong(),
          (from, length) -> store.get(key, from, length));
    } catch (IOException e) {
      throw failed("Looking for " + name + " in", e);
    }
  }

  private String key(Scope scope, String name) {
    String folder = key(folder().folder(scope));
    return folder.isEmpty() ? name : folder + "/" + name;
  }

  private String key(Path file) {
    return folder().path().relativize(file).toString().replace('\\', '/');
  }

  private Failure failed(String what, IOException e) {
    return new Failure.Unavailable(what + " s3://" + bucket + " failed: " + e.getMessage(), e);
  }
}
