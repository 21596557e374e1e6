package io.millrace.search.nearest;

import io.millrace.codec.VectorSegment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;

/// Finds the points nearest to a vector, or best by several, in all segments of an index.
///
/// Hits come best first, equal scores by id. Scores are exact float32 whatever path found the hits.
/// A search returns as many hits as were wanted whenever that many points match, also under filters
/// that keep far from the query and in graphs that hang together badly: a walk that finds too
/// little is replaced by a scan.
///
/// Segments are searched one after another, the largest first, on the calling thread, which should
/// be a platform thread: reading mapped files can block it. Safe for any number of threads at once;
/// the reader must stay open.
public final class NearestSearch {
  private final PathChoice.Rule rule;

  public NearestSearch() {
    this(PathChoice::of);
  }

  private NearestSearch(PathChoice.Rule rule) {
    this.rule = rule;
  }

  /// Walks wherever there is a graph, whatever it costs: what [PathChoice] is measured against.
  public static NearestSearch walking() {
    return new NearestSearch(PathChoice::walking);
  }

  /// Scans the matching rows, whatever it costs: what [PathChoice] is measured against.
  public static NearestSearch scanning() {
    return new NearestSearch(PathChoice::scanning);
  }

  public List<Candidate> search(
      IndexReader reader,
      NearestRequest request,
      SegmentFilter filter,
      IdOrder ids,
      Cancellation cancellation)
      throws IOException {
    return search(reader.leaves(), request, filter, ids, cancellation);
  }

  public List<Candidate> search(
      List<LeafReaderContext> leaves,
      NearestRequest request,
      SegmentFilter filter,
      IdOrder ids,
      Cancellation cancellation)
      throws IOException {
    if (request.limit() == 0) {
      return List.of();
    }
    TopHits hits = new TopHits(request.limit(), ids);
    Scratch scratch = Scratch.take();
    try {
      JointPool joint = new JointPool(SegmentSearch.keptOverAll(request));
      for (Source source : sources(leaves, request)) {
        cancellation.check();
        Matching matching = Matching.of(source.leaf, source.segment, filter);
        new SegmentSearch(
                source.segment,
                source.ordinal,
                request,
                rule,
                joint,
                matching,
                hits,
                scratch,
                cancellation)
            .run();
      }
      joint.decide(hits, scratch);
    } finally {
      scratch.giveBack();
    }
    return hits.drain(request.target()::score);
  }

  private record Source(int ordinal, LeafReaderContext leaf, VectorSegment segment) {}

  private static List<Source> sources(List<LeafReaderContext> leaves, NearestRequest request) {
    List<Source> sources = new ArrayList<>();
    for (int i = 0; i < leaves.size(); i++) {
      Optional<VectorSegment> found = VectorSegment.of(leaves.get(i).reader(), request.field());
      if (found.isEmpty() || request.indexedOnly() && waitsForGraph(found.get())) {
        continue;
      }
      VectorSegment segment = found.get();
      if (segment.dimension() != request.target().dimension()) {
        throw new IllegalArgumentException(
            "field %s has %d components, the query %d"
                .formatted(request.field(), segment.dimension(), request.target().dimension()));
      }
      sources.add(new Source(i, leaves.get(i), segment));
    }
    sources.sort(Comparator.comparingInt((Source s) -> s.segment.size()).reversed());
    return sources;
  }

  /// Small segments count as indexed: they never get a graph.
  private static boolean waitsForGraph(VectorSegment segment) {
    return segment.graph().isEmpty()
        && segment.m() > 0
        && segment.graphThreshold() > 0
        && segment.size() >= segment.graphThreshold();
  }
}
