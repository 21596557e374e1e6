package io.millrace.search;

import io.millrace.index.Fields;
import io.millrace.index.PointLookup;
import io.millrace.index.PointReader;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.NearestQuery;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import io.millrace.model.VectorValue;
import io.millrace.payload.PayloadSelector;
import io.millrace.search.filter.MatchingDocs;
import io.millrace.search.filter.StoredVectorNames;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.SegmentFilter;
import io.millrace.search.vector.VectorField;
import io.millrace.search.vector.VectorFields;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/// All reads over one reader.
public final class PointSearch {
  /// Points handed over between two looks at the deadline.
  private static final int CHECK_EVERY = 256;

  private final IndexReader reader;
  private final CollectionConfig config;
  private final MatchingDocs filters;
  private final VectorFields vectors;

  public PointSearch(IndexReader reader, CollectionConfig config, MatchingDocs filters) {
    this.reader = reader;
    this.config = config;
    this.filters = filters;
    this.vectors = new VectorFields(reader, config, filters);
  }

  /// See [io.millrace.collection.Searcher#nearest].
  public List<Hit> nearest(NearestQuery query, Deadline deadline) throws IOException {
    VectorField vector = vectors.of(query.using());
    checkFetch(query.fetch());
    long points = reader.numDocs();
    long wanted = Math.min(points, query.lastRank().orElse(Long.MAX_VALUE));
    if (query.offset() < 0 || query.offset() >= points) {
      wanted = 0; // the vector is checked all the same
    }
    SegmentFilter matching =
        query.filter().isEmpty()
            ? SegmentFilter.ALL
            : filters.of(StoredVectorNames.in(query.filter(), config), deadline)::matching;
    List<Candidate> found =
        vector.nearest(query.vector(), matching, (int) wanted, query.params(), deadline);
    if (found.isEmpty()) {
      return List.of();
    }
    List<Hit> hits = new ArrayList<>();
    for (int i = (int) query.offset(); i < found.size(); i++) {
      Candidate c = found.get(i);
      if (query.scoreThreshold().isPresent()
          && !passes(c.score(), query.scoreThreshold().getAsDouble(), vector)) {
        break; // the list is in score order
      }
      LeafReaderContext leaf = reader.leaves().get(c.leafOrdinal());
      if (hits.size() % CHECK_EVERY == 0) {
        deadline.check();
      }
      hits.add(new Hit(stored(leaf, c.doc(), query.fetch()), c.score()));
    }
    return hits;
  }

  private static boolean passes(float score, double threshold, VectorField vector) {
    float t = (float) threshold;
    return vector.largerIsBetter() ? score > t : score < t;
  }

  private void checkFetch(Fetch fetch) {
    if (fetch.vectors() instanceof Fetch.VectorPart.Names(List<String> names)) {
      for (String name : names) {
        if (!config.hasVector(name)) {
          throw BadInput.unknownVector(name);
        }
      }
    }
  }

  /// See [io.millrace.collection.Searcher#count].
  public long count(Filter filter, Deadline deadline) throws IOException {
    if (filter.isEmpty()) {
      return reader.numDocs();
    }
    MatchingDocs.Matches matching = filters.of(StoredVectorNames.in(filter, config), deadline);
    long count = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      count += matching.matching(leaf).cardinality();
    }
    return count;
  }

  /// See [io.millrace.collection.Searcher#retrieve].
  public List<StoredPoint> retrieve(List<PointId> ids, Fetch fetch, Deadline deadline)
      throws IOException {
    checkFetch(fetch);
    PointLookup lookup = new PointLookup(reader);
    Map<PointId, StoredPoint> found = new LinkedHashMap<>();
    int seen = 0;
    for (PointId id : ids) {
      if (++seen % CHECK_EVERY == 0) {
        deadline.check();
      }
      if (!found.containsKey(id)) {
        Optional<PointLookup.Place> place = lookup.find(id);
        if (place.isPresent()) {
          found.put(id, stored(place.get().leaf(), place.get().doc(), fetch));
        }
      }
    }
    return List.copyOf(found.values());
  }

  private StoredPoint stored(LeafReaderContext context, int doc, Fetch fetch) throws IOException {
    var leaf = context.reader();
    Optional<PayloadBytes> payload =
        switch (fetch.payload()) {
          case Fetch.PayloadPart.None ignored -> Optional.empty();
          case Fetch.PayloadPart.All ignored -> Optional.of(PointReader.payload(leaf, doc));
          case Fetch.PayloadPart.Include part ->
              Optional.of(PayloadSelector.select(PointReader.payload(leaf, doc), part));
          case Fetch.PayloadPart.Exclude part ->
              Optional.of(PayloadSelector.select(PointReader.payload(leaf, doc), part));
        };
    Optional<Map<String, VectorValue>> vectors =
        switch (fetch.vectors()) {
          case Fetch.VectorPart.None ignored -> Optional.empty();
          case Fetch.VectorPart.All ignored -> Optional.of(PointReader.vectors(leaf, doc, config));
          case Fetch.VectorPart.Names(List<String> names) ->
              Optional.of(PointReader.vectors(leaf, doc, config, names));
        };
    return new StoredPoint(
        PointReader.id(leaf, doc), PointReader.version(leaf, doc), payload, vectors);
  }

  /// See [io.millrace.collection.Searcher#scroll]. Walks the segments' id terms side by side; the
  /// byte order of the terms is the order of the ids.
  public Optional<PointId> scroll(
      Optional<PointId> from,
      Filter filter,
      long limit,
      Fetch fetch,
      Deadline deadline,
      Consumer<StoredPoint> sink)
      throws IOException {
    checkFetch(fetch);
    MatchingDocs.@Nullable Matches matching =
        filter.isEmpty() ? null : filters.of(StoredVectorNames.in(filter, config), deadline);
    PriorityQueue<IdCursor> heads = new PriorityQueue<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      Bits accepted = matching == null ? leaf.reader().getLiveDocs() : matching.matching(leaf);
      if (accepted instanceof BitSet none && matching != null && none.cardinality() == 0) {
        continue;
      }
      IdCursor cursor = IdCursor.at(leaf, accepted, from);
      if (cursor != null && cursor.advance()) {
        heads.add(cursor);
      }
    }
    long given = 0;
    while (!heads.isEmpty()) {
      IdCursor head = heads.poll();
      if (Long.compareUnsigned(given, limit) >= 0) {
        return Optional.of(head.id());
      }
      if (given % CHECK_EVERY == 0) {
        deadline.check();
      }
      sink.accept(stored(head.leaf, head.doc, fetch));
      given++;
      if (head.advance()) {
        heads.add(head);
      }
    }
    return Optional.empty();
  }

  /// The ids of all matching points, ascending.
  public List<PointId> ids(Filter filter) throws IOException {
    List<PointId> ids = new ArrayList<>();
    scroll(
        Optional.empty(), filter, -1L, Fetch.ID_ONLY, Deadline.NONE, point -> ids.add(point.id()));
    return ids;
  }

  /// The accepted documents of one segment in id order.
  private static final class IdCursor implements Comparable<IdCursor> {
    private final LeafReaderContext leaf;
    private final @Nullable Bits accepted;
    private final TermsEnum terms;
    private @Nullable BytesRef term;
    private @Nullable PostingsEnum postings;
    private int doc = -1;

    private IdCursor(
        LeafReaderContext leaf, @Nullable Bits accepted, TermsEnum terms, @Nullable BytesRef term) {
      this.leaf = leaf;
      this.accepted = accepted;
      this.terms = terms;
      this.term = term;
    }

    /// Stands before the first id at or after `from`; null when the segment holds no ids.
    static @Nullable IdCursor at(
        LeafReaderContext leaf, @Nullable Bits accepted, Optional<PointId> from)
        throws IOException {
      Terms ids = leaf.reader().terms(Fields.ID);
      if (ids == null) {
        return null;
      }
      TermsEnum terms = ids.iterator();
      BytesRef first;
      if (from.isPresent()) {
        first =
            terms.seekCeil(new BytesRef(from.get().bytes())) == TermsEnum.SeekStatus.END
                ? null
                : terms.term();
      } else {
        first = terms.next();
      }
      return new IdCursor(leaf, accepted, terms, first);
    }

    boolean advance() throws IOException {
      if (doc >= 0) {
        term = terms.next();
      }
      while (term != null) {
        PostingsEnum docs = terms.postings(postings, PostingsEnum.NONE);
        postings = docs;
        for (int d = docs.nextDoc(); d != DocIdSetIterator.NO_MORE_DOCS; d = docs.nextDoc()) {
          if (accepted == null || accepted.get(d)) {
            doc = d;
            return true;
          }
        }
        term = terms.next();
      }
      return false;
    }

    PointId id() {
      BytesRef t = term;
      if (t == null) {
        throw new IllegalStateException("past the end");
      }
      return PointId.fromBytes(t.bytes, t.offset, t.length);
    }

    @Override
    public int compareTo(IdCursor other) {
      BytesRef a = term;
      BytesRef b = other.term;
      if (a == null || b == null) {
        throw new IllegalStateException("past the end");
      }
      return a.compareTo(b);
    }
  }
}
