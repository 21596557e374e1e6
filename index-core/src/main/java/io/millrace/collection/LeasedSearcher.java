package io.millrace.collection;

import io.millrace.meter.SearchWork;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.FacetHit;
import io.millrace.model.Failure;
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
import io.millrace.search.PointSearch;
import io.millrace.search.SharedSearch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.lucene.index.CorruptIndexException;

/// A [Searcher] over one view; gives the view's reference back when it is closed.
final class LeasedSearcher implements Searcher {

  private interface Reading<T> {
    T run() throws IOException;
  }

  private final String collection;
  private final Views.View view;
  private final PointSearch search;
  private final AtomicBoolean open = new AtomicBoolean(true);

  /// @param config as it is now: what was configured since the view holds for it too
  LeasedSearcher(String collection, Views.View view, CollectionConfig config, SharedSearch shared) {
    this.collection = collection;
    this.view = view;
    this.search = new PointSearch(view.reader(), config, shared);
  }

  @Override
  public long sequence() {
    return view.searchable();
  }

  @Override
  public SearchWork work() {
    return search.work();
  }

  @Override
  public List<Hit> nearest(NearestQuery query, Deadline deadline) {
    return read(() -> search.nearest(query, deadline));
  }

  @Override
  public Optional<PointId> scroll(
      Optional<PointId> from,
      Filter filter,
      long limit,
      Fetch fetch,
      Deadline deadline,
      Consumer<StoredPoint> sink) {
    return read(() -> search.scroll(from, filter, limit, fetch, deadline, sink));
  }

  @Override
  public List<StoredPoint> retrieve(List<PointId> ids, Fetch fetch, Deadline deadline) {
    return read(() -> search.retrieve(ids, fetch, deadline));
  }

  @Override
  public long count(Filter filter, Deadline deadline) {
    return read(() -> search.count(filter, deadline));
  }

  @Override
  public List<FacetHit> facet(PayloadPath key, Filter filter, long limit, Deadline deadline) {
    return read(() -> search.facet(key, filter, limit, deadline));
  }

  @Override
  public List<Hit> query(QueryRequest request, Examples examples, Deadline deadline) {
    return read(() -> search.queries(examples, deadline).hits(request));
  }

  @Override
  public List<Group> groups(GroupRequest request, Examples examples, Deadline deadline) {
    return read(() -> search.queries(examples, deadline).groups(request));
  }

  @Override
  public Matrix matrix(Matrix.Request request, Deadline deadline) {
    return read(() -> search.queries(Examples.NONE, deadline).matrix(request));
  }

  private <T> T read(Reading<T> reading) {
    if (!open.get()) {
      throw new IllegalStateException("the searcher is closed");
    }
    try {
      return reading.run();
    } catch (UncheckedIOException e) {
      IOException cause = e.getCause();
      throw cause == null ? e : unreadable(cause);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private Failure unreadable(IOException e) {
    return e instanceof CorruptIndexException
        ? new Failure.Damaged(
            "The index of collection " + collection + " is damaged: " + e.getMessage(), e)
        : new Failure.Unavailable(
            "Reading collection " + collection + " failed: " + e.getMessage(), e);
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      try {
        view.reader().decRef();
      } catch (IOException e) {
        throw new Failure.Unavailable(
            "Closing a view of collection " + collection + " failed: " + e.getMessage(), e);
      }
    }
  }
}
