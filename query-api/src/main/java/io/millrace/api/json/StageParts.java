package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.Fetch;
import io.millrace.model.Fetch.PayloadPart;
import io.millrace.model.Fetch.VectorPart;
import io.millrace.model.Filter;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.query.Query;
import io.millrace.model.query.QueryRequest;
import io.millrace.model.query.Stage;
import io.millrace.model.query.Stage.LookupFrom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// The fields that all searches share, gathered while they come in.
final class StageParts {
  /// Stages of one list.
  private static final int STAGES = 64;

  List<Stage> prefetches = List.of();
  @Nullable Query query;
  @Nullable String using;
  private @Nullable LookupFrom lookupFrom;
  Filter filter = Filter.ALL;
  private SearchParams params = SearchParams.DEFAULT;
  private OptionalDouble scoreThreshold = OptionalDouble.empty();
  long limit;
  private long offset;
  private PayloadPart payload = new PayloadPart.None();
  private VectorPart vectors = new VectorPart.None();

  StageParts(long limit) {
    this.limit = limit;
  }

  /// Reads a field of `points/query`.
  void readQuery(JsonIn in, At at, String field) {
    switch (field) {
      case "query" -> query = QueryTreeJson.read(in, at.field("query"));
      case "prefetch" -> prefetches = prefetches(in, at.field("prefetch"));
      default -> read(in, at, field);
    }
  }

  /// Reads a field that the older routes have as well.
  void read(JsonIn in, At at, String field) {
    switch (field) {
      case "using" -> using = in.string();
      case "lookup_from" -> lookupFrom = lookupFrom(in);
      case "filter" -> filter = FilterJson.read(in, at.field("filter"));
      case "params" -> params = ParamsJson.read(in, at.field("params"));
      case "score_threshold" -> scoreThreshold = OptionalDouble.of((float) in.f64());
      case "limit" -> {
        limit = in.u64();
        in.violations().range(at.field("limit"), limit, 1, -1L);
      }
      case "offset" -> offset = in.u64();
      case "with_payload" -> payload = SelectorJson.payload(in);
      case "with_vector", "with_vectors" -> vectors = SelectorJson.vector(in);
      case "shard_key" -> ShardKeyJson.ofRead(in);
      default -> in.skip();
    }
  }

  Stage stage() {
    return new Stage(
        prefetches,
        Optional.ofNullable(query),
        Optional.ofNullable(using),
        filter,
        params,
        scoreThreshold,
        limit,
        Optional.ofNullable(lookupFrom));
  }

  QueryRequest request() {
    return new QueryRequest(stage(), offset, new Fetch(payload, vectors));
  }

  QueryRequest requestWithoutOffset() {
    return new QueryRequest(stage(), 0, new Fetch(payload, vectors));
  }

  /// One prefetch or a list of them.
  private static List<Stage> prefetches(JsonIn in, At at) {
    if (in.isObject()) {
      return List.of(prefetch(in, at.item(0)));
    }
    List<Stage> list = new ArrayList<>();
    in.openArray();
    while (in.nextItem()) {
      if (list.size() == STAGES) {
        throw BadInput.badRequest("A query has at most " + STAGES + " prefetches");
      }
      list.add(prefetch(in, at.item(list.size())));
    }
    return list;
  }

  private static Stage prefetch(JsonIn in, At at) {
    StageParts parts = new StageParts(10);
    JsonIn.Fields fields = in.object("struct Prefetch");
    while (fields.next()) {
      if (fields.name().equals("shard_key")) {
        in.skip();
      } else {
        parts.readQuery(in, at, fields.name());
      }
    }
    return parts.stage();
  }

  private static LookupFrom lookupFrom(JsonIn in) {
    String collection = null;
    String vector = null;
    JsonIn.Fields fields = in.object("struct LookupLocation");
    while (fields.next()) {
      switch (fields.name()) {
        case "collection" -> collection = in.string();
        case "vector" -> vector = in.string();
        case "shard_key" -> ShardKeyJson.ofRead(in);
        default -> in.skip();
      }
    }
    return new LookupFrom(in.require(collection, "collection"), Optional.ofNullable(vector));
  }
}
