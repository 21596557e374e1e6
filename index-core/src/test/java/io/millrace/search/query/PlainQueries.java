package io.millrace.search.query;

import io.millrace.model.Condition;
import io.millrace.model.Distance;
import io.millrace.model.Filter;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.model.VectorValue;
import io.millrace.model.query.Example;
import io.millrace.model.query.Expression;
import io.millrace.model.query.Query;
import io.millrace.model.query.Stage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/// What query trees mean, in float64 over a map, without a thought of speed.
final class PlainQueries {
  private static final double CLOSE = 1e-4;
  private static final double MARGIN = 1.1920929e-7;

  private final Distance distance;
  private final Map<PointId, Plain> points;
  private Set<PointId> excluded = Set.of();

  PlainQueries(Distance distance, Map<PointId, Plain> points) {
    this.distance = distance;
    this.points = points;
  }

  record Plain(Optional<float[]> vector, int n, List<String> tags) {}

  record Scored(PointId id, double score) {}

  /// @param isAmbiguous whether a stage below cut its list between scores that float32 may swap
  /// @param isCertain whether the order is right although scores may be close: it is by a value of
  ///   the payload, or of picks that were no close run
  record Ranked(List<Scored> list, boolean isAmbiguous, boolean isCertain) {
    boolean isTied(int i) {
      return !isCertain && (isClose(i, i - 1) || isClose(i, i + 1));
    }

    boolean hasTies() {
      for (int i = 1; i < list.size(); i++) {
        if (!isCertain && isClose(i, i - 1)) {
          return true;
        }
      }
      return false;
    }

    private boolean isClose(int i, int j) {
      return j >= 0 && j < list.size() && close(list.get(i).score(), list.get(j).score());
    }
  }

  private static boolean close(double a, double b) {
    return Math.abs(a - b) <= CLOSE * Math.max(1, Math.abs(a));
  }

  Ranked run(Stage root) {
    excluded = new HashSet<>();
    exclude(root);
    return run(root, List.of());
  }

  private void exclude(Stage stage) {
    for (Example example : stage.query().orElseThrow().examples()) {
      if (example instanceof Example.OfPoint(PointId id)) {
        excluded.add(id);
      }
    }
    stage.prefetches().forEach(this::exclude);
  }

  private Ranked run(Stage stage, List<Filter> above) {
    List<Filter> filters = new ArrayList<>(above);
    filters.add(stage.filter());
    boolean ambiguous = false;
    List<List<Scored>> lists = new ArrayList<>();
    for (Stage prefetch : stage.prefetches()) {
      Ranked ranked = run(prefetch, filters);
      // Ranks of close scores decide in a fusion.
      ambiguous |= ranked.isAmbiguous() || ranked.hasTies();
      lists.add(ranked.list());
    }
    Set<PointId> among = new java.util.TreeSet<>();
    if (stage.prefetches().isEmpty()) {
      points.forEach((id, p) -> {
        if (!excluded.contains(id) && filters.stream().allMatch(f -> matches(f, p))) {
          among.add(id);
        }
      });
    } else {
      lists.forEach(list -> list.forEach(s -> among.add(s.id())));
    }
    Query query = stage.query().orElseThrow();
    boolean ascending =
        query instanceof Query.Nearest
                || query instanceof Query.Recommend(var _, var _, Query.Strategy strategy)
                    && strategy == Query.Strategy.AVERAGE_VECTOR
            ? !distance.largerIsBetter()
            : false;
    boolean isOrdered = query instanceof Query.OrderBy;
    List<Scored> all =
        isOrdered ? ordered((Query.OrderBy) query, among) : ranked(query, among, lists);
    if (!isOrdered) {
      Comparator<Scored> byScore = Comparator.comparingDouble(Scored::score);
      all.sort((ascending ? byScore : byScore.reversed()).thenComparing(Scored::id));
    }
    int limit = (int) stage.limit();
    Optional<Query.Mmr> mmr =
        query instanceof Query.Nearest(var _, var asked) ? asked : Optional.empty();
    int kept = mmr.flatMap(Query.Mmr::candidates).orElse(limit);
    // A threshold between two sides of a context pair is a cliff that rounding can push over.
    ambiguous |= query instanceof Query.Discover && nearCliff((Query.Discover) query, among);
    if (all.size() > kept) {
      ambiguous |= !isOrdered && close(all.get(kept - 1).score(), all.get(kept).score());
      all = new ArrayList<>(all.subList(0, kept));
    }
    if (stage.scoreThreshold().isPresent()) {
      double threshold = (float) stage.scoreThreshold().getAsDouble();
      ambiguous |= all.stream().anyMatch(s -> isNearThreshold(s.score(), threshold));
      all = all.stream().takeWhile(s -> passes(query, s.score(), threshold)).toList();
    }
    if (mmr.isPresent()) {
      Picks picks = new Picks(prepared(vector(query.examples().getFirst())), mmr.get(), all);
      picks.pick(limit);
      return new Ranked(picks.picked, ambiguous || picks.areClose, true);
    }
    return new Ranked(all, ambiguous, isOrdered);
  }

  /// Strictly better in the direction of the distance, also where a score is made of several
  /// similarities; at least as good for fusions and formulas.
  private boolean passes(Query query, double score, double threshold) {
    if (!query.comparesVectors()) {
      return score >= threshold;
    }
    return distance.largerIsBetter() ? score > threshold : score < threshold;
  }

  private static boolean isNearThreshold(double score, double threshold) {
    return Math.abs(score - threshold) <= 10 * CLOSE * Math.max(1, Math.abs(threshold));
  }

  /// Picks by maximal marginal relevance: first the candidate that is most similar to the query,
  /// then whatever has the most of λ · (similarity to the query) − (1 − λ) · (similarity to the
  /// nearest pick), the last of equal ones. The last candidate takes the place of a picked one.
  private final class Picks {
    private final double[] query;
    private final double lambda;
    private final List<Scored> left;
    private final List<Scored> picked = new ArrayList<>();

    /// Whether float32 may have come to other picks.
    private boolean areClose;

    Picks(double[] query, Query.Mmr mmr, List<Scored> candidates) {
      this.query = query;
      this.lambda = 1 - (double) mmr.diversity();
      this.left = new ArrayList<>(candidates);
      for (int i = 1; i < candidates.size(); i++) {
        Scored one = candidates.get(i - 1);
        Scored other = candidates.get(i);
        // Where the candidates are in another order, the last is another one.
        areClose |= close(one.score(), other.score()) && !areEqual(one, other) && hasEqual();
      }
    }

    void pick(int limit) {
      while (picked.size() < limit && !left.isEmpty()) {
        double[] values = left.stream().mapToDouble(this::value).toArray();
        int best = 0;
        for (int i = 1; i < values.length; i++) {
          if (values[i] > values[best] || values[i] == values[best] && !picked.isEmpty()) {
            best = i;
          }
        }
        for (int i = 0; i < values.length; i++) {
          areClose |=
              Math.abs(values[i] - values[best]) <= CLOSE * Math.max(1, size(left.get(i)))
                  && !areEqual(left.get(i), left.get(best));
        }
        picked.add(left.get(best));
        left.set(best, left.getLast());
        left.removeLast();
      }
    }

    private double value(Scored candidate) {
      double toQuery = similarity(query, storedOf(candidate));
      return picked.isEmpty() ? toQuery : lambda * toQuery - (1 - lambda) * toPicked(candidate);
    }

    private double toPicked(Scored candidate) {
      return picked.stream()
          .mapToDouble(p -> similarity(storedOf(p), storedOf(candidate)))
          .max()
          .orElseThrow();
    }

    /// Of what a value is the difference.
    private double size(Scored candidate) {
      double toQuery = Math.abs(similarity(query, storedOf(candidate)));
      return picked.isEmpty() ? toQuery : Math.max(toQuery, Math.abs(toPicked(candidate)));
    }

    private boolean hasEqual() {
      for (int i = 1; i < left.size(); i++) {
        if (areEqual(left.get(i - 1), left.get(i))) {
          return true;
        }
      }
      return false;
    }

    private boolean areEqual(Scored a, Scored b) {
      return Arrays.equals(storedOf(a), storedOf(b));
    }

    private double[] storedOf(Scored scored) {
      return stored(points.get(scored.id()).vector().orElseThrow());
    }
  }

  private List<Scored> ordered(Query.OrderBy query, Set<PointId> among) {
    boolean ascending = query.direction() == Query.Direction.ASCENDING;
    List<PointId> ids = new ArrayList<>();
    for (PointId id : among) {
      int n = points.get(id).n();
      boolean started =
          query.startFrom().isEmpty()
              || query.startFrom().get() instanceof Query.StartFrom.Whole(long from)
                  && (ascending ? n >= from : n <= from);
      if (started) {
        ids.add(id);
      }
    }
    Comparator<PointId> order =
        Comparator.<PointId>comparingInt(id -> points.get(id).n())
            .thenComparing(Comparator.naturalOrder());
    ids.sort(ascending ? order : order.reversed());
    List<Scored> list = new ArrayList<>();
    ids.forEach(id -> list.add(new Scored(id, 1)));
    return list;
  }

  private List<Scored> ranked(Query query, Set<PointId> among, List<List<Scored>> lists) {
    return switch (query) {
      case Query.Nearest(Example example, var _) -> {
        double[] q = prepared(vector(example));
        yield scored(among, v -> score(similarity(q, v)));
      }
      case Query.Recommend(var positive, var negative, var strategy) ->
          switch (strategy) {
            case AVERAGE_VECTOR -> {
              double[] mean = mean(positive);
              if (!negative.isEmpty()) {
                double[] n = mean(negative);
                for (int i = 0; i < mean.length; i++) {
                  mean[i] = 2 * mean[i] - n[i];
                }
              }
              double[] q = prepared(mean);
              yield scored(among, v -> score(similarity(q, v)));
            }
            case BEST_SCORE ->
                scored(
                    among,
                    v -> {
                      double p = best(positive, v);
                      double n = best(negative, v);
                      return p > n ? sigma(p) : -sigma(n);
                    });
            case SUM_SCORES -> scored(among, v -> sum(positive, v) - sum(negative, v));
          };
      case Query.Discover(Example target, var context) ->
          scored(
              among,
              v -> {
                double rank = 0;
                for (Query.Pair pair : context) {
                  rank += Math.signum(to(pair.positive(), v) - to(pair.negative(), v));
                }
                return rank + sigma(to(target, v));
              });
      case Query.Context(var pairs) ->
          scored(
              among,
              v -> {
                double sum = 0;
                for (Query.Pair pair : pairs) {
                  double x = Math.min(to(pair.positive(), v) - to(pair.negative(), v) - MARGIN, 0);
                  sum += x / (1 + Math.abs(x));
                }
                return sum;
              });
      case Query.Feedback(Example target, var feedback, float a, float b, float c) ->
          scored(
              among,
              v -> {
                double sum = a * to(target, v);
                for (Query.Rated high : feedback) {
                  for (Query.Rated low : feedback) {
                    double delta = (double) high.score() - low.score();
                    if (delta > 0) {
                      sum +=
                          Math.pow(delta, b) * c * (to(high.example(), v) - to(low.example(), v));
                    }
                  }
                }
                return sum;
              });
      case Query.Rrf(long k, var weights) -> {
        Map<PointId, Double> sums = new TreeMap<>();
        for (int l = 0; l < lists.size(); l++) {
          double w = weights.isEmpty() ? 1 : weights.get(l);
          for (int i = 0; i < lists.get(l).size(); i++) {
            double share = w <= 0 ? 0 : 1 / ((i + 1) / w + k - 1);
            sums.merge(lists.get(l).get(i).id(), share, Double::sum);
          }
        }
        yield list(sums);
      }
      case Query.Dbsf _ -> {
        Map<PointId, Double> sums = new TreeMap<>();
        for (List<Scored> l : lists) {
          double mean = l.stream().mapToDouble(Scored::score).average().orElse(0);
          double var =
              l.stream().mapToDouble(s -> Math.pow(s.score() - mean, 2)).sum() / (l.size() - 1);
          double sigma = l.size() < 2 ? 0 : Math.sqrt(var);
          for (Scored s : l) {
            double x = sigma == 0 ? 0.5 : (s.score() - mean + 3 * sigma) / (6 * sigma);
            sums.merge(s.id(), x, Double::sum);
          }
        }
        yield list(sums);
      }
      case Query.ByFormula(var formula) -> {
        Map<PointId, Double> first = new HashMap<>();
        lists.getFirst().forEach(s -> first.putIfAbsent(s.id(), s.score()));
        List<Scored> all = new ArrayList<>();
        for (PointId id : among) {
          double score = first.getOrDefault(id, formula.scores().get(0));
          all.add(new Scored(id, value(formula.expression(), score, points.get(id))));
        }
        yield all;
      }
      case Query.OrderBy _, Query.Sample _ -> throw new IllegalStateException("not ranked");
    };
  }

  private static double value(Expression expression, double score, Plain p) {
    return switch (expression) {
      case Expression.Sum(var terms) -> terms.stream().mapToDouble(t -> value(t, score, p)).sum();
      case Expression.Product(var factors) ->
          factors.stream().mapToDouble(f -> value(f, score, p)).reduce(1, (a, b) -> a * b);
      case Expression.Constant(double c) -> c;
      case Expression.Score _ -> score;
      case Expression.Variable _ -> p.n();
      case Expression.Holds(var condition) -> matches(condition, p) ? 1 : 0;
      case Expression.Decay(var curve, var x, var target, double scale, double midpoint) -> {
        double d = Math.abs(value(x, score, p) - value(target.orElseThrow(), score, p));
        yield switch (curve) {
          case LINEAR -> Math.max(0, 1 - d * (1 - midpoint) / scale);
          case EXPONENTIAL -> Math.pow(midpoint, d / scale);
          case GAUSSIAN -> Math.pow(midpoint, Math.pow(d / scale, 2));
        };
      }
      default -> throw new IllegalStateException("not drawn: " + expression);
    };
  }

  private boolean nearCliff(Query.Discover query, Set<PointId> among) {
    return among.stream()
        .flatMap(id -> points.get(id).vector().stream())
        .map(this::stored)
        .anyMatch(v ->
            query.context().stream()
                .anyMatch(p -> close(to(p.positive(), v), to(p.negative(), v))));
  }

  Map<String, List<PointId>> groups(Ranked all, int limit, int size) {
    Map<String, List<PointId>> groups = new LinkedHashMap<>();
    for (Scored s : all.list()) {
      for (String tag : points.get(s.id()).tags()) {
        if (groups.size() < limit) {
          groups.computeIfAbsent(tag, t -> new ArrayList<>());
        }
        List<PointId> group = groups.get(tag);
        if (group != null && group.size() < size && !group.contains(s.id())) {
          group.add(s.id());
        }
      }
    }
    return groups;
  }

  private List<Scored> scored(Set<PointId> among, ToDoubleFunction<double[]> score) {
    List<Scored> list = new ArrayList<>();
    for (PointId id : among) {
      points
          .get(id)
          .vector()
          .ifPresent(v -> list.add(new Scored(id, score.applyAsDouble(stored(v)))));
    }
    return list;
  }

  private static List<Scored> list(Map<PointId, Double> sums) {
    List<Scored> list = new ArrayList<>();
    sums.forEach((id, score) -> list.add(new Scored(id, score)));
    return list;
  }

  private double[] stored(float[] v) {
    return prepared(doubles(v));
  }

  private static double[] doubles(float[] v) {
    double[] d = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      d[i] = v[i];
    }
    return d;
  }

  private double[] prepared(double[] v) {
    double length = Math.sqrt(Arrays.stream(v).map(x -> x * x).sum());
    return distance == Distance.COSINE && length > 0
        ? Arrays.stream(v).map(x -> x / length).toArray()
        : v;
  }

  private double[] vector(Example example) {
    return switch (example) {
      case Example.OfVector(VectorValue v) -> doubles(((VectorValue.Dense) v).values());
      case Example.OfPoint(PointId id) -> stored(points.get(id).vector().orElseThrow());
    };
  }

  private double[] mean(List<Example> examples) {
    double[] mean = new double[vector(examples.getFirst()).length];
    for (Example example : examples) {
      double[] v = vector(example);
      for (int i = 0; i < mean.length; i++) {
        mean[i] += v[i] / examples.size();
      }
    }
    return mean;
  }

  private double to(Example example, double[] v) {
    return similarity(prepared(vector(example)), v);
  }

  private double best(List<Example> examples, double[] v) {
    return examples.stream().mapToDouble(e -> to(e, v)).max().orElse(Double.NEGATIVE_INFINITY);
  }

  private double sum(List<Example> examples, double[] v) {
    return examples.stream().mapToDouble(e -> to(e, v)).sum();
  }

  private static double sigma(double x) {
    return 0.5 * (x / (1 + Math.abs(x)) + 1);
  }

  private double similarity(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double d = a[i] - b[i];
      sum +=
          switch (distance) {
            case COSINE, DOT -> a[i] * b[i];
            case EUCLID -> -d * d;
            case MANHATTAN -> -Math.abs(d);
          };
    }
    return sum;
  }

  private double score(double similarity) {
    return switch (distance) {
      case COSINE, DOT -> similarity;
      case EUCLID -> Math.sqrt(-similarity);
      case MANHATTAN -> -similarity;
    };
  }

  private static boolean matches(Filter filter, Plain p) {
    return filter.must().stream().allMatch(c -> matches(c, p))
        && filter.mustNot().stream().noneMatch(c -> matches(c, p));
  }

  private static boolean matches(Condition condition, Plain p) {
    return switch (condition) {
      case Condition.MatchValue(var _, Scalar.Text(String tag)) -> p.tags().contains(tag);
      case Condition.MatchValue(var _, Scalar.Whole(long n)) -> p.n() == n;
      default -> throw new IllegalStateException("not drawn: " + condition);
    };
  }
}
