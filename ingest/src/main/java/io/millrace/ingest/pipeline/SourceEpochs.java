package io.millrace.ingest.pipeline;

import java.util.OptionalLong;

/// The lives of sources. Positions compare only inside one epoch; the catalog keeps them.
public interface SourceEpochs {

  /// Empty before the first life.
  OptionalLong current(String source);

  /// Begins a new life. Durable before it returns; never gives a number twice for a source.
  long next(String source);
}
