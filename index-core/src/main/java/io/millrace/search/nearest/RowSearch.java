package io.millrace.search.nearest;

import io.millrace.codec.VectorSegment;
import io.millrace.codec.graph.GraphLinks;
import io.millrace.codec.multi.RowSegment;
import io.millrace.model.Distance;
import java.io.IOException;
import java.util.Optional;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.jspecify.annotations.Nullable;

/// Finds the documents of a segment that MaxSim has to decide: every row of the query walks the
/// graph for the rows nearest to it.
///
/// The bound of a document is Σ over the rows of the query of its best row among those the walk
/// kept; where that walk kept none of its rows, of the worst row kept, since what a walk left
/// behind is no nearer. So MaxSim is at most the bound, as far as walks miss nothing and estimates
/// are exact. Documents come in the falling order of their bounds: those behind a bound that cannot
/// be a hit need not be looked at (the threshold algorithm of Fagin, Lotem and Naor, 2001).
public final class RowSearch {
  /// Rows that the walks of a query keep together where the request does not say, and how many of
  /// them each keeps at least and at most: few rows of a query have to find by themselves the
  /// documents that are good for all of them.
  private static final int DEFAULT_EF_OF_ALL = 1_600;

  private static final int LEAST_EF = 100;
  private static final int LARGEST_EF = 200;
  private static final int EF_PER_HIT = 3;

  /// Documents decided at most, unless more hits are wanted.
  private static final int DECIDED = 300;

  private static final int DECIDED_PER_HIT = 5;

  /// How many of them are decided before bounds fall behind the hits, by experience.
  private static final double DECIDED_SHARE = 1 / 3.0;

  /// How much larger the pools of the walks become where they held too few documents.
  private static final int EF_GROWTH = 4;

  private final PathChoice.RowRule rule;

  public RowSearch() {
    this(PathChoice::ofRows);
  }

  private RowSearch(PathChoice.RowRule rule) {
    this.rule = rule;
  }

  /// Walks whatever it costs: what [PathChoice] is measured against.
  public static RowSearch walking() {
    return new RowSearch((facts, ef, decided) -> PathChoice.walking(facts, ef));
  }

  /// What is looked for.
  ///
  /// @param query rows in the form of stored rows (Cosine: normalised)
  /// @param limit documents wanted
  /// @param ef rows that a walk keeps; 0 = the default
  /// @param ignoreQuantization walk by raw rows
  @SuppressWarnings("ArrayRecordComponent") // read only, never compared
  public record Request(
      Distance distance, float[][] query, int limit, int ef, boolean ignoreQuantization) {}

  /// Empty where MaxSim of all documents is the cheaper way, or the only one to so many hits.
  ///
  /// @param accept documents that may be hits; null = all
  public Optional<RowCandidates> candidates(
      RowSegment segment, Request request, @Nullable Bits accept, Cancellation cancellation)
      throws IOException {
    Scratch scratch = Scratch.take();
    try {
      return new Search(segment, request, accept, cancellation, scratch).run();
    } catch (IndexOutOfBoundsException e) {
      throw new CorruptIndexException(
          "the graph of a segment of "
              + segment.vectors().size()
              + " rows leads to rows or documents that are not there",
          "rows of multivectors",
          e);
    } finally {
      scratch.giveBack();
    }
  }

  /// The walks of one query.
  private final class Search {
    private final RowSegment segment;
    private final VectorSegment vectors;
    private final Request request;
    private final Cancellation cancellation;
    private final Scratch scratch;
    private final PathChoice.Steering steering;
    private final Matching matching;
    private int documents;

    Search(
        RowSegment segment,
        Request request,
        @Nullable Bits accept,
        Cancellation cancellation,
        Scratch scratch)
        throws IOException {
      this.segment = segment;
      this.vectors = segment.vectors();
      this.request = request;
      this.cancellation = cancellation;
      this.scratch = scratch;
      this.steering = steering();
      this.matching = matching(accept);
    }

    private PathChoice.Steering steering() {
      if (request.ignoreQuantization) {
        return PathChoice.Steering.RAW;
      }
      if (vectors.coarse().isPresent()) {
        return PathChoice.Steering.COARSE;
      }
      return vectors.int8().isPresent() ? PathChoice.Steering.INT8 : PathChoice.Steering.RAW;
    }

    /// The rows of the documents that may be hits.
    private Matching matching(@Nullable Bits accept) throws IOException {
      if (accept == null) {
        documents = segment.documents();
        return Matching.of(vectors, null, vectors.size());
      }
      FixedBitSet rows = new FixedBitSet(Math.max(1, vectors.size()));
      int count = 0;
      for (int ordinal = 0; ordinal < segment.documents(); ordinal++) {
        int doc = segment.doc(ordinal);
        if (doc < accept.length() && accept.get(doc)) {
          int first = segment.firstRow(ordinal);
          int end = segment.firstRow(ordinal + 1);
          rows.set(first, end);
          count += end - first;
          documents++;
        }
      }
      return Matching.of(vectors, rows, count);
    }

    Optional<RowCandidates> run() {
      int wanted = Math.min(request.limit, documents);
      int decided = (int) Math.min(documents, Math.max(DECIDED, DECIDED_PER_HIT * (long) wanted));
      double decidedRows = DECIDED_SHARE * decided * vectors.size() / segment.documents();
      for (long ef = Math.max(ef(wanted), 1); ef < vectors.size(); ef *= EF_GROWTH) {
        PathChoice.Path path =
            rule.of(
                new PathChoice.Facts(
                    vectors.size(),
                    matching.atMost(),
                    true,
                    PathChoice.Kind.RAW_SCAN,
                    steering,
                    false,
                    false),
                (int) ef,
                decidedRows);
        if (path.kind() != PathChoice.Kind.WALK) {
          return Optional.empty();
        }
        DocumentBounds bounds = new DocumentBounds();
        for (float[] row : request.query) {
          if (!walk(row, (int) ef, path, bounds)) {
            return Optional.empty();
          }
        }
        if (bounds.size() >= wanted) {
          return Optional.of(new RowCandidates(bounds, decided, surelyDecided(wanted)));
        }
      }
      return Optional.empty();
    }

    /// Documents decided whatever their bounds, which are made of estimates.
    private static int surelyDecided(int wanted) {
      return (int) Math.min(Math.max(2L * wanted, wanted + 14L), Integer.MAX_VALUE);
    }

    private long ef(int wanted) {
      return request.ef > 0
          ? Math.max(request.ef, wanted)
          : Math.max(
              Math.clamp(DEFAULT_EF_OF_ALL / request.query.length, LEAST_EF, LARGEST_EF),
              EF_PER_HIT * (long) wanted);
    }

    /// False where the walk cost too much.
    private boolean walk(float[] row, int ef, PathChoice.Path path, DocumentBounds bounds) {
      GraphLinks graph = vectors.graph().orElseThrow();
      RowScorer scorer = new Target.OneVector(request.distance, row).estimates(vectors, steering);
      GraphWalk walk = new GraphWalk(graph, scorer, scratch, cancellation);
      int found =
          matching.isAll()
              ? walk.all(ef, 0, Long.MIN_VALUE, path.walkRows())
              : walk.matching(ef, 0, Long.MIN_VALUE, matching, path);
      if (found <= 0) {
        return false;
      }
      bounds.next(Ranked.similarity(scratch.pool[found - 1]));
      for (int i = 0; i < found; i++) {
        long kept = scratch.pool[i];
        bounds.add(segment.ordinalOfRow(Ranked.ordinal(kept)), Ranked.similarity(kept));
      }
      return true;
    }
  }
}
