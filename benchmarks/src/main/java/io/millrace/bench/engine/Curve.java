package io.millrace.bench.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/// Recall against cost of one engine: one point per `ef`, each with the costs of all rounds.
final class Curve {
  private final List<Knot> knots = new ArrayList<>();

  /// @param micros CPU time per query, round by round
  record Knot(int ef, double recall, List<Double> micros) {
    double median() {
      double[] sorted = micros.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      return sorted[sorted.length / 2];
    }
  }

  void add(int ef, double recall, double micros) {
    for (Knot knot : knots) {
      if (knot.ef == ef) {
        knot.micros.add(micros);
        return;
      }
    }
    knots.add(new Knot(ef, recall, new ArrayList<>(List.of(micros))));
    knots.sort(Comparator.comparingInt(Knot::ef));
  }

  List<Knot> knots() {
    return knots;
  }

  int rounds() {
    return knots.stream().mapToInt(knot -> knot.micros.size()).min().orElse(0);
  }

  /// What the recall costs in that round: on the line between the first point that reaches it and
  /// the one before. Empty where no point reaches it; the cheapest point where all do.
  OptionalDouble costAt(double recall, int round) {
    Knot before = null;
    for (Knot knot : knots) {
      if (knot.recall >= recall) {
        double here = knot.micros.get(round);
        if (before == null || knot.recall == before.recall) {
          return OptionalDouble.of(here);
        }
        double share = (recall - before.recall) / (knot.recall - before.recall);
        double there = before.micros.get(round);
        return OptionalDouble.of(there + share * (here - there));
      }
      before = knot;
    }
    return OptionalDouble.empty();
  }

  /// Median of the rounds; NaN where the recall is not reached.
  double costAt(double recall) {
    double[] costs = new double[rounds()];
    for (int round = 0; round < costs.length; round++) {
      costs[round] = costAt(recall, round).orElse(Double.NaN);
    }
    return costs.length == 0 ? Double.NaN : Spread.of(costs).median();
  }

  /// How many times as fast this engine is as another at equal recall, round by round.
  Spread ratioTo(Curve other, double recall) {
    double[] ratios = new double[Math.min(rounds(), other.rounds())];
    for (int round = 0; round < ratios.length; round++) {
      OptionalDouble mine = costAt(recall, round);
      OptionalDouble theirs = other.costAt(recall, round);
      ratios[round] =
          mine.isPresent() && theirs.isPresent()
              ? theirs.getAsDouble() / mine.getAsDouble()
              : Double.NaN;
    }
    return Spread.of(ratios);
  }

  /// NaN where there is nothing to compare.
  record Spread(double least, double median, double most) {
    static Spread of(double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted); // NaN comes last
      if (sorted.length == 0 || Double.isNaN(sorted[sorted.length - 1])) {
        return new Spread(Double.NaN, Double.NaN, Double.NaN);
      }
      return new Spread(sorted[0], sorted[sorted.length / 2], sorted[sorted.length - 1]);
    }
  }
}
