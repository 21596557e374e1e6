package io.millrace.api.endpoint;

import io.millrace.api.json.IdJson;
import io.millrace.api.json.JsonIn;
import io.millrace.api.json.PointJson;
import io.millrace.api.json.QueryJson;
import io.millrace.api.json.QueryRequest;
import io.millrace.api.json.QueryRequest.Example;
import io.millrace.api.json.QueryRequest.Query;
import io.millrace.api.json.ReadJson;
import io.millrace.api.strict.FilterShape;
import io.millrace.api.strict.StrictMode;
import io.millrace.api.strict.StrictModes;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.model.BadInput;
import io.millrace.model.Condition;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.NearestQuery;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import io.millrace.model.VectorValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import tools.jackson.core.JsonGenerator;

/// Points by content: scroll, count, search and query.
public final class SearchEndpoint {
  /// Points taken from the engine at once while a scroll is written; bounds its memory.
  private static final int SCROLL_CHUNK = 256;

  private final Collections collections;
  private final SearchPool pool;
  private final StrictModes strictModes;

  public SearchEndpoint(Collections collections, SearchPool pool, StrictModes strictModes) {
    this.collections = collections;
    this.pool = pool;
    this.strictModes = strictModes;
  }

  /// Writes the page while it is read, chunk by chunk from one point in time: its size costs no
  /// memory.
  public Answer scroll(Call call) {
    String name = call.collection();
    ReadJson.Scroll request = call.body(ReadJson::scroll);
    Deadline deadline = call.readDeadline();
    Collection collection = collections.require(name);
    StrictMode strict = strictModes.of(collection);
    strict.timeout(call.namedTimeout());
    strict.limit(request.limit());
    strict.readFilter(request.filter());
    strict.takeReads(1 + FilterShape.conditions(request.filter()));
    VectorNames.check(collection.config(), request.fetch());
    if (request.orderBy().isPresent()) {
      throw BadInput.badRequest("`order_by` is not served by this version");
    }
    AnswerSize.check(
        collection,
        request.fetch(),
        request.limit(),
        () -> {
          try (Searcher searcher = collection.searcher(deadline)) {
            return pool.run(deadline, () -> searcher.count(request.filter(), deadline));
          }
        });
    return new Answer.Result(out -> {
      try (Searcher searcher = collection.searcher(deadline)) {
        writePage(out, searcher, request, deadline);
      }
    });
  }

  private void writePage(
      JsonGenerator out, Searcher searcher, ReadJson.Scroll request, Deadline deadline) {
    out.writeStartObject();
    out.writeName("points");
    out.writeStartArray();
    Optional<PointId> from = request.offset();
    long left = request.limit();
    boolean more = true;
    while (more && left != 0) {
      long chunk = Long.compareUnsigned(left, SCROLL_CHUNK) < 0 ? left : SCROLL_CHUNK;
      List<StoredPoint> points = new ArrayList<>((int) chunk);
      Optional<PointId> start = from;
      from =
          pool.run(
              deadline,
              () ->
                  searcher.scroll(
                      start, request.filter(), chunk, request.fetch(), deadline, points::add));
      points.forEach(point -> PointJson.writeRecord(out, point));
      left -= chunk;
      more = from.isPresent();
    }
    out.writeEndArray();
    out.writeName("next_page_offset");
    if (from.isPresent() && more) {
      IdJson.write(out, from.get());
    } else {
      out.writeNull();
    }
    out.writeEndObject();
  }

  public Answer count(Call call) {
    String name = call.collection();
    ReadJson.Count request = call.body(ReadJson::count);
    Deadline deadline = call.readDeadline();
    Collection collection = collections.require(name);
    StrictMode strict = strictModes.of(collection);
    strict.timeout(call.namedTimeout());
    strict.readFilter(request.filter());
    strict.exact(request.exact());
    strict.takeReads(1 + FilterShape.conditions(request.filter()));
    long count;
    try (Searcher searcher = collection.searcher(deadline)) {
      count = pool.run(deadline, () -> searcher.count(request.filter(), deadline));
    }
    return new Answer.Result(out -> {
      out.writeStartObject();
      out.writeNumberProperty("count", count);
      out.writeEndObject();
    });
  }

  /// The older route: the result is the bare list.
  public Answer search(Call call) {
    List<Hit> hits = one(call, QueryJson::search);
    return new Answer.Result(out -> writeHits(out, hits));
  }

  public Answer searchBatch(Call call) {
    List<List<Hit>> all = all(call, QueryJson::searchBatch);
    return new Answer.Result(out -> {
      out.writeStartArray();
      all.forEach(hits -> writeHits(out, hits));
      out.writeEndArray();
    });
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
      check(strict, request);
    }
    if (requests.isEmpty()) {
      return List.of();
    }
    try (Searcher searcher = collection.searcher(deadline)) {
      List<Supplier<List<Hit>>> works = new ArrayList<>(requests.size());
      for (QueryRequest request : requests) {
        works.add(compile(collection, searcher, request, deadline));
      }
      return pool.runAll(deadline, works);
    }
  }

  private static void check(StrictMode strict, QueryRequest request) {
    strict.limit(request.limit());
    strict.readFilter(request.filter());
    strict.params(request.params());
    strict.takeReads(1 + FilterShape.conditions(request.filter()));
  }

  /// Checks the request and turns it into work for a search thread.
  private Supplier<List<Hit>> compile(
      Collection collection, Searcher searcher, QueryRequest request, Deadline deadline) {
    VectorNames.check(collection.config(), request.fetch());
    if (request.query().isEmpty()) {
      checkWithoutQuery(request);
      return () -> walk(searcher, request, deadline);
    }
    return switch (request.query().get()) {
      case Query.Unserved(String kind) ->
          throw BadInput.badRequest("Query kind `" + kind + "` is not served by this version");
      case Query.Nearest(Example example) -> {
        if (!request.prefetches().isEmpty()) {
          throw BadInput.badRequest("`prefetch` is not served by this version");
        }
        NearestQuery query = nearest(collection, searcher, request, example, deadline);
        yield () -> searcher.nearest(query, deadline);
      }
    };
  }

  private static void checkWithoutQuery(QueryRequest request) {
    if (!request.prefetches().isEmpty()) {
      throw BadInput.badRequest(
          "A query is needed to merge the prefetches."
              + " Can't have prefetches without defining a query.");
    }
    if (request.scoreThreshold().isPresent()) {
      throw BadInput.badRequest(
          "A query is needed to use the score_threshold."
              + " Can't have score_threshold without defining a query.");
    }
  }

  /// Without a query points come in id order, each with score 1 and version 0.
  private static List<Hit> walk(Searcher searcher, QueryRequest request, Deadline deadline) {
    long end = request.offset() + request.limit();
    boolean overflows = Long.compareUnsigned(end, request.limit()) < 0;
    List<Hit> hits = new ArrayList<>();
    long[] skip = {request.offset()};
    searcher.scroll(
        Optional.empty(),
        request.filter(),
        overflows ? -1L : end,
        request.fetch(),
        deadline,
        point -> {
          if (skip[0] != 0) {
            skip[0]--;
          } else {
            hits.add(
                new Hit(new StoredPoint(point.id(), 0, point.payload(), point.vectors()), 1.0f));
          }
        });
    return hits;
  }

  private NearestQuery nearest(
      Collection collection,
      Searcher searcher,
      QueryRequest request,
      Example example,
      Deadline deadline) {
    String using = VectorNames.searched(collection.config(), request.using());
    VectorValue vector =
        switch (example) {
          case Example.OfVector(VectorValue v) -> v;
          case Example.OfPoint(PointId id) ->
              vectorOf(collection, searcher, request, using, id, deadline);
        };
    VectorNames.check(collection.config(), using, vector);
    return new NearestQuery(
        using,
        vector,
        withoutExample(collection, request, example),
        request.limit(),
        request.offset(),
        request.scoreThreshold(),
        request.params(),
        request.fetch());
  }

  /// A point that serves as example is not a result, unless it is another collection's.
  private Filter withoutExample(Collection collection, QueryRequest request, Example example) {
    return switch (example) {
      case Example.OfVector _ -> request.filter();
      case Example.OfPoint(PointId id) ->
          lookup(request).map(c -> c.uid() != collection.uid()).orElse(false)
              ? request.filter()
              : request.filter().and(Filter.mustNot(new Condition.HasId(Set.of(id))));
    };
  }

  private Optional<Collection> lookup(QueryRequest request) {
    return request
        .lookupFrom()
        .map(from ->
            collections
                .find(from.collection())
                .orElseThrow(
                    () -> new Failure.NotFound("Collection " + from.collection() + " not found")));
  }

  private VectorValue vectorOf(
      Collection collection,
      Searcher searcher,
      QueryRequest request,
      String using,
      PointId id,
      Deadline deadline) {
    Optional<Collection> other = lookup(request);
    String name = request.lookupFrom().flatMap(QueryRequest.LookupFrom::vector).orElse(using);
    Collection source = other.orElse(collection);
    if (!source.config().vectors().containsKey(name)) {
      throw BadInput.unknownVector(name);
    }
    if (source.uid() == collection.uid()) {
      return vectorOf(searcher, id, name, deadline);
    }
    try (Searcher foreign = source.searcher(deadline)) {
      return vectorOf(foreign, id, name, deadline);
    }
  }

  private VectorValue vectorOf(Searcher searcher, PointId id, String name, Deadline deadline) {
    Fetch fetch =
        new Fetch(new Fetch.PayloadPart.None(), new Fetch.VectorPart.Names(List.of(name)));
    List<StoredPoint> points =
        pool.run(deadline, () -> searcher.retrieve(List.of(id), fetch, deadline));
    if (points.isEmpty()) {
      throw Failure.NotFound.point(id);
    }
    return points
        .getFirst()
        .vectors()
        .flatMap(vectors -> Optional.ofNullable(vectors.get(name)))
        .orElseThrow(
            () -> new Failure.NotFound("Vector with name \"" + name + "\" for point not found"));
  }
}
