package io.millrace.app.command;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/// How far a long command is, on one line of stderr: amount, share, rate, time left. On a terminal
/// the line is drawn over, elsewhere a new one is written every ten seconds.
final class ProgressLine implements AutoCloseable {
  private static final long DRAW_NANOS = 200_000_000L;
  private static final long TELL_NANOS = 10_000_000_000L;

  private final PrintStream out;
  private final String what;
  private final String unit;
  private long total;
  private final long startedAt;
  private final boolean terminal;
  private final long startedNanos = System.nanoTime();
  private long nextNanos = startedNanos;
  private long done;

  /// @param unit of the amounts, as `points`
  /// @param total 0 = not known
  /// @param startedAt what an earlier run has done already
  ProgressLine(String what, String unit, long total, long startedAt) {
    this.out = System.err;
    this.what = what;
    this.unit = unit;
    this.total = total;
    this.startedAt = startedAt;
    this.done = startedAt;
    java.io.Console console = System.console();
    this.terminal = console != null && console.isTerminal();
  }

  /// How much there is to do, where that grows.
  void of(long amount) {
    total = amount;
  }

  void at(long amount) {
    done = amount;
    long now = System.nanoTime();
    if (now - nextNanos >= 0) {
      nextNanos = now + (terminal ? DRAW_NANOS : TELL_NANOS);
      draw(terminal ? "\r" : "", terminal ? "" : "\n");
    }
  }

  private void draw(String before, String after) {
    out.print(before + text(what, unit, done, total, startedAt, elapsedSeconds()) + after);
    out.flush();
  }

  private double elapsedSeconds() {
    return (System.nanoTime() - startedNanos) / 1e9;
  }

  static String text(
      String what, String unit, long done, long total, long startedAt, double seconds) {
    double rate = seconds <= 0 ? 0 : (done - startedAt) / seconds;
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%s: %,d %s", what, done, unit));
    if (total > 0) {
      text.append(
          String.format(Locale.ROOT, " of %,d (%d %%)", total, Math.min(100, 100 * done / total)));
    }
    text.append(String.format(Locale.ROOT, ", %,.0f/s", rate));
    if (total > done && rate > 0) {
      text.append(", ")
          .append(left(Duration.ofSeconds((long) ((total - done) / rate))))
          .append(" left");
    }
    return text.append("   ").toString();
  }

  private static String left(Duration time) {
    return time.toHours() > 0
        ? time.toHours() + "h" + time.toMinutesPart() + "m"
        : time.toMinutes() > 0
            ? time.toMinutes() + "m" + time.toSecondsPart() + "s"
            : time.toSeconds() + "s";
  }

  /// Ends the line.
  @Override
  public void close() {
    draw(terminal ? "\r" : "", "\n");
  }
}
