package io.millrace.api;

import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.meter.MergeLog;
import java.util.List;
import java.util.TreeMap;

/// The work of the same process.
public final class LocalWork implements WriterWork {
  private final Collections collections;

  public LocalWork(Collections collections) {
    this.collections = collections;
  }

  @Override
  public All all() {
    var merges = new TreeMap<String, List<MergeLog.Merge>>();
    for (String name : collections.names()) {
      collections
          .find(name)
          .flatMap(Collection::merges)
          .map(MergeLog::running)
          .filter(running -> !running.isEmpty())
          .ifPresent(running -> merges.put(name, running));
    }
    return new All(collections.jobs().all(), merges);
  }

  @Override
  public Merges merges(Collection collection) {
    return collection
        .merges()
        .map(log -> new Merges(log.running(), log.ended()))
        .orElse(Merges.NONE);
  }
}
