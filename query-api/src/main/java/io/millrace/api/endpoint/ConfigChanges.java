package io.millrace.api.endpoint;

import io.millrace.api.WriteGateway;
import io.millrace.collection.Collections;
import io.millrace.model.CollectionConfig;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/// Changes of a collection's configuration that depend on the present one: one after the other in
/// each collection, so that none is lost.
final class ConfigChanges {
  /// By uid. One may be held for as long as a change waits for the operations before it.
  private final Map<Long, ReentrantLock> locks = new ConcurrentHashMap<>();

  private final Collections collections;
  private final WriteGateway gateway;

  ConfigChanges(Collections collections, WriteGateway gateway) {
    this.collections = collections;
    this.gateway = gateway;
  }

  /// @param change empty = leave it as it is
  void change(String collection, Function<CollectionConfig, Optional<CollectionConfig>> change) {
    long uid = collections.require(collection).uid();
    ReentrantLock lock = locks.computeIfAbsent(uid, _ -> new ReentrantLock());
    lock.lock();
    try {
      change
          .apply(collections.require(collection).config())
          .ifPresent(config -> gateway.updateCollection(collection, config));
    } finally {
      lock.unlock();
    }
  }
}
