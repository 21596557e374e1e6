package io.millrace.search.query;

import io.millrace.model.Condition;
import io.millrace.model.Condition.Position;
import io.millrace.model.Distance;
import io.millrace.model.Filter;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.model.VectorValue;
import io.millrace.model.query.Example;
import io.millrace.model.query.Query;
import io.millrace.model.query.Stage;
import io.millrace.search.query.PlainFormula.Bounded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;

/// What query trees mean, in float64 over maps, without a thought of speed. Every score comes with
/// its size: the sum of the absolute values of the terms it is the sum of, down to products of
/// components. That is what float32 rounds in proportion to, also where terms cancel each other
/// out. For formulas it is what has the same tolerance as the error that [PlainFormula] bounds.
final class PlainQueries {
  static final PayloadPath N = PayloadPath.parse("n");

  /// Of its size a score may be.
  static final double WRONG = 1e-5;

  /// Of their sizes: two scores that are both wrong may change places.
  private static final double CLOSE = 2 * WRONG;

  private static final double MARGIN = 1.1920929e-7;

  /// Candidates of MMR in groups where a query names no number.
  private static final int GROUPS_FRONT = 64;

  private final PlainCollection searched;
  private final Map<String, PlainCollection> collections;
  private final Map<PointId, Plain> points;
  private Set<PointId> excluded = Set.of();

  /// The one that is ranked.
  private Stage stage;

  /// @param searched the name of one of them
  PlainQueries(String searched, Map<String, PlainCollection> collections) {
    this.searched = collections.get(searched);
    this.collections = collections;
    this.points = this.searched.points();
  }

  record PlainCollection(Map<String, Distance> distances, Map<PointId, Plain> points) {
    /// Of the points with this vector.
    List<PointId> having(String vector) {
      return points.keySet().stream().filter(id -> has(id, vector)).toList();
    }

    List<PointId> lacking(String vector) {
      return points.keySet().stream().filter(id -> !has(id, vector)).toList();
    }

    private boolean has(PointId id, String vector) {
      return points.get(id).vectors().containsKey(vector);
    }
  }

  /// @param micros since the epoch
  record Plain(
      Map<String, float[]> vectors,
      int n,
      List<String> tags,
      Optional<Double> price,
      Optional<Position> place,
      Optional<Long> micros) {}

  record Scored(PointId id, double score, double size) {
    Scored(PointId id, Num score) {
      this(id, score.value, score.size);
    }
  }

  /// A number and the sum of the absolute values of its terms.
  private record Num(double value, double size) {
    static final Num ZERO = new Num(0, 0);

    static Num of(double value) {
      return new Num(value, Math.abs(value));
    }

    Num plus(Num other) {
      return new Num(value + other.value, size + other.size);
    }

    Num minus(Num other) {
      return plus(other.times(-1));
    }

    Num times(double factor) {
      return new Num(factor * value, Math.abs(factor) * size);
    }

    boolean isClose(Num other) {
      return Math.abs(value - other.value) <= CLOSE * Math.max(size, other.size);
    }
  }

  /// @param rounded for each component, in proportion to what it was rounded; 0 = it is exact
  private record Example64(double[] values, double[] rounded) {
    static Example64 exact(float[] values) {
      return new Example64(doubles(values), new double[values.length]);
    }

    Example64 normalised() {
      double length = length(values);
      if (length == 0) {
        return this;
      }
      double[] v = new double[values.length];
      double[] r = new double[v.length];
      for (int i = 0; i < v.length; i++) {
        v[i] = values[i] / length;
        r[i] = Math.abs(v[i]) + rounded[i] / length;
      }
      return new Example64(v, r);
    }
  }

  /// @param isAmbiguous whether a stage below cut its list between scores that float32 may swap
  /// @param isCertain whether the order is right although scores may be close: it is by a value of
  ///   the payload, or of picks that were no close run
  record Ranked(List<Scored> list, boolean isAmbiguous, boolean isCertain) {
    boolean isTied(int i) {
      for (int j = 0; j < list.size() && !isCertain; j++) {
        if (j != i && close(list.get(i), list.get(j))) {
          return true;
        }
      }
      return false;
    }

    boolean hasTies() {
      return IntStream.range(0, list.size()).anyMatch(this::isTied);
    }
  }

  /// Whether one of the list may be on either side of the place. Sizes differ: it need not be next
  /// to it.
  private static boolean isCloseAcross(List<Scored> list, int place) {
    List<Scored> after = list.subList(place, list.size());
    return list.subList(0, place).stream()
        .anyMatch(before -> after.stream().anyMatch(s -> close(before, s)));
  }

  private static boolean close(Scored a, Scored b) {
    return Math.abs(a.score() - b.score()) <= CLOSE * Math.max(a.size(), b.size());
  }

  Ranked run(Stage root) {
    excluded = new HashSet<>();
    exclude(root);
    return run(root, List.of());
  }

  private void exclude(Stage stage) {
    if (source(stage) == searched) {
      for (Example example : stage.query().orElseThrow().examples()) {
        if (example instanceof Example.OfPoint(PointId id)) {
          excluded.add(id);
        }
      }
    }
    stage.prefetches().forEach(this::exclude);
  }

  private PlainCollection source(Stage stage) {
    return stage.lookupFrom().map(from -> collections.get(from.collection())).orElse(searched);
  }

  private Ranked run(Stage ranked, List<Filter> above) {
    List<Filter> filters = new ArrayList<>(above);
    filters.add(ranked.filter());
    boolean ambiguous = false;
    List<List<Scored>> lists = new ArrayList<>();
    for (Stage prefetch : ranked.prefetches()) {
      Ranked found = run(prefetch, filters);
      // Ranks of close scores decide in a fusion.
      ambiguous |= found.isAmbiguous() || found.hasTies();
      lists.add(found.list());
    }
    stage = ranked;
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
            ? !distance().largerIsBetter()
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
      ambiguous |= !isOrdered && isCloseAcross(all, kept);
      all = new ArrayList<>(all.subList(0, kept));
    }
    if (stage.scoreThreshold().isPresent()) {
      double threshold = (float) stage.scoreThreshold().getAsDouble();
      ambiguous |= all.stream().anyMatch(s -> isNearThreshold(s, threshold));
      all = all.stream().takeWhile(s -> passes(query, s.score(), threshold)).toList();
    }
    if (mmr.isPresent()) {
      Picks picks = new Picks(example(query.examples().getFirst()), mmr.get(), all);
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
    return distance().largerIsBetter() ? score > threshold : score < threshold;
  }

  private static boolean isNearThreshold(Scored scored, double threshold) {
    return Math.abs(scored.score() - threshold)
        <= 10 * CLOSE * Math.max(scored.size(), Math.abs(threshold));
  }

  /// Picks by maximal marginal relevance: first the candidate that is most similar to the query,
  /// then whatever has the most of λ · (similarity to the query) − (1 − λ) · (similarity to the
  /// nearest pick), the last of equal ones. The last candidate takes the place of a picked one.
  private final class Picks {
    private final Example64 query;
    private final double lambda;
    private final List<Scored> left;
    private final List<Scored> picked = new ArrayList<>();

    /// Of each that is left, to the nearest pick.
    private final Map<PointId, Num> toPicked = new HashMap<>();

    /// Whether float32 may have come to other picks.
    private boolean areClose;

    Picks(Example64 query, Query.Mmr mmr, List<Scored> candidates) {
      this.query = query;
      this.lambda = 1 - (double) mmr.diversity();
      this.left = new ArrayList<>(candidates);
      for (int i = 1; i < candidates.size(); i++) {
        Scored one = candidates.get(i - 1);
        Scored other = candidates.get(i);
        // Where the candidates are in another order, the last is another one.
        areClose |= close(one, other) && !areEqual(one, other) && hasEqual();
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
              Math.abs(values[i] - values[best]) <= CLOSE * size(left.get(i))
                  && !areEqual(left.get(i), left.get(best));
        }
        Scored pick = left.get(best);
        picked.add(pick);
        left.set(best, left.getLast());
        left.removeLast();
        Example64 of = exact(storedOf(pick));
        left.forEach(
            c -> toPicked.merge(c.id(), similarity(of, storedOf(c)), PlainQueries::larger));
      }
    }

    private double value(Scored candidate) {
      double toQuery = similarity(query, storedOf(candidate)).value;
      return picked.isEmpty()
          ? toQuery
          : lambda * toQuery - (1 - lambda) * toPicked.get(candidate.id()).value;
    }

    /// Of what a value is the difference.
    private double size(Scored candidate) {
      double toQuery = similarity(query, storedOf(candidate)).size;
      return picked.isEmpty() ? toQuery : Math.max(toQuery, toPicked.get(candidate.id()).size);
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
      return stored(scored.id()).orElseThrow();
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
    ids.forEach(id -> list.add(new Scored(id, 1, 1)));
    return list;
  }

  private List<Scored> ranked(Query query, Set<PointId> among, List<List<Scored>> lists) {
    return switch (query) {
      case Query.Nearest(Example example, var _) -> {
        Example64 q = example(example);
        yield scored(among, v -> score(similarity(q, v)));
      }
      case Query.Recommend(var positives, var negatives, var strategy) -> {
        List<Example> positive = known(positives);
        List<Example> negative = known(negatives);
        yield switch (strategy) {
          case AVERAGE_VECTOR -> {
            Example64 q = prepared(average(positive, negative));
            yield scored(among, v -> score(similarity(q, v)));
          }
          case BEST_SCORE ->
              scored(
                  among,
                  v -> {
                    Num p = best(positive, v);
                    Num n = best(negative, v);
                    return p.value > n.value ? sigma(p) : sigma(n).times(-1);
                  });
          case SUM_SCORES -> scored(among, v -> sum(positive, v).minus(sum(negative, v)));
        };
      }
      case Query.Discover(Example target, var context) ->
          scored(
              among,
              v -> {
                double rank = 0;
                for (Query.Pair pair : context) {
                  rank += Math.signum(to(pair.positive(), v).value - to(pair.negative(), v).value);
                }
                return Num.of(rank).plus(sigma(to(target, v)));
              });
      case Query.Context(var pairs) ->
          scored(
              among,
              v -> {
                Num sum = Num.ZERO;
                for (Query.Pair pair : pairs) {
                  sum = sum.plus(loss(to(pair.positive(), v).minus(to(pair.negative(), v))));
                }
                return sum;
              });
      case Query.Feedback(Example target, var feedback, float a, float b, float c) ->
          scored(
              among,
              v -> {
                Num sum = to(target, v).times(a);
                for (Query.Rated high : feedback) {
                  for (Query.Rated low : feedback) {
                    double delta = (double) high.score() - low.score();
                    if (delta > 0) {
                      Num difference = to(high.example(), v).minus(to(low.example(), v));
                      sum = sum.plus(difference.times(Math.pow(delta, b) * c));
                    }
                  }
                }
                return sum;
              });
      case Query.Rrf(long k, var weights) -> {
        Map<PointId, Num> sums = new TreeMap<>();
        for (int l = 0; l < lists.size(); l++) {
          double w = weights.isEmpty() ? 1 : weights.get(l);
          for (int i = 0; i < lists.get(l).size(); i++) {
            double share = w <= 0 ? 0 : 1 / ((i + 1) / w + k - 1);
            sums.merge(lists.get(l).get(i).id(), Num.of(share), Num::plus);
          }
        }
        yield list(sums);
      }
      case Query.Dbsf _ -> {
        Map<PointId, Num> sums = new TreeMap<>();
        for (List<Scored> l : lists) {
          double mean = l.stream().mapToDouble(Scored::score).average().orElse(0);
          double largest = l.stream().mapToDouble(Scored::size).max().orElse(0);
          double var =
              l.stream().mapToDouble(s -> Math.pow(s.score() - mean, 2)).sum() / (l.size() - 1);
          double sigma = l.size() < 2 ? 0 : Math.sqrt(var);
          for (Scored s : l) {
            double x = sigma == 0 ? 0.5 : (s.score() - mean + 3 * sigma) / (6 * sigma);
            // The mean and the deviation are as exact as the list is.
            double far = Math.abs(s.score() - mean) / sigma;
            double size = sigma == 0 ? 0.5 : 0.5 + (s.size() + largest) * (1 + far) / (6 * sigma);
            sums.merge(s.id(), new Num(x, size), Num::plus);
          }
        }
        yield list(sums);
      }
      case Query.ByFormula(var formula) -> {
        List<Map<PointId, Bounded>> scores = new ArrayList<>();
        for (List<Scored> l : lists) {
          Map<PointId, Bounded> byId = new HashMap<>();
          l.forEach(s -> byId.putIfAbsent(s.id(), new Bounded(s.score(), WRONG * s.size())));
          scores.add(byId);
        }
        List<Scored> all = new ArrayList<>();
        for (PointId id : among) {
          Bounded value = new PlainFormula(formula, scores, id, points.get(id)).value();
          all.add(new Scored(id, value.value(), Math.abs(value.value()) + value.error() / WRONG));
        }
        yield all;
      }
      case Query.OrderBy _, Query.Sample _ -> throw new IllegalStateException("not ranked");
    };
  }

  private boolean nearCliff(Query.Discover query, Set<PointId> among) {
    return among.stream()
        .flatMap(id -> stored(id).stream())
        .anyMatch(v ->
            query.context().stream()
                .anyMatch(p -> to(p.positive(), v).isClose(to(p.negative(), v))));
  }

  /// Of every point the nearest of the others.
  ///
  /// @param among ascending
  List<List<Scored>> neighbours(String vector, List<PointId> among) {
    stage = stageOf(vector);
    List<List<Scored>> all = new ArrayList<>();
    for (PointId id : among) {
      Set<PointId> others = new HashSet<>(among);
      others.remove(id);
      Example64 q = example(new Example.OfPoint(id));
      List<Scored> list = scored(others, v -> score(similarity(q, v)));
      Comparator<Scored> byScore = Comparator.comparingDouble(Scored::score);
      list.sort(
          (distance().largerIsBetter() ? byScore.reversed() : byScore).thenComparing(Scored::id));
      all.add(list);
    }
    return all;
  }

  private static Stage stageOf(String vector) {
    return new Stage(
        List.of(),
        Optional.empty(),
        Optional.of(vector),
        Filter.ALL,
        SearchParams.EXACT,
        OptionalDouble.empty(),
        0,
        Optional.empty());
  }

  /// The points that a filter admits, ascending.
  List<PointId> matching(Filter filter) {
    return points.entrySet().stream()
        .filter(e -> matches(filter, e.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /// Groups by tags; empty where float32 may come to others. Picks are not one list: they are made
  /// among so many candidates, and anew among the points of groups that are missing or not full.
  Optional<Map<String, List<PointId>>> groups(Stage tree, PayloadPath tags, int limit, int size) {
    Optional<Query.Mmr> mmr =
        tree.query().orElseThrow() instanceof Query.Nearest(var _, var asked)
            ? asked
            : Optional.empty();
    int all = points.size();
    int most = mmr.isEmpty() ? all : Math.min(all, mmr.get().candidates().orElse(GROUPS_FRONT));
    Map<String, List<PointId>> groups = new LinkedHashMap<>();
    Ranked found = run(tree.withLimit(most));
    boolean isCertain = isCertain(found);
    gather(found, Set.of(), groups, limit, size);
    if (found.list().size() == most && most < all) {
      int before = -1;
      while (isCertain && groups.size() < limit && groups.size() > before) {
        before = groups.size();
        Set<String> known = Set.copyOf(groups.keySet());
        List<Scalar> values = known.stream().<Scalar>map(Scalar.Text::new).toList();
        found = run(narrowed(tree, new Condition.MatchExcept(tags, values)).withLimit(most));
        isCertain = isCertain(found);
        gather(found, known, groups, limit, size);
      }
      for (Map.Entry<String, List<PointId>> group : groups.entrySet()) {
        if (group.getValue().size() < size) {
          Scalar tag = new Scalar.Text(group.getKey());
          found = run(narrowed(tree, new Condition.MatchValue(tags, tag)).withLimit(size));
          isCertain &= isCertain(found);
          group.setValue(found.list().stream().map(Scored::id).toList());
        }
      }
    }
    return isCertain ? Optional.of(groups) : Optional.empty();
  }

  private static boolean isCertain(Ranked found) {
    return !found.isAmbiguous() && !found.hasTies();
  }

  private static Stage narrowed(Stage tree, Condition condition) {
    return tree.withFilter(tree.filter().and(Filter.must(condition)));
  }

  /// @param full tags of groups that take no more
  private void gather(
      Ranked found, Set<String> full, Map<String, List<PointId>> groups, int limit, int size) {
    for (Scored s : found.list()) {
      for (String tag : points.get(s.id()).tags()) {
        if (groups.size() < limit) {
          groups.computeIfAbsent(tag, t -> new ArrayList<>());
        }
        List<PointId> group = full.contains(tag) ? null : groups.get(tag);
        if (group != null && group.size() < size && !group.contains(s.id())) {
          group.add(s.id());
        }
      }
    }
  }

  private List<Scored> scored(Set<PointId> among, Function<double[], Num> score) {
    List<Scored> list = new ArrayList<>();
    for (PointId id : among) {
      stored(id).ifPresent(v -> list.add(new Scored(id, score.apply(v))));
    }
    return list;
  }

  private static List<Scored> list(Map<PointId, Num> sums) {
    List<Scored> list = new ArrayList<>();
    sums.forEach((id, score) -> list.add(new Scored(id, score)));
    return list;
  }

  private Distance distance() {
    return searched.distances().get(stage.vector());
  }

  private Optional<double[]> stored(PointId id) {
    return stored(searched, stage.vector(), id).map(Example64::values);
  }

  private static Optional<Example64> stored(PlainCollection of, String vector, PointId id) {
    return Optional.ofNullable(of.points().get(id).vectors().get(vector))
        .map(Example64::exact)
        .map(v -> of.distances().get(vector) == Distance.COSINE ? v.normalised() : v);
  }

  private static double[] doubles(float[] v) {
    double[] d = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      d[i] = v[i];
    }
    return d;
  }

  private static double length(double[] v) {
    return Math.sqrt(Arrays.stream(v).map(x -> x * x).sum());
  }

  private static Example64 exact(double[] v) {
    return new Example64(v, new double[v.length]);
  }

  private Example64 prepared(Example64 v) {
    return distance() == Distance.COSINE ? v.normalised() : v;
  }

  /// As it is given or stored.
  private Optional<Example64> find(Example example) {
    return switch (example) {
      case Example.OfVector(VectorValue v) ->
          Optional.of(Example64.exact(((VectorValue.Dense) v).values()));
      case Example.OfPoint(PointId id) -> {
        Optional<String> named = stage.lookupFrom().flatMap(Stage.LookupFrom::vector);
        yield stored(source(stage), named.orElse(stage.vector()), id);
      }
    };
  }

  private Example64 example(Example example) {
    return prepared(find(example).orElseThrow());
  }

  /// A recommendation does without those that lack the vector.
  private List<Example> known(List<Example> examples) {
    return examples.stream().filter(example -> find(example).isPresent()).toList();
  }

  private Example64 average(List<Example> positive, List<Example> negative) {
    Example64 p = mean(positive);
    if (negative.isEmpty()) {
      return p;
    }
    Example64 n = mean(negative);
    double[] values = new double[p.values.length];
    double[] rounded = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = 2 * p.values[i] - n.values[i];
      rounded[i] =
          2 * Math.max(Math.abs(p.values[i]), p.rounded[i])
              + Math.max(Math.abs(n.values[i]), n.rounded[i]);
    }
    return new Example64(values, rounded);
  }

  private Example64 mean(List<Example> examples) {
    if (examples.size() == 1) {
      return find(examples.getFirst()).orElseThrow();
    }
    double[] values = null;
    double[] rounded = null;
    for (Example example : examples) {
      Example64 v = find(example).orElseThrow();
      values = values == null ? new double[v.values.length] : values;
      rounded = rounded == null ? new double[v.values.length] : rounded;
      for (int i = 0; i < values.length; i++) {
        values[i] += v.values[i] / examples.size();
        rounded[i] += Math.max(Math.abs(v.values[i]), v.rounded[i]) / examples.size();
      }
    }
    return new Example64(values, rounded);
  }

  private static Num larger(Num a, Num b) {
    return a.value >= b.value ? a : b;
  }

  private Num to(Example example, double[] v) {
    return similarity(example(example), v);
  }

  private Num best(List<Example> examples, double[] v) {
    return examples.stream()
        .map(e -> to(e, v))
        .max(Comparator.comparingDouble(Num::value))
        .orElse(new Num(Double.NEGATIVE_INFINITY, 0));
  }

  private Num sum(List<Example> examples, double[] v) {
    return examples.stream().map(e -> to(e, v)).reduce(Num.ZERO, Num::plus);
  }

  private static Num sigma(Num x) {
    return sigmoid(x).plus(Num.of(1)).times(0.5);
  }

  private static Num sigmoid(Num x) {
    double flat = 1 + Math.abs(x.value);
    return new Num(x.value / flat, Math.abs(x.value) / flat + x.size / (flat * flat));
  }

  /// Of a pair whose positive side is ahead by so much.
  private static Num loss(Num ahead) {
    boolean isNone = ahead.value > CLOSE * ahead.size + MARGIN;
    return isNone
        ? Num.ZERO
        : sigmoid(new Num(Math.min(ahead.value - MARGIN, 0), ahead.size + MARGIN));
  }

  private Num similarity(Example64 a, double[] b) {
    double sum = 0;
    double size = 0;
    double lost = 0;
    for (int i = 0; i < b.length; i++) {
      double d = a.values[i] - b[i];
      double rounded = a.rounded[i];
      switch (distance()) {
        case COSINE, DOT -> {
          sum += a.values[i] * b[i];
          size += Math.max(Math.abs(a.values[i]), rounded) * Math.abs(b[i]);
        }
        case EUCLID -> {
          sum -= d * d;
          lost += rounded * rounded;
        }
        case MANHATTAN -> {
          sum -= Math.abs(d);
          size += Math.abs(d) + rounded;
        }
      }
    }
    return new Num(
        sum, distance() == Distance.EUCLID ? Math.pow(Math.sqrt(-sum) + Math.sqrt(lost), 2) : size);
  }

  private Num score(Num similarity) {
    return switch (distance()) {
      case COSINE, DOT -> similarity;
      case EUCLID -> new Num(Math.sqrt(-similarity.value), Math.sqrt(similarity.size));
      case MANHATTAN -> new Num(-similarity.value, similarity.size);
    };
  }

  private static boolean matches(Filter filter, Plain p) {
    return filter.must().stream().allMatch(c -> matches(c, p))
        && filter.mustNot().stream().noneMatch(c -> matches(c, p));
  }

  static boolean matches(Condition condition, Plain p) {
    return switch (condition) {
      case Condition.MatchValue(var _, Scalar.Text(String tag)) -> p.tags().contains(tag);
      case Condition.MatchValue(var _, Scalar.Whole(long n)) -> p.n() == n;
      case Condition.Clause(Filter filter) -> matches(filter, p);
      case Condition.MatchExcept(var _, var values) ->
          p.tags().stream().anyMatch(tag -> !values.contains(new Scalar.Text(tag)));
      default -> throw new IllegalStateException("not drawn: " + condition);
    };
  }
}
