package io.millrace.model.query;

import io.millrace.model.PayloadPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// How a stage ranks its points.
public sealed interface Query {

  record Nearest(Example example, Optional<Mmr> mmr) implements Query {
    public static Nearest to(Example example) {
      return new Nearest(example, Optional.empty());
    }
  }

  /// Near to the positive examples and far from the negative ones; at least one of either.
  record Recommend(List<Example> positive, List<Example> negative, Strategy strategy)
      implements Query {
    public Recommend {
      positive = List.copyOf(positive);
      negative = List.copyOf(negative);
    }
  }

  /// Near to the target, and on the positive side of each pair.
  record Discover(Example target, List<Pair> context) implements Query {
    public Discover {
      context = List.copyOf(context);
    }
  }

  /// On the positive side of each pair.
  record Context(List<Pair> pairs) implements Query {
    public Context {
      pairs = List.copyOf(pairs);
    }
  }

  /// By a value of the payload.
  record OrderBy(PayloadPath key, Direction direction, Optional<StartFrom> startFrom)
      implements Query {}

  /// Reciprocal rank fusion.
  ///
  /// @param k unsigned, at least 1
  /// @param weights one for each prefetch, or none = 1 each
  record Rrf(long k, List<Float> weights) implements Query {
    public static final long DEFAULT_K = 2;

    public Rrf {
      weights = List.copyOf(weights);
    }
  }

  /// Distribution-based score fusion.
  record Dbsf() implements Query {}

  record ByFormula(Formula formula) implements Query {}

  /// A random subset.
  ///
  /// @param seed decides which one
  record Sample(long seed) implements Query {}

  /// Away from examples that were rated low and towards those rated higher.
  ///
  /// @param a weight of the target
  /// @param b exponent of the difference of two ratings, at least 0
  /// @param c weight of the pairs
  record Feedback(Example target, List<Rated> feedback, float a, float b, float c)
      implements Query {
    public Feedback {
      feedback = List.copyOf(feedback);
    }
  }

  enum Strategy {
    AVERAGE_VECTOR,
    BEST_SCORE,
    SUM_SCORES
  }

  enum Direction {
    ASCENDING,
    DESCENDING
  }

  record Pair(Example positive, Example negative) {}

  record Rated(Example example, float score) {}

  /// Maximal marginal relevance.
  ///
  /// @param diversity 0 to 1
  /// @param candidates looked at; absent = the limit
  record Mmr(float diversity, Optional<Integer> candidates) {}

  /// Where an ordered walk begins, inclusive.
  sealed interface StartFrom {
    record Whole(long value) implements StartFrom {}

    record Real(double value) implements StartFrom {}

    record Date(long epochMicros) implements StartFrom {}
  }

  /// Everything that is compared with vectors, in the order in which scores are combined: for
  /// Recommend positives, then negatives; for Discover and Feedback the target first; pairs as
  /// positive, negative.
  default List<Example> examples() {
    return switch (this) {
      case Nearest(Example example, var _) -> List.of(example);
      case Recommend(var positive, var negative, var _) -> {
        List<Example> all = new ArrayList<>(positive);
        all.addAll(negative);
        yield all;
      }
      case Discover(Example target, var context) -> {
        List<Example> all = new ArrayList<>();
        all.add(target);
        addPairs(context, all);
        yield all;
      }
      case Context(var pairs) -> {
        List<Example> all = new ArrayList<>();
        addPairs(pairs, all);
        yield all;
      }
      case Feedback(Example target, var feedback, var _, var _, var _) -> {
        List<Example> all = new ArrayList<>();
        all.add(target);
        feedback.forEach(rated -> all.add(rated.example()));
        yield all;
      }
      case OrderBy _, Rrf _, Dbsf _, ByFormula _, Sample _ -> List.of();
    };
  }

  /// Whether points are compared with vectors.
  default boolean comparesVectors() {
    return switch (this) {
      case Nearest _, Recommend _, Discover _, Context _, Feedback _ -> true;
      case OrderBy _, Rrf _, Dbsf _, ByFormula _, Sample _ -> false;
    };
  }

  private static void addPairs(List<Pair> pairs, List<Example> all) {
    for (Pair pair : pairs) {
      all.add(pair.positive());
      all.add(pair.negative());
    }
  }

  /// A threshold that a fusion or a formula uses is inclusive.
  static boolean reaches(float score, OptionalDouble threshold) {
    return threshold.isEmpty() || score >= (float) threshold.getAsDouble();
  }
}
