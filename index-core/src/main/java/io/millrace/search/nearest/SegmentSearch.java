package io.millrace.search.nearest;

import io.millrace.codec.VectorSegment;
import io.millrace.codec.graph.GraphLinks;
import io.millrace.meter.SearchPaths;
import io.millrace.meter.SearchWork;
import java.io.IOException;
import java.util.Optional;
import org.apache.lucene.index.CorruptIndexException;

/// One query in one segment: takes the path [PathChoice] says. Candidates by coarse codes go to the
/// joint pool, all else is decided here.
final class SegmentSearch {
  /// Candidates kept where the request does not say: 0.993 of the true ten nearest among 20,000
  /// sentence vectors of 384 components, 0.985 among 95,000.
  static final int DEFAULT_EF = 100;

  /// Where nearly every row may be a hit, the cheaper walk through all of them does, unless more
  /// than this share of what it finds may not.
  private static final double NEARLY_ALL = 0.95;

  private static final double ENOUGH = 0.9;

  /// So few rows are read sooner than bounded.
  private static final int FEW = 64;

  private final VectorSegment segment;
  private final NearestRequest request;
  private final PathChoice.Rule rule;
  private final JointPool joint;
  private final Matching matching;
  private final ExactRows exact;
  private final TopHits hits;
  private final Scratch scratch;
  private final Cancellation cancellation;
  private final SearchWork work;

  /// By walks.
  private long walked;

  SegmentSearch(
      VectorSegment segment,
      int leaf,
      NearestRequest request,
      PathChoice.Rule rule,
      JointPool joint,
      Matching matching,
      TopHits hits,
      Scratch scratch,
      Cancellation cancellation,
      SearchWork work) {
    this.segment = segment;
    this.request = request;
    this.rule = rule;
    this.joint = joint;
    this.matching = matching;
    this.exact = new ExactRows(segment, leaf, request.target(), matching);
    this.hits = hits;
    this.scratch = scratch;
    this.cancellation = cancellation;
    this.work = work;
  }

  void run() throws IOException {
    int count = matching.atMost();
    if (count == 0) {
      return;
    }
    SearchWork.Running running = work.begin();
    int wanted = Math.min(request.limit(), count);
    int kept = kept(count);
    PathChoice.Kind scan = scan();
    if (segment.graph().isEmpty()) {
      work.addFlat(segment.size());
    }
    PathChoice.Path path =
        rule.of(
            new PathChoice.Facts(
                segment.size(),
                count,
                segment.graph().isPresent(),
                scan,
                steering(),
                request.exact(),
                steering() == PathChoice.Steering.COARSE && joint.bound() > Long.MIN_VALUE),
            kept);
    if (path.kind() == PathChoice.Kind.WALK) {
      if (checkedWalk(kept, wanted, path)) {
        running.end(
            matching.isAll() ? SearchPaths.Taken.GRAPH : SearchPaths.Taken.FILTERED_GRAPH, walked);
        return;
      }
      scan(scan, kept);
      running.end(SearchPaths.Taken.DROPPED_GRAPH, walked + count);
    } else {
      scan(path.kind(), kept);
      running.end(
          switch (path.kind()) {
            case COARSE_SCAN -> SearchPaths.Taken.COARSE_SCAN;
            case INT8_SCAN -> SearchPaths.Taken.INT8_SCAN;
            case RAW_SCAN, WALK -> SearchPaths.Taken.EXACT;
          },
          count);
    }
  }

  private void scan(PathChoice.Kind kind, int kept) throws IOException {
    switch (kind) {
      case RAW_SCAN, WALK -> rawScan();
      case INT8_SCAN -> int8Scan(rescored(matching.atMost()));
      case COARSE_SCAN -> coarseScan(kept);
    }
  }

  /// By the smallest rows there are.
  private PathChoice.Kind scan() {
    return switch (steering()) {
      case COARSE -> PathChoice.Kind.COARSE_SCAN;
      case INT8 -> PathChoice.Kind.INT8_SCAN;
      case RAW -> PathChoice.Kind.RAW_SCAN;
    };
  }

  private boolean usesInt8() {
    return segment.int8().isPresent() && !request.ignoreQuantization();
  }

  private PathChoice.Steering steering() {
    if (request.ignoreQuantization()) {
      return PathChoice.Steering.RAW;
    }
    if (segment.coarse().isPresent()) {
      return PathChoice.Steering.COARSE;
    }
    return usesInt8() ? PathChoice.Steering.INT8 : PathChoice.Steering.RAW;
  }

  private int kept(int count) {
    int ef = ef(request, count);
    return steering() == PathChoice.Steering.RAW ? ef : Math.max(ef, leastKept(request, count));
  }

  /// Candidates a search keeps over all segments.
  static int keptOverAll(NearestRequest request) {
    int all = Integer.MAX_VALUE;
    return Math.max(ef(request, all), leastKept(request, all));
  }

  private static int ef(NearestRequest request, int count) {
    long ef =
        request.ef() == 0
            ? Math.max(defaultEf(request), request.limit() * 3L / 2)
            : Math.max(request.ef(), request.limit());
    return (int) Math.min(Math.max(ef, 1), count);
  }

  /// Candidates near one example crowd out those near another.
  private static int defaultEf(NearestRequest request) {
    return request.target().places() > 1 ? 2 * DEFAULT_EF : DEFAULT_EF;
  }

  /// How many of the best int8 estimates are looked at exactly: generous against the share of the
  /// true ten nearest among the best 12, 0.9997; all there are where rows are close.
  private int rescored(int count) {
    long limit = request.limit();
    long rescored =
        switch (request.rescore()) {
          case OFF -> limit;
          case DEFAULT, ON -> {
            if (request.oversampling() > 0) {
              yield oversampled(request);
            }
            long generous = Math.max(2 * limit, limit + 14);
            yield segment.hasCloseRows() ? Math.max(generous, kept(count)) : generous;
          }
        };
    return (int) Math.min(rescored, count);
  }

  private static long oversampled(NearestRequest request) {
    return (long) Math.ceil(request.limit() * (double) request.oversampling());
  }

  /// Links are read where they lie, unchecked: what leads out of the segment's rows is caught here,
  /// since every access is bounded. Links that lead to wrong rows cost recall only, as the walk
  /// visits each row once and scores are decided by exact rows.
  private boolean checkedWalk(int kept, int wanted, PathChoice.Path path) throws IOException {
    try {
      return walk(kept, wanted, path);
    } catch (IndexOutOfBoundsException e) {
      throw new CorruptIndexException(
          "the graph of a segment of "
              + segment.size()
              + " vectors leads to rows that are not there",
          request.field(),
          e);
    }
  }

  /// False where the walk cost too much or found too little: its results are then forgotten.
  private boolean walk(int kept, int wanted, PathChoice.Path path) throws IOException {
    GraphLinks graph = segment.graph().orElseThrow();
    PathChoice.Steering steering = steering();
    RowScorer scorer = scorer(steering);
    long bound = steering == PathChoice.Steering.COARSE ? joint.bound() : Long.MIN_VALUE;
    int found = -1;
    if (matching.atMost() >= NEARLY_ALL * segment.size()) {
      long left = Math.ceilDiv((long) kept * segment.size(), matching.atMost()) - kept;
      GraphWalk walk = new GraphWalk(graph, scorer, scratch, cancellation);
      int reached = walk.all((int) (kept + 2 * left), wanted, bound, path.walkRows());
      walked += walk.scored();
      if (reached == GraphWalk.DROPPED) {
        return false;
      }
      found = matching.isAll() ? reached : keepMatching(reached);
      if (found < ENOUGH * reached) {
        found = -1; // those that may not be hits lie here
      }
    }
    if (found < wanted && !matching.isAll()) {
      GraphWalk walk = new GraphWalk(graph, scorer, scratch, cancellation);
      found = walk.matching(kept, wanted, bound, matching, path);
      walked += walk.scored();
    }
    if (found < wanted) { // DROPPED is negative
      return false;
    }
    switch (steering) {
      case COARSE -> joint.add(exact, scratch.pool, found);
      case INT8 ->
          exact.decide(scratch.pool, Math.min(found, rescored(matching.atMost())), hits, scratch);
      case RAW -> {
        long[] pool = scratch.pool;
        for (int i = 0; i < found && (i < wanted || isTied(pool, i)); i++) {
          exact.offer(Ranked.similarity(pool[i]), Ranked.ordinal(pool[i]), hits);
        }
      }
    }
    return true;
  }

  /// Leaves the matching ones of the pool's first entries there; returns how many.
  private int keepMatching(int count) {
    long[] pool = scratch.pool;
    int matched = 0;
    for (int i = 0; i < count; i++) {
      pool[matched] = pool[i];
      matched += matching.accepts(Ranked.ordinal(pool[i])) ? 1 : 0;
    }
    return matched;
  }

  /// A pool of estimates is half as large again as the hits wanted, as their order is not exact;
  /// larger where the request says so.
  private static int leastKept(NearestRequest request, int count) {
    long kept = request.oversampling() > 0 ? oversampled(request) : request.limit() * 3L / 2;
    return (int) Math.min(kept, count);
  }

  private RowScorer scorer(PathChoice.Steering steering) {
    return steering == PathChoice.Steering.RAW
        ? exact.scorer()
        : request.target().estimates(segment, steering);
  }

  /// Whether the entry has the similarity of the one before it: the ids decide which of them stays.
  private static boolean isTied(long[] pool, int at) {
    return at > 0 && Ranked.similarity(pool[at]) == Ranked.similarity(pool[at - 1]);
  }

  /// Exact, whatever it reads.
  private void rawScan() throws IOException {
    Optional<RowScorer> atMost =
        matching.atMost() > FEW ? request.target().atMost(segment) : Optional.empty();
    if (atMost.isPresent()) {
      new BoundedScan(exact, matching, hits, scratch, cancellation).run(atMost.get());
      return;
    }
    matching.rewind();
    for (int count = matching.nextBlock(scratch.ordinals, Scratch.BLOCK);
        count > 0;
        count = matching.nextBlock(scratch.ordinals, Scratch.BLOCK)) {
      cancellation.check();
      exact.offerAll(count, hits, scratch);
    }
  }

  /// Keeps as many candidates as a walk would, to be decided as after one.
  private void coarseScan(int kept) throws IOException {
    if (2L * kept >= matching.atMost()) {
      rawScan();
      return;
    }
    LongHeap best = bestEstimates(scorer(PathChoice.Steering.COARSE), kept);
    scratch.ensurePool(kept);
    int count = best.size();
    for (int i = count - 1; i >= 0; i--) {
      scratch.pool[i] = best.pop();
    }
    joint.add(exact, scratch.pool, count);
  }

  /// The best `kept` estimates of all matching rows, in the scratch's heap.
  private LongHeap bestEstimates(RowScorer scorer, int kept) {
    LongHeap best = scratch.heap;
    best.clear();
    matching.rewind();
    for (int count = matching.nextBlock(scratch.ordinals, Scratch.BLOCK);
        count > 0;
        count = matching.nextBlock(scratch.ordinals, Scratch.BLOCK)) {
      cancellation.check();
      scorer.score(scratch.ordinals, count, scratch.scores);
      for (int i = 0; i < count; i++) {
        long ranked = Ranked.of(scratch.scores[i], scratch.ordinals[i]);
        if (best.size() < kept) {
          best.push(ranked);
        } else if (kept > 0 && ranked > best.top()) {
          best.replaceTop(ranked);
        }
      }
    }
    return best;
  }

  private void int8Scan(int rescored) throws IOException {
    if (2L * rescored >= matching.atMost()) {
      rawScan();
      return;
    }
    LongHeap best = bestEstimates(scorer(PathChoice.Steering.INT8), rescored);
    int total = best.size();
    for (int from = 0; from < total; from += Scratch.BLOCK) {
      int block = Math.min(Scratch.BLOCK, total - from);
      for (int i = 0; i < block; i++) {
        scratch.ordinals[i] = Ranked.ordinal(best.get(from + i));
      }
      exact.offerAll(block, hits, scratch);
    }
  }
}
