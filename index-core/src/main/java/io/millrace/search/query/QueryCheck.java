package io.millrace.search.query;

import io.millrace.model.BadInput;
import io.millrace.model.query.Query;
import io.millrace.model.query.Stage;

/// Which parts of a stage go together (Qdrant's behaviour, 13.1).
final class QueryCheck {
  /// Levels of prefetches below the root.
  private static final int DEPTH = 64;

  private QueryCheck() {}

  static void check(Stage root) {
    check(root, 0);
  }

  private static void check(Stage stage, int depth) {
    if (depth > DEPTH) {
      throw BadInput.badRequest("prefetches depth " + depth + " exceeds max depth " + DEPTH);
    }
    stage.query().ifPresentOrElse(query -> check(stage, query), () -> checkWithout(stage));
    stage.prefetches().forEach(prefetch -> check(prefetch, depth + 1));
  }

  private static void checkWithout(Stage stage) {
    if (!stage.prefetches().isEmpty()) {
      throw BadInput.badRequest(
          "A query is needed to merge the prefetches."
              + " Can't have prefetches without defining a query.");
    }
    if (stage.scoreThreshold().isPresent()) {
      throw BadInput.badRequest(
          "A query is needed to use the score_threshold."
              + " Can't have score_threshold without defining a query.");
    }
  }

  private static void check(Stage stage, Query query) {
    switch (query) {
      case Query.Nearest _,
          Query.Recommend _,
          Query.Discover _,
          Query.Context _,
          Query.Feedback _,
          Query.Sample _ -> {}
      case Query.OrderBy _ -> {
        if (stage.scoreThreshold().isPresent()) {
          throw BadInput.badRequest("Can't use score_threshold with an order_by query.");
        }
      }
      case Query.Rrf _, Query.Dbsf _ -> {
        if (!stage.vector().isEmpty()) {
          throw BadInput.badRequest("Fusion queries cannot be combined with the 'using' field.");
        }
        needPrefetches(stage, "Fusion");
      }
      case Query.ByFormula _ -> needPrefetches(stage, "Formula");
    }
  }

  private static void needPrefetches(Stage stage, String kind) {
    if (stage.prefetches().isEmpty()) {
      throw BadInput.badRequest("cannot apply " + kind + " without prefetches");
    }
  }
}
