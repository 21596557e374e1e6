package io.millrace.api.json;

import io.millrace.model.Fetch;
import io.millrace.model.Fetch.PayloadPart;
import io.millrace.model.Fetch.VectorPart;
import io.millrace.model.Filter;
import io.millrace.model.PointId;
import io.millrace.model.query.Query;
import java.util.List;
import java.util.Optional;

/// The bodies of retrieve, scroll and count.
public final class ReadJson {
  private ReadJson() {}

  public record Retrieve(List<PointId> ids, Fetch fetch) {
    public Retrieve {
      ids = List.copyOf(ids);
    }
  }

  /// @param limit unsigned
  public record Scroll(
      Optional<PointId> offset,
      long limit,
      Filter filter,
      Fetch fetch,
      Optional<Query.OrderBy> orderBy) {}

  public record Count(Filter filter, boolean exact) {}

  /// `{"ids", "with_payload"?, "with_vector"?}`; nothing is brought back unless asked for.
  public static Retrieve retrieve(JsonIn in) {
    List<PointId> ids = null;
    PayloadPart payload = new PayloadPart.None();
    VectorPart vectors = new VectorPart.None();
    JsonIn.Fields fields = in.object("struct PointRequest");
    while (fields.next()) {
      switch (fields.name()) {
        case "ids" -> ids = IdJson.list(in);
        case "with_payload" -> payload = SelectorJson.payload(in);
        case "with_vector", "with_vectors" -> vectors = SelectorJson.vector(in);
        case "shard_key" -> ShardKeyJson.ofRead(in);
        default -> in.skip();
      }
    }
    return new Retrieve(in.require(ids, "ids"), new Fetch(payload, vectors));
  }

  /// Pages of 10 with payload unless asked otherwise.
  public static Scroll scroll(JsonIn in) {
    At at = At.BODY.field("scroll_request");
    Optional<PointId> offset = Optional.empty();
    long limit = 10;
    Filter filter = Filter.ALL;
    PayloadPart payload = new PayloadPart.All();
    VectorPart vectors = new VectorPart.None();
    Optional<Query.OrderBy> orderBy = Optional.empty();
    JsonIn.Fields fields = in.object("struct ScrollRequest");
    while (fields.next()) {
      switch (fields.name()) {
        case "offset" -> offset = Optional.of(IdJson.read(in));
        case "limit" -> {
          limit = in.u64();
          in.violations().range(at.field("limit"), limit, 1, -1L);
        }
        case "filter" -> filter = FilterJson.read(in, at.field("filter"));
        case "with_payload" -> payload = SelectorJson.payload(in);
        case "with_vector", "with_vectors" -> vectors = SelectorJson.vector(in);
        case "order_by" -> orderBy = Optional.of(OrderByJson.read(in));
        case "shard_key" -> ShardKeyJson.ofRead(in);
        default -> in.skip();
      }
    }
    return new Scroll(offset, limit, filter, new Fetch(payload, vectors), orderBy);
  }

  public static Count count(JsonIn in) {
    Filter filter = Filter.ALL;
    boolean exact = true;
    JsonIn.Fields fields = in.object("struct CountRequest");
    while (fields.next()) {
      switch (fields.name()) {
        case "filter" -> filter = FilterJson.read(in, At.BODY.field("count_request.filter"));
        case "exact" -> exact = in.bool();
        case "shard_key" -> ShardKeyJson.ofRead(in);
        default -> in.skip();
      }
    }
    return new Count(filter, exact);
  }
}
