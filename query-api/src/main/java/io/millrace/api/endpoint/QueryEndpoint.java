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
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import io.millrace.model.query.Examples;
import io.millrace.model.query.Group;
import io.millrace.model.query.GroupRequest;
import io.millrace.model.query.Matrix;
import io.millrace.model.query.QueryRequest;
import io.millrace.model.query.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
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
    return one(call, QueryJson::query, QueryEndpoint::writePoints);
  }

  public Answer queryBatch(Call call) {
    return batch(call, QueryJson::queryBatch, QueryEndpoint::writePoints);
  }

  /// The older routes: the result is the bare list.
  public Answer search(Call call) {
    return one(call, QueryJson::search, QueryEndpoint::writeHits);
  }

  public Answer searchBatch(Call call) {
    return batch(call, QueryJson::searchBatch, QueryEndpoint::writeHits);
  }

  public Answer recommend(Call call) {
    return one(call, ExampleSearchJson::recommend, QueryEndpoint::writeHits);
  }

  public Answer recommendBatch(Call call) {
    return batch(call, ExampleSearchJson::recommendBatch, QueryEndpoint::writeHits);
  }

  public Answer discover(Call call) {
    return one(call, ExampleSearchJson::discover, QueryEndpoint::writeHits);
  }

  public Answer discoverBatch(Call call) {
    return batch(call, ExampleSearchJson::discoverBatch, QueryEndpoint::writeHits);
  }

  /// What one search has found, to be had once, best first.
  private interface Hits {
    void each(Consumer<Hit> sink);
  }

  private static void writePoints(JsonGenerator out, Hits hits) {
    out.writeStartObject();
    out.writeName("points");
    writeHits(out, hits);
    out.writeEndObject();
  }

  private static void writeHits(JsonGenerator out, Hits hits) {
    out.writeStartArray();
    hits.each(hit -> PointJson.writeHit(out, hit));
    out.writeEndArray();
  }

  private Answer one(
      Call call, Function<JsonIn, QueryRequest> shape, BiConsumer<JsonGenerator, Hits> form) {
    return all(
        call,
        in -> List.of(shape.apply(in)),
        (_, _) -> {},
        (out, all) -> form.accept(out, all.getFirst()));
  }

  private Answer batch(
      Call call, Function<JsonIn, List<QueryRequest>> shape, BiConsumer<JsonGenerator, Hits> form) {
    return all(
        call,
        shape,
        (strict, requests) -> strict.searches(requests.size()),
        (out, all) -> {
          out.writeStartArray();
          all.forEach(hits -> form.accept(out, hits));
          out.writeEndArray();
        });
  }

  /// All searches of one call see the same point in time.
  private Answer all(
      Call call,
      Function<JsonIn, List<QueryRequest>> shape,
      BiConsumer<StrictMode, List<QueryRequest>> batchLimit,
      BiConsumer<JsonGenerator, List<Hits>> form) {
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
    boolean isLarge = AnswerSize.check(collection, asked(collection, requests, deadline));
    if (requests.isEmpty()) {
      return new Answer.Result(out -> form.accept(out, List.of()));
    }
    if (isLarge) {
      requests.forEach(request -> VectorNames.check(collection.config(), request.fetch()));
      return new Answer.Result(out -> {
        try (Searcher searcher = collection.searcher(deadline)) {
          List<QueryRequest> bare = requests.stream().map(QueryEndpoint::idsOnly).toList();
          List<List<Hit>> found = search(call, collection, searcher, bare, deadline);
          List<Hits> all = new ArrayList<>();
          for (int i = 0; i < found.size(); i++) {
            List<Hit> hits = found.get(i);
            Fetch fetch = requests.get(i).fetch();
            ChunkedReads reads = new ChunkedReads(pool, searcher, fetch, deadline);
            all.add(sink -> reads.hits(hits).forEachRemaining(sink));
          }
          form.accept(out, all);
        }
      });
    }
    List<Hits> all = new ArrayList<>();
    try (Searcher searcher = collection.searcher(deadline)) {
      for (List<Hit> hits : search(call, collection, searcher, requests, deadline)) {
        all.add(hits::forEach);
      }
    }
    return new Answer.Result(out -> form.accept(out, all));
  }

  private List<List<Hit>> search(
      Call call,
      Collection collection,
      Searcher searcher,
      List<QueryRequest> requests,
      Deadline deadline) {
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

  private static QueryRequest idsOnly(QueryRequest request) {
    return new QueryRequest(request.root(), request.offset(), Fetch.ID_ONLY);
  }

  private List<AnswerSize.Asked> asked(
      Collection collection, List<QueryRequest> requests, Deadline deadline) {
    List<AnswerSize.Asked> asked = new ArrayList<>();
    for (QueryRequest request : requests) {
      asked.add(
          new AnswerSize.Asked(
              request.fetch(),
              request.root().limit(),
              () -> count(collection, request.root().filter(), deadline)));
    }
    return asked;
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
    boolean isLarge =
        AnswerSize.check(
            collection,
            new AnswerSize.Asked(
                hits.fetch(),
                mostHits(hits.root().limit(), grouped.request().size()),
                () -> count(collection, hits.root().filter(), deadline)));
    Optional<Described> described = grouped.lookup().map(this::described);
    if (described.isPresent()) {
      isLarge |= isLarge(described.get(), hits.root().limit());
    }
    if (isLarge) {
      VectorNames.check(collection.config(), hits.fetch());
      return new Answer.Result(
          out -> writeLarge(out, call, collection, grouped.request(), described, deadline));
    }
    List<Group> groups;
    try (Searcher searcher = collection.searcher(deadline)) {
      groups = search(call, collection, searcher, grouped.request(), deadline);
    }
    Map<PointId, StoredPoint> records = new HashMap<>();
    if (described.isPresent()) {
      Described by = described.get();
      try (Searcher searcher = by.collection.searcher(deadline)) {
        pool.run(deadline, () -> searcher.retrieve(ids(groups), by.fetch, deadline))
            .forEach(point -> records.put(point.id(), point));
      }
    }
    return new Answer.Result(out ->
        GroupsJson.write(
            out, groups, hits(groups).iterator(), id -> Optional.ofNullable(records.get(id))));
  }

  /// A collection whose points describe groups, and what is told of them.
  private record Described(Collection collection, Fetch fetch) {}

  private Described described(WithLookup lookup) {
    Collection collection =
        collections
            .find(lookup.collection())
            .orElseThrow(
                () -> new Failure.NotFound("Collection " + lookup.collection() + " not found"));
    return new Described(collection, lookup.fetch());
  }

  private static boolean isLarge(Described by, long groups) {
    return AnswerSize.check(
        by.collection, new AnswerSize.Asked(by.fetch, groups, () -> by.collection.info().points()));
  }

  /// What is wrong with the request is told before the first byte.
  private void writeLarge(
      JsonGenerator out,
      Call call,
      Collection collection,
      GroupRequest request,
      Optional<Described> described,
      Deadline deadline) {
    QueryRequest query = request.query();
    GroupRequest bare = new GroupRequest(idsOnly(query), request.by(), request.size());
    try (Searcher searcher = collection.searcher(deadline)) {
      List<Group> groups = search(call, collection, searcher, bare, deadline);
      Iterator<Hit> hits =
          new ChunkedReads(pool, searcher, query.fetch(), deadline).hits(hits(groups));
      if (described.isEmpty()) {
        GroupsJson.write(out, groups, hits, _ -> Optional.empty());
        return;
      }
      Described by = described.get();
      VectorNames.check(by.collection.config(), by.fetch);
      try (Searcher describing = by.collection.searcher(deadline)) {
        Iterator<Optional<StoredPoint>> records =
            new ChunkedReads(pool, describing, by.fetch, deadline).each(ids(groups));
        GroupsJson.write(out, groups, hits, _ -> records.next());
      }
    }
  }

  private List<Group> search(
      Call call,
      Collection collection,
      Searcher searcher,
      GroupRequest request,
      Deadline deadline) {
    Stage root = request.query().root();
    call.searches().tell(collection, List.of(root), searcher.work());
    return pool.run(
        deadline,
        () -> {
          Examples examples = ExampleLookup.of(root, collections, collection, searcher, deadline);
          return searcher.groups(request, examples, deadline);
        });
  }

  private static List<Hit> hits(List<Group> groups) {
    return groups.stream().flatMap(group -> group.hits().stream()).toList();
  }

  /// The points that describe the groups, if they are there.
  private static List<PointId> ids(List<Group> groups) {
    return groups.stream().flatMap(group -> GroupsJson.pointId(group.key()).stream()).toList();
  }

  /// Of so many groups of that size, all unsigned.
  private static long mostHits(long groups, long size) {
    boolean isMore = groups < 0 || size < 0 || groups > 0 && size > Long.MAX_VALUE / groups;
    return isMore ? -1 : groups * size;
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
