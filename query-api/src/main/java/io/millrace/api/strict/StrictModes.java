package io.millrace.api.strict;

import io.millrace.collection.Collection;
import io.millrace.model.CollectionConfig;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;

/// The strict mode of every collection, with its rates. Safe for many threads.
public final class StrictModes {
  private record Known(CollectionConfig config, StrictSettings settings, StrictMode mode) {}

  private final Function<CollectionConfig, StrictSettings> reader;
  private final LongSupplier nanos;
  private final ConcurrentHashMap<Long, Known> known = new ConcurrentHashMap<>(); // by uid

  /// @param reader finds the settings in a configuration
  /// @param nanos a clock that never goes back
  public StrictModes(Function<CollectionConfig, StrictSettings> reader, LongSupplier nanos) {
    this.reader = reader;
    this.nanos = nanos;
  }

  /// A change of the settings fills the buckets; any other change of the collection does not.
  public StrictMode of(Collection collection) {
    CollectionConfig config = collection.config();
    Known now = known.get(collection.uid());
    if (now != null && now.config == config) {
      return now.mode;
    }
    return known.compute(
            collection.uid(),
            (_, before) -> {
              if (before != null && before.config == config) {
                return before;
              }
              StrictSettings settings = reader.apply(config);
              StrictMode mode =
                  before != null && before.settings.equals(settings)
                      ? before.mode.over(config.payloadSchema())
                      : StrictMode.of(settings, config.payloadSchema(), nanos);
              return new Known(config, settings, mode);
            })
        .mode;
  }

  /// The collection is gone.
  public void forget(long uid) {
    known.remove(uid);
  }
}
