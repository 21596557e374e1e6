package io.millrace.api.json;

import io.millrace.api.json.QueryRequest.Example;
import io.millrace.api.json.QueryRequest.LookupFrom;
import io.millrace.api.json.QueryRequest.Prefetch;
import io.millrace.api.json.QueryRequest.Query;
import io.millrace.model.BadInput;
import io.millrace.model.Fetch;
import io.millrace.model.Fetch.PayloadPart;
import io.millrace.model.Fetch.VectorPart;
import io.millrace.model.Filter;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.VectorValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// The bodies of `points/query` and of the older `points/search`, alone and in batches.
public final class QueryJson {
  /// Searches of one batch.
  private static final int SEARCHES = 512;

  /// Stages of one request, nested or not.
  private static final int STAGES = 64;

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

  private static List<QueryRequest> batch(JsonIn in, BiFunction<JsonIn, At, QueryRequest> shape) {
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
    Parts parts = new Parts(10);
    JsonIn.Fields fields = in.object("struct QueryRequest");
    while (fields.next()) {
      switch (fields.name()) {
        case "query" -> parts.query = readQuery(in, at.field("query"));
        case "using" -> parts.using = in.string();
        case "prefetch" -> parts.prefetches = prefetches(in);
        case "lookup_from" -> parts.lookupFrom = lookupFrom(in);
        default -> parts.read(in, at, fields.name());
      }
    }
    return parts.request();
  }

  /// The older form: `vector` is a list or `{"name", "vector"}`, `limit` must be there.
  private static QueryRequest search(JsonIn in, At at) {
    Parts parts = new Parts(0);
    boolean limited = false;
    JsonIn.Fields fields = in.object("struct SearchRequest");
    while (fields.next()) {
      switch (fields.name()) {
        case "vector" -> readNamedVector(in, at.field("vector"), parts);
        case "limit", "top" -> {
          limited = true;
          parts.read(in, at, "limit");
        }
        default -> parts.read(in, at, fields.name());
      }
    }
    in.require(parts.query, "vector");
    if (!limited) {
      throw in.missing("limit");
    }
    return parts.request();
  }

  private static void readNamedVector(JsonIn in, At at, Parts parts) {
    if (in.isArray()) {
      parts.query = new Query.Nearest(new Example.OfVector(VectorJson.read(in, at)));
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
    parts.query = new Query.Nearest(new Example.OfVector(in.require(vector, "vector")));
  }

  /// The fields that both forms share, gathered while they come in.
  private static final class Parts {
    private List<Prefetch> prefetches = List.of();
    private @Nullable Query query;
    private @Nullable String using;
    private @Nullable LookupFrom lookupFrom;
    private Filter filter = Filter.ALL;
    private SearchParams params = SearchParams.DEFAULT;
    private OptionalDouble scoreThreshold = OptionalDouble.empty();
    private long limit;
    private long offset;
    private PayloadPart payload = new PayloadPart.None();
    private VectorPart vectors = new VectorPart.None();

    Parts(long limit) {
      this.limit = limit;
    }

    void read(JsonIn in, At at, String field) {
      switch (field) {
        case "filter" -> filter = FilterJson.read(in, at.field("filter"));
        case "params" -> params = params(in, at.field("params"));
        case "score_threshold" -> scoreThreshold = OptionalDouble.of((float) in.f64());
        case "limit" -> {
          limit = in.u64();
          in.violations().range(at.field("limit"), limit, 1, -1L);
        }
        case "offset" -> offset = in.u64();
        case "with_payload" -> payload = SelectorJson.payload(in);
        case "with_vector", "with_vectors" -> vectors = SelectorJson.vector(in);
        default -> in.skip();
      }
    }

    QueryRequest request() {
      return new QueryRequest(
          prefetches,
          Optional.ofNullable(query),
          Optional.ofNullable(using),
          filter,
          params,
          scoreThreshold,
          limit,
          offset,
          new Fetch(payload, vectors),
          Optional.ofNullable(lookupFrom));
    }
  }

  /// A list or a sparse object is a vector, a number or a string an id, anything else a kind.
  private static Query readQuery(JsonIn in, At at) {
    if (!in.isObject()) {
      return new Query.Nearest(readExample(in, at));
    }
    Query query = null;
    VectorJson.ObjectParts vector = new VectorJson.ObjectParts(InferenceJson.Purpose.QUERY);
    List<String> kinds = new ArrayList<>(2);
    JsonIn.Fields fields = in.object("a query");
    while (fields.next()) {
      String kind = fields.name();
      switch (kind) {
        case "nearest" -> query = new Query.Nearest(readExample(in, at.field("nearest")));
        default -> {
          if (!vector.read(in, kind)) {
            kinds.add(kind);
            in.skip();
          }
        }
      }
    }
    if (!vector.isEmpty()) {
      return new Query.Nearest(new Example.OfVector(vector.vector(in, at)));
    }
    if (query != null) {
      return kinds.contains("mmr") ? new Query.Unserved("mmr") : query;
    }
    for (String kind : kinds) {
      if (KINDS.contains(kind)) {
        return new Query.Unserved(kind);
      }
    }
    throw BadInput.format("data did not match any variant of untagged enum QueryInterface");
  }

  private static final List<String> KINDS =
      List.of(
          "recommend",
          "discover",
          "context",
          "order_by",
          "fusion",
          "rrf",
          "formula",
          "sample",
          "relevance_feedback",
          "text",
          "image",
          "object");

  private static Example readExample(JsonIn in, At at) {
    if (in.isNumber() || in.isString()) {
      return new Example.OfPoint(IdJson.read(in));
    }
    return new Example.OfVector(VectorJson.read(in, at));
  }

  /// One prefetch or a list of them.
  private static List<Prefetch> prefetches(JsonIn in) {
    if (in.isObject()) {
      in.skip();
      return List.of(new Prefetch(10));
    }
    List<Prefetch> list = new ArrayList<>();
    in.openArray();
    while (in.nextItem()) {
      if (list.size() == STAGES) {
        throw BadInput.badRequest("A query has at most " + STAGES + " prefetches");
      }
      if (!in.isObject()) {
        throw in.invalidType("struct Prefetch");
      }
      in.skip();
      list.add(new Prefetch(10));
    }
    return list;
  }

  private static LookupFrom lookupFrom(JsonIn in) {
    String collection = null;
    String vector = null;
    JsonIn.Fields fields = in.object("struct LookupLocation");
    while (fields.next()) {
      switch (fields.name()) {
        case "collection" -> collection = in.string();
        case "vector" -> vector = in.string();
        default -> in.skip();
      }
    }
    return new LookupFrom(in.require(collection, "collection"), Optional.ofNullable(vector));
  }

  private static SearchParams params(JsonIn in, At at) {
    OptionalInt ef = OptionalInt.empty();
    boolean exact = false;
    boolean indexedOnly = false;
    boolean ignore = false;
    SearchParams.Rescore rescore = SearchParams.Rescore.DEFAULT;
    OptionalDouble oversampling = OptionalDouble.empty();
    Optional<SearchParams.Idf> idf = Optional.empty();
    JsonIn.Fields fields = in.object("struct SearchParams");
    while (fields.next()) {
      switch (fields.name()) {
        case "hnsw_ef" -> {
          long value = in.u64();
          in.violations().range(at.field("hnsw_ef"), value, 1, -1L);
          boolean large = value < 0 || value > Integer.MAX_VALUE;
          ef = OptionalInt.of(large ? Integer.MAX_VALUE : (int) value);
        }
        case "exact" -> exact = in.bool();
        case "indexed_only" -> indexedOnly = in.bool();
        case "quantization" -> {
          JsonIn.Fields inner = in.object("struct QuantizationSearchParams");
          while (inner.next()) {
            switch (inner.name()) {
              case "ignore" -> ignore = in.bool();
              case "rescore" ->
                  rescore = in.bool() ? SearchParams.Rescore.ON : SearchParams.Rescore.OFF;
              case "oversampling" -> {
                double value = in.f64();
                in.violations()
                    .range(
                        at.field("quantization").field("oversampling"),
                        value,
                        1.0,
                        Double.POSITIVE_INFINITY);
                oversampling = OptionalDouble.of(value);
              }
              default -> in.skip();
            }
          }
        }
        case "acorn" -> acorn(in, at.field("acorn"));
        case "idf" -> idf = Optional.of(idf(in, at.field("idf")));
        default -> in.skip();
      }
    }
    return new SearchParams(ef, exact, indexedOnly, ignore, rescore, oversampling, idf);
  }

  /// `"global"` or `{"corpus": filter}`.
  private static SearchParams.Idf idf(JsonIn in, At at) {
    if (in.isString()) {
      String scope = in.string();
      if (!scope.equals("global")) {
        throw Tree.unknownVariant(scope, "`global`");
      }
      return new SearchParams.Idf.Global();
    }
    Filter corpus = null;
    JsonIn.Fields fields = in.object("untagged enum IdfParams");
    while (fields.next()) {
      if (fields.name().equals("corpus")) {
        corpus = FilterJson.read(in, at.field("corpus"));
      } else {
        in.skip();
      }
    }
    return new SearchParams.Idf.Corpus(in.require(corpus, "corpus"));
  }

  /// A hint for another way to walk a graph; read for its form only.
  private static void acorn(JsonIn in, At at) {
    JsonIn.Fields fields = in.object("struct AcornSearchParams");
    while (fields.next()) {
      switch (fields.name()) {
        case "enable" -> in.bool();
        case "max_selectivity" ->
            in.violations().range(at.field("max_selectivity"), in.f64(), 0.0, 1.0);
        default -> in.skip();
      }
    }
  }
}
