package io.millrace.ingest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/// Sources kept in memory: what a test looks at after they were made, paused and deleted.
final class MemorySources implements SourceStore {
  private final Map<String, Stored> stored = new ConcurrentSkipListMap<>();

  Map<String, Stored> stored() {
    return stored;
  }

  @Override
  public List<Stored> all() {
    return new ArrayList<>(stored.values());
  }

  @Override
  public void put(String name, String text) {
    stored.put(name, new Stored(name, text, false));
  }

  @Override
  public void remove(String name) {
    stored.remove(name);
  }

  @Override
  public void setPaused(String name, boolean isPaused) {
    Stored before = stored.get(name);
    stored.put(name, new Stored(name, before == null ? "" : before.text(), isPaused));
  }
}
