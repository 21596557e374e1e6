package io.millrace.search.sparse;

import io.millrace.codec.sparse.PostingList;
import io.millrace.codec.sparse.SparseBytes;
import io.millrace.codec.sparse.SparseSegment;
import io.millrace.meter.SearchPaths;
import io.millrace.meter.SearchWork;
import io.millrace.search.nearest.Cancellation;
import io.millrace.search.nearest.TopHits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.Bits;
import org.jspecify.annotations.Nullable;

/// One query in one segment.
///
/// Where few documents match, their vectors are read one by one. Else the lists are added up window
/// by window, and once the heap is full, by MaxScore (Turtle and Flood, 1995; with maxima per block
/// as in Ding and Suel, 2011): of each window the lists whose gains together cannot lift a document
/// over the bound are left out, and if those are all, the window is not even decoded. What could
/// still pass the bound after the rest is scored from its whole vector, so that every score is one
/// sum in the order of indices.
final class SparseSegmentSearch {
  /// Reading one vector, in postings of a list.
  private static final int ROW_COST = 24;

  private static final int ROWS_BETWEEN_CHECKS = 256;

  private final LeafReaderContext leaf;
  private final int ordinal;
  private final SparseSegment segment;
  private final String field;
  private final SparseQuery query;
  private final TopHits hits;
  private final Window window;
  private final Cancellation cancellation;
  private final SparseBytes row = new SparseBytes();

  SparseSegmentSearch(
      LeafReaderContext leaf,
      int ordinal,
      SparseSegment segment,
      String field,
      SparseQuery query,
      TopHits hits,
      Window window,
      Cancellation cancellation) {
    this.leaf = leaf;
    this.ordinal = ordinal;
    this.segment = segment;
    this.field = field;
    this.query = query;
    this.hits = hits;
    this.window = window;
    this.cancellation = cancellation;
  }

  /// @param matching null = every live document
  /// @param work is told what was done
  void run(@Nullable BitSet matching, SearchWork work) throws IOException {
    List<TermScan> terms = new ArrayList<>();
    long postings = 0;
    for (int i = 0; i < query.size(); i++) {
      Optional<PostingList> list = segment.list(query.index(i));
      if (list.isPresent()) {
        terms.add(new TermScan(list.get(), query.weight(i)));
        postings += list.get().size();
      }
    }
    if (terms.isEmpty()) {
      return;
    }
    SearchWork.Running running = work.begin();
    if (matching != null) {
      if (matching.cardinality() * rowCost() <= postings) {
        scoreRows(matching);
        running.end(SearchPaths.Taken.EXACT, matching.cardinality());
        return;
      }
    }
    scan(terms, matching == null ? leaf.reader().getLiveDocs() : matching);
    running.end(SearchPaths.Taken.SPARSE, postings);
  }

  private void scoreRows(BitSet matching) throws IOException {
    BinaryDocValues rows = leaf.reader().getBinaryDocValues(field);
    int seen = 0;
    int end = leaf.reader().maxDoc();
    for (int doc = 0; doc < end; doc++) {
      doc = matching.nextSetBit(doc);
      if (doc >= end) { // NO_MORE_DOCS is the largest int
        return;
      }
      if (seen++ % ROWS_BETWEEN_CHECKS == 0) {
        cancellation.check();
      }
      offerExact(rows, doc);
    }
  }

  private void offerExact(BinaryDocValues rows, int doc) throws IOException {
    if (rows.advanceExact(doc)) {
      row.set(rows.binaryValue());
      float score = query.score(row);
      if (score >= hits.bound()) { // never for NaN: nothing in common
        hits.offer(score, ordinal, doc);
      }
    }
  }

  private void scan(List<TermScan> terms, @Nullable Bits accepted) throws IOException {
    BinaryDocValues rows = leaf.reader().getBinaryDocValues(field);
    List<TermScan> byGain = new ArrayList<>(terms);
    double slack = slack(terms);
    int end = leaf.reader().maxDoc();
    int from = start(terms, 0);
    while (from < end) {
      cancellation.check();
      int to = Math.min(end, from + Window.DOCS);
      float bound = hits.bound();
      int skipped = bound == Float.NEGATIVE_INFINITY ? 0 : leftOut(byGain, to, bound - slack);
      if (skipped == 0) {
        for (TermScan term : terms) {
          term.addTo(window, from, to);
        }
        offerSums(from, accepted);
        window.clear();
      } else if (skipped < byGain.size()) {
        double lost = essential(byGain, skipped, from, to, slack);
        offerPromising(from, accepted, lost + slack, rows);
        window.clear();
      }
      from = start(terms, to);
    }
  }

  /// The first document at or after `from` that any list may hold.
  private static int start(List<TermScan> terms, int from) {
    int first = Integer.MAX_VALUE;
    for (TermScan term : terms) {
      first = Math.min(first, term.skipTo(from));
    }
    return Math.max(from, first);
  }

  /// How many of the lists, those with the smallest gains, cannot lift a document to `bound`.
  private static int leftOut(List<TermScan> byGain, int to, double bound) {
    for (TermScan term : byGain) {
      term.bound(to);
    }
    byGain.sort(Comparator.comparingDouble((TermScan t) -> t.gain));
    double sum = 0;
    for (int i = 0; i < byGain.size(); i++) {
      sum += byGain.get(i).gain;
      if (sum >= bound) {
        return i;
      }
    }
    return byGain.size();
  }

  /// Adds up the lists that are not left out, and of the others, the largest gains first, as many
  /// as cost less than reading the vectors of all documents that could still reach the bound.
  /// Returns what the rest can gain.
  private double essential(List<TermScan> byGain, int skipped, int from, int to, double slack)
      throws IOException {
    double lost = 0;
    long postings = 0;
    for (TermScan term : byGain.subList(0, skipped)) {
      lost += term.gain;
      postings += term.postings(to);
    }
    for (TermScan term : byGain.subList(skipped, byGain.size())) {
      term.addTo(window, from, to);
    }
    int left = skipped;
    while (left > 0 && window.count((float) (hits.bound() - lost - slack)) * rowCost() > postings) {
      TermScan next = byGain.get(--left);
      next.addTo(window, from, to);
      lost -= next.gain;
      postings -= next.postings(to);
    }
    return left == 0 ? 0 : lost;
  }

  private long rowCost() {
    return ROW_COST + segment.postings() / Math.max(1, segment.documents());
  }

  /// More than rounding can add to or take from a sum of these lists in any order: n float32
  /// additions of products, each sum at most the sum of all effects.
  private static double slack(List<TermScan> terms) {
    double effects = 0;
    for (TermScan term : terms) {
      effects += term.largestEffect;
    }
    return effects * (terms.size() + 2) * 0x1p-22;
  }

  private void offerSums(int from, @Nullable Bits accepted) throws IOException {
    for (int word = 0; word < window.touched.length; word++) {
      for (long bits = window.touched[word]; bits != 0; bits &= bits - 1) {
        int at = word * 64 + Long.numberOfTrailingZeros(bits);
        float score = window.sums[at];
        if (score >= hits.bound() && (accepted == null || accepted.get(from + at))) {
          hits.offer(score, ordinal, from + at);
        }
      }
    }
  }

  private void offerPromising(
      int from, @Nullable Bits accepted, double possible, BinaryDocValues rows) throws IOException {
    for (int word = 0; word < window.touched.length; word++) {
      for (long bits = window.touched[word]; bits != 0; bits &= bits - 1) {
        int at = word * 64 + Long.numberOfTrailingZeros(bits);
        if (window.sums[at] + possible >= hits.bound()
            && (accepted == null || accepted.get(from + at))) {
          offerExact(rows, from + at);
        }
      }
    }
  }
}
