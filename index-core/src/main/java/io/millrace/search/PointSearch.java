package io.millrace.search;

import io.millrace.index.Fields;
import io.millrace.index.PointLookup;
import io.millrace.index.PointReader;
import io.millrace.kernel.ExactScore;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.FacetHit;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.NearestQuery;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import io.millrace.payload.PayloadSelector;
import io.millrace.search.facet.FacetCounts;
import io.millrace.search.filter.MatchingDocs;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.NearestRequest;
import io.millrace.search.nearest.NearestSearch;
import io.millrace.search.nearest.SegmentFilter;
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

  public PointSearch(IndexReader reader, CollectionConfig config, MatchingDocs filters) {
    this.reader = reader;
    this.config = config;
    this.filters = filters;
  }

  /// See [io.millrace.collection.Searcher#nearest].
  public List<Hit> nearest(NearestQuery query, Deadline deadline) throws IOException {
    VectorConfig vector = vectorOf(query.using());
    float[] target = target(query.vector(), vector, query.using());
    checkFetch(query.fetch());
    long points = reader.numDocs();
    long wanted = Math.min(points, query.lastRank().orElse(Long.MAX_VALUE));
    if (wanted == 0 || query.offset() < 0 || query.offset() >= points) {
      return List.of();
    }
    NearestRequest request = request(query, vector, target, (int) wanted);
    SegmentFilter matching =
        query.filter().isEmpty()
            ? SegmentFilter.ALL
            : filters.of(query.filter(), config.payloadSchema(), deadline)::matching;
    List<Candidate> found =
        new NearestSearch()
            .search(reader.leaves(), request, matching, this::compareIds, deadline::check);
    List<Hit> hits = new ArrayList<>();
    for (int i = (int) query.offset(); i < found.size(); i++) {
      Candidate c = found.get(i);
      if (query.scoreThreshold().isPresent()
          && !passes(c.score(), query.scoreThreshold().getAsDouble(), vector.distance())) {
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

  private static NearestRequest request(
      NearestQuery query, VectorConfig vector, float[] target, int limit) {
    SearchParams params = query.params();
    return new NearestRequest(
        Fields.vector(query.using()),
        vector.distance(),
        target,
        limit,
        params.hnswEf().orElse(0),
        params.exact(),
        params.indexedOnly(),
        params.ignoreQuantization(),
        switch (params.rescore()) {
          case DEFAULT -> NearestRequest.Rescore.DEFAULT;
          case ON -> NearestRequest.Rescore.ON;
          case OFF -> NearestRequest.Rescore.OFF;
        },
        (float) params.oversampling().orElse(0));
  }

  private static boolean passes(float score, double threshold, Distance distance) {
    float t = (float) threshold;
    return distance.largerIsBetter() ? score > t : score < t;
  }

  private VectorConfig vectorOf(String using) {
    VectorConfig vector = config.vectors().get(using);
    if (vector != null) {
      return vector;
    }
    if (config.vectors().isEmpty()) {
      throw BadInput.wrong("Vectors are not configured in this collection");
    }
    String names = String.join(", ", config.vectors().keySet());
    if (using.isEmpty()) {
      throw BadInput.wrong(
          "Collection requires specified vector name in the request, available names: " + names);
    }
    if (names.isEmpty()) {
      throw BadInput.wrong("Vector with name " + using + " is not configured in this collection");
    }
    throw BadInput.wrong(
        "Vector with name `"
            + using
            + "` is not configured in this collection, available names: "
            + names);
  }

  private static float[] target(VectorValue value, VectorConfig vector, String using) {
    return switch (value) {
      case VectorValue.Dense d -> {
        if (d.values().length != vector.size()) {
          throw BadInput.dimension(vector.size(), d.values().length, using);
        }
        yield vector.distance() == Distance.COSINE
            ? ExactScore.normalize(d.values().clone())
            : d.values();
      }
      case VectorValue.Sparse s ->
          throw BadInput.wrong("Conversion between sparse and regular vectors failed");
      case VectorValue.Multi m ->
          throw BadInput.wrong("Conversion between multi and regular vectors failed");
    };
  }

  private void checkFetch(Fetch fetch) {
    if (fetch.vectors() instanceof Fetch.VectorPart.Names(List<String> names)) {
      for (String name : names) {
        if (!config.vectors().containsKey(name)) {
          throw BadInput.unknownVector(name);
        }
      }
    }
  }

  private int compareIds(int leafA, int docA, int leafB, int docB) throws IOException {
    return PointReader.id(reader.leaves().get(leafA).reader(), docA)
        .compareTo(PointReader.id(reader.leaves().get(leafB).reader(), docB));
  }

  /// See [io.millrace.collection.Searcher#count].
  public long count(Filter filter, Deadline deadline) throws IOException {
    if (filter.isEmpty()) {
      return reader.numDocs();
    }
    MatchingDocs.Matches matching = filters.of(filter, config.payloadSchema(), deadline);
    long count = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      count += matching.matching(leaf).cardinality();
    }
    return count;
  }

  /// See [io.millrace.collection.Searcher#facet].
  public List<FacetHit> facet(PayloadPath key, Filter filter, long limit, Deadline deadline)
      throws IOException {
    PayloadIndex index =
        config
            .payloadSchema()
            .of(key)
            .filter(PayloadIndex::isMatched)
            .orElseThrow(() ->
                BadInput.wrong(
                    "No appropriate index for faceting: `"
                        + key
                        + "`. Please create one to facet on this field. Check"
                        + " https://qdrant.tech/documentation/concepts/indexing/#payload-index to"
                        + " see which payload schemas support Match conditions"));
    FacetCounts.Accepted accepted =
        filter.isEmpty()
            ? leaf -> leaf.reader().getLiveDocs()
            : filters.of(filter, config.payloadSchema(), deadline)::matching;
    return new FacetCounts(reader, accepted, deadline).of(key, index, limit);
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
              Optional.of(PointReader.vectors(leaf, doc, names));
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
        filter.isEmpty() ? null : filters.of(filter, config.payloadSchema(), deadline);
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
