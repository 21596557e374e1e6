package io.millrace.log;

import static io.millrace.log.FileLogTest.FOLDER;
import static io.millrace.log.FileLogTest.entry;
import static io.millrace.log.FileLogTest.replay;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.frame.FaultDisk;
import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A log on a disk that loses its power, is left by a killed process, or fails at one call.
/// Whatever happens: every acknowledged entry that was not trimmed is there after the next open,
/// what is there is what was handed in, without a gap, and the log goes on.
@Timeout(120)
class LogPowerLossTest {
  private static final LogSettings FSYNC = new LogSettings("test", Durability.FSYNC, 700);
  private static final LogSettings INTERVAL = new LogSettings("test", Durability.INTERVAL, 700);

  @BeforeAll
  static void beQuiet() {
    FileLogTest.quiet();
  }

  /// What the world outside knows of a log.
  private static final class Story {
    long acknowledged = -1; // sequence of the last operation that was
    long trimmed = -1; // asked for at most, and acknowledged before
    long handedIn = -1;

    void check(FaultDisk disk, FileLog log, String what) throws IOException {
      LogFiles.inspect(disk, FOLDER, entry -> {}); // also what is covered by a commit is whole
      List<LogEntry> entries = new ArrayList<>();
      log.replay(trimmed + 1, entries::add);
      long next = entries.isEmpty() ? log.nextSequence() : entries.getFirst().firstSequence();
      if (!entries.isEmpty()) {
        assertThat(next).as(what + ": begins too late").isLessThanOrEqualTo(trimmed + 1);
      }
      for (LogEntry entry : entries) {
        assertThat(entry).as(what).isEqualTo(FileLogTest.entry(next));
        next = entry.lastSequence() + 1;
      }
      assertThat(log.nextSequence()).as(what).isEqualTo(next);
      assertThat(next - 1)
          .as(what + ": acknowledged and lost")
          .isGreaterThanOrEqualTo(acknowledged);
      assertThat(next - 1).as(what + ": never handed in").isLessThanOrEqualTo(handedIn);
    }
  }

  private static FaultDisk diskWithParents() throws IOException {
    FaultDisk disk = new FaultDisk();
    disk.createFolder(FOLDER.getParent()); // whoever makes a collection's folder forces its name
    return disk;
  }

  /// Opens, appends in groups, trims and closes, a few times over. True if nothing failed.
  private static boolean run(FaultDisk disk, LogSettings settings, Story story, SplittableRandom r)
      throws IOException {
    for (int life = 0; life < 2; life++) {
      FileLog log = FileLog.open(disk, FOLDER, settings, 0);
      try {
        story.check(disk, log, "opened again");
        story.acknowledged = Math.max(story.acknowledged, log.nextSequence() - 1);
        for (int group = 0; group < 8; group++) {
          List<CompletableFuture<Void>> waiting = new ArrayList<>();
          List<LogEntry> entries = new ArrayList<>();
          for (int i = r.nextInt(5); i >= 0; i--) {
            LogEntry entry = entry(log.nextSequence());
            CompletableFuture<Void> done = log.append(entry);
            story.handedIn = entry.lastSequence();
            entries.add(entry);
            waiting.add(done);
            if (done.isCompletedExceptionally()) {
              break;
            }
          }
          boolean failed = false;
          for (int i = 0; i < waiting.size(); i++) {
            if (isDone(waiting.get(i))) {
              assertThat(failed).as("acknowledged after one that failed").isFalse();
              story.acknowledged = entries.get(i).lastSequence();
            } else {
              failed = true;
            }
          }
          if (failed) {
            return false;
          }
          if (r.nextInt(6) == 0) {
            story.trimmed = Math.max(story.trimmed, story.acknowledged - r.nextInt(20));
            log.trimTo(story.trimmed);
          }
        }
      } finally {
        try {
          log.close();
        } catch (Failure e) {
          // The disk is gone; what counts is what was acknowledged.
        }
      }
    }
    return true;
  }

  private static boolean isDone(CompletableFuture<Void> done) {
    try {
      done.join();
      return true;
    } catch (CompletionException e) {
      assertThat(e.getCause()).isInstanceOf(Failure.class);
      return false;
    }
  }

  @Test
  @Tag("R-04")
  void a_loss_of_power_at_any_call_loses_nothing_acknowledged() throws Exception {
    long seed = Long.getLong("props.seed", new SplittableRandom().nextLong());
    int calls = 0;
    for (int point = 0; point < 400; point++) {
      SplittableRandom r = new SplittableRandom(seed + point);
      String what = "-Dprops.seed=" + seed + " point " + point;
      Story story = new Story();
      FaultDisk disk = diskWithParents();
      for (int crash = 0; crash < 3; crash++) { // one crash after the other on what is left
        FaultDisk[] left = new FaultDisk[1];
        int[] countdown = {1 + r.nextInt(crash == 0 ? 150 : 60)};
        FaultDisk now = disk;
        boolean killed = r.nextInt(4) == 0;
        SplittableRandom loss = r.split();
        now.failWhen(call -> {
          if (--countdown[0] != 0) {
            return false;
          }
          left[0] = killed ? now.killProcess() : now.losePower(loss);
          return true;
        });
        try {
          run(now, FSYNC, story, r);
        } catch (IOException e) {
          // The power went while the log was opened or trimmed.
        }
        calls += now.calls().size();
        disk = left[0] == null ? now.losePower(loss) : left[0];
        disk.failNever();
        try (FileLog log = FileLog.open(disk, FOLDER, FSYNC, 0)) {
          story.check(disk, log, what + " crash " + crash);
          story.acknowledged = log.nextSequence() - 1; // served from now on: it may not go again
        }
      }
    }
    assertThat(calls).isGreaterThan(400 * 60);
  }

  @Test
  void with_interval_a_killed_process_loses_nothing_and_power_only_the_end() throws Exception {
    for (int point = 0; point < 60; point++) {
      SplittableRandom r = new SplittableRandom(point);
      Story story = new Story();
      FaultDisk disk = new FaultDisk();
      FileLog log = FileLog.open(disk, FOLDER, INTERVAL, 0);
      for (int i = r.nextInt(60); i >= 0; i--) {
        LogEntry entry = entry(log.nextSequence());
        log.append(entry).join();
        story.handedIn = entry.lastSequence();
        story.acknowledged = entry.lastSequence();
      }
      boolean killed = r.nextBoolean();
      FaultDisk left = killed ? disk.killProcess() : disk.losePower(r);
      if (!killed) {
        story.acknowledged = -1;
      }
      try (FileLog again = FileLog.open(left, FOLDER, INTERVAL, 0)) {
        story.check(left, again, (killed ? "killed " : "no power ") + point);
      }
    }
  }

  @Test
  @Tag("R-07")
  void a_failure_of_any_call_loses_nothing_acknowledged_and_the_next_start_is_clean()
      throws Exception {
    for (int seed = 0; seed < 3; seed++) {
      int n = 0;
      boolean clean = false;
      while (!clean) {
        n++;
        String what = "seed " + seed + " call " + n;
        Story story = new Story();
        FaultDisk disk = diskWithParents();
        int before = disk.calls().size();
        disk.failAtCall(n);
        try {
          run(disk, FSYNC, story, new SplittableRandom(seed));
        } catch (IOException e) {
          assertThat(e).as(what).hasMessageContaining("planned failure");
        }
        List<FaultDisk.Call> calls = disk.calls().subList(before, disk.calls().size());
        clean = calls.size() < n; // the Nth call was never made
        disk.failNever();
        checkNotWrittenAgain(calls, n, what);

        FileLog log = FileLog.open(disk, FOLDER, FSYNC, 0);
        story.check(disk, log, what);
        for (int i = 0; i < 3; i++) {
          LogEntry entry = entry(log.nextSequence());
          log.append(entry).join();
          story.handedIn = entry.lastSequence();
          story.acknowledged = entry.lastSequence();
        }
        FaultDisk left = disk.losePower(new SplittableRandom(n)); // also what a failed force left
        try (FileLog again = FileLog.open(left, FOLDER, FSYNC, 0)) {
          story.check(left, again, what + ", then a loss of power");
        }
      }
      assertThat(n).isGreaterThan(60);
    }
  }

  /// After call n failed on a file nothing is appended to it and it is not forced before it is
  /// opened again.
  private static void checkNotWrittenAgain(List<FaultDisk.Call> calls, int n, String what) {
    if (calls.size() < n || !Set.of("append", "force").contains(calls.get(n - 1).kind())) {
      return;
    }
    Path file = calls.get(n - 1).path();
    for (FaultDisk.Call call : calls.subList(n, calls.size())) {
      if (call.path().equals(file) && Set.of("open", "create").contains(call.kind())) {
        return;
      }
      assertThat(call.path().equals(file) && Set.of("append", "force").contains(call.kind()))
          .as(what + ": " + call + " in " + calls)
          .isFalse();
    }
  }

  @Test
  @Tag("R-07")
  void after_a_failed_force_all_who_wait_fail_and_no_later_append_is_taken() throws Exception {
    for (String kind : List.of("force", "append")) {
      FaultDisk disk = new FaultDisk();
      FileLog log = FileLog.open(disk, FOLDER, FileLogTest.SETTINGS, 0);
      log.append(entry(0)).join();
      disk.failWhen(call -> call.kind().equals(kind));

      CompletableFuture<Void> first = log.append(entry(1));
      assertThat(first).failsWithin(java.time.Duration.ofSeconds(30));
      disk.failNever();
      CompletableFuture<Void> later = log.append(entry(log.nextSequence()));

      assertThat(later).isCompletedExceptionally();
      assertThat(log.failure()).get().isInstanceOf(Failure.Unavailable.class);
      assertThat(log.failure().get())
          .hasMessageContaining("/collections/1/log/00000000000000000000.mlog");
      assertThat(replay(log, 0)).isEqualTo(List.of(entry(0)));
      log.close();

      try (FileLog again = FileLog.open(disk, FOLDER, FileLogTest.SETTINGS, 0)) {
        assertThat(replay(again, 0)).isEqualTo(List.of(entry(0)));
        again.append(entry(1)).join();
      }
    }
  }

  @Test
  void a_full_disk_is_told_as_such_and_the_log_goes_on_once_there_is_space() throws Exception {
    FaultDisk disk = new FaultDisk();
    disk.setCapacity(5_000);
    FileLog log = FileLog.open(disk, FOLDER, FSYNC, 0);
    List<LogEntry> acknowledged = new ArrayList<>();
    Optional<Failure> failure = Optional.empty();
    while (failure.isEmpty()) {
      LogEntry entry = entry(log.nextSequence());
      if (isDone(log.append(entry))) {
        acknowledged.add(entry);
      }
      failure = log.failure();
    }
    assertThat(failure).get().isInstanceOf(Failure.StorageFull.class);
    assertThat(replay(log, 0)).isEqualTo(acknowledged);
    log.close();

    disk.setCapacity(100_000);
    try (FileLog again = FileLog.open(disk, FOLDER, FSYNC, 0)) {
      assertThat(replay(again, 0)).isEqualTo(acknowledged);
      LogEntry next = entry(again.nextSequence());
      again.append(next).join();
      acknowledged.add(next);
      assertThat(replay(again, 0)).isEqualTo(acknowledged);
    }
  }

  @Test
  void closing_twice_is_fine_and_leaves_no_thread() throws Exception {
    FaultDisk disk = new FaultDisk();
    LogSettings named = LogSettings.of("closing-twice", Durability.FSYNC);
    FileLog log = FileLog.open(disk, FOLDER, named, 0);
    log.append(entry(0)).join();

    log.close();
    log.close();

    assertThat(log.append(entry(1))).isCompletedExceptionally();
    Set<String> threads = new HashSet<>();
    Thread.getAllStackTraces().keySet().forEach(thread -> threads.add(thread.getName()));
    assertThat(threads).doesNotContain("log-closing-twice");
  }
}
