package io.millrace.search.nearest;

import io.millrace.model.PointId;
import java.io.IOException;

/// The ids that documents are ordered by, asked only for equal scores.
public interface IdOrder {
  /// By segment and document, for tests and for indexes without ids.
  IdOrder BY_PLACE = () -> (leaf, doc) -> PointId.of((long) leaf << 32 | doc);

  /// For one thread of one search. Called by any thread.
  Ids ids();

  /// One thread.
  interface Ids {
    /// Quick for a document behind the one asked for before.
    PointId id(int leaf, int doc) throws IOException;
  }
}
