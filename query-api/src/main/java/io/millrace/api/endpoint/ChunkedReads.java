package io.millrace.api.endpoint;

import static java.util.Objects.requireNonNull;
import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import io.millrace.collection.Searcher;
import io.millrace.model.Deadline;
import io.millrace.model.Fetch;
import io.millrace.model.Hit;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Payloads and vectors of points that are known by id, a chunk at a time while they are written:
/// of a large answer only ids, scores and one chunk are held. A searcher sees one point in time, so
/// what it has found is there.
final class ChunkedReads {
  private final SearchPool pool;
  private final Searcher searcher;
  private final Fetch fetch;
  private final ChunkPace pace = new ChunkPace();
  private final Deadline deadline;

  ChunkedReads(SearchPool pool, Searcher searcher, Fetch fetch, Deadline deadline) {
    this.pool = pool;
    this.searcher = searcher;
    this.fetch = fetch;
    this.deadline = deadline;
  }

  /// Each point once, in the order of the ids; those that are not there are left out.
  void points(List<PointId> ids, Consumer<StoredPoint> sink) {
    List<PointId> each = ids.stream().distinct().toList();
    for (int from = 0, to; from < each.size(); from = to) {
      to = Math.min(from + pace.points(), each.size());
      read(each.subList(from, to)).forEach(sink);
    }
  }

  /// The hits, which have nothing but their ids, with the rest of them. They keep their versions.
  void hits(List<Hit> hits, Consumer<Hit> sink) {
    for (int from = 0, to; from < hits.size(); from = to) {
      to = Math.min(from + pace.points(), hits.size());
      List<Hit> some = hits.subList(from, to);
      Map<PointId, StoredPoint> points =
          read(some.stream().map(hit -> hit.point().id()).toList()).stream()
              .collect(toMap(StoredPoint::id, identity()));
      for (Hit hit : some) {
        StoredPoint bare = hit.point();
        StoredPoint point = requireNonNull(points.get(bare.id()), "seen by one searcher");
        sink.accept(
            new Hit(
                new StoredPoint(bare.id(), bare.pointVersion(), point.payload(), point.vectors()),
                hit.score(),
                hit.orderValue()));
      }
    }
  }

  private List<StoredPoint> read(List<PointId> ids) {
    List<StoredPoint> points = pool.run(deadline, () -> searcher.retrieve(ids, fetch, deadline));
    pace.read(points);
    return points;
  }
}
