package io.millrace.codec.multi;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.codec.MillraceCodec;
import io.millrace.codec.VectorFieldOptions;
import io.millrace.codec.VectorFieldSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.BytesRef;

/// A small index of multivectors with numbers as ids, for tests.
public final class MultiIndex implements AutoCloseable {
  public static final String FIELD = "m:v";

  private final Directory directory;
  private final IndexWriter writer;
  private volatile VectorFieldOptions options;

  private MultiIndex(Path folder, VectorFieldOptions options, int dimension, boolean old)
      throws IOException {
    this.directory = new MMapDirectory(folder);
    this.options = options;
    VectorFieldSettings settings =
        new VectorFieldSettings() {
          @Override
          public VectorFieldOptions of(String field) {
            return MultiIndex.this.options;
          }

          @Override
          public int rowSize(String field) {
            return dimension;
          }
        };
    Codec codec =
        old
            ? new FilterCodec(MillraceCodec.NAME, new Lucene104Codec()) {}
            : new MillraceCodec(settings, 1);
    LogDocMergePolicy merges = new LogDocMergePolicy();
    merges.setNoCFSRatio(0);
    this.writer =
        new IndexWriter(
            directory,
            new IndexWriterConfig()
                .setCodec(codec)
                .setMergeScheduler(new SerialMergeScheduler())
                .setMergePolicy(merges)
                .setRAMBufferSizeMB(256)
                .setUseCompoundFile(false));
  }

  public static MultiIndex open(Path folder, VectorFieldOptions options, int dimension)
      throws IOException {
    return new MultiIndex(folder, options, dimension, false);
  }

  /// Writes multivectors as they were before [MultiFormat]: in Lucene's format.
  static MultiIndex before(Path folder, VectorFieldOptions options, int dimension)
      throws IOException {
    return new MultiIndex(folder, options, dimension, true);
  }

  public void options(VectorFieldOptions next) {
    options = next;
  }

  /// @param rows as they are stored; empty = a document without the field
  public void put(int id, float... rows) throws IOException {
    Document document = new Document();
    document.add(new StringField("id", Integer.toString(id), Field.Store.NO));
    document.add(new NumericDocValuesField("id", id));
    if (rows.length > 0) {
      ByteBuffer bytes = ByteBuffer.allocate(4 * rows.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(rows);
      document.add(new BinaryDocValuesField(FIELD, new BytesRef(bytes.array())));
    }
    writer.updateDocument(new Term("id", Integer.toString(id)), document);
  }

  public void delete(int id) throws IOException {
    writer.deleteDocuments(new Term("id", Integer.toString(id)));
  }

  public void flush() throws IOException {
    writer.flush();
  }

  public void forceMerge() throws IOException {
    writer.forceMerge(1);
  }

  public void commit() throws IOException {
    writer.commit();
  }

  /// A view of everything put so far; the caller closes it.
  public DirectoryReader open() throws IOException {
    return DirectoryReader.open(writer);
  }

  /// Rows by id of the live documents that have some.
  static Map<Integer, float[]> rowsById(DirectoryReader reader) throws IOException {
    Map<Integer, float[]> rows = new TreeMap<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      NumericDocValues ids = leaf.reader().getNumericDocValues("id");
      BinaryDocValues values = leaf.reader().getBinaryDocValues(FIELD);
      for (int doc = ids.nextDoc(); doc != NumericDocValues.NO_MORE_DOCS; doc = ids.nextDoc()) {
        boolean live = leaf.reader().getLiveDocs() == null || leaf.reader().getLiveDocs().get(doc);
        if (live && values != null && values.advanceExact(doc)) {
          BytesRef value = values.binaryValue();
          float[] floats = new float[value.length / 4];
          ByteBuffer.wrap(value.bytes, value.offset, value.length)
              .order(ByteOrder.LITTLE_ENDIAN)
              .asFloatBuffer()
              .get(floats);
          rows.put((int) ids.longValue(), floats);
        }
      }
    }
    return rows;
  }

  /// Commits and lets Lucene check every file.
  void check() throws IOException {
    writer.commit();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (CheckIndex check =
        new CheckIndex(directory, writer.getDirectory().obtainLock("check.lock"))) {
      check.setInfoStream(new PrintStream(text, true, StandardCharsets.UTF_8));
      check.setLevel(CheckIndex.Level.MIN_LEVEL_FOR_SLOW_CHECKS);
      assertThat(check.checkIndex().clean).as(text.toString(StandardCharsets.UTF_8)).isTrue();
    }
  }

  @Override
  public void close() throws IOException {
    writer.rollback();
    directory.close();
  }
}
