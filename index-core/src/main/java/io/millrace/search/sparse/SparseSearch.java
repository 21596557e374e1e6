package io.millrace.search.sparse;

import io.millrace.codec.sparse.SparseSegment;
import io.millrace.meter.SearchPaths;
import io.millrace.search.nearest.Cancellation;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.IdOrder;
import io.millrace.search.nearest.SegmentFilter;
import io.millrace.search.nearest.TopHits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.LeafReaderContext;

/// Finds the vectors with the largest dot products with a sparse query.
///
/// Hits come best first, equal scores by id; a vector without a common index is no hit. Scores are
/// [SparseQuery#score], whatever path found the hits. Segments are searched one after another, the
/// largest first, each with the bound the ones before it left.
public final class SparseSearch {
  private SparseSearch() {}

  private record Source(int ordinal, LeafReaderContext leaf, SparseSegment segment) {}

  /// @param paths is told how long each segment took
  public static List<Candidate> search(
      List<LeafReaderContext> leaves,
      String field,
      SparseQuery query,
      SegmentFilter filter,
      int limit,
      IdOrder ids,
      Cancellation cancellation,
      SearchPaths paths)
      throws IOException {
    if (limit == 0 || query.size() == 0) {
      return List.of();
    }
    TopHits hits = new TopHits(limit, ids);
    List<Source> sources = new ArrayList<>();
    for (int i = 0; i < leaves.size(); i++) {
      Optional<SparseSegment> segment = SparseSegment.of(leaves.get(i).reader(), field);
      if (segment.isPresent()) {
        sources.add(new Source(i, leaves.get(i), segment.get()));
      }
    }
    sources.sort(Comparator.comparingLong((Source s) -> s.segment.postings()).reversed());
    Window window = new Window();
    for (Source source : sources) {
      SearchPaths.Running running = paths.begin();
      new SparseSegmentSearch(
              source.leaf, source.ordinal, source.segment, field, query, hits, window, cancellation)
          .run(filter.matching(source.leaf));
      running.end(SearchPaths.Taken.SPARSE, 0);
    }
    return hits.drain(score -> score);
  }
}
