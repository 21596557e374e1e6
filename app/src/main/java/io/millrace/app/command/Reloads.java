package io.millrace.app.command;

import io.millrace.app.config.BadConfiguration;
import io.millrace.app.config.Configuration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// SIGHUP: the configuration is read again, and what can change without a restart is taken over.
/// The log names what was, and what waits for a restart. A fault changes nothing. Used by one
/// thread.
final class Reloads {
  private static final Logger LOG = LoggerFactory.getLogger(Reloads.class);

  private final ServerFlags flags;
  private final Server server;
  private final Configuration started;
  private Configuration taken;

  /// @param started what the server was started with
  Reloads(ServerFlags flags, Server server, Configuration started) {
    this.flags = flags;
    this.server = server;
    this.started = started;
    this.taken = started;
  }

  /// What came of it, in a few words.
  String reload() {
    Configuration read;
    try {
      read = flags.configuration();
    } catch (BadConfiguration bad) {
      bad.faults().forEach(fault -> LOG.error("Configuration not taken over: {}", fault));
      return "with a fault in the changed configuration";
    }
    read.warnings().forEach(LOG::warn);
    Logs.level(read.settings().logging().level());
    server.reload(read.settings());
    List<String> live = read.since(taken).live();
    taken = read;
    LOG.info("Configuration read again changed={}", live.isEmpty() ? "none" : listed(live));
    List<String> pending = read.since(started).pending();
    if (pending.isEmpty()) {
      return "configuration read again";
    }
    LOG.warn("Changed keys hold after a restart keys={}", listed(pending));
    return "configuration read again, a restart is needed for " + listed(pending);
  }

  private static String listed(List<String> keys) {
    return String.join(",", keys);
  }
}
