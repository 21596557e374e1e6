package io.millrace.collection;

import io.millrace.frame.Disk;
import io.millrace.model.Failure;
import io.millrace.model.QuotaConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Refuses what takes memory or disk while a limit of the [QuotaConfig] is reached, and takes it
/// again once usage has fallen the margin below. Reads and deletes ask nobody. Safe for many
/// threads: what was read a moment ago is good enough for all of them.
public final class Quotas {
  /// Qdrant's, for a configuration that names none.
  private static final int RELEASE_MARGIN = 5;

  private static final long READ_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /// What is read of the machine, in percent; empty where it is not known.
  interface Readings {
    OptionalInt residentMemory();

    OptionalInt diskUsage();
  }

  /// In percent, rounded down.
  public record Usage(OptionalInt residentMemory, OptionalInt diskUsage) {}

  /// Whether writes are refused for it; empty where that cannot be: no limit, or nothing is read.
  public record Exceeded(Optional<Boolean> residentMemory, Optional<Boolean> diskUsage) {
    private static final Exceeded NOTHING = new Exceeded(Optional.empty(), Optional.empty());

    boolean any() {
      return residentMemory.orElse(false) || diskUsage.orElse(false);
    }
  }

  /// One reading and what it means under the configuration of then.
  private record Judged(long atNanos, QuotaConfig config, Usage usage, Exceeded exceeded) {}

  private final Supplier<QuotaConfig> configured;
  private final Readings readings;
  private final LongSupplier nanos;
  private final AtomicReference<Judged> last;

  Quotas(Supplier<QuotaConfig> configured, Readings readings, LongSupplier nanos) {
    this.configured = configured;
    this.readings = readings;
    this.nanos = nanos;
    this.last =
        new AtomicReference<>(
            new Judged(
                nanos.getAsLong() - READ_EVERY_NANOS,
                QuotaConfig.OFF,
                new Usage(OptionalInt.empty(), OptionalInt.empty()),
                Exceeded.NOTHING));
  }

  /// Of this process and the volume of that folder.
  static Quotas over(Supplier<QuotaConfig> configured, Disk disk, Path folder) {
    Readings machine =
        new Readings() {
          @Override
          public OptionalInt residentMemory() {
            return ResidentMemory.percent();
          }

          @Override
          public OptionalInt diskUsage() {
            try {
              long total = disk.totalSpace(folder);
              return percent(total - disk.freeSpace(folder), total);
            } catch (IOException e) {
              return OptionalInt.empty();
            }
          }
        };
    return new Quotas(configured, machine, System::nanoTime);
  }

  static OptionalInt percent(long used, long total) {
    return total <= 0
        ? OptionalInt.empty()
        : OptionalInt.of((int) Math.clamp(Math.floor(100.0 * used / total), 0, 100));
  }

  public QuotaConfig config() {
    return configured.get();
  }

  /// Of this process and its disk, whether limits are set or not.
  public Usage usage() {
    return now().usage;
  }

  public Exceeded exceeded() {
    return config().enabled() ? now().exceeded : Exceeded.NOTHING;
  }

  /// Throws [Failure.StorageFull] while a limit is reached.
  public void check() {
    if (!config().enabled()) {
      return;
    }
    Judged now = now();
    refuse(
        now.exceeded.residentMemory,
        now.usage.residentMemory,
        now.config.residentMemory(),
        now.config,
        "Resident memory usage is at %d%% of total memory",
        "Reduce memory usage",
        "max_resident_memory_percent");
    refuse(
        now.exceeded.diskUsage,
        now.usage.diskUsage,
        now.config.diskUsage(),
        now.config,
        "Disk usage is at %d%% of total capacity",
        "Reduce disk usage",
        "max_disk_usage_percent");
  }

  private static void refuse(
      Optional<Boolean> exceeded,
      OptionalInt used,
      OptionalInt limit,
      QuotaConfig config,
      String where,
      String advice,
      String parameter) {
    if (!exceeded.orElse(false)) {
      return;
    }
    int percent = used.orElseThrow();
    int most = limit.orElseThrow();
    String rule =
        percent >= most
            ? ", exceeding the configured limit of %d%%".formatted(most)
            : ". It reached the configured limit of %d%% and has to fall below %d%%"
                    .formatted(most, releasedBelow(most, config))
                + " before this node takes writes again";
    throw new Failure.StorageFull(
        where.formatted(percent)
            + rule
            + ". Help: "
            + advice
            + " (e.g. delete points or drop collections), or raise `"
            + parameter
            + "` in the global quota config.");
  }

  /// The newest reading, a moment old at most. Of two threads that find it too old both read, and
  /// the first one's counts: what is held back by the margin must not be judged beside it.
  private Judged now() {
    QuotaConfig config = config();
    Judged before = last.get();
    long atNanos = nanos.getAsLong();
    boolean changed = !config.equals(before.config);
    if (!changed && atNanos - before.atNanos < READ_EVERY_NANOS) {
      return before;
    }
    Usage usage = new Usage(readings.residentMemory(), readings.diskUsage());
    Exceeded held = changed ? Exceeded.NOTHING : before.exceeded;
    Judged judged =
        new Judged(
            atNanos,
            config,
            usage,
            new Exceeded(
                judge(usage.residentMemory, config.residentMemory(), config, held.residentMemory),
                judge(usage.diskUsage, config.diskUsage(), config, held.diskUsage)));
    Judged stored = last.compareAndExchange(before, judged);
    return stored == before ? judged : stored;
  }

  private static Optional<Boolean> judge(
      OptionalInt used, OptionalInt limit, QuotaConfig config, Optional<Boolean> held) {
    if (!config.enabled() || used.isEmpty() || limit.isEmpty()) {
      return Optional.empty();
    }
    int most = limit.getAsInt();
    int bound = held.orElse(false) ? releasedBelow(most, config) : most;
    return Optional.of(used.getAsInt() >= bound);
  }

  /// Never 0, which no reading lies below.
  private static int releasedBelow(int limit, QuotaConfig config) {
    return Math.max(1, limit - config.releaseMargin().orElse(RELEASE_MARGIN));
  }
}
