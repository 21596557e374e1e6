package io.millrace.search.vector;

import io.millrace.codec.multi.MultiSegment;
import io.millrace.codec.multi.RowSegment;
import io.millrace.index.Fields;
import io.millrace.index.PointReader;
import io.millrace.kernel.ExactScore;
import io.millrace.meter.SearchPaths;
import io.millrace.meter.SearchWork;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.IdOrder;
import io.millrace.search.nearest.RowCandidates;
import io.millrace.search.nearest.RowSearch;
import io.millrace.search.nearest.SegmentFilter;
import io.millrace.search.nearest.TopHits;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.Bits;
import org.jspecify.annotations.Nullable;

/// Any number of rows each, compared by [MaxSim]: the documents that [RowSearch] finds in segments
/// with a graph, in others all that may be hits.
final class MultiField implements VectorField {
  private static final int ROWS_BETWEEN_CHECKS = 64;

  private final List<LeafReaderContext> leaves;
  private final String name;
  private final String field;
  private final VectorConfig config;
  private final IdOrder ids;
  private final RowSearch search;
  private final SearchWork work;

  MultiField(
      List<LeafReaderContext> leaves,
      String name,
      VectorConfig config,
      IdOrder ids,
      SearchWork work) {
    this(leaves, name, config, ids, new RowSearch(), work);
  }

  MultiField(
      List<LeafReaderContext> leaves,
      String name,
      VectorConfig config,
      IdOrder ids,
      RowSearch search,
      SearchWork work) {
    this.search = search;
    this.work = work;
    this.leaves = leaves;
    this.name = name;
    this.field = Fields.rows(name, config.since());
    this.config = config;
    this.ids = ids;
  }

  @Override
  public boolean largerIsBetter() {
    return config.distance().largerIsBetter();
  }

  @Override
  public List<Candidate> nearest(
      VectorValue query, SegmentFilter filter, int limit, SearchParams params, Deadline deadline)
      throws IOException {
    QueryVectors.refuseIdf(params);
    float[][] rows = QueryVectors.multi(query, config);
    MaxSim maxSim = new MaxSim(config, rows);
    if (limit == 0) {
      return List.of();
    }
    TopHits hits = new TopHits(limit, ids);
    for (int i = 0; i < leaves.size(); i++) {
      LeafReaderContext leaf = leaves.get(i);
      Optional<MultiSegment> segment = MultiSegment.of(leaf.reader(), field);
      if (params.indexedOnly() && segment.filter(MultiSegment::waitsForGraph).isPresent()) {
        continue;
      }
      SearchWork.Running running = work.begin();
      BitSet matching = filter.matching(leaf);
      Optional<RowSegment> graph = segment.flatMap(MultiSegment::rowSegment);
      Optional<RowCandidates> candidates =
          graph.isEmpty() || params.exact()
              ? Optional.empty()
              : search.candidates(
                  graph.get(),
                  new RowSearch.Request(
                      config.distance(),
                      rows,
                      limit,
                      params.hnswEf().orElse(0),
                      params.ignoreQuantization()),
                  matching != null ? matching : leaf.reader().getLiveDocs(),
                  deadline::check);
      if (candidates.isPresent()) {
        int decided = decide(i, graph.orElseThrow(), candidates.get(), maxSim, hits, deadline);
        running.end(SearchPaths.Taken.ROW_GRAPH, decided);
      } else {
        int compared = scan(leaf, i, matching, maxSim, hits, deadline);
        running.end(SearchPaths.Taken.EXACT, compared);
      }
    }
    return hits.drain(similarity -> ExactScore.score(config.distance(), similarity));
  }

  /// Returns how many documents it compared.
  private int decide(
      int leaf,
      RowSegment segment,
      RowCandidates candidates,
      MaxSim maxSim,
      TopHits hits,
      Deadline deadline)
      throws IOException {
    RowSegment.Values values = segment.values();
    int decided = 0;
    while (decided < candidates.size()
        && (decided < candidates.sure() || ranked(candidates.bound(decided)) >= hits.bound())) {
      if (decided % ROWS_BETWEEN_CHECKS == 0) {
        deadline.check();
      }
      int candidate = candidates.ordinal(decided++);
      float similarity = ranked(maxSim.of(values.of(candidate)));
      offer(similarity, leaf, segment.doc(candidate), hits);
    }
    return decided;
  }

  /// The same.
  private int scan(
      LeafReaderContext leaf,
      int ordinal,
      @Nullable BitSet matching,
      MaxSim maxSim,
      TopHits hits,
      Deadline deadline)
      throws IOException {
    BinaryDocValues rows = leaf.reader().getBinaryDocValues(field);
    if (rows == null) {
      return 0;
    }
    Documents documents = new Documents(leaf, rows, matching);
    int seen = 0;
    for (int doc = documents.next(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = documents.next()) {
      if (seen++ % ROWS_BETWEEN_CHECKS == 0) {
        deadline.check();
      }
      offer(ranked(maxSim.of(rows.binaryValue())), ordinal, doc, hits);
    }
    return seen;
  }

  private static void offer(float similarity, int leaf, int doc, TopHits hits) throws IOException {
    if (similarity >= hits.bound()) {
      hits.offer(similarity, leaf, doc);
    }
  }

  /// With the rounding of the score, so that equal scores tie.
  private float ranked(float similarity) {
    return config.distance() == Distance.EUCLID ? 0 - score(similarity) : similarity;
  }

  @Override
  public Similarities similarities(VectorValue example, SearchParams params) {
    QueryVectors.refuseIdf(params);
    return new Rows(field, new MaxSim(config, QueryVectors.multi(example, config)));
  }

  /// Each row of the one looks for its best of the other, and not the other way round.
  @Override
  public boolean isSymmetric() {
    return false;
  }

  @Override
  public float score(float similarity) {
    return switch (config.distance()) {
      case COSINE, DOT -> similarity;
      case EUCLID -> (float) Math.sqrt(Math.abs(similarity));
      case MANHATTAN -> Math.abs(similarity);
    };
  }

  @Override
  public Optional<VectorValue> stored(LeafReaderContext leaf, int doc) throws IOException {
    return PointReader.multi(leaf.reader(), doc, name, config);
  }

  /// The documents of a segment that have rows and may be hits, ascending.
  private static final class Documents {
    private final BinaryDocValues rows;
    private final @Nullable BitSet matching;
    private final @Nullable Bits live;
    private int last = -1;

    Documents(LeafReaderContext leaf, BinaryDocValues rows, @Nullable BitSet matching) {
      this.rows = rows;
      this.matching = matching;
      this.live = leaf.reader().getLiveDocs();
    }

    int next() throws IOException {
      if (matching == null) {
        int doc = rows.nextDoc();
        while (doc != DocIdSetIterator.NO_MORE_DOCS && live != null && !live.get(doc)) {
          doc = rows.nextDoc();
        }
        return doc;
      }
      do {
        last = last + 1 >= matching.length() ? DocIdSetIterator.NO_MORE_DOCS : after(matching);
      } while (last != DocIdSetIterator.NO_MORE_DOCS && !rows.advanceExact(last));
      return last;
    }

    private int after(BitSet bits) {
      int next = bits.nextSetBit(last + 1);
      return next >= bits.length() ? DocIdSetIterator.NO_MORE_DOCS : next;
    }
  }

  private static final class Rows implements Similarities {
    private final String field;
    private final MaxSim maxSim;
    private @Nullable LeafReaderContext leaf;
    private @Nullable BinaryDocValues rows;

    Rows(String field, MaxSim maxSim) {
      this.field = field;
      this.maxSim = maxSim;
    }

    @Override
    public void of(LeafReaderContext asked, int[] docs, int count, float[] out) throws IOException {
      BinaryDocValues values = rows;
      if (asked != leaf || count > 0 && values != null && values.docID() > docs[0]) {
        leaf = asked;
        values = asked.reader().getBinaryDocValues(field);
        rows = values;
      }
      for (int i = 0; i < count; i++) {
        out[i] =
            values != null && values.advanceExact(docs[i])
                ? maxSim.of(values.binaryValue())
                : ABSENT;
      }
    }
  }
}
