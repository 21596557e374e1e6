package io.millrace.index;

import io.millrace.model.CollectionConfig;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PointId;
import io.millrace.model.SparseConfig;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/// Reads the parts of a point back from its document.
public final class PointReader {
  private static final Set<String> PAYLOAD_ONLY = Set.of(Fields.PAYLOAD);

  private PointReader() {}

  public static PointId id(LeafReader leaf, int doc) throws IOException {
    return id(leaf.getBinaryDocValues(Fields.ID), doc);
  }

  /// @param ids the ids of a segment, at or before the document
  private static PointId id(@Nullable BinaryDocValues ids, int doc) throws IOException {
    if (ids == null || !ids.advanceExact(doc)) {
      throw new IOException("document " + doc + " has no id");
    }
    BytesRef b = ids.binaryValue();
    return PointId.fromBytes(b.bytes, b.offset, b.length);
  }

  /// The sequence of the last operation on the point.
  public static long version(LeafReader leaf, int doc) throws IOException {
    return version(leaf.getNumericDocValues(Fields.VERSION), doc);
  }

  private static long version(@Nullable NumericDocValues versions, int doc) throws IOException {
    if (versions == null || !versions.advanceExact(doc)) {
      throw new IOException("document " + doc + " has no version");
    }
    return versions.longValue();
  }

  /// Ids and versions of a segment's documents, asked for in ascending order: opened once.
  public static final class Heads {
    private final @Nullable BinaryDocValues ids;
    private final @Nullable NumericDocValues versions;

    public Heads(LeafReader leaf) throws IOException {
      this.ids = leaf.getBinaryDocValues(Fields.ID);
      this.versions = leaf.getNumericDocValues(Fields.VERSION);
    }

    public PointId id(int doc) throws IOException {
      return PointReader.id(ids, doc);
    }

    public long version(int doc) throws IOException {
      return PointReader.version(versions, doc);
    }
  }

  /// Ids of a segment's documents, asked for in any order: opened once as long as it ascends.
  public static final class Ids {
    private final LeafReader leaf;
    private @Nullable BinaryDocValues values;

    public Ids(LeafReader leaf) {
      this.leaf = leaf;
    }

    public PointId id(int doc) throws IOException {
      BinaryDocValues open = values;
      if (open == null || doc < open.docID()) {
        open = leaf.getBinaryDocValues(Fields.ID);
        values = open;
      }
      return PointReader.id(open, doc);
    }
  }

  public static PayloadBytes payload(LeafReader leaf, int doc) throws IOException {
    Document stored = leaf.storedFields().document(doc, PAYLOAD_ONLY);
    BytesRef b = stored.getBinaryValue(Fields.PAYLOAD);
    if (b == null) {
      return PayloadBytes.EMPTY;
    }
    byte[] utf8 = new byte[b.length];
    System.arraycopy(b.bytes, b.offset, utf8, 0, b.length);
    return new PayloadBytes(utf8);
  }

  /// The vectors of those names that the point has.
  public static Map<String, VectorValue> vectors(
      LeafReader leaf, int doc, CollectionConfig config, Iterable<String> names)
      throws IOException {
    Map<String, VectorValue> found = new TreeMap<>();
    for (String name : names) {
      VectorConfig vector = config.vectors().get(name);
      SparseConfig sparse = config.sparse().get(name);
      Optional<VectorValue> value = Optional.empty();
      if (vector != null) {
        value = vector.isMulti() ? multi(leaf, doc, name, vector) : dense(leaf, doc, name, vector);
      } else if (sparse != null) {
        value = docValue(leaf, doc, Fields.sparse(name, sparse.since())).map(VectorBytes::sparse);
      }
      value.ifPresent(v -> found.put(name, v));
    }
    return found;
  }

  /// All vectors the collection knows.
  public static Map<String, VectorValue> vectors(LeafReader leaf, int doc, CollectionConfig config)
      throws IOException {
    return vectors(leaf, doc, config, config.vectorNames());
  }

  /// One vector of one row.
  public static Optional<VectorValue> dense(
      LeafReader leaf, int doc, String name, VectorConfig vector) throws IOException {
    if (StoredForm.isComparedApart(vector)) { // files of version 1 hold the bytes apart
      Optional<BytesRef> bytes = docValue(leaf, doc, Fields.bytes(name, vector.since()));
      if (bytes.isPresent()) {
        return bytes.map(found -> new VectorValue.Dense(VectorBytes.bytes(found)));
      }
    }
    FloatVectorValues values = leaf.getFloatVectorValues(Fields.vector(name, vector.since()));
    if (values == null) {
      return Optional.empty();
    }
    KnnVectorValues.DocIndexIterator at = values.iterator();
    return at.advance(doc) == doc
        ? Optional.of(new VectorValue.Dense(values.vectorValue(at.index()).clone()))
        : Optional.empty();
  }

  /// One multivector.
  public static Optional<VectorValue> multi(
      LeafReader leaf, int doc, String name, VectorConfig vector) throws IOException {
    return docValue(leaf, doc, Fields.rows(name, vector.since()))
        .map(bytes -> new VectorValue.Multi(vector.size(), VectorBytes.rows(bytes)));
  }

  private static Optional<BytesRef> docValue(LeafReader leaf, int doc, String field)
      throws IOException {
    BinaryDocValues values = leaf.getBinaryDocValues(field);
    return values != null && values.advanceExact(doc)
        ? Optional.of(values.binaryValue())
        : Optional.empty();
  }
}
