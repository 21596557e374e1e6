package io.millrace.ingest;

import io.millrace.ingest.pipeline.SourceEpochs;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/// The lives of sources as long as the test lives.
public final class FakeEpochs implements SourceEpochs {
  private final Map<String, Long> epochs = new ConcurrentHashMap<>();

  @Override
  public OptionalLong current(String source) {
    Long epoch = epochs.get(source);
    return epoch == null ? OptionalLong.empty() : OptionalLong.of(epoch);
  }

  @Override
  public long next(String source) {
    return epochs.merge(source, 1L, Long::sum);
  }
}
