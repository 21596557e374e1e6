package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.VectorValue;
import io.millrace.model.query.Example;
import io.millrace.model.query.Query;
import io.millrace.model.query.QueryRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/// The bodies of `points/query` and of the older `points/search`, alone and in batches.
public final class QueryJson {
  /// Searches of one batch.
  private static final int SEARCHES = 16_384;

  private QueryJson() {}

  public static QueryRequest query(JsonIn in) {
    return query(in, At.BODY.field("internal"));
  }

  public static List<QueryRequest> queryBatch(JsonIn in) {
    return batch(in, (i, at) -> query(i, at.field("internal")));
  }

  public static QueryRequest search(JsonIn in) {
    return search(in, At.BODY.field("search_request"));
  }

  public static List<QueryRequest> searchBatch(JsonIn in) {
    return batch(in, (i, at) -> search(i, at.field("search_request")));
  }

  static List<QueryRequest> batch(JsonIn in, BiFunction<JsonIn, At, QueryRequest> shape) {
    List<QueryRequest> searches = null;
    JsonIn.Fields fields = in.object("a batch of searches");
    while (fields.next()) {
      if (fields.name().equals("searches")) {
        searches = new ArrayList<>();
        in.openArray();
        while (in.nextItem()) {
          if (searches.size() == SEARCHES) {
            throw BadInput.badRequest("A batch holds at most " + SEARCHES + " searches");
          }
          searches.add(shape.apply(in, At.BODY.field("searches").item(searches.size())));
        }
      } else {
        in.skip();
      }
    }
    return in.require(searches, "searches");
  }

  private static QueryRequest query(JsonIn in, At at) {
    StageParts parts = new StageParts(10);
    JsonIn.Fields fields = in.object("struct QueryRequest");
    while (fields.next()) {
      parts.readQuery(in, at, fields.name());
    }
    return parts.request();
  }

  /// The older form: `vector` is a list or `{"name", "vector"}`, `limit` must be there.
  private static QueryRequest search(JsonIn in, At at) {
    StageParts parts = new StageParts(0);
    boolean limited = false;
    JsonIn.Fields fields = in.object("struct SearchRequest");
    while (fields.next()) {
      switch (fields.name()) {
        case "vector" -> readNamedVector(in, at.field("vector"), parts);
        case "limit", "top" -> {
          limited = true;
          parts.read(in, at, "limit");
        }
        case "using", "lookup_from" -> in.skip();
        default -> parts.read(in, at, fields.name());
      }
    }
    in.require(parts.query, "vector");
    if (!limited) {
      throw in.missing("limit");
    }
    return parts.request();
  }

  static void readNamedVector(JsonIn in, At at, StageParts parts) {
    if (in.isArray()) {
      parts.query = Query.Nearest.to(new Example.OfVector(VectorJson.read(in, at)));
      return;
    }
    VectorValue vector = null;
    String name = null;
    JsonIn.Fields fields = in.object("a vector or a named vector");
    while (fields.next()) {
      switch (fields.name()) {
        case "name" -> name = in.string();
        case "vector" -> vector = VectorJson.read(in, at.field("vector"));
        default -> in.skip();
      }
    }
    parts.using = in.require(name, "name");
    parts.query = Query.Nearest.to(new Example.OfVector(in.require(vector, "vector")));
  }
}
