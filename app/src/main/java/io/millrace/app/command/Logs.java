package io.millrace.app.command;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import io.millrace.api.LogControl;
import io.millrace.app.config.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// Where log lines go: those of a server to stdout, in text or JSON. Other commands log warnings to
/// stderr (`logback.xml`).
public final class Logs {
  private static final String LINE =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{0} %replace(%msg %kvp{NONE}){'"
          + " $',''}%n%ex";

  private static final Logger LOG = LoggerFactory.getLogger(Logs.class);

  private Logs() {}

  static void ofServer(Settings.Logging logging) {
    bridge();
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return;
    }
    ch.qos.logback.classic.Logger root = context.getLogger("ROOT");
    root.detachAndStopAllAppenders();
    var console = new ConsoleAppender<ILoggingEvent>();
    console.setContext(context);
    console.setEncoder(
        switch (logging.format()) {
          case TEXT -> text(context);
          case JSON -> json(context);
        });
    console.start();
    root.addAppender(console);
    root.setLevel(ch.qos.logback.classic.Level.toLevel(logging.level().name()));
  }

  static void level(Settings.LogLevel level) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger("ROOT").setLevel(ch.qos.logback.classic.Level.toLevel(level.name()));
    }
  }

  /// For who may see and change the level while the process runs.
  public static LogControl control() {
    return new LogControl() {
      @Override
      public Level level() {
        return LoggerFactory.getILoggerFactory() instanceof LoggerContext context
            ? Level.valueOf(context.getLogger("ROOT").getLevel().toString())
            : Level.INFO;
      }

      @Override
      public void change(Level level) {
        Logs.level(Settings.LogLevel.valueOf(level.name()));
        LOG.info("Log level changed by API log_level={}", level);
      }
    };
  }

  /// Lucene and the JDK log by `java.util.logging`.
  static void bridge() {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }

  private static Encoder<ILoggingEvent> text(LoggerContext context) {
    var encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(LINE);
    encoder.start();
    return encoder;
  }

  private static Encoder<ILoggingEvent> json(LoggerContext context) {
    var encoder = new JsonLines();
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }
}
