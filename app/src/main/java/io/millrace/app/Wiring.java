package io.millrace.app;

import io.millrace.app.command.CommandFailure;
import io.millrace.app.command.Server;
import io.millrace.app.command.Shape;
import io.millrace.app.config.Settings;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.StoreSettings;
import io.millrace.model.Failure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The composition root: what a server consists of, in start order. Closing runs in reverse.
final class Wiring implements Server {
  private static final Logger LOG = LoggerFactory.getLogger("millrace");

  private final Settings settings;
  private final Deque<Part> parts = new ArrayDeque<>();

  private record Part(String name, AutoCloseable closing) {}

  private Wiring(Settings settings) {
    this.settings = settings;
  }

  static Server start(Shape shape, Settings settings) {
    var wiring = new Wiring(settings);
    boolean started = false;
    try {
      switch (shape) {
        case SERVE -> wiring.serve();
        case INGEST -> wiring.ingest();
        case QUERY -> wiring.query();
      }
      started = true;
    } finally {
      if (!started) {
        wiring.close();
      }
    }
    return wiring;
  }

  private void serve() {
    long startedNanos = System.nanoTime();
    Path data = dataFolder();
    Collections collections = openStore(data, store());
    announce("serve", data, collections, startedNanos);
  }

  private void ingest() {
    long startedNanos = System.nanoTime();
    Path data = dataFolder();
    Collections collections =
        openStore(data, store().withPublishInterval(settings.storage().refreshInterval()));
    announce("ingest", data, collections, startedNanos);
  }

  private void query() {
    long startedNanos = System.nanoTime();
    Path data = dataFolder();
    Collections collections =
        with("store", openReadOnly(data));
    announce("query", data, collections, startedNanos);
  }

  private Path dataFolder() {
    return with("data folder", DataFolder.open(settings.storage())).path();
  }

  private Collections openStore(Path data, StoreSettings store) {
    try {
      return with("store", Collections.open(data, store));
    } catch (Failure failure) {
      throw new CommandFailure(StartFailures.reason(failure), failure);
    }
  }

  private Collections openReadOnly(Path data) {
    try {
      return Collections.openReadOnly(data, store());
    } catch (Failure failure) {
      throw new CommandFailure(StartFailures.reason(failure), failure);
    }
  }

  private StoreSettings store() {
    Settings.Storage storage = settings.storage();
    StoreSettings defaults = StoreSettings.defaults();
    return new StoreSettings(
        switch (settings.log().durability()) {
          case FSYNC -> StoreSettings.Durability.FSYNC;
          case INTERVAL -> StoreSettings.Durability.INTERVAL;
        },
        storage.refreshInterval(),
        storage.commitInterval(),
        (long) settings.log().commitAfterMiB() << 20,
        storage.mergeThreads() == 0 ? defaults.mergeThreads() : storage.mergeThreads(),
        Duration.ZERO);
  }

  /// The last line of a start; everything it names is there.
  private void announce(String shape, Path data, Collections collections, long startedNanos) {
    long points = 0;
    for (String name : collections.names()) {
      points += collections.find(name).map(Wiring::points).orElse(0L);
    }
    LOG.info(
        "Ready shape={} data={} collections={} points={} seconds={}",
        shape,
        data,
        collections.names().size(),
        points,
        String.format(Locale.ROOT, "%.2f", (System.nanoTime() - startedNanos) / 1e9));
  }

  private static long points(Collection collection) {
    return collection.info().points();
  }

  private <T extends AutoCloseable> T with(String name, T part) {
    parts.push(new Part(name, part));
    return part;
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      Part part = parts.pop();
      try {
        part.closing().close();
      } catch (Exception e) {
        LOG.error("Closing went wrong part={}", part.name(), e);
      }
    }
  }
}
