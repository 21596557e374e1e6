package io.millrace.collection;

import io.millrace.index.Segments;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Operation;
import io.millrace.model.Operation.Precondition;
import io.millrace.model.Point;
import io.millrace.model.VectorConfig;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.DirectoryReader;

/// Which points readers of a collection do not see because nothing may build their graph: once the
/// rows without a graph reach the indexing threshold, the view stays as it is until the settings
/// allow graphs again, an index is changed or the collection is opened again (Qdrant's
/// `prevent_unoptimized`). Whoever waits for a deferred write is not held up.
final class Deferral {

  /// An upsert at the threshold.
  ///
  /// @param seen what still fits; may be without points
  /// @param deferred the rest
  record Split(Operation.Upsert seen, Operation.Upsert deferred) {}

  private Deferral() {}

  /// Empty where the whole operation can be seen.
  ///
  /// @param reader what is applied before the operation
  static Optional<Split> split(Operation operation, DirectoryReader reader, CollectionConfig config)
      throws IOException {
    if (!(operation instanceof Operation.Upsert(List<Point> points, Precondition precondition))) {
      return Optional.empty();
    }
    long room = room(reader, config);
    if (points.size() <= room) {
      return Optional.empty();
    }
    int fits = precondition.equals(Precondition.NONE) ? (int) room : 0;
    return Optional.of(
        new Split(
            new Operation.Upsert(points.subList(0, fits), precondition),
            new Operation.Upsert(points.subList(fits, points.size()), precondition)));
  }

  /// Points until the threshold.
  private static long room(DirectoryReader reader, CollectionConfig config) throws IOException {
    long rowBytes = 0;
    for (VectorConfig vector : config.vectors().values()) {
      rowBytes += 4L * vector.size();
    }
    if (rowBytes == 0 || config.indexingThresholdKb() == 0) {
      return Long.MAX_VALUE;
    }
    Segments segments = Segments.of(reader, config);
    long flat = segments.points() - segments.indexedDense() / config.vectors().size();
    return Math.max(0, config.indexingThresholdKb() * 1024 / rowBytes - Math.max(0, flat));
  }
}
