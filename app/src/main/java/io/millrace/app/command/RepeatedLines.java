package io.millrace.app.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.event.KeyValuePair;

/// Stands before the places of log lines. A line that comes again within ten seconds is left out;
/// at their end it is written once more, with `repeated=N` for the N that were left out. Lines of
/// requests all come through. Safe for many threads.
final class RepeatedLines extends UnsynchronizedAppenderBase<ILoggingEvent> {
  static final Duration WITHIN = Duration.ofSeconds(10);

  /// Different lines that are remembered; one more ends the oldest before its time.
  static final int REMEMBERED = 256;

  /// Longer lines are never left out: what is remembered has a bound.
  private static final int MAX_CHARS = 4 << 10;

  /// Each of their lines counts.
  private static final Set<String> OF_REQUESTS = Set.of("access", "slow");

  /// What makes two lines the same. Traces are told apart by their exceptions.
  private record Line(
      String logger, Level level, String text, List<KeyValuePair> pairs, List<String> exceptions) {
    static Line of(ILoggingEvent event) {
      List<String> exceptions = new ArrayList<>();
      for (IThrowableProxy each = event.getThrowableProxy();
          each != null && exceptions.size() < 8;
          each = each.getCause()) {
        exceptions.add(each.getClassName() + ": " + each.getMessage());
      }
      List<KeyValuePair> pairs = event.getKeyValuePairs();
      return new Line(
          event.getLoggerName(),
          event.getLevel(),
          event.getFormattedMessage(),
          pairs == null ? List.of() : List.copyOf(pairs),
          exceptions);
    }

    int chars() {
      return text.length()
          + pairs.toString().length()
          + exceptions.stream().mapToInt(String::length).sum();
    }
  }

  /// A line that was written, and how often it came since.
  private static final class Repetition {
    final long begunNanos;
    int left;

    Repetition(long begunNanos) {
      this.begunNanos = begunNanos;
    }
  }

  private final List<Appender<ILoggingEvent>> places = new ArrayList<>();
  private final LongSupplier nanos;
  private final Map<Line, Repetition> remembered = new LinkedHashMap<>(); // oldest first; by this

  /// @param nanos a clock as [System#nanoTime]
  RepeatedLines(LongSupplier nanos) {
    this.nanos = nanos;
  }

  void add(Appender<ILoggingEvent> place) {
    places.add(place);
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (OF_REQUESTS.contains(event.getLoggerName())) {
      write(event);
      return;
    }
    Line line = Line.of(event);
    boolean isOwn = line.chars() > MAX_CHARS;
    List<ILoggingEvent> due;
    boolean written;
    synchronized (this) {
      long now = nanos.getAsLong();
      due = ended(now - WITHIN.toNanos());
      written = isOwn || isNew(line, now, due);
    }
    due.forEach(this::write);
    if (written) {
      write(event);
    }
  }

  private boolean isNew(Line line, long now, List<ILoggingEvent> due) {
    Repetition before = remembered.get(line);
    if (before == null) {
      remembered.put(line, new Repetition(now));
      if (remembered.size() > REMEMBERED) {
        var all = remembered.entrySet().iterator();
        tell(all.next(), due);
        all.remove();
      }
      return true;
    }
    before.left++;
    if (before.left == 1) {
      tellLater(before.begunNanos + WITHIN.toNanos() - now);
    }
    return false;
  }

  /// Nothing may come any more that would tell it.
  private void tellLater(long inNanos) {
    if (getContext() != null) {
      getContext()
          .getScheduledExecutorService()
          .schedule(this::tellEnded, inNanos + 1_000_000, TimeUnit.NANOSECONDS);
    }
  }

  /// Writes what the ten seconds are over of.
  void tellEnded() {
    List<ILoggingEvent> due;
    synchronized (this) {
      due = ended(nanos.getAsLong() - WITHIN.toNanos());
    }
    due.forEach(this::write);
  }

  /// Writes what there is to tell, and begins anew.
  void tellAll() {
    List<ILoggingEvent> due = new ArrayList<>();
    synchronized (this) {
      remembered.entrySet().forEach(each -> tell(each, due));
      remembered.clear();
    }
    due.forEach(this::write);
  }

  /// Forgets what began until then.
  private List<ILoggingEvent> ended(long begunNanos) {
    List<ILoggingEvent> due = new ArrayList<>();
    Iterator<Map.Entry<Line, Repetition>> all = remembered.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Line, Repetition> each = all.next();
      if (each.getValue().begunNanos - begunNanos > 0) {
        break;
      }
      tell(each, due);
      all.remove();
    }
    return due;
  }

  private static void tell(Map.Entry<Line, Repetition> each, List<ILoggingEvent> due) {
    if (each.getValue().left == 0) {
      return;
    }
    Line line = each.getKey();
    var event = new LoggingEvent();
    event.setLoggerName(line.logger());
    event.setLevel(line.level());
    event.setThreadName(Thread.currentThread().getName());
    event.setInstant(Instant.now());
    event.setMessage(line.text());
    line.pairs().forEach(event::addKeyValuePair);
    event.addKeyValuePair(new KeyValuePair("repeated", each.getValue().left));
    due.add(event);
  }

  private void write(ILoggingEvent event) {
    places.forEach(place -> place.doAppend(event));
  }

  @Override
  public void stop() {
    tellAll();
    super.stop();
    places.forEach(Appender::stop);
  }
}
