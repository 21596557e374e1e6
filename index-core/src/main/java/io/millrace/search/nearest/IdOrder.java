package io.millrace.search.nearest;

import java.io.IOException;

/// The order of points by id, asked only for equal scores.
public interface IdOrder {
  /// By segment and document, for tests and for indexes without ids.
  IdOrder BY_PLACE =
      (leafA, docA, leafB, docB) ->
          leafA != leafB ? Integer.compare(leafA, leafB) : Integer.compare(docA, docB);

  /// Negative where the first document's id is the smaller one. Called by one thread.
  int compare(int leafA, int docA, int leafB, int docB) throws IOException;
}
