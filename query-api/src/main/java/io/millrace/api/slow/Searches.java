package io.millrace.api.slow;

import io.millrace.collection.Collection;
import io.millrace.meter.SearchWork;
import io.millrace.model.Filter;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.query.Stage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What one request searched for, kept as it is until it is known whether the request was slow.
/// Used by the request's own thread.
public final class Searches {
  private Optional<Searched> searched = Optional.empty();

  /// Searches of one collection at one point in time.
  ///
  /// @param roots of query trees; a read by filter alone is a stage without a query
  /// @param work is still counted in until the request is answered
  public record Searched(Collection collection, List<Stage> roots, SearchWork work) {
    public Searched {
      roots = List.copyOf(roots);
    }
  }

  /// The last of a request counts; it has one.
  public void tell(Collection collection, List<Stage> roots, SearchWork work) {
    searched = Optional.of(new Searched(collection, roots, work));
  }

  /// A read by filter alone.
  ///
  /// @param limit unsigned
  public void tell(Collection collection, Filter filter, long limit, SearchWork work) {
    Stage stage =
        new Stage(
            List.of(),
            Optional.empty(),
            Optional.empty(),
            filter,
            SearchParams.DEFAULT,
            OptionalDouble.empty(),
            limit,
            Optional.empty());
    tell(collection, List.of(stage), work);
  }

  public Optional<Searched> searched() {
    return searched;
  }
}
