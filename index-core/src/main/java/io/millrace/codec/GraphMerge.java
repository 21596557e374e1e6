package io.millrace.codec;

import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.index.DocsWithFieldSet;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.MergeState;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.TaskExecutor;
import org.apache.lucene.util.hnsw.ConcurrentHnswMerger;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.apache.lucene.util.hnsw.IncrementalHnswGraphMerger;
import org.apache.lucene.util.hnsw.RandomVectorScorerSupplier;
import org.jspecify.annotations.Nullable;

/// Builds the graph of a merged field from the graphs of its sources where they were built with the
/// same options, else row by row.
final class GraphMerge {
  /// Below this many rows the start of threads costs more than they save.
  private static final int CONCURRENT_FROM = 4_000;

  /// Lucene's mergers divide the beam; Qdrant refuses fewer than 4 as well.
  private static final int SMALLEST_BEAM = 4;

  /// With m = 1 every level is expected to be as large as the one below, and Lucene's rebalancing
  /// of a graph that lost rows adds levels without end (InitializedHnswGraphBuilder, 10.6).
  private static final int SMALLEST_REUSED_M = 2;

  private static final AtomicInteger BUILD_THREADS = new AtomicInteger();

  private GraphMerge() {}

  static HnswGraph build(
      FieldInfo field,
      MergeState state,
      VectorFieldOptions options,
      RandomVectorScorerSupplier scorers,
      DocsWithFieldSet documents,
      int threads)
      throws IOException {
    int rows = documents.cardinality();
    int beam = Math.max(SMALLEST_BEAM, options.efConstruct());
    if (threads == 1 || rows < CONCURRENT_FROM) {
      IncrementalHnswGraphMerger merger =
          new IncrementalHnswGraphMerger(field, scorers, options.m(), beam, state::checkAborted);
      return merge(merger, field, state, options, documents, rows);
    }
    ExecutorService executor = Executors.newFixedThreadPool(threads, buildThreads());
    try {
      ConcurrentHnswMerger merger =
          new ConcurrentHnswMerger(
              field,
              scorers,
              options.m(),
              beam,
              new TaskExecutor(executor),
              threads,
              state::checkAborted);
      return merge(merger, field, state, options, documents, rows);
    } finally {
      executor.shutdownNow();
    }
  }

  private static HnswGraph merge(
      IncrementalHnswGraphMerger merger,
      FieldInfo field,
      MergeState state,
      VectorFieldOptions options,
      DocsWithFieldSet documents,
      int rows)
      throws IOException {
    for (int i = 0; i < state.knnVectorsReaders.length; i++) {
      // The merger counts its readers: it takes all rows for linked once every reader gave a graph.
      // One whose graph cannot be used is announced as none.
      KnnVectorsReader reader =
          isReusable(state.knnVectorsReaders[i], field, options)
              ? state.knnVectorsReaders[i]
              : null;
      merger.addReader(reader, state.docMaps[i], state.liveDocs[i]);
    }
    return merger.merge(
        new Numbering(documents, field.getVectorDimension()), state.infoStream, rows);
  }

  private static boolean isReusable(
      @Nullable KnnVectorsReader reader, FieldInfo field, VectorFieldOptions options) {
    return reader != null
        && options.m() >= SMALLEST_REUSED_M
        && VectorSegment.of(reader, field.name)
            .filter(source -> source.graph().isPresent())
            .filter(source -> source.distance() == options.distance())
            .filter(source -> source.m() == options.m())
            .filter(source -> source.efConstruct() == options.efConstruct())
            .isPresent();
  }

  private static ThreadFactory buildThreads() {
    return task -> {
      Thread thread = new Thread(task, "graph-build-" + BUILD_THREADS.incrementAndGet());
      thread.setDaemon(true);
      thread.setPriority(Thread.MIN_PRIORITY);
      return thread;
    };
  }

  /// Which document each merged row belongs to: all that Lucene's mergers ask of the merged values.
  private static final class Numbering extends FloatVectorValues {
    private final DocsWithFieldSet documents;
    private final int dimension;

    Numbering(DocsWithFieldSet documents, int dimension) {
      this.documents = documents;
      this.dimension = dimension;
    }

    @Override
    public DocIndexIterator iterator() {
      DocIdSetIterator docs = documents.iterator();
      return new DocIndexIterator() {
        private int index = -1;

        @Override
        public int index() {
          return index;
        }

        @Override
        public int docID() {
          return docs.docID();
        }

        @Override
        public int nextDoc() throws IOException {
          index++;
          return docs.nextDoc();
        }

        @Override
        public int advance(int target) throws IOException {
          return slowAdvance(target);
        }

        @Override
        public long cost() {
          return docs.cost();
        }
      };
    }

    @Override
    public int size() {
      return documents.cardinality();
    }

    @Override
    public int dimension() {
      return dimension;
    }

    @Override
    public float[] vectorValue(int ordinal) {
      throw new UnsupportedOperationException("rows are read by the scorer");
    }

    @Override
    public FloatVectorValues copy() {
      return this;
    }
  }
}
