package io.millrace.bench.engine;

import io.millrace.codec.MillraceCodec;
import io.millrace.codec.VectorFieldOptions;
import io.millrace.model.Distance;
import io.millrace.search.nearest.Cancellation;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.IdOrder;
import io.millrace.search.nearest.NearestRequest;
import io.millrace.search.nearest.NearestSearch;
import io.millrace.search.nearest.SegmentFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.IOUtils;
import org.jspecify.annotations.Nullable;

/// Our codec and search without points and payload around them: for filters that are finished bits,
/// for one path alone, and for a chosen number of graph segments.
final class NearestIndex implements AutoCloseable {
  private static final String FIELD = "vector";

  private final Corpus corpus;
  private final Directory directory;
  private final DirectoryReader reader;

  private NearestIndex(Corpus corpus, Directory directory, DirectoryReader reader) {
    this.corpus = corpus;
    this.directory = directory;
    this.reader = reader;
  }

  /// Builds `segments` graph segments of about the same size.
  static NearestIndex build(
      Corpus corpus, Path folder, boolean int8, MillraceEngine.Graph graph, int segments)
      throws IOException {
    VectorFieldOptions options =
        new VectorFieldOptions(Distance.COSINE, graph.m(), graph.efConstruct(), int8, 1, 1);
    List<Directory> parts = new ArrayList<>();
    try {
      for (int part = 0; part < segments; part++) {
        Directory one = new MMapDirectory(folder.resolve("part-" + part));
        parts.add(one);
        try (IndexWriter writer = new IndexWriter(one, config(options))) {
          int from = (int) ((long) part * corpus.points() / segments);
          int to = (int) ((long) (part + 1) * corpus.points() / segments);
          int half = (from + to) / 2; // two flushes, so that there is something to merge
          for (int r = from; r < to; r++) {
            if (r == half) {
              writer.flush();
            }
            Document document = new Document();
            document.add(
                new KnnFloatVectorField(
                    FIELD, corpus.row(r), VectorSimilarityFunction.DOT_PRODUCT));
            writer.addDocument(document);
          }
          writer.forceMerge(1);
        }
      }
      Directory whole = new MMapDirectory(folder.resolve("whole"));
      try (IndexWriter writer =
          new IndexWriter(whole, config(options).setMergePolicy(NoMergePolicy.INSTANCE))) {
        writer.addIndexes(parts.toArray(Directory[]::new));
      }
      return new NearestIndex(corpus, whole, DirectoryReader.open(whole));
    } finally {
      IOUtils.close(parts);
    }
  }

  private static IndexWriterConfig config(VectorFieldOptions options) {
    return new IndexWriterConfig()
        .setCodec(new MillraceCodec(field -> options, 1))
        .setRAMBufferSizeMB(1024)
        .setUseCompoundFile(false);
  }

  int segments() {
    return reader.leaves().size();
  }

  /// Ids of the hits of one query; only for one segment where there is a filter.
  int[] ask(NearestSearch search, int query, int ef, @Nullable FixedBitSet accepted)
      throws IOException {
    List<LeafReaderContext> leaves = reader.leaves();
    List<Candidate> found =
        search.search(
            leaves,
            NearestRequest.of(FIELD, Distance.COSINE, corpus.query(query), Corpus.K).withEf(ef),
            accepted == null ? SegmentFilter.ALL : leaf -> accepted,
            IdOrder.BY_PLACE,
            Cancellation.NEVER);
    int[] ids = new int[found.size()];
    for (int i = 0; i < ids.length; i++) {
      Candidate hit = found.get(i);
      ids[i] = leaves.get(hit.leafOrdinal()).docBase + hit.doc();
    }
    return ids;
  }

  @Override
  public void close() throws IOException {
    IOUtils.close(reader, directory);
  }
}
