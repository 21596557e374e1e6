package io.millrace.api.endpoint;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import io.millrace.collection.Searcher;
import io.millrace.model.Deadline;
import io.millrace.model.Fetch;
import io.millrace.model.Hit;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
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
    each(ids.stream().distinct().toList()).forEachRemaining(point -> point.ifPresent(sink));
  }

  /// The hits, which have nothing but their ids, with the rest of them. They keep their versions.
  Iterator<Hit> hits(List<Hit> hits) {
    Iterator<Hit> bare = hits.iterator();
    Iterator<Optional<StoredPoint>> points =
        each(hits.stream().map(hit -> hit.point().id()).toList());
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return bare.hasNext();
      }

      @Override
      public Hit next() {
        return filled(bare.next(), points.next().orElseThrow());
      }
    };
  }

  private static Hit filled(Hit hit, StoredPoint point) {
    long version = hit.point().pointVersion();
    return new Hit(
        new StoredPoint(point.id(), version, point.payload(), point.vectors()),
        hit.score(),
        hit.orderValue());
  }

  /// What there is of each id, in their order. A chunk is read when its first one is asked for.
  Iterator<Optional<StoredPoint>> each(List<PointId> ids) {
    return new Iterator<>() {
      private Map<PointId, StoredPoint> chunk = Map.of();
      private int next;
      private int end;

      @Override
      public boolean hasNext() {
        return next < ids.size();
      }

      @Override
      public Optional<StoredPoint> next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        if (next == end) {
          end = Math.min(next + pace.points(), ids.size());
          chunk = Map.of(); // not held beside the one that is read now
          chunk = read(ids.subList(next, end));
        }
        return Optional.ofNullable(chunk.get(ids.get(next++)));
      }
    };
  }

  private Map<PointId, StoredPoint> read(List<PointId> ids) {
    List<StoredPoint> points = pool.run(deadline, () -> searcher.retrieve(ids, fetch, deadline));
    pace.read(points);
    return points.stream().collect(toMap(StoredPoint::id, identity()));
  }
}
