package io.millrace.search.nearest;

import io.millrace.codec.VectorSegment;
import io.millrace.meter.SearchPaths;
import io.millrace.meter.SearchWork;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;

/// Finds the points nearest to a vector, or best by several, in all segments of an index.
///
/// Hits come best first, equal scores by id. Scores are exact float32 whatever path found the hits.
/// A search returns as many hits as were wanted whenever that many points match, also under filters
/// that keep far from the query and in graphs that hang together badly: a walk that finds too
/// little is replaced by a scan.
///
/// Segments are searched one after another, those with a graph first and the largest of them before
/// the others, on the calling thread, which should be a platform thread: reading mapped files can
/// block it. With [SegmentThreads] the large segments behind the first are searched side by side:
/// each knows what the first has found, as that saves most, and nothing of the others, so that an
/// answer does not depend on who was faster. Safe for any number of threads at once; the reader
/// must stay open.
public final class NearestSearch {
  /// Rows of a segment that are worth another thread: waking one takes as long as a search in
  /// 25,000 (docs/performance.md).
  private static final int LARGE = 50_000;

  private final PathChoice.Rule rule;
  private final Optional<SegmentThreads> threads;
  private final int large;
  private final SearchPaths paths = new SearchPaths();

  /// All segments on the calling thread.
  public NearestSearch() {
    this(PathChoice::of);
  }

  /// Large segments side by side.
  public NearestSearch(SegmentThreads threads) {
    this(PathChoice::of, Optional.of(threads), LARGE);
  }

  private NearestSearch(PathChoice.Rule rule) {
    this(rule, Optional.empty(), LARGE);
  }

  /// @param large rows of a segment that gets a thread of its own
  NearestSearch(PathChoice.Rule rule, Optional<SegmentThreads> threads, int large) {
    this.rule = rule;
    this.threads = threads;
    this.large = large;
  }

  /// Walks wherever there is a graph, whatever it costs: what [PathChoice] is measured against.
  public static NearestSearch walking() {
    return new NearestSearch(PathChoice::walking);
  }

  /// How segments were searched so far.
  public SearchPaths paths() {
    return paths;
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
    return search(leaves, request, filter, ids, cancellation, new SearchWork(paths));
  }

  /// @param work is told what was done in each segment
  public List<Candidate> search(
      List<LeafReaderContext> leaves,
      NearestRequest request,
      SegmentFilter filter,
      IdOrder ids,
      Cancellation cancellation,
      SearchWork work)
      throws IOException {
    if (request.limit() == 0) {
      return List.of();
    }
    Search search = new Search(request, filter, ids, cancellation, work);
    Found found = search.nothing(Long.MIN_VALUE);
    Scratch scratch = Scratch.take();
    try {
      List<Source> sources = sources(leaves, request);
      List<Source> left = sources;
      List<Source> apart = threads.isPresent() ? large(sources) : List.of();
      if (apart.size() > 2) {
        search.in(apart.getFirst(), found, scratch);
        List<Callable<Found>> works = new ArrayList<>();
        long bound = found.candidates.bound();
        for (Source source : apart.subList(1, apart.size())) {
          works.add(() -> search.apart(source, bound));
        }
        for (Found one : threads.orElseThrow().all(works)) {
          found.addAll(one);
        }
        left = sources.stream().filter(source -> !isLarge(source)).toList();
      }
      int flat = firstFlat(left);
      for (Source source : left.subList(0, flat)) {
        search.in(source, found, scratch);
      }
      found.candidates.decide(found.hits, scratch);
      for (Source source : left.subList(flat, left.size())) {
        search.in(source, found, scratch);
      }
    } finally {
      scratch.giveBack();
    }
    return found.hits.drain(request.target()::score);
  }

  /// The first that is scanned; what was found in others by then bounds the scans.
  private static int firstFlat(List<Source> sources) {
    int first = 0;
    while (first < sources.size() && sources.get(first).segment.isIndexed()) {
      first++;
    }
    return first;
  }

  private List<Source> large(List<Source> sources) {
    return sources.stream().filter(this::isLarge).toList();
  }

  private boolean isLarge(Source source) {
    return source.segment.size() >= large;
  }

  /// What was found so far: by coarse codes and not decided yet, and exactly.
  private record Found(JointPool candidates, TopHits hits) {
    void addAll(Found of) throws IOException {
      candidates.addAll(of.candidates);
      hits.offerAll(of.hits);
    }
  }

  /// One query.
  private final class Search {
    private final NearestRequest request;
    private final SegmentFilter filter;
    private final IdOrder ids;
    private final Cancellation cancellation;
    private final SearchWork work;

    Search(
        NearestRequest request,
        SegmentFilter filter,
        IdOrder ids,
        Cancellation cancellation,
        SearchWork work) {
      this.request = request;
      this.filter = filter;
      this.ids = ids;
      this.cancellation = cancellation;
      this.work = work;
    }

    Found nothing(long bound) {
      return new Found(
          new JointPool(SegmentSearch.keptOverAll(request), bound),
          new TopHits(request.limit(), ids));
    }

    /// Behind a bound, on any thread.
    Found apart(Source source, long bound) throws IOException {
      Found found = nothing(bound);
      Scratch scratch = Scratch.take();
      try {
        in(source, found, scratch);
      } finally {
        scratch.giveBack();
      }
      return found;
    }

    /// With what other segments have given.
    void in(Source source, Found found, Scratch scratch) throws IOException {
      cancellation.check();
      new SegmentSearch(
              source.segment,
              source.ordinal,
              request,
              rule,
              found.candidates,
              Matching.of(source.leaf, source.segment, filter),
              found.hits,
              scratch,
              cancellation,
              work)
          .run();
    }
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
    sources.sort(
        Comparator.comparing((Source s) -> !s.segment.isIndexed())
            .thenComparing(s -> -s.segment.size()));
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
