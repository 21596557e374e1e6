package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.query.Example;
import io.millrace.model.query.Query;
import io.millrace.model.query.Query.Pair;
import io.millrace.model.query.Query.Rated;
import io.millrace.model.query.Query.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What stands under `query`: a vector or an id, or an object whose key names the kind.
final class QueryTreeJson {
  /// Examples of one query; each is compared with every point.
  private static final int EXAMPLES = 4_096;

  private static final int MMR_CANDIDATES = 16_384;

  private QueryTreeJson() {}

  /// A list or a sparse object is a vector, a number or a string an id, anything else a kind.
  static Query read(JsonIn in, At at) {
    if (!in.isObject()) {
      return Query.Nearest.to(example(in, at));
    }
    Query query = null;
    Example nearest = null;
    Query.Mmr mmr = null;
    JsonNode formula = null;
    JsonNode defaults = null;
    VectorJson.ObjectParts vector = new VectorJson.ObjectParts(InferenceJson.Purpose.QUERY);
    JsonIn.Fields fields = in.object("a query", "context");
    while (fields.next()) {
      String kind = fields.name();
      switch (kind) {
        case "nearest" -> nearest = example(in, at.field(kind));
        case "mmr" -> mmr = mmr(in, at.field(kind));
        case "recommend" -> query = recommend(in, at.field(kind));
        case "discover" -> query = discover(in, at.field(kind));
        case "context" -> {
          if (!in.isNull() || query == null) { // null may stand for absence beside another kind
            query = new Query.Context(pairs(in, at.field(kind)));
          }
        }
        case "order_by" -> query = OrderByJson.read(in);
        case "fusion" -> query = fusion(in.string());
        case "rrf" -> query = rrf(in, at.field(kind));
        case "sample" -> query = sample(in.string());
        case "formula" -> formula = in.tree();
        case "defaults" -> defaults = in.tree();
        case "relevance_feedback" -> query = feedback(in, at.field(kind));
        default -> {
          if (!vector.read(in, kind)) {
            in.skip();
          }
        }
      }
    }
    if (!vector.isEmpty()) {
      return Query.Nearest.to(new Example.OfVector(vector.vector(in, at)));
    }
    if (nearest != null) {
      return new Query.Nearest(nearest, Optional.ofNullable(mmr));
    }
    if (formula != null) {
      return new Query.ByFormula(FormulaJson.read(formula, defaults, at, in.violations()));
    }
    if (query != null) {
      return query;
    }
    throw BadInput.format("data did not match any variant of untagged enum QueryInterface");
  }

  static Example example(JsonIn in, At at) {
    if (in.isNumber() || in.isString()) {
      return new Example.OfPoint(IdJson.read(in));
    }
    return new Example.OfVector(VectorJson.read(in, at));
  }

  static List<Example> examples(JsonIn in, At at) {
    List<Example> list = new ArrayList<>();
    in.openArray();
    while (in.nextItem()) {
      if (list.size() == EXAMPLES) {
        throw BadInput.badRequest("A query has at most " + EXAMPLES + " examples");
      }
      list.add(example(in, at.item(list.size())));
    }
    return list;
  }

  private static Query.Mmr mmr(JsonIn in, At at) {
    float diversity = 0.5f;
    Optional<Integer> candidates = Optional.empty();
    JsonIn.Fields fields = in.object("struct Mmr");
    while (fields.next()) {
      switch (fields.name()) {
        case "diversity" -> {
          diversity = in.f32();
          in.violations().range(at.field("diversity"), diversity, 0.0, 1.0);
        }
        case "candidates_limit" -> {
          long limit = in.u64();
          in.violations().range(at.field("candidates_limit"), limit, 0, MMR_CANDIDATES);
          candidates = Optional.of((int) Math.min(limit & Long.MAX_VALUE, MMR_CANDIDATES));
        }
        default -> in.skip();
      }
    }
    return new Query.Mmr(diversity, candidates);
  }

  private static Query recommend(JsonIn in, At at) {
    List<Example> positive = List.of();
    List<Example> negative = List.of();
    Strategy strategy = Strategy.AVERAGE_VECTOR;
    JsonIn.Fields fields = in.object("struct RecommendInput");
    while (fields.next()) {
      switch (fields.name()) {
        case "positive" -> positive = examples(in, at.field("positive"));
        case "negative" -> negative = examples(in, at.field("negative"));
        case "strategy" -> strategy = strategy(in.string());
        default -> in.skip();
      }
    }
    if (positive.isEmpty() && negative.isEmpty()) {
      in.violations().add(at, "At least one positive or negative vector/id must be provided");
    }
    return new Query.Recommend(positive, negative, strategy);
  }

  static Strategy strategy(String text) {
    return switch (text) {
      case "average_vector" -> Strategy.AVERAGE_VECTOR;
      case "best_score" -> Strategy.BEST_SCORE;
      case "sum_scores" -> Strategy.SUM_SCORES;
      default ->
          throw Tree.unknownVariant(text, "one of `average_vector`, `best_score`, `sum_scores`");
    };
  }

  /// `context` must be there, if only as null.
  private static Query discover(JsonIn in, At at) {
    Example target = null;
    List<Pair> context = null;
    JsonIn.Fields fields = in.object("struct DiscoverInput", "context");
    while (fields.next()) {
      switch (fields.name()) {
        case "target" -> target = example(in, at.field("target"));
        case "context" -> context = pairs(in, at.field("context"));
        default -> in.skip();
      }
    }
    return new Query.Discover(in.require(target, "target"), in.require(context, "context"));
  }

  /// One pair, a list of them, or null for none.
  static List<Pair> pairs(JsonIn in, At at) {
    if (in.isNull()) {
      return List.of();
    }
    if (in.isObject()) {
      return List.of(pair(in, at.item(0)));
    }
    List<Pair> pairs = new ArrayList<>();
    in.openArray();
    while (in.nextItem()) {
      if (pairs.size() == EXAMPLES) {
        throw BadInput.badRequest("A query has at most " + EXAMPLES + " context pairs");
      }
      pairs.add(pair(in, at.item(pairs.size())));
    }
    return pairs;
  }

  private static Pair pair(JsonIn in, At at) {
    Example positive = null;
    Example negative = null;
    JsonIn.Fields fields = in.object("struct ContextPair");
    while (fields.next()) {
      switch (fields.name()) {
        case "positive" -> positive = example(in, at.field("positive"));
        case "negative" -> negative = example(in, at.field("negative"));
        default -> in.skip();
      }
    }
    return new Pair(in.require(positive, "positive"), in.require(negative, "negative"));
  }

  private static Query fusion(String text) {
    return switch (text) {
      case "rrf" -> new Query.Rrf(Query.Rrf.DEFAULT_K, List.of());
      case "dbsf" -> new Query.Dbsf();
      default -> throw Tree.unknownVariant(text, "`rrf` or `dbsf`");
    };
  }

  private static Query rrf(JsonIn in, At at) {
    long k = Query.Rrf.DEFAULT_K;
    List<Float> weights = List.of();
    JsonIn.Fields fields = in.object("struct Rrf");
    while (fields.next()) {
      switch (fields.name()) {
        case "k" -> {
          k = in.u64();
          in.violations().range(at.field("k"), k, 1, -1L);
        }
        case "weights" -> {
          weights = new ArrayList<>();
          in.openArray();
          while (in.nextItem()) {
            weights.add(in.f32());
          }
        }
        default -> in.skip();
      }
    }
    return new Query.Rrf(k, weights);
  }

  private static Query sample(String text) {
    if (!text.equals("random")) {
      throw Tree.unknownVariant(text, "`random`");
    }
    return new Query.Sample(ThreadLocalRandom.current().nextLong());
  }

  private static Query feedback(JsonIn in, At at) {
    Example target = null;
    List<Rated> feedback = null;
    JsonNode strategy = null;
    JsonIn.Fields fields = in.object("struct RelevanceFeedbackInput");
    while (fields.next()) {
      switch (fields.name()) {
        case "target" -> target = example(in, at.field("target"));
        case "feedback" -> feedback = rated(in, at.field("feedback"));
        case "strategy" -> strategy = in.tree();
        default -> in.skip();
      }
    }
    JsonNode naive = Tree.object(in.require(strategy, "strategy"), "enum FeedbackStrategy");
    naive = Tree.object(Tree.required(naive, "naive"), "struct NaiveFeedbackStrategyParams");
    float a = (float) Tree.f64(Tree.required(naive, "a"));
    float b = (float) Tree.f64(Tree.required(naive, "b"));
    float c = (float) Tree.f64(Tree.required(naive, "c"));
    in.violations()
        .range(at.field("strategy").field("naive").field("b"), b, 0.0, Double.POSITIVE_INFINITY);
    return new Query.Feedback(
        in.require(target, "target"), in.require(feedback, "feedback"), a, b, c);
  }

  private static List<Rated> rated(JsonIn in, At at) {
    List<Rated> list = new ArrayList<>();
    in.openArray();
    while (in.nextItem()) {
      if (list.size() == EXAMPLES) {
        throw BadInput.badRequest("A query has at most " + EXAMPLES + " feedback elements");
      }
      list.add(ratedItem(in, at.item(list.size())));
    }
    if (list.isEmpty()) {
      in.violations().add(at, "feedback elements must be non-empty");
    }
    return list;
  }

  private static Rated ratedItem(JsonIn in, At at) {
    Example example = null;
    @Nullable Float score = null;
    JsonIn.Fields fields = in.object("struct FeedbackItem");
    while (fields.next()) {
      switch (fields.name()) {
        case "example" -> example = example(in, at.field("example"));
        case "score" -> score = in.f32();
        default -> in.skip();
      }
    }
    return new Rated(in.require(example, "example"), in.require(score, "score"));
  }
}
