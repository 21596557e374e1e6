package io.millrace.collection;

import io.millrace.model.Deadline;
import io.millrace.model.FacetHit;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.NearestQuery;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// One point in time of a collection, held until closed. Safe for use by several threads.
public interface Searcher extends AutoCloseable {

  /// Everything up to this sequence is contained.
  long sequence();

  /// Hits best first, ties by id ascending. Throws [io.millrace.model.BadInput] for an unknown
  /// vector or a wrong dimension, [io.millrace.model.Failure.TimedOut] past the deadline.
  List<Hit> nearest(NearestQuery query, Deadline deadline);

  /// Hands over the matching points in id order, from `from` (inclusive) on, at most `limit`
  /// (unsigned) of them. Returns the id of the first point after them, if there is one.
  Optional<PointId> scroll(
      Optional<PointId> from,
      Filter filter,
      long limit,
      Fetch fetch,
      Deadline deadline,
      Consumer<StoredPoint> sink);

  /// Points in the order asked for; missing ids are left out, repeated ones appear once.
  List<StoredPoint> retrieve(List<PointId> ids, Fetch fetch, Deadline deadline);

  long count(Filter filter, Deadline deadline);

  /// The values of a key that most points have, with their number, most first and equal ones
  /// ascending. Throws [io.millrace.model.BadInput] if the key has no index that serves equality.
  ///
  /// @param limit unsigned
  List<FacetHit> facet(PayloadPath key, Filter filter, long limit, Deadline deadline);

  @Override
  void close();
}
