package io.millrace.app.command;

import io.millrace.app.config.Settings;

/// A running server. Closing stops it gracefully: nothing is left to replay.
public interface Server extends AutoCloseable {

  /// How a server is made. Returns once it is ready. Throws [CommandFailure] with cause and cure.
  @FunctionalInterface
  interface Start {
    Server start(Shape shape, Settings settings);
  }

  /// Takes over what may change while it runs: API keys and which requests are logged; reads
  /// certificates again.
  void reload(Settings settings);

  @Override
  void close();
}
