package io.millrace.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.kernel.ExactScore;
import io.millrace.model.Distance;
import io.millrace.model.VectorDatatype;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.Sort;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/// A small index of vectors with numbers as ids, for tests.
public final class VectorIndex implements AutoCloseable {
  private final Directory directory;
  private final Map<String, VectorFieldOptions> fields = new ConcurrentHashMap<>();
  private final IndexWriter writer;

  private VectorIndex(
      Directory directory,
      Map<String, VectorFieldOptions> fields,
      Sort order,
      int mergeThreads,
      boolean compound)
      throws IOException {
    this.directory = directory;
    this.fields.putAll(fields);
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setCodec(new MillraceCodec(this.fields::get, mergeThreads))
            .setMergeScheduler(new SerialMergeScheduler())
            .setMergePolicy(new LogDocMergePolicy())
            .setRAMBufferSizeMB(512)
            .setUseCompoundFile(compound);
    config.getMergePolicy().setNoCFSRatio(compound ? 1 : 0);
    if (order != null) {
      config.setIndexSort(order);
    }
    this.writer = new IndexWriter(directory, config);
  }

  public static VectorIndex mapped(Path path, Map<String, VectorFieldOptions> fields)
      throws IOException {
    return new VectorIndex(new MMapDirectory(path), fields, null, 1, false);
  }

  public static VectorIndex mapped(Path path, VectorFieldOptions options) throws IOException {
    return mapped(path, Map.of("v", options));
  }

  public static VectorIndex inHeap(Map<String, VectorFieldOptions> fields) throws IOException {
    return new VectorIndex(new ByteBuffersDirectory(), fields, null, 1, false);
  }

  public static VectorIndex of(
      Directory directory,
      Map<String, VectorFieldOptions> fields,
      Sort order,
      int mergeThreads,
      boolean compound)
      throws IOException {
    return new VectorIndex(directory, fields, order, mergeThreads, compound);
  }

  public static VectorFieldOptions options(Distance distance, boolean int8, int graphThreshold) {
    return new VectorFieldOptions(distance, 16, 100, int8, 0.9999f, graphThreshold);
  }

  public void options(String field, VectorFieldOptions options) {
    fields.put(field, options);
  }

  public void put(int id, Map<String, float[]> vectors) throws IOException {
    Document document = new Document();
    document.add(new StringField("id", Integer.toString(id), Field.Store.NO));
    document.add(new NumericDocValuesField("id", id));
    for (Map.Entry<String, float[]> vector : vectors.entrySet()) {
      float[] stored = vector.getValue().clone();
      VectorFieldOptions options = fields.get(vector.getKey());
      if (options.distance() == Distance.COSINE && options.datatype() != VectorDatatype.UINT8) {
        ExactScore.normalize(stored);
      }
      for (int i = 0; i < stored.length; i++) {
        stored[i] = options.datatype().stored(stored[i]);
      }
      document.add(
          new KnnFloatVectorField(vector.getKey(), stored, VectorSimilarityFunction.DOT_PRODUCT));
    }
    writer.updateDocument(new Term("id", Integer.toString(id)), document);
  }

  public void put(int id, float[] vector) throws IOException {
    put(id, Map.of("v", vector));
  }

  public void putAll(float[][] vectors) throws IOException {
    for (int i = 0; i < vectors.length; i++) {
      put(i, vectors[i]);
    }
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

  public IndexWriter writer() {
    return writer;
  }

  public Directory directory() {
    return directory;
  }

  /// A view of everything put so far; the caller closes it.
  public DirectoryReader open() throws IOException {
    return DirectoryReader.open(writer);
  }

  public static Map<Integer, int[]> placesById(DirectoryReader reader) throws IOException {
    Map<Integer, int[]> places = new HashMap<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      NumericDocValues ids = leaf.reader().getNumericDocValues("id");
      for (int doc = ids.nextDoc(); doc != NumericDocValues.NO_MORE_DOCS; doc = ids.nextDoc()) {
        if (leaf.reader().getLiveDocs() == null || leaf.reader().getLiveDocs().get(doc)) {
          places.put((int) ids.longValue(), new int[] {leaf.ord, doc});
        }
      }
    }
    return places;
  }

  public static int[][] idsByPlace(DirectoryReader reader) throws IOException {
    int[][] byPlace = new int[reader.leaves().size()][];
    for (LeafReaderContext leaf : reader.leaves()) {
      byPlace[leaf.ord] = new int[leaf.reader().maxDoc()];
      NumericDocValues ids = leaf.reader().getNumericDocValues("id");
      for (int doc = ids.nextDoc(); doc != NumericDocValues.NO_MORE_DOCS; doc = ids.nextDoc()) {
        byPlace[leaf.ord][doc] = (int) ids.longValue();
      }
    }
    return byPlace;
  }

  /// Commits and lets Lucene check every file, row and graph.
  public void check() throws IOException {
    writer.commit();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (CheckIndex check =
        new CheckIndex(directory, writer.getDirectory().obtainLock("check.lock"))) {
      check.setInfoStream(new PrintStream(text, true, StandardCharsets.UTF_8));
      check.setLevel(CheckIndex.Level.MIN_LEVEL_FOR_SLOW_CHECKS);
      CheckIndex.Status status = check.checkIndex();
      assertThat(status.clean).as(text.toString(StandardCharsets.UTF_8)).isTrue();
    }
  }

  @Override
  public void close() throws IOException {
    writer.rollback();
    directory.close();
  }
}
