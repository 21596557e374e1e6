package io.millrace.api.endpoint;

import io.millrace.api.json.UpdateJson.Update;
import io.millrace.api.strict.StrictMode;
import io.millrace.collection.Collection;
import io.millrace.collection.Quotas;
import io.millrace.collection.Searcher;
import io.millrace.model.Deadline;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.Point;
import io.millrace.model.Selection;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Holds writes against a collection's strict mode.
final class StrictWrites {
  /// For counting what a filter matches; past it the write is refused as a slow read would be.
  private static final Duration COUNTING = Duration.ofSeconds(60);

  private final SearchPool pool;
  private final Quotas quotas;

  /// @param quotas knows how much memory is held
  StrictWrites(SearchPool pool, Quotas quotas) {
    this.pool = pool;
    this.quotas = quotas;
  }

  /// All are checked before the first one runs. What is refused takes no tokens.
  void check(StrictMode strict, Collection collection, List<Update> updates, Call call) {
    strict.timeout(call.namedTimeout());
    for (Update update : updates) {
      for (Operation operation : update.operations()) {
        check(strict, collection, operation);
      }
    }
    call.refuse();
    if (strict.countsWrites()) {
      long points = 0;
      for (Update update : updates) {
        for (Operation operation : update.operations()) {
          points += points(strict, collection, operation);
        }
      }
      strict.takeWrites(points);
    }
  }

  private void check(StrictMode strict, Collection collection, Operation operation) {
    switch (operation) {
      case Operation.Upsert(List<Point> points, _) -> {
        strict.upserted(points.size());
        sizes(strict, collection);
        for (Point point : points) {
          vectors(strict, point.vectors());
        }
      }
      case Operation.UpdateVectors(List<Operation.PointVectors> points, _) -> {
        strict.updatedVectors(points.size());
        sizes(strict, collection);
        for (Operation.PointVectors point : points) {
          vectors(strict, point.vectors());
        }
      }
      case Operation.Versioned(Operation inner, _) -> check(strict, collection, inner);
      case Operation.SetPayload set -> payload(strict, collection, set.which());
      case Operation.OverwritePayload overwrite -> payload(strict, collection, overwrite.which());
      case Operation.Delete _,
          Operation.DeletePayload _,
          Operation.ClearPayload _,
          Operation.DeleteVectors _ ->
          filter(operation).ifPresent(strict::writeFilter);
    }
  }

  private void payload(StrictMode strict, Collection collection, Selection which) {
    memory(strict);
    if (strict.settings().payloadBytes().isPresent()) {
      strict.payloadBytes(collection.payloadStorageBytes());
    }
    if (which instanceof Selection.Matching(Filter filter)) {
      strict.writeFilter(filter);
    }
  }

  private void memory(StrictMode strict) {
    if (strict.settings().residentMemoryPercent().isPresent()) {
      strict.residentMemory(quotas.usage().residentMemory());
    }
  }

  private void sizes(StrictMode strict, Collection collection) {
    memory(strict);
    if (strict.settings().vectorBytes().isPresent()) {
      strict.vectorBytes(vectorBytes(collection));
    }
    if (strict.settings().payloadBytes().isPresent()) {
      strict.payloadBytes(collection.payloadStorageBytes());
    }
    if (strict.settings().points().isPresent()) {
      strict.points(collection.info().points());
    }
  }

  /// As if every point had every vector.
  private static long vectorBytes(Collection collection) {
    long row = 0;
    for (VectorConfig vector : collection.config().vectors().values()) {
      row += 4L * vector.size();
    }
    return row * collection.info().points();
  }

  private static void vectors(StrictMode strict, Map<String, VectorValue> vectors) {
    vectors.forEach((name, value) -> {
      switch (value) {
        case VectorValue.Dense _ -> {}
        case VectorValue.Sparse sparse -> strict.sparse(name, sparse.indices().length);
        case VectorValue.Multi multi -> strict.multi(name, multi.rows().length / multi.dimension());
      }
    });
  }

  private static Optional<Filter> filter(Operation operation) {
    return selection(operation)
        .flatMap(which ->
            which instanceof Selection.Matching(Filter filter)
                ? Optional.of(filter)
                : Optional.empty());
  }

  private static Optional<Selection> selection(Operation operation) {
    return switch (operation) {
      case Operation.Upsert _, Operation.UpdateVectors _ -> Optional.empty();
      case Operation.Delete o -> Optional.of(o.which());
      case Operation.SetPayload o -> Optional.of(o.which());
      case Operation.OverwritePayload o -> Optional.of(o.which());
      case Operation.DeletePayload o -> Optional.of(o.which());
      case Operation.ClearPayload o -> Optional.of(o.which());
      case Operation.DeleteVectors o -> Optional.of(o.which());
      case Operation.Versioned o -> selection(o.operation());
    };
  }

  private long points(StrictMode strict, Collection collection, Operation operation) {
    return switch (operation) {
      case Operation.Upsert o -> o.points().size();
      case Operation.UpdateVectors o -> o.points().size();
      case Operation.Versioned o -> points(strict, collection, o.operation());
      case Operation.Delete _,
          Operation.SetPayload _,
          Operation.OverwritePayload _,
          Operation.DeletePayload _,
          Operation.ClearPayload _,
          Operation.DeleteVectors _ ->
          selection(operation)
              .map(which ->
                  switch (which) {
                    case Selection.Ids(var ids) -> (long) ids.size();
                    case Selection.Matching(Filter filter) -> matches(strict, collection, filter);
                  })
              .orElse(0L);
    };
  }

  /// What Qdrant estimates: without an index half of the points may match.
  private long matches(StrictMode strict, Collection collection, Filter filter) {
    if (strict.isUnindexed(filter)) {
      return collection.info().points() / 2;
    }
    Deadline deadline = Deadline.in(COUNTING);
    try (Searcher searcher = collection.searcher(deadline)) {
      return pool.run(deadline, () -> searcher.count(filter, deadline));
    }
  }
}
