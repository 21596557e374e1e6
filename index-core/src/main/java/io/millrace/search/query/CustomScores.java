package io.millrace.search.query;

import io.millrace.model.query.Query;
import io.millrace.search.nearest.PointScore;
import java.util.List;

/// Scores made of a point's similarities to several examples (Qdrant's behaviour, 13.2, 13.3,
/// 13.7), larger is better. Similarities stand in the order of [Query#examples].
final class CustomScores {
  /// What a context pair asks of the positive side beyond the negative: float32's epsilon.
  private static final float MARGIN = 1.1920929e-7f;

  private CustomScores() {}

  static PointScore bestScore(int positives) {
    return s -> {
      float positive = Float.NEGATIVE_INFINITY;
      float negative = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < s.length; i++) {
        if (i < positives) {
          positive = Math.max(positive, s[i]);
        } else {
          negative = Math.max(negative, s[i]);
        }
      }
      return positive > negative ? scaledSigmoid(positive) : -scaledSigmoid(negative);
    };
  }

  static PointScore sumScores(int positives) {
    return s -> {
      float positive = 0;
      float negative = 0;
      for (int i = 0; i < s.length; i++) {
        if (i < positives) {
          positive += s[i];
        } else {
          negative += s[i];
        }
      }
      return positive - negative;
    };
  }

  /// The target first, then pairs.
  static PointScore discover() {
    return s -> {
      int rank = 0;
      for (int i = 1; i < s.length; i += 2) {
        rank += Float.compare(s[i], s[i + 1]);
      }
      return rank + scaledSigmoid(s[0]);
    };
  }

  static PointScore context() {
    return s -> {
      float sum = 0;
      for (int i = 0; i < s.length; i += 2) {
        sum += sigmoid(Math.min(s[i] - s[i + 1] - MARGIN, 0));
      }
      return sum;
    };
  }

  /// The target first, then the rated examples. Every ordered pair of ratings weighs in with
  /// `c·δ^b`; gathered by example the sum over all pairs is one weight for each.
  static PointScore feedback(Query.Feedback query) {
    List<Query.Rated> rated = query.feedback();
    double[] weights = new double[1 + rated.size()];
    weights[0] = query.a();
    for (int i = 0; i < rated.size(); i++) {
      for (int j = 0; j < rated.size(); j++) {
        double difference = (double) rated.get(i).score() - rated.get(j).score();
        if (difference > 0) {
          double weight = query.c() * Math.pow(difference, query.b());
          weights[1 + i] += weight;
          weights[1 + j] -= weight;
        }
      }
    }
    return s -> {
      double sum = 0;
      for (int i = 0; i < s.length; i++) {
        sum += weights[i] * s[i];
      }
      return (float) sum;
    };
  }

  private static float scaledSigmoid(float x) {
    return 0.5f * (sigmoid(x) + 1);
  }

  private static float sigmoid(float x) {
    return x / (1 + Math.abs(x));
  }
}
