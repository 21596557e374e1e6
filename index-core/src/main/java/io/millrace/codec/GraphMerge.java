package io.millrace.codec;

import io.millrace.codec.graph.GraphBuilder;
import io.millrace.codec.graph.GrowingGraph;
import io.millrace.codec.graph.LinkedRows;
import io.millrace.codec.graph.RowComparison;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.index.DocsWithFieldSet;
import org.apache.lucene.index.MergeState;
import org.apache.lucene.search.DocIdSetIterator;

/// Builds the graph of a merged field from the graphs of its sources where they were built with the
/// same options, else row by row.
final class GraphMerge {
  /// Qdrant refuses a smaller beam too.
  private static final int SMALLEST_BEAM = 4;

  /// A graph that lost more of its rows is no start for another one: what it costs to mend is near
  /// what it costs to link its rows anew.
  private static final double LEAST_LIVE = 0.75;

  private GraphMerge() {}

  /// @param comparisons of the merged rows
  /// @param documents of the merged rows, by ordinal
  static GrowingGraph build(
      String field,
      MergeState state,
      VectorFieldOptions options,
      Supplier<RowComparison> comparisons,
      DocsWithFieldSet documents,
      int threads)
      throws IOException {
    List<LinkedRows> sources = sources(field, state, options, documents);
    int linked = sources.stream().mapToInt(LinkedRows::live).sum();
    GraphBuilder builder =
        new GraphBuilder(
            new GrowingGraph(documents.cardinality(), options.m()),
            documents.cardinality() - linked,
            Math.max(SMALLEST_BEAM, options.efConstruct()),
            comparisons,
            threads,
            state::checkAborted);
    Optional<LinkedRows> start =
        sources.stream()
            .filter(source -> source.live() >= LEAST_LIVE * source.links().size())
            .findFirst();
    if (start.isPresent()) {
      builder.take(start.get());
      sources.remove(start.get());
    }
    for (LinkedRows source : sources) {
      builder.join(source);
    }
    return builder.finish();
  }

  /// The graphs that can be used, that with most rows first.
  private static List<LinkedRows> sources(
      String field, MergeState state, VectorFieldOptions options, DocsWithFieldSet documents)
      throws IOException {
    List<LinkedRows> sources = new ArrayList<>();
    int[] ordinalOf = null;
    for (int i = 0; i < state.knnVectorsReaders.length; i++) {
      VectorSegment source = reusable(state, i, field, options).orElse(null);
      if (source == null) {
        continue;
      }
      if (ordinalOf == null) {
        ordinalOf = ordinals(documents, state.segmentInfo.maxDoc());
      }
      VectorSegment.Documents docs = source.documents();
      int[] ordinals = new int[source.size()];
      for (int row = 0; row < ordinals.length; row++) {
        int doc = state.docMaps[i].get(docs.doc(row));
        ordinals[row] = doc < 0 ? -1 : ordinalOf[doc];
      }
      sources.add(LinkedRows.of(source.graph().orElseThrow(), ordinals));
    }
    sources.sort(Comparator.comparingInt(LinkedRows::live).reversed());
    return sources;
  }

  private static Optional<VectorSegment> reusable(
      MergeState state, int reader, String field, VectorFieldOptions options) {
    KnnVectorsReader vectors = state.knnVectorsReaders[reader];
    return vectors == null
        ? Optional.empty()
        : VectorSegment.of(vectors, field)
            .filter(source -> source.graph().isPresent())
            .filter(source -> source.distance() == options.distance())
            .filter(source -> source.m() == options.m())
            .filter(source -> source.efConstruct() == options.efConstruct());
  }

  /// The ordinal of the row of each merged document, −1 where it has none.
  private static int[] ordinals(DocsWithFieldSet documents, int maxDoc) throws IOException {
    int[] ordinals = new int[maxDoc];
    Arrays.fill(ordinals, -1);
    DocIdSetIterator docs = documents.iterator();
    int ordinal = 0;
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      ordinals[doc] = ordinal++;
    }
    return ordinals;
  }
}
