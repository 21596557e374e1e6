package io.millrace.collection;

import io.millrace.meter.SearchWork;
import io.millrace.model.Deadline;
import io.millrace.model.FacetHit;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.NearestQuery;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import io.millrace.model.query.Examples;
import io.millrace.model.query.Group;
import io.millrace.model.query.GroupRequest;
import io.millrace.model.query.Matrix;
import io.millrace.model.query.QueryRequest;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// One point in time of a collection, held until closed. Safe for use by several threads.
public interface Searcher extends AutoCloseable {

  /// Everything up to this sequence is contained.
  long sequence();

  /// What its searches by vectors have done so far.
  SearchWork work();

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

  /// The hits of a query tree, best first; its examples must have been looked up, see
  /// [ExampleLookup]. Throws [io.millrace.model.BadInput] for a tree that makes no sense,
  /// [io.millrace.model.Failure.TimedOut] past the deadline.
  List<Hit> query(QueryRequest request, Examples examples, Deadline deadline);

  /// The same, gathered by a value of the payload: groups with the best first hits.
  List<Group> groups(GroupRequest request, Examples examples, Deadline deadline);

  /// How near the points of a random sample are to each other.
  Matrix matrix(Matrix.Request request, Deadline deadline);

  @Override
  void close();
}
