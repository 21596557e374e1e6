package io.millrace.model;

import java.util.List;

/// Which points an operation touches.
public sealed interface Selection {
  record Ids(List<PointId> ids) implements Selection {
    public Ids {
      ids = List.copyOf(ids);
    }
  }

  record Matching(Filter filter) implements Selection {}
}
