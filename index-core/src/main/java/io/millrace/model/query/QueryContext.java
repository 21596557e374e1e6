package io.millrace.model.query;

import io.millrace.model.PayloadPath;
import java.util.Optional;

/// What a query tree needs to know beside the points that are searched.
///
/// @param ranges which paths of the payload can order
public record QueryContext(Examples examples, Ranges ranges) {
  public static final QueryContext NONE = new QueryContext(Examples.NONE, path -> Optional.empty());

  /// Indexes that order.
  public interface Ranges {
    Optional<OrderKind> of(PayloadPath path);
  }
}
