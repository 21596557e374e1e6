package io.millrace.app.govector;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The collections of a GoVector database: in the root a bucket each, whose keys are the ids of the
/// points and whose values are [GoVectorPoint]s. The bucket `__collections_meta__` has a JSON
/// object by name: `{name, vector_size, distance, hnsw, parameters}`. Collections of old versions
/// have none.
///
/// Nothing is locked: who writes to the file meanwhile is noticed by [#isChanged].
public final class GoVectorFile implements AutoCloseable {
  private static final String METADATA = "__collections_meta__";

  /// Of one key or value: twice what a server takes as one request.
  private static final long MOST_BYTES = 64 << 20;

  private static final JsonMapper JSON = new JsonMapper();

  private final BoltFile file;
  private final TreeMap<String, BoltBucket> buckets = new TreeMap<>();
  private final TreeMap<String, ObjectNode> metadata = new TreeMap<>();

  private GoVectorFile(BoltFile file) {
    this.file = file;
    BoltBucket.Cursor root = file.root().cursor();
    for (var entry = root.next(); entry.isPresent(); entry = root.next()) {
      String name = text(entry.get().key(), "the name of a bucket");
      if (!entry.get().isBucket()) {
        throw new DamagedFile(
            file.path(), "no database of GoVector: " + name + " in its root is no bucket");
      }
      BoltBucket bucket = BoltBucket.in(file, entry.get(), "bucket " + name);
      if (name.equals(METADATA)) {
        readMetadata(bucket);
      } else {
        buckets.put(name, bucket);
      }
    }
  }

  /// For the thread that opens it.
  ///
  /// @throws DamagedFile when it is no such database; so do all other methods
  public static GoVectorFile open(Path path) throws IOException {
    BoltFile file = BoltFile.open(path);
    try {
      return new GoVectorFile(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private void readMetadata(BoltBucket bucket) {
    BoltBucket.Cursor entries = bucket.cursor();
    for (var entry = entries.next(); entry.isPresent(); entry = entries.next()) {
      String name = text(entry.get().key(), "a key of " + METADATA);
      String what = "the metadata of collection " + name;
      try {
        if (JSON.readTree(text(entry.get().value(), what)) instanceof ObjectNode object) {
          metadata.put(name, object);
          continue;
        }
      } catch (JacksonException e) {
        throw file.damage("%s is not valid JSON: %s", what, e.getOriginalMessage());
      }
      throw file.damage("%s is no JSON object", what);
    }
  }

  /// Names the state of the file: another one after every write.
  public String version() {
    return file.path().toAbsolutePath().normalize() + "@" + file.transaction();
  }

  public boolean isChanged() {
    return file.isChanged();
  }

  /// Sorted; with those that have metadata and no bucket yet.
  public List<String> names() {
    var names = new TreeSet<>(buckets.keySet());
    names.addAll(metadata.keySet());
    return List.copyOf(names);
  }

  public long count(String name) {
    BoltBucket bucket = buckets.get(name);
    return bucket == null ? 0 : bucket.count();
  }

  /// The body of GoVector's create call. Without metadata the dimension is that of the first point
  /// and the distance is cosine; empty where there is no point either.
  public Optional<ObjectNode> createBody(String name) {
    ObjectNode body = JSON.createObjectNode().put("name", name);
    ObjectNode known = metadata.get(name);
    if (known == null) {
      return points(name, 0)
          .next()
          .map(first -> body.put("vector_size", first.dimension()).put("distance", "Cosine"));
    }
    for (String key : List.of("vector_size", "distance", "hnsw", "parameters")) {
      JsonNode value = known.path(key);
      if (!value.isMissingNode() && !value.isNull()) {
        body.set(key, value);
      }
    }
    return Optional.of(body);
  }

  /// Points of a collection, in the order of their ids' bytes.
  public interface Points {
    /// Empty at the end.
    Optional<GoVectorPoint> next();
  }

  /// @param from how many points to pass over
  public Points points(String name, long from) {
    BoltBucket bucket = buckets.get(name);
    if (bucket == null) {
      return Optional::empty;
    }
    BoltBucket.Cursor cursor = bucket.cursor();
    cursor.skip(from);
    return () -> cursor.next().map(entry -> point(name, entry));
  }

  private GoVectorPoint point(String collection, BoltPage.Entry entry) {
    String id = text(entry.key(), "the id of a point of collection " + collection);
    String where = "point " + id + " of collection " + collection;
    if (entry.isBucket()) {
      throw file.damage("%s is a bucket", where);
    }
    try {
      return GoVectorPoint.read(id, bytes(entry.value(), where));
    } catch (IOException e) {
      throw file.damage("%s: %s", where, String.valueOf(e.getMessage()));
    }
  }

  private String text(MemorySegment bytes, String what) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes(bytes, what)))
          .toString();
    } catch (CharacterCodingException e) {
      throw file.damage("%s is no UTF-8", what);
    }
  }

  private byte[] bytes(MemorySegment bytes, String what) {
    if (bytes.byteSize() > MOST_BYTES) {
      throw file.damage("%s has %d bytes", what, bytes.byteSize());
    }
    return bytes.toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public void close() {
    file.close();
  }
}
