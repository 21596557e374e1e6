package io.millrace.bench.kafka;

import io.millrace.collection.Collection;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Collections;
import io.millrace.collection.StoreSettings;
import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
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

/// The same points given to the engine by calls, without Kafka and decoding: what is left is log,
/// index and graph.
final class EngineAlone {
  private static final int BATCH = 500;

  private EngineAlone() {}

  /// @return seconds until the graph over all points stands
  static double seconds(Path folder, Records records, int points, int threshold)
      throws InterruptedException {
    try (Collections collections = Collections.open(folder, StoreSettings.defaults())) {
      VectorConfig vector =
          new VectorConfig(
              records.dimension(),
              Distance.COSINE,
              16,
              100,
              10_000,
              new VectorConfig.Quantization.None());
      Collection collection =
          collections.create(
              "alone",
              new CollectionConfig(
                  new TreeMap<>(Map.of("", vector)), threshold, PayloadBytes.EMPTY));
      List<List<Point>> batches = new ArrayList<>();
      for (int from = 0; from < points; from += BATCH) {
        List<Point> batch = new ArrayList<>();
        for (int id = from; id < Math.min(points, from + BATCH); id++) {
          batch.add(
              new Point(
                  PointId.of(id),
                  Map.of("", new VectorValue.Dense(records.vector(id))),
                  PayloadBytes.of(Records.payload(id))));
        }
        batches.add(batch);
      }
      long start = System.nanoTime();
      Submission last = null;
      for (List<Point> batch : batches) {
        last = collection.submit(WriteBatch.interactive(new Operation.Upsert(batch)));
      }
      if (last != null) {
        collection.awaitSearchable(last.lastSequence(), Deadline.in(Duration.ofMinutes(10)));
      }
      CollectionInfo info = collection.info();
      while (info.status() != CollectionInfo.Status.GREEN || info.indexedVectors() < points) {
        Thread.sleep(Duration.ofMillis(50));
        info = collection.info();
      }
      return (System.nanoTime() - start) / 1e9;
    }
  }
}
