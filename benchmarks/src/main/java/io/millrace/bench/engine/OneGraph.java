package io.millrace.bench.engine;

import io.millrace.collection.Collection;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.collection.StoreSettings;
import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/// A collection of a data folder, through the door of the product, whose points get a graph over
/// everything as soon as the last of them is there: one segment, as in every engine.
final class OneGraph implements AutoCloseable {
  private final int points;
  private final Collections store;
  private final Collection collection;

  /// @param rows of the vectors of all points
  OneGraph(Path folder, VectorConfig vector, int points, long rows) {
    this.points = points;
    this.store = Collections.open(folder, StoreSettings.defaults());
    this.collection =
        store.create(
            "bench",
            new CollectionConfig(
                new TreeMap<>(Map.of("", vector)),
                threshold(rows, vector.size()),
                PayloadBytes.EMPTY));
  }

  /// Kilobytes of so many rows, from which on they get a graph.
  static long threshold(long rows, int dimension) {
    return Math.max(1, rows * Float.BYTES * dimension / 1024);
  }

  /// Writes the points 0 to n − 1 and waits for their graph. Returns the CPU seconds of the process
  /// until it was there.
  ///
  /// @param point by its number, which is its id
  double fill(int batchPoints, IntFunction<Point> point) throws InterruptedException {
    double before = ThreadedQueries.processSeconds();
    Submission last = null;
    for (int from = 0; from < points; from += batchPoints) {
      List<Point> batch = new ArrayList<>();
      for (int id = from; id < Math.min(points, from + batchPoints); id++) {
        batch.add(point.apply(id));
      }
      last = collection.submit(WriteBatch.interactive(new Operation.Upsert(batch)));
    }
    if (last != null) {
      collection.awaitSearchable(last.lastSequence(), Deadline.in(Duration.ofMinutes(30)));
    }
    while (!hasGraph(collection.info())) {
      Thread.sleep(Duration.ofMillis(50));
    }
    return ThreadedQueries.processSeconds() - before;
  }

  /// A point with one vector and nothing else.
  static Point point(int id, VectorValue vector) {
    return new Point(PointId.of(id), Map.of("", vector), PayloadBytes.EMPTY);
  }

  private boolean hasGraph(CollectionInfo info) {
    return info.status() == CollectionInfo.Status.GREEN && info.indexedVectors() == points;
  }

  Searcher searcher() {
    return collection.searcher(Deadline.NONE);
  }

  @Override
  public void close() {
    store.close();
  }
}
