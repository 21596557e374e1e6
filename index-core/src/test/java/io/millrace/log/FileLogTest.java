package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.millrace.frame.Disk;
import io.millrace.frame.FaultDisk;
import io.millrace.frame.FileKind;
import io.millrace.frame.Frame;
import io.millrace.frame.RealDisk;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.StreamSpan;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(60)
class FileLogTest {
  static final Path FOLDER = Path.of("/collections/1/log");
  static final LogSettings SETTINGS = LogSettings.of("test", Durability.FSYNC);
  static final LogSettings SMALL_FILES = new LogSettings("test", Durability.FSYNC, 4_000);

  final FaultDisk disk = new FaultDisk();

  /// Thousands of torn tails would be reported one by one.
  static void quiet() {
    ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger(FileLog.class)).setLevel(Level.ERROR);
  }

  @BeforeAll
  static void beQuiet() {
    quiet();
  }

  // ---- entries

  /// An entry of 1 to 3 operations that is different for every sequence.
  static LogEntry entry(long sequence) {
    List<Operation> operations = new ArrayList<>();
    for (long s = sequence; s <= sequence + sequence % 3; s++) {
      operations.add(
          s % 5 == 4
              ? new Operation.Delete(new Selection.Ids(List.of(PointId.of(s))))
              : new Operation.Upsert(
                  List.of(
                      new Point(
                          PointId.of(s),
                          Map.of("", new VectorValue.Dense(s, 1f, (float) -s)),
                          PayloadBytes.of("{\"s\":" + s + "}")))));
    }
    return new LogEntry(
        sequence,
        operations,
        List.of(new StreamSpan("orders", 3, "products/0", 10 * sequence, 10 * sequence + 9, 2)),
        1_700_000_000_000L + sequence);
  }

  static List<LogEntry> appendAll(OperationLog log, int entries) {
    List<LogEntry> appended = new ArrayList<>();
    List<CompletableFuture<Void>> done = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      LogEntry entry = entry(log.nextSequence());
      appended.add(entry);
      done.add(log.append(entry));
    }
    done.forEach(CompletableFuture::join);
    return appended;
  }

  /// Each forced before the next is written.
  static List<LogEntry> appendOneByOne(OperationLog log, int entries) {
    List<LogEntry> appended = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      appended.addAll(appendAll(log, 1));
    }
    return appended;
  }

  static List<LogEntry> replay(OperationLog log, long from) throws IOException {
    List<LogEntry> entries = new ArrayList<>();
    log.replay(from, entries::add);
    return entries;
  }

  static byte[] bytes(Disk disk, String name) throws IOException {
    return disk.readAll(FOLDER.resolve(name));
  }

  // ---- append, replay, files

  @Test
  void what_was_appended_is_replayed_in_order_also_after_opening_again() throws Exception {
    List<LogEntry> appended;
    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 0)) {
      assertThat(log.nextSequence()).isZero();
      appended = appendAll(log, 50);
      assertThat(replay(log, 0)).isEqualTo(appended);
    }

    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 0)) {
      assertThat(log.tornBytes()).isZero();
      assertThat(log.nextSequence()).isEqualTo(appended.getLast().lastSequence() + 1);
      assertThat(replay(log, 0)).isEqualTo(appended);
      appended.addAll(appendAll(log, 5));
      assertThat(replay(log, 0)).isEqualTo(appended);
    }
  }

  @Test
  void replay_begins_with_the_entry_that_holds_the_sequence() throws Exception {
    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
      List<LogEntry> appended = appendAll(log, 100);

      for (LogEntry entry : appended) {
        for (long from = entry.firstSequence(); from <= entry.lastSequence(); from++) {
          assertThat(replay(log, from)).startsWith(entry).endsWith(appended.getLast());
        }
      }
      assertThat(replay(log, log.nextSequence())).isEmpty();
    }
  }

  @Test
  void a_sequence_other_than_the_next_is_an_error_of_the_caller() throws Exception {
    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 0)) {
      appendAll(log, 1);
      for (long wrong : new long[] {0, 2, -1}) {
        assertThatThrownBy(() -> log.append(entry(wrong)))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThat(replay(log, 0)).isEqualTo(List.of(entry(0)));
    }
  }

  @Test
  void a_file_has_the_layout_of_its_table() throws Exception {
    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 17)) {
      appendAll(log, 1);
      byte[] file = bytes(disk, "00000000000000000017.mlog");
      byte[] body = EntryCodecPropertyTest.encode(entry(17));
      Frame.putLong(body, EntryCodec.FORCED_AT - Frame.HEAD_BYTES, 16); // the header was forced

      assertThat(Arrays.copyOf(file, 16)).isEqualTo(new FileKind("MLOG", 1).header(17));
      assertThat(Arrays.copyOfRange(file, 16, file.length)).isEqualTo(Frame.encode(body));
    }
  }

  @Test
  void a_full_file_is_followed_by_one_named_after_its_first_sequence() throws Exception {
    List<LogEntry> appended;
    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
      appended = appendAll(log, 300);
    }

    List<String> names = disk.list(FOLDER);
    assertThat(names).hasSizeGreaterThan(5).allMatch(name -> name.matches("\\d{20}\\.mlog"));
    for (String name : names.subList(0, names.size() - 1)) {
      assertThat(bytes(disk, name).length).isBetween(4_000, 4_400);
    }
    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
      assertThat(replay(log, 0)).isEqualTo(appended);
    }
  }

  @Test
  void trimming_removes_the_files_a_commit_covers_and_never_the_last() throws Exception {
    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
      List<LogEntry> appended = appendAll(log, 300);
      List<String> before = disk.list(FOLDER);
      long thirdFirst = Long.parseLong(before.get(2).substring(0, 20));

      log.trimTo(thirdFirst - 2);
      assertThat(disk.list(FOLDER)).isEqualTo(before.subList(1, before.size()));
      log.trimTo(thirdFirst - 1);
      assertThat(disk.list(FOLDER)).isEqualTo(before.subList(2, before.size()));
      assertThat(replay(log, thirdFirst))
          .isEqualTo(appended.stream().filter(e -> e.firstSequence() >= thirdFirst).toList());

      log.trimTo(Long.MAX_VALUE - 1);
      assertThat(disk.list(FOLDER)).containsExactly(before.getLast());
      appendAll(log, 1);
    }
    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
      long first = Long.parseLong(disk.list(FOLDER).get(0).substring(0, 20));
      assertThat(replay(log, first).getFirst().firstSequence()).isEqualTo(first);
    }
  }

  @Test
  void a_log_that_begins_too_late_says_so() throws Exception {
    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 17)) {
      appendAll(log, 3);

      assertThatThrownBy(() -> replay(log, 16))
          .isInstanceOf(Failure.Damaged.class)
          .hasMessageContaining("begins at sequence 17")
          .hasMessageContaining("16 is needed");
    }
  }

  @Test
  void a_log_that_ends_before_its_commit_begins_anew_after_it() throws Exception {
    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
      appendAll(log, 100);
    }

    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 10_000)) {
      assertThat(log.nextSequence()).isEqualTo(10_000);
      assertThat(disk.list(FOLDER)).containsExactly("00000000000000010000.mlog");
      assertThat(log.bytesSince(-1)).isZero();
      appendAll(log, 1);
      assertThat(replay(log, 10_000)).isEqualTo(List.of(entry(10_000)));
    }
  }

  @Test
  void bytes_since_a_sequence_follow_what_a_replay_reads() throws Exception {
    LogSettings settings = new LogSettings("test", Durability.FSYNC, 1 << 20);
    try (FileLog log = FileLog.open(disk, FOLDER, settings, 0)) {
      appendAll(log, 20_000);
      checkBytesSince(log);
    }
    try (FileLog log = FileLog.open(disk, FOLDER, settings, 0)) {
      checkBytesSince(log);
      long before = log.bytesSince(10_000);
      log.trimTo(10_000);
      assertThat(log.bytesSince(10_000)).isLessThanOrEqualTo(before);
    }
  }

  private void checkBytesSince(FileLog log) throws IOException {
    for (long sequence : new long[] {-1, 0, 5_000, 20_000, log.nextSequence() - 1}) {
      AtomicLong exact = new AtomicLong();
      log.replay(
          sequence + 1,
          e -> exact.addAndGet(EncodedBatch.of(e.operations(), e.positions()).bytes()));
      assertThat(log.bytesSince(sequence) - exact.get())
          .as("after " + sequence)
          .isBetween(0L, (1L << 20) + (1 << 19)); // a whole file where one is opened again
    }
    assertThat(log.bytesSince(log.nextSequence() - 1)).isZero();
  }

  @Test
  void files_and_folders_are_their_owners_alone(@TempDir Path temp) throws Exception {
    Path folder = temp.resolve("collections/1/log");
    try (FileLog log = FileLog.open(new RealDisk(), folder, SETTINGS, 0)) {
      List<LogEntry> appended = appendAll(log, 10);
      assertThat(replay(log, 0)).isEqualTo(appended);
    }

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
    Path file = folder.resolve("00000000000000000000.mlog");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  // ---- group fsync

  @Test
  void one_force_serves_all_who_wait() throws Exception {
    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 0)) {
      long forcesBefore = disk.count("force");
      CountDownLatch forcing = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      disk.beforeForce(() -> {
        forcing.countDown();
        await(goOn);
      });

      CompletableFuture<Void> first = log.append(entry(0));
      await(forcing);
      List<CompletableFuture<Void>> waiting = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        waiting.add(log.append(entry(log.nextSequence())));
      }
      assertThat(first).isNotDone();
      assertThat(waiting).noneMatch(CompletableFuture::isDone);
      goOn.countDown();
      waiting.forEach(CompletableFuture::join);

      assertThat(first).isDone();
      assertThat(disk.count("force") - forcesBefore).isEqualTo(2);
      assertThat(replay(log, 0)).hasSize(1_001);
    }
  }

  @Test
  void many_threads_get_their_entries_into_the_order_of_their_calls(@TempDir Path temp)
      throws Exception {
    int threads = 16;
    int each = 150;
    List<LogEntry> inOrder = new ArrayList<>();
    try (FileLog log = FileLog.open(new RealDisk(), temp.resolve("log"), SMALL_FILES, 0)) {
      Object order = new Object();
      List<Thread> writers = new ArrayList<>();
      List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
      for (int t = 0; t < threads; t++) {
        writers.add(
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    for (int i = 0; i < each; i++) {
                      CompletableFuture<Void> done;
                      LogEntry mine;
                      synchronized (order) {
                        mine = entry(log.nextSequence());
                        done = log.append(mine);
                        inOrder.add(mine);
                      }
                      done.get(30, TimeUnit.SECONDS);
                      assertThat(replay(log, mine.firstSequence())).startsWith(mine);
                    }
                  } catch (Throwable e) {
                    failures.add(e);
                  }
                }));
      }
      for (Thread writer : writers) {
        writer.join();
      }

      assertThat(failures).isEmpty();
      assertThat(inOrder).hasSize(threads * each);
      assertThat(replay(log, 0)).isEqualTo(inOrder);
    }
  }

  @Test
  void interval_acknowledges_before_the_force_and_forces_soon_after() throws Exception {
    LogSettings settings = LogSettings.of("test", Durability.INTERVAL);
    try (FileLog log = FileLog.open(disk, FOLDER, settings, 0)) {
      long forcesBefore = disk.count("force");
      CountDownLatch forcing = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      disk.beforeForce(() -> {
        forcing.countDown();
        await(goOn);
      });

      log.append(entry(0)).get(30, TimeUnit.SECONDS);
      assertThat(disk.count("force")).isEqualTo(forcesBefore);
      await(forcing); // comes by itself
      goOn.countDown();

      log.append(entry(1)).get(30, TimeUnit.SECONDS);
      log.force().get(30, TimeUnit.SECONDS);
      FaultDisk after = disk.losePower(new java.util.SplittableRandom(1));
      try (FileLog again = FileLog.open(after, FOLDER, settings, 0)) {
        assertThat(replay(again, 0)).isEqualTo(List.of(entry(0), entry(1)));
      }
    } catch (Failure.Unavailable diskIsGone) {
      // closing the log on the disk without power
    }
  }

  @Test
  void a_group_waits_for_further_entries_and_not_past_the_end() throws Exception {
    LogSettings settings =
        LogSettings.of("test", Durability.FSYNC).withGathering(Duration.ofSeconds(20));
    FileLog log = FileLog.open(disk, FOLDER, settings, 0);
    List<CompletableFuture<?>> appended = new ArrayList<>();
    CountDownLatch forcing = new CountDownLatch(1);
    disk.beforeForce(forcing::countDown);
    appended.add(log.append(entry(0)));
    assertThat(forcing.await(300, TimeUnit.MILLISECONDS)).as("forced alone").isFalse();
    appended.add(log.append(entry(1)));
    appended.add(log.append(entry(3)));
    assertThat(appended).noneMatch(CompletableFuture::isDone);
    log.close();

    assertThat(appended).allMatch(CompletableFuture::isDone);
    assertThat(log.groups().counts().count()).isEqualTo(1);
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new AssertionError("waited 30 s");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  // ---- strange and newer files

  @Test
  void a_newer_format_is_refused_and_left_untouched() throws Exception {
    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
      appendAll(log, 100);
    }
    for (String name : disk.list(FOLDER)) {
      byte[] original = bytes(disk, name);
      byte[] newer = original.clone();
      newer[4] = 2;
      disk.put(FOLDER.resolve(name), newer);
      List<String> names = disk.list(FOLDER);

      assertThatThrownBy(() -> FileLog.open(disk, FOLDER, SMALL_FILES, 0))
          .isInstanceOf(Failure.Damaged.class)
          .hasMessageContaining(name)
          .hasMessageContaining("format version 2")
          .hasMessageContaining("up to 1");

      assertThat(disk.list(FOLDER)).isEqualTo(names);
      assertThat(bytes(disk, name)).isEqualTo(newer);
      disk.put(FOLDER.resolve(name), original);
    }
  }

  @Test
  void a_newer_file_without_entries_is_refused_too() throws Exception {
    disk.createFolder(FOLDER);
    String name = LogFiles.fileName(0);
    disk.put(FOLDER.resolve(name), new FileKind("MLOG", 2).header(0));

    assertThatThrownBy(() -> FileLog.open(disk, FOLDER, SETTINGS, 0))
        .isInstanceOf(Failure.Damaged.class);
    assertThat(bytes(disk, name)).isEqualTo(new FileKind("MLOG", 2).header(0));
  }

  @Test
  @Tag("R-08")
  void strange_files_are_left_alone() throws Exception {
    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 0)) {
      appendAll(log, 3);
    }
    List<String> strange =
        List.of(
            ".nfs000123",
            "00000000000000000000.mlog.tmp",
            "0.mlog",
            "99999999999999999999.mlog", // no long
            "notes.txt",
            "lost+found");
    for (String name : strange) {
      disk.put(FOLDER.resolve(name), new byte[] {1, 2, 3});
    }

    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 0)) {
      assertThat(replay(log, 0)).isEqualTo(List.of(entry(0), entry(1), entry(3)));
    }
    assertThat(disk.list(FOLDER)).containsAll(strange);
    for (String name : strange) {
      assertThat(bytes(disk, name)).isEqualTo(new byte[] {1, 2, 3});
    }
  }

  @Test
  void an_inspection_changes_nothing_and_tells_where_a_tail_is_torn() throws Exception {
    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
      appendAll(log, 100);
    }
    String last = disk.list(FOLDER).getLast();
    byte[] torn = Arrays.copyOf(bytes(disk, last), bytes(disk, last).length + 100);
    disk.put(FOLDER.resolve(last), torn);
    List<LogEntry> seen = new ArrayList<>();
    int calls = disk.calls().size();

    LogFiles.Extent extent = LogFiles.inspect(disk, FOLDER, seen::add).orElseThrow();

    assertThat(seen).hasSize(100);
    assertThat(extent.nextSequence()).isEqualTo(seen.getLast().lastSequence() + 1);
    assertThat(extent.tornBytes()).isEqualTo(100);
    assertThat(disk.calls().subList(calls, disk.calls().size()))
        .extracting(FaultDisk.Call::kind)
        .containsOnly("list", "read");
    assertThat(bytes(disk, last)).isEqualTo(torn);
  }

  @Test
  void a_missing_file_in_the_middle_is_damage() throws Exception {
    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
      appendAll(log, 300);
    }
    String missing = disk.list(FOLDER).get(2);
    disk.delete(FOLDER.resolve(missing));

    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
      assertThatThrownBy(() -> replay(log, 0))
          .isInstanceOf(Failure.Damaged.class)
          .hasMessageContaining("something is missing between them");
    }
  }
}
