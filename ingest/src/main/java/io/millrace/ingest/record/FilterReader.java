package io.millrace.ingest.record;

import io.millrace.model.BadInput;
import io.millrace.model.Filter;
import tools.jackson.core.JsonParser;

/// Reads a filter of Qdrant's REST API. Whoever owns the wire JSON implements it.
@FunctionalInterface
public interface FilterReader {

  /// @param parser at the START_OBJECT of the filter; at its END_OBJECT afterwards
  /// @throws BadInput when it is no filter
  Filter read(JsonParser parser);

  /// Records can select points by ids only.
  FilterReader NONE =
      parser -> {
        throw BadInput.badRequest("Filters are not available for records here");
      };
}
