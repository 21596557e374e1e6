package io.millrace.search;

import io.millrace.index.PointLookup;
import io.millrace.meter.SearchWork;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.FacetHit;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.NearestQuery;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import io.millrace.model.query.Examples;
import io.millrace.search.facet.FacetCounts;
import io.millrace.search.filter.Filters;
import io.millrace.search.filter.MatchingDocs;
import io.millrace.search.filter.StoredVectorNames;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.SegmentFilter;
import io.millrace.search.points.IdWalk;
import io.millrace.search.points.StoredPoints;
import io.millrace.search.query.QuerySearch;
import io.millrace.search.vector.VectorField;
import io.millrace.search.vector.VectorFields;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;

/// All reads over one reader.
public final class PointSearch {
  /// Points handed over between two looks at the deadline.
  private static final int CHECK_EVERY = 256;

  private final IndexReader reader;
  private final PayloadSchema schema;
  private final Filters filters;
  private final SearchWork work;
  private final VectorFields vectors;
  private final StoredPoints points;

  public PointSearch(IndexReader reader, CollectionConfig config, SharedSearch shared) {
    this.reader = reader;
    this.schema = config.payloadSchema();
    this.filters =
        (filter, deadline) ->
            shared.filters().of(StoredVectorNames.in(filter, config), schema, deadline);
    this.work = new SearchWork(shared.nearest().paths());
    this.vectors = new VectorFields(reader, config, filters, shared.nearest(), work);
    this.points = new StoredPoints(config);
  }

  /// See [io.millrace.collection.Searcher#work].
  public SearchWork work() {
    return work;
  }

  /// See [io.millrace.collection.Searcher#nearest].
  public List<Hit> nearest(NearestQuery query, Deadline deadline) throws IOException {
    VectorField vector = vectors.of(query.using());
    points.check(query.fetch());
    long all = reader.numDocs();
    long wanted = Math.min(all, query.lastRank().orElse(Long.MAX_VALUE));
    if (query.offset() < 0 || query.offset() >= all) {
      wanted = 0; // the vector is checked all the same
    }
    SegmentFilter matching =
        query.filter().isEmpty()
            ? SegmentFilter.ALL
            : filters.of(query.filter(), deadline)::matching;
    List<Candidate> found =
        vector.nearest(query.vector(), matching, (int) wanted, query.params(), deadline);
    if (found.isEmpty()) {
      return List.of();
    }
    int from = (int) Math.min(query.offset(), found.size());
    int to = found.size();
    if (query.scoreThreshold().isPresent()) {
      double threshold = query.scoreThreshold().getAsDouble();
      to = from; // the list is in score order
      while (to < found.size() && passes(found.get(to).score(), threshold, vector)) {
        to++;
      }
    }
    List<LeafReaderContext> leaves = reader.leaves();
    int[] docs = new int[to - from];
    for (int i = 0; i < docs.length; i++) {
      Candidate c = found.get(from + i);
      docs[i] = leaves.get(c.leafOrdinal()).docBase + c.doc();
    }
    List<StoredPoint> stored = points.read(leaves, docs, query.fetch(), deadline);
    List<Hit> hits = new ArrayList<>(docs.length);
    for (int i = 0; i < docs.length; i++) {
      hits.add(new Hit(stored.get(i), found.get(from + i).score()));
    }
    return hits;
  }

  private static boolean passes(float score, double threshold, VectorField vector) {
    float t = (float) threshold;
    return vector.largerIsBetter() ? score > t : score < t;
  }

  /// Query trees of one request.
  public QuerySearch queries(Examples examples, Deadline deadline) {
    return new QuerySearch(reader, filters, vectors, points, schema, examples, deadline);
  }

  /// See [io.millrace.collection.Searcher#count].
  public long count(Filter filter, Deadline deadline) throws IOException {
    if (filter.isEmpty()) {
      return reader.numDocs();
    }
    MatchingDocs.Matches matching = filters.of(filter, deadline);
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
        schema
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
            : filters.of(filter, deadline)::matching;
    return new FacetCounts(reader, accepted, deadline).of(key, index, limit);
  }

  /// See [io.millrace.collection.Searcher#retrieve].
  public List<StoredPoint> retrieve(List<PointId> ids, Fetch fetch, Deadline deadline)
      throws IOException {
    points.check(fetch);
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
          found.put(id, points.read(place.get().leaf(), place.get().doc(), fetch));
        }
      }
    }
    return List.copyOf(found.values());
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
    points.check(fetch);
    SegmentFilter matching =
        filter.isEmpty() ? SegmentFilter.ALL : filters.of(filter, deadline)::matching;
    IdWalk walk = IdWalk.over(reader.leaves(), matching, from);
    long given = 0;
    while (walk.next()) {
      if (Long.compareUnsigned(given, limit) >= 0) {
        return Optional.of(walk.id());
      }
      if (given % CHECK_EVERY == 0) {
        deadline.check();
      }
      sink.accept(points.read(walk.leaf(), walk.doc(), fetch));
      given++;
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
}
