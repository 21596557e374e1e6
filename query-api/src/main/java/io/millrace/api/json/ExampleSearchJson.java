package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.query.Example;
import io.millrace.model.query.Query;
import io.millrace.model.query.Query.Pair;
import io.millrace.model.query.Query.Strategy;
import io.millrace.model.query.QueryRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The bodies of the older routes `points/recommend` and `points/discover`, alone and in batches.
public final class ExampleSearchJson {
  private ExampleSearchJson() {}

  public static QueryRequest recommend(JsonIn in) {
    return recommend(in, At.BODY.field("recommend_request"));
  }

  public static List<QueryRequest> recommendBatch(JsonIn in) {
    return QueryJson.batch(in, (i, at) -> recommend(i, at.field("recommend_request")));
  }

  public static QueryRequest discover(JsonIn in) {
    return discover(in, At.BODY.field("discover_request"));
  }

  public static List<QueryRequest> discoverBatch(JsonIn in) {
    return QueryJson.batch(in, (i, at) -> discover(i, at.field("discover_request")));
  }

  /// The examples of a recommendation, which stand among the fields of the search.
  static final class Examples {
    private List<Example> positive = List.of();
    private List<Example> negative = List.of();
    private Strategy strategy = Strategy.AVERAGE_VECTOR;

    /// Reads the field if it is one of these.
    boolean read(JsonIn in, At at, String field) {
      switch (field) {
        case "positive" -> positive = QueryTreeJson.examples(in, at.field("positive"));
        case "negative" -> negative = QueryTreeJson.examples(in, at.field("negative"));
        case "strategy" -> strategy = QueryTreeJson.strategy(in.string());
        default -> {
          return false;
        }
      }
      return true;
    }

    Query query(JsonIn in) {
      switch (strategy) {
        case AVERAGE_VECTOR -> {
          if (positive.isEmpty()) {
            refuse(in, "At least one positive vector ID required with this strategy");
          }
        }
        case BEST_SCORE, SUM_SCORES -> {
          if (positive.isEmpty() && negative.isEmpty()) {
            refuse(in, "At least one positive or negative vector ID required with this strategy");
          }
        }
      }
      return new Query.Recommend(positive, negative, strategy);
    }
  }

  private static QueryRequest recommend(JsonIn in, At at) {
    StageParts parts = new StageParts(0);
    Examples examples = new Examples();
    boolean limited = false;
    JsonIn.Fields fields = in.object("struct RecommendRequest");
    while (fields.next()) {
      if (examples.read(in, at, fields.name())) {
        continue;
      }
      limited |= limit(in, at, fields.name(), parts);
    }
    if (!limited) {
      throw in.missing("limit");
    }
    parts.query = examples.query(in);
    return parts.request();
  }

  private static QueryRequest discover(JsonIn in, At at) {
    StageParts parts = new StageParts(0);
    Example target = null;
    List<Pair> context = List.of();
    boolean limited = false;
    JsonIn.Fields fields = in.object("struct DiscoverRequest");
    while (fields.next()) {
      switch (fields.name()) {
        case "target" -> target = QueryTreeJson.example(in, at.field("target"));
        case "context" -> context = QueryTreeJson.pairs(in, at.field("context"));
        default -> limited |= limit(in, at, fields.name(), parts);
      }
    }
    if (!limited) {
      throw in.missing("limit");
    }
    parts.query = discover(in, target, context);
    return parts.request();
  }

  private static Query discover(JsonIn in, @Nullable Example target, List<Pair> context) {
    if (target != null) {
      return new Query.Discover(target, context);
    }
    if (context.isEmpty()) {
      refuse(in, "target and/or context must be specified");
    }
    return new Query.Context(context);
  }

  private static void refuse(JsonIn in, String message) {
    in.violations().refuseLater(BadInput.badRequest(message));
  }

  /// Reads a shared field; true if it was the limit.
  private static boolean limit(JsonIn in, At at, String field, StageParts parts) {
    boolean isLimit = field.equals("limit") || field.equals("top");
    parts.read(in, at, isLimit ? "limit" : field);
    return isLimit;
  }
}
