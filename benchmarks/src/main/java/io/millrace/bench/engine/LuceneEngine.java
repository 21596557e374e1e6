package io.millrace.bench.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.FixedBitSet;
import org.jspecify.annotations.Nullable;

/// Lucene's own formats and queries, one segment.
final class LuceneEngine implements Engine {
  private static final String FIELD = "vector";

  /// As many estimates are decided by float rows as the other int8 engines decide.
  private static final int RESCORED = 24;

  /// What Lucene keeps beside the float rows.
  enum Rows {
    FLOAT("lucene"),
    INT8("lucene-i8");

    private final String engine;

    Rows(String engine) {
      this.engine = engine;
    }

    private KnnVectorsFormat format(MillraceEngine.Graph graph) {
      return switch (this) {
        case FLOAT -> new Lucene99HnswVectorsFormat(graph.m(), graph.efConstruct());
        case INT8 -> new Lucene104HnswScalarQuantizedVectorsFormat(graph.m(), graph.efConstruct());
      };
    }
  }

  private final Corpus corpus;
  private final Rows rows;
  private final MillraceEngine.Graph graph;
  private final MMapDirectory directory;
  private @Nullable DirectoryReader reader;
  private @Nullable IndexSearcher searcher;

  LuceneEngine(Corpus corpus, Path folder, Rows rows, MillraceEngine.Graph graph)
      throws IOException {
    this.corpus = corpus;
    this.rows = rows;
    this.graph = graph;
    this.directory = new MMapDirectory(folder);
  }

  @Override
  public String name() {
    return rows.engine;
  }

  @Override
  public double build() throws IOException {
    double before = ThreadedQueries.processSeconds();
    KnnVectorsFormat format = rows.format(graph);
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setCodec(
                new Lucene104Codec() {
                  @Override
                  public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                    return format;
                  }
                })
            .setRAMBufferSizeMB(1024)
            .setUseCompoundFile(false);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int r = 0; r < corpus.points(); r++) {
        Document document = new Document();
        document.add(
            new KnnFloatVectorField(FIELD, corpus.row(r), VectorSimilarityFunction.DOT_PRODUCT));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
    }
    DirectoryReader opened = DirectoryReader.open(directory);
    reader = opened;
    IndexSearcher asking = new IndexSearcher(opened);
    asking.setQueryCache(null);
    searcher = asking;
    return ThreadedQueries.processSeconds() - before;
  }

  @Override
  public Round ask(int ef, int threads, int passes) throws IOException, InterruptedException {
    return ThreadedQueries.run(q -> ask(q, ef, null), corpus.queries(), threads, passes);
  }

  /// One query; the filter comes as finished bits, so that only the search is measured.
  int[] ask(int query, int ef, @Nullable FixedBitSet accepted) throws IOException {
    IndexSearcher open = searcher;
    if (open == null) {
      throw new IllegalStateException("build first");
    }
    float[] target = corpus.query(query);
    KnnFloatVectorQuery asked =
        accepted == null
            ? new KnnFloatVectorQuery(FIELD, target, ef)
            : new KnnFloatVectorQuery(FIELD, target, ef, new BitsQuery(accepted));
    ScoreDoc[] found = open.search(asked, ef).scoreDocs;
    return switch (rows) {
      case FLOAT -> Arrays.stream(found).limit(Corpus.K).mapToInt(hit -> hit.doc).toArray();
      case INT8 -> decided(open, query, found);
    };
  }

  private int[] decided(IndexSearcher open, int query, ScoreDoc[] found) throws IOException {
    FloatVectorValues values =
        open.getIndexReader().leaves().getFirst().reader().getFloatVectorValues(FIELD);
    float[] target = corpus.query(query);
    int count = Math.min(RESCORED, found.length);
    float[] exact = new float[count];
    for (int i = 0; i < count; i++) {
      exact[i] =
          VectorSimilarityFunction.DOT_PRODUCT.compare(target, values.vectorValue(found[i].doc));
    }
    return IntStream.range(0, count)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -exact[i]))
        .limit(Corpus.K)
        .mapToInt(i -> found[i].doc)
        .toArray();
  }

  @Override
  public void close() throws IOException {
    if (reader != null) {
      reader.close();
    }
    directory.close();
  }
}
