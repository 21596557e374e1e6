package io.millrace.app.command;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;
import io.millrace.api.LogControl;
import io.millrace.app.config.Settings;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// Where log lines go: those of a server to stdout and, if wanted, a file, in text or JSON. Other
/// commands log warnings to stderr (`logback.xml`).
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
    console.setEncoder(encoder(logging.format(), context));
    console.start();
    var lines = new RepeatedLines(System::nanoTime);
    lines.setContext(context);
    // The file first: a line that the console shows is in the file.
    logging.file().ifPresent(file -> lines.add(onDisk(file, logging.format(), context)));
    lines.add(console);
    lines.start();
    root.addAppender(lines);
    root.setLevel(ch.qos.logback.classic.Level.toLevel(logging.level().name()));
  }

  /// Writes what is held back of lines that came again and again.
  static void end() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.stop();
    }
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

  /// Its own way is to go on without the file, and to say so where nobody looks.
  private static Appender<ILoggingEvent> onDisk(
      Settings.LogFile file, Settings.LogFormat format, LoggerContext context) {
    Path path = file.path().toAbsolutePath().normalize();
    try {
      Path folder = path.getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND).close();
    } catch (IOException e) {
      throw new CommandFailure(
          "the log file "
              + path
              + " cannot be written ("
              + reason(e)
              + "); choose another by logger.on_disk.log_file",
          e);
    }
    var appender = new RollingFileAppender<ILoggingEvent>();
    var numbered = new FixedWindowRollingPolicy();
    var size = new SizeBasedTriggeringPolicy<ILoggingEvent>();
    List.of(appender, numbered, size).forEach(part -> part.setContext(context));
    appender.setFile(path.toString());
    appender.setEncoder(encoder(format, context));
    numbered.setParent(appender);
    numbered.setFileNamePattern(path + ".%i");
    numbered.setMaxIndex(file.kept());
    numbered.start();
    size.setMaxFileSize(new FileSize((long) file.maxMiB() << 20));
    size.setCheckIncrement(Duration.buildBySeconds(1)); // else a minute, whatever comes in it
    size.start();
    appender.setRollingPolicy(numbered);
    appender.setTriggeringPolicy(size);
    appender.start();
    return appender;
  }

  private static String reason(IOException e) {
    return e instanceof FileSystemException file && file.getReason() != null
        ? file.getReason()
        : e.getClass().getSimpleName();
  }

  private static Encoder<ILoggingEvent> encoder(Settings.LogFormat format, LoggerContext context) {
    return switch (format) {
      case TEXT -> text(context);
      case JSON -> json(context);
    };
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
