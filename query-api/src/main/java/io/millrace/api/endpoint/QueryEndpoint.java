package io.millrace.api.endpoint;

import io.millrace.api.auth.Access;
import io.millrace.api.json.ExampleSearchJson;
import io.millrace.api.json.GroupsJson;
import io.millrace.api.json.GroupsJson.Grouped;
import io.millrace.api.json.GroupsJson.WithLookup;
import io.millrace.api.json.JsonIn;
import io.millrace.api.json.MatrixJson;
import io.millrace.api.json.PointJson;
import io.millrace.api.json.QueryJson;
import io.millrace.api.strict.StrictMode;
import io.millrace.api.strict.StrictModes;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.ExampleLookup;
import io.millrace.collection.Searcher;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import io.millrace.model.query.Examples;
import io.millrace.model.query.Group;
import io.millrace.model.query.Matrix;
import io.millrace.model.query.QueryRequest;
import io.millrace.model.query.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import tools.jackson.core.JsonGenerator;

/// Ranked points: query, and the older search, recommend and discover, alone, in batches and in
/// groups; the similarity matrix.
public final class QueryEndpoint {
  private final Collections collections;
  private final SearchPool pool;
  private final StrictModes strictModes;

  public QueryEndpoint(Collections collections, SearchPool pool, StrictModes strictModes) {
    this.collections = collections;
    this.pool = pool;
    this.strictModes = strictModes;
  }

  public Answer query(Call call) {
    List<Hit> hits = one(call, QueryJson::query);
    return new Answer.Result(out -> writePoints(out, hits));
  }

  public Answer queryBatch(Call call) {
    List<List<Hit>> all = all(call, QueryJson::queryBatch);
    return new Answer.Result(out -> {
      out.writeStartArray();
      all.forEach(hits -> writePoints(out, hits));
      out.writeEndArray();
    });
  }

  /// The older routes: the result is the bare list.
  public Answer search(Call call) {
    return list(call, QueryJson::search);
  }

  public Answer searchBatch(Call call) {
    return lists(call, QueryJson::searchBatch);
  }

  public Answer recommend(Call call) {
    return list(call, ExampleSearchJson::recommend);
  }

  public Answer recommendBatch(Call call) {
    return lists(call, ExampleSearchJson::recommendBatch);
  }

  public Answer discover(Call call) {
    return list(call, ExampleSearchJson::discover);
  }

  public Answer discoverBatch(Call call) {
    return lists(call, ExampleSearchJson::discoverBatch);
  }

  private Answer list(Call call, Function<JsonIn, QueryRequest> shape) {
    List<Hit> hits = one(call, shape);
    return new Answer.Result(out -> writeHits(out, hits));
  }

  private Answer lists(Call call, Function<JsonIn, List<QueryRequest>> shape) {
    List<List<Hit>> all = all(call, shape);
    return new Answer.Result(out -> {
      out.writeStartArray();
      all.forEach(hits -> writeHits(out, hits));
      out.writeEndArray();
    });
  }

  private static void writePoints(JsonGenerator out, List<Hit> hits) {
    out.writeStartObject();
    out.writeName("points");
    writeHits(out, hits);
    out.writeEndObject();
  }

  private static void writeHits(JsonGenerator out, List<Hit> hits) {
    out.writeStartArray();
    hits.forEach(hit -> PointJson.writeHit(out, hit));
    out.writeEndArray();
  }

  private List<Hit> one(Call call, Function<JsonIn, QueryRequest> shape) {
    return all(call, in -> List.of(shape.apply(in)), (_, _) -> {}).getFirst();
  }

  private List<List<Hit>> all(Call call, Function<JsonIn, List<QueryRequest>> shape) {
    return all(call, shape, (strict, requests) -> strict.searches(requests.size()));
  }

  /// All searches of one call see the same point in time.
  private List<List<Hit>> all(
      Call call,
      Function<JsonIn, List<QueryRequest>> shape,
      BiConsumer<StrictMode, List<QueryRequest>> batchLimit) {
    String name = call.collection();
    List<QueryRequest> requests = call.body(shape);
    Deadline deadline = call.readDeadline();
    Collection collection = collections.require(name);
    StrictMode strict = strictModes.of(collection);
    strict.timeout(call.namedTimeout());
    batchLimit.accept(strict, requests);
    for (QueryRequest request : requests) {
      checkRights(call, request.root());
      StrictQueries.check(strict, collection.config(), request.root());
    }
    call.refuse();
    StrictQueries.takeReads(strict, requests);
    for (QueryRequest request : requests) {
      AnswerSize.check(
          collection,
          request.fetch(),
          request.root().limit(),
          () -> count(collection, request.root().filter(), deadline));
    }
    if (requests.isEmpty()) {
      return List.of();
    }
    try (Searcher searcher = collection.searcher(deadline)) {
      call.searches()
          .tell(collection, requests.stream().map(QueryRequest::root).toList(), searcher.work());
      List<Supplier<List<Hit>>> works = new ArrayList<>(requests.size());
      for (QueryRequest request : requests) {
        works.add(() -> {
          Examples examples =
              ExampleLookup.of(request.root(), collections, collection, searcher, deadline);
          return searcher.query(request, examples, deadline);
        });
      }
      return pool.runAll(deadline, works);
    }
  }

  private long count(Collection collection, Filter filter, Deadline deadline) {
    try (Searcher searcher = collection.searcher(deadline)) {
      return pool.run(deadline, () -> searcher.count(filter, deadline));
    }
  }

  /// The route's own collection is checked before; these are the others that a tree reads.
  private static void checkRights(Call call, Stage stage) {
    stage.lookupFrom().ifPresent(from -> checkRight(call, from.collection()));
    stage.prefetches().forEach(prefetch -> checkRights(call, prefetch));
  }

  private static void checkRight(Call call, String collection) {
    call.grant().check(Access.READ, Optional.of(collection));
  }

  public Answer queryGroups(Call call) {
    return groups(call, GroupsJson::query);
  }

  public Answer searchGroups(Call call) {
    return groups(call, GroupsJson::search);
  }

  public Answer recommendGroups(Call call) {
    return groups(call, GroupsJson::recommend);
  }

  private Answer groups(Call call, Function<JsonIn, Grouped> shape) {
    String name = call.collection();
    Grouped grouped = call.body(shape);
    Deadline deadline = call.readDeadline();
    Collection collection = collections.require(name);
    StrictMode strict = strictModes.of(collection);
    strict.timeout(call.namedTimeout());
    checkRights(call, grouped.request().query().root());
    grouped.lookup().ifPresent(lookup -> checkRight(call, lookup.collection()));
    StrictQueries.check(strict, collection.config(), grouped.request());
    QueryRequest hits = grouped.request().query();
    call.refuse();
    StrictQueries.takeReads(strict, List.of(hits));
    AnswerSize.check(
        collection,
        hits.fetch(),
        mostHits(hits.root().limit(), grouped.request().size()),
        () -> count(collection, hits.root().filter(), deadline));
    Optional<Collection> describing = grouped.lookup().map(this::describing);
    List<Group> groups;
    try (Searcher searcher = collection.searcher(deadline)) {
      call.searches().tell(collection, List.of(hits.root()), searcher.work());
      groups =
          pool.run(
              deadline,
              () -> {
                QueryRequest query = grouped.request().query();
                Examples examples =
                    ExampleLookup.of(query.root(), collections, collection, searcher, deadline);
                return searcher.groups(grouped.request(), examples, deadline);
              });
    }
    Map<PointId, StoredPoint> described = new HashMap<>();
    if (describing.isPresent()) {
      List<PointId> ids =
          groups.stream().flatMap(group -> GroupsJson.pointId(group.key()).stream()).toList();
      try (Searcher searcher = describing.get().searcher(deadline)) {
        WithLookup lookup = grouped.lookup().orElseThrow();
        pool.run(deadline, () -> searcher.retrieve(ids, lookup.fetch(), deadline))
            .forEach(point -> described.put(point.id(), point));
      }
    }
    return new Answer.Result(out -> GroupsJson.write(out, groups, described));
  }

  /// Of so many groups of that size, all unsigned.
  private static long mostHits(long groups, long size) {
    boolean isMore = groups < 0 || size < 0 || groups > 0 && size > Long.MAX_VALUE / groups;
    return isMore ? -1 : groups * size;
  }

  private Collection describing(WithLookup lookup) {
    return collections
        .find(lookup.collection())
        .orElseThrow(
            () -> new Failure.NotFound("Collection " + lookup.collection() + " not found"));
  }

  public Answer matrixPairs(Call call) {
    Matrix matrix = matrix(call);
    return new Answer.Result(out -> MatrixJson.writePairs(out, matrix));
  }

  public Answer matrixOffsets(Call call) {
    Matrix matrix = matrix(call);
    return new Answer.Result(out -> MatrixJson.writeOffsets(out, matrix));
  }

  private Matrix matrix(Call call) {
    String name = call.collection();
    Matrix.Request request = call.body(MatrixJson::read);
    Deadline deadline = call.readDeadline();
    Collection collection = collections.require(name);
    StrictMode strict = strictModes.of(collection);
    strict.timeout(call.namedTimeout());
    strict.limit(StrictQueries.times(request.limit(), request.sample()));
    strict.readFilter(request.filter());
    call.refuse();
    strict.takeReads(request.filter());
    try (Searcher searcher = collection.searcher(deadline)) {
      call.searches().tell(collection, request.filter(), request.limit(), searcher.work());
      return pool.run(deadline, () -> searcher.matrix(request, deadline));
    }
  }
}
