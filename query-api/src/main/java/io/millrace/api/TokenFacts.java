package io.millrace.api;

import io.millrace.api.auth.Gatekeeper;
import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.model.Deadline;
import io.millrace.model.Filter;
import java.time.Duration;

/// Looks up in collections what tokens claim about points.
record TokenFacts(Collections collections) implements Gatekeeper.Points {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Override
  public boolean exist(String collection, Filter filter) {
    Deadline deadline = Deadline.in(PATIENCE);
    try (Searcher searcher = collections.require(collection).searcher(deadline)) {
      return searcher.count(filter, deadline) > 0;
    }
  }
}
