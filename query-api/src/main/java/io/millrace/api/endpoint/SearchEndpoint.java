package io.millrace.api.endpoint;

import io.millrace.api.json.IdJson;
import io.millrace.api.json.PointJson;
import io.millrace.api.json.ReadJson;
import io.millrace.api.strict.StrictMode;
import io.millrace.api.strict.StrictModes;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.model.BadInput;
import io.millrace.model.Deadline;
import io.millrace.model.Fetch;
import io.millrace.model.Hit;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import io.millrace.model.query.Examples;
import io.millrace.model.query.Query;
import io.millrace.model.query.QueryRequest;
import io.millrace.model.query.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import tools.jackson.core.JsonGenerator;

/// Points by filter: scroll and count.
public final class SearchEndpoint {
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
    call.refuse();
    strict.takeReads(request.filter());
    VectorNames.check(collection.config(), request.fetch());
    AnswerSize.check(
        collection,
        new AnswerSize.Asked(
            request.fetch(),
            request.limit(),
            () -> {
              try (Searcher searcher = collection.searcher(deadline)) {
                return pool.run(deadline, () -> searcher.count(request.filter(), deadline));
              }
            }));
    if (request.orderBy().isPresent()) {
      return ordered(call, collection, request, request.orderBy().get(), deadline);
    }
    return new Answer.Result(out -> {
      try (Searcher searcher = collection.searcher(deadline)) {
        call.searches().tell(collection, request.filter(), request.limit(), searcher.work());
        writePage(out, searcher, request, deadline);
      }
    });
  }

  /// One page in the order of a payload's value. Clients find the next one by the last value.
  private Answer ordered(
      Call call,
      Collection collection,
      ReadJson.Scroll request,
      Query.OrderBy orderBy,
      Deadline deadline) {
    if (request.offset().isPresent()) {
      throw BadInput.wrong(
          "Cannot use an `offset` when using `order_by`. The alternative for paging is to use"
              + " `order_by.start_from` and a filter to exclude the IDs that you've already seen"
              + " for the `order_by.start_from` value");
    }
    Stage stage =
        new Stage(
            List.of(),
            Optional.of(orderBy),
            Optional.empty(),
            request.filter(),
            SearchParams.DEFAULT,
            OptionalDouble.empty(),
            request.limit(),
            Optional.empty());
    QueryRequest query = new QueryRequest(stage, 0, Fetch.ID_ONLY);
    return new Answer.Result(out -> {
      try (Searcher searcher = collection.searcher(deadline)) {
        call.searches().tell(collection, List.of(stage), searcher.work());
        List<Hit> order = pool.run(deadline, () -> searcher.query(query, Examples.NONE, deadline));
        writeOrdered(out, new ChunkedReads(pool, searcher, request.fetch(), deadline), order);
      }
    });
  }

  private static void writeOrdered(JsonGenerator out, ChunkedReads reads, List<Hit> order) {
    out.writeStartObject();
    out.writeName("points");
    out.writeStartArray();
    reads.hits(order).forEachRemaining(hit -> PointJson.writeOrderedRecord(out, hit));
    out.writeEndArray();
    out.writeNullProperty("next_page_offset");
    out.writeEndObject();
  }

  private void writePage(
      JsonGenerator out, Searcher searcher, ReadJson.Scroll request, Deadline deadline) {
    out.writeStartObject();
    out.writeName("points");
    out.writeStartArray();
    Optional<PointId> from = request.offset();
    long left = request.limit();
    boolean more = true;
    ChunkPace pace = new ChunkPace();
    while (more && left != 0) {
      int most = pace.points();
      long chunk = Long.compareUnsigned(left, most) < 0 ? left : most;
      List<StoredPoint> points = new ArrayList<>((int) chunk);
      Optional<PointId> start = from;
      from =
          pool.run(
              deadline,
              () ->
                  searcher.scroll(
                      start, request.filter(), chunk, request.fetch(), deadline, points::add));
      pace.read(points);
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
    call.refuse();
    strict.takeReads(request.filter());
    long count;
    try (Searcher searcher = collection.searcher(deadline)) {
      call.searches().tell(collection, request.filter(), 0, searcher.work());
      count = pool.run(deadline, () -> searcher.count(request.filter(), deadline));
    }
    return new Answer.Result(out -> {
      out.writeStartObject();
      out.writeNumberProperty("count", count);
      out.writeEndObject();
    });
  }
}
