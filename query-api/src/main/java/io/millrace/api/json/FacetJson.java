package io.millrace.api.json;

import io.millrace.model.FacetHit;
import io.millrace.model.Filter;
import io.millrace.model.PayloadPath;
import io.millrace.model.Scalar;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/// The body of a facet request, and its answer.
///
/// @param limit unsigned
public record FacetJson(PayloadPath key, Filter filter, long limit, boolean exact) {

  public static FacetJson read(JsonIn in) {
    At at = At.BODY.field("facet_request");
    PayloadPath key = null;
    Filter filter = Filter.ALL;
    long limit = 10;
    boolean exact = false;
    JsonIn.Fields fields = in.object("struct FacetRequest");
    while (fields.next()) {
      switch (fields.name()) {
        case "key" -> key = PayloadPath.parse(in.string());
        case "filter" -> filter = FilterJson.read(in, at.field("filter"));
        case "limit" -> {
          limit = in.u64();
          in.violations().range(at.field("limit"), limit, 1, -1L);
        }
        case "exact" -> exact = in.bool();
        case "shard_key" -> ShardKeyJson.ofRead(in);
        default -> in.skip();
      }
    }
    return new FacetJson(in.require(key, "key"), filter, limit, exact);
  }

  public static void write(JsonGenerator out, List<FacetHit> hits) {
    out.writeStartObject();
    out.writeName("hits");
    out.writeStartArray();
    for (FacetHit hit : hits) {
      out.writeStartObject();
      out.writeName("value");
      switch (hit.value()) {
        case Scalar.Text(var text) -> out.writeString(text);
        case Scalar.Whole(long n) -> out.writeNumber(n);
        case Scalar.Bool(boolean b) -> out.writeBoolean(b);
      }
      out.writeNumberProperty("count", hit.count());
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeEndObject();
  }
}
