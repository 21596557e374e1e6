package io.millrace.log;

import static io.millrace.log.FileLogTest.FOLDER;
import static io.millrace.log.FileLogTest.SETTINGS;
import static io.millrace.log.FileLogTest.SMALL_FILES;
import static io.millrace.log.FileLogTest.appendAll;
import static io.millrace.log.FileLogTest.appendOneByOne;
import static io.millrace.log.FileLogTest.bytes;
import static io.millrace.log.FileLogTest.entry;
import static io.millrace.log.FileLogTest.replay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.millrace.frame.FaultDisk;
import io.millrace.frame.Frame;
import io.millrace.model.Failure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a log makes of bytes that are not what was written: a torn tail is cut, damage is named.
@Timeout(60)
class LogDamageTest {
  private static final String FIRST = LogFiles.fileName(0);

  private final FaultDisk disk = new FaultDisk();

  @BeforeAll
  static void beQuiet() {
    FileLogTest.quiet();
  }

  /// Offsets at which a frame begins or the file ends.
  private static List<Integer> boundaries(byte[] file) {
    List<Integer> boundaries = new ArrayList<>();
    int at = 16;
    while (at < file.length) {
      boundaries.add(at);
      at += Frame.HEAD_BYTES + (int) (Frame.getLong(file, at) & 0xFFFF_FFFFL);
    }
    boundaries.add(at);
    return boundaries;
  }

  /// Cuts the file to `length` and adds `tail`; checks what is kept and that the log goes on.
  private void cutAndOpen(byte[] whole, List<LogEntry> entries, int length, byte[] tail)
      throws IOException {
    byte[] cut = Arrays.copyOf(whole, length + tail.length);
    System.arraycopy(tail, 0, cut, length, tail.length);
    disk.put(FOLDER.resolve(FIRST), cut);
    List<Integer> ends = boundaries(whole);
    int kept = (int) ends.stream().filter(end -> end <= length).count() - 1;
    int good = length < 16 ? 0 : ends.get(Math.max(kept, 0));
    List<LogEntry> expected = entries.subList(0, Math.min(entries.size(), Math.max(kept, 0)));

    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 0)) {
      assertThat(log.tornBytes()).as("cut at " + length).isEqualTo(cut.length - good);
      assertThat(replay(log, 0)).as("cut at " + length).isEqualTo(expected);
      assertThat(log.nextSequence())
          .isEqualTo(expected.isEmpty() ? 0 : expected.getLast().lastSequence() + 1);
      LogEntry next = entry(log.nextSequence());
      log.append(next).join();
      List<LogEntry> more = new ArrayList<>(expected);
      more.add(next);
      assertThat(replay(log, 0)).isEqualTo(more);
    }
  }

  @Test
  @Tag("R-05")
  void a_log_cut_at_any_of_its_last_4096_bytes_keeps_every_whole_frame() throws Exception {
    List<LogEntry> entries;
    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 0)) {
      entries = appendOneByOne(log, 60);
    }
    byte[] whole = bytes(disk, FIRST);
    assertThat(whole.length).isGreaterThan(4_096 + 1_000);

    for (int length = whole.length - 4_096; length <= whole.length; length++) {
      cutAndOpen(whole, entries, length, new byte[0]);
    }
  }

  @Test
  @Tag("R-05")
  void a_log_cut_at_any_frame_boundary_give_or_take_one_keeps_every_whole_frame() throws Exception {
    List<LogEntry> entries;
    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 0)) {
      entries = appendOneByOne(log, 200);
    }
    byte[] whole = bytes(disk, FIRST);

    for (int boundary : boundaries(whole)) {
      for (int length = boundary - 1; length <= Math.min(boundary + 1, whole.length); length++) {
        cutAndOpen(whole, entries, length, new byte[0]);
      }
    }
    for (int length = 0; length < 16; length++) {
      cutAndOpen(whole, entries, length, new byte[0]);
    }
  }

  @Test
  void a_zero_filled_or_random_tail_never_reads_as_frames() throws Exception {
    List<LogEntry> entries;
    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 0)) {
      entries = appendOneByOne(log, 10);
    }
    byte[] whole = bytes(disk, FIRST);
    SplittableRandom r = new SplittableRandom(5);
    for (int boundary : boundaries(whole)) {
      for (int length : new int[] {1, 7, 8, 9, 12, 40, 41, 100, 4_096}) {
        cutAndOpen(whole, entries, boundary, new byte[length]);
        byte[] random = new byte[length];
        r.nextBytes(random);
        cutAndOpen(whole, entries, boundary, random);
      }
    }
    cutAndOpen(whole, entries, whole.length, new byte[3 << 20]);
  }

  /// A power cut can keep later pages of an unforced group and lose earlier ones.
  @Test
  void a_hole_in_what_was_written_together_is_torn_and_not_damage() throws Exception {
    List<LogEntry> entries;
    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 0)) {
      entries = appendOneByOne(log, 5);
    }
    byte[] whole = Arrays.copyOf(bytes(disk, FIRST), boundaries(bytes(disk, FIRST)).get(5));
    int unforcedFrom = boundaries(whole).get(2);
    byte[] together = whole.clone();
    for (int i = 2; i < 5; i++) { // the last three say that nothing of them was forced
      int at = boundaries(whole).get(i);
      byte[] frame = Arrays.copyOfRange(whole, at, boundaries(whole).get(i + 1));
      Frame.putLong(frame, EntryCodec.FORCED_AT, unforcedFrom);
      Frame.seal(frame);
      System.arraycopy(frame, 0, together, at, frame.length);
    }
    cutAndOpen(together, entries, together.length, new byte[0]);

    Arrays.fill(together, unforcedFrom, unforcedFrom + 20, (byte) 0);
    disk.put(FOLDER.resolve(FIRST), together);
    try (FileLog log = FileLog.open(disk, FOLDER, SETTINGS, 0)) {
      assertThat(log.tornBytes()).isEqualTo(together.length - unforcedFrom);
      assertThat(replay(log, 0)).isEqualTo(entries.subList(0, 2));
    }
  }

  /// After a clean close every flip is found: the closing entry proves that all before was forced.
  @Test
  @Tag("R-06")
  void a_flipped_bit_anywhere_is_found_and_named_with_its_file() throws Exception {
    List<LogEntry> entries;
    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
      entries = appendAll(log, 100);
    }
    List<String> names = disk.list(FOLDER);
    assertThat(names).hasSizeGreaterThan(3);
    String last = names.getLast();
    SplittableRandom r = new SplittableRandom(6);
    for (String name : names) {
      byte[] whole = bytes(disk, name);
      List<Integer> boundaries = boundaries(whole);
      int closing = boundaries.get(boundaries.size() - 2);
      for (int at = 0; at < whole.length; at += r.nextInt(1, 12)) {
        byte[] flipped = whole.clone();
        flipped[at] ^= (byte) (1 << r.nextInt(8));
        disk.put(FOLDER.resolve(name), flipped);
        String what = name + " byte " + at;
        boolean torn = name.equals(last) && at >= closing;
        try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
          assertThat(replay(log, 0)).as(what).isEqualTo(entries);
          assertThat(log.tornBytes() > 0 && torn).as(what + " read as if nothing were").isTrue();
        } catch (Failure.Damaged e) {
          assertThat(torn).as(what + ": " + e.getMessage()).isFalse();
          assertThat(e).as(what).hasMessageContaining(name);
          assertThat(bytes(disk, name)).as(what + " left as it is").isEqualTo(flipped);
        }
      }
      disk.put(FOLDER.resolve(name), whole);
    }
  }

  /// Without a clean close the same holds for all that was forced before the last group.
  @Test
  @Tag("R-06")
  void a_flipped_bit_of_a_killed_process_costs_the_last_frame_at_most() throws Exception {
    FileLog killed = FileLog.open(disk, FOLDER, SETTINGS, 0);
    List<LogEntry> entries = appendOneByOne(killed, 40);
    FaultDisk after = disk.killProcess();
    byte[] whole = bytes(after, FIRST);
    List<Integer> boundaries = boundaries(whole);
    int lastFrame = boundaries.get(boundaries.size() - 2);
    SplittableRandom r = new SplittableRandom(7);
    for (int at = 0; at < whole.length; at += r.nextInt(1, 6)) {
      byte[] flipped = whole.clone();
      flipped[at] ^= (byte) (1 << r.nextInt(8));
      after.put(FOLDER.resolve(FIRST), flipped);
      try (FileLog log = FileLog.open(after, FOLDER, SETTINGS, 0)) {
        if (at < lastFrame) {
          fail("byte " + at + " flipped and nothing said");
        }
        assertThat(log.tornBytes()).isEqualTo(whole.length - lastFrame);
        assertThat(replay(log, 0)).isEqualTo(entries.subList(0, entries.size() - 1));
      } catch (Failure.Damaged e) {
        assertThat(at).as(e.getMessage()).isLessThan(lastFrame);
        assertThat(bytes(after, FIRST)).isEqualTo(flipped);
      }
    }
  }

  @Test
  void a_cut_in_a_file_that_is_not_the_last_is_damage() throws Exception {
    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
      appendAll(log, 100);
    }
    byte[] whole = bytes(disk, FIRST);
    for (int length = 0; length < whole.length; length += 37) {
      byte[] cut = Arrays.copyOf(whole, length);
      disk.put(FOLDER.resolve(FIRST), cut);
      try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
        replay(log, 0);
        fail("cut at " + length + " and nothing said");
      } catch (Failure.Damaged e) {
        assertThat(e).hasMessageContaining(FIRST);
        assertThat(bytes(disk, FIRST)).isEqualTo(cut);
      }
    }
  }

  @Test
  void a_file_torn_while_it_was_made_is_made_again() throws Exception {
    List<LogEntry> entries;
    try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
      entries = appendAll(log, 100);
    }
    long next = entries.getLast().lastSequence() + 1;
    for (int length = 0; length <= 16; length++) {
      disk.put(FOLDER.resolve(LogFiles.fileName(next)), new byte[length]);
      try (FileLog log = FileLog.open(disk, FOLDER, SMALL_FILES, 0)) {
        assertThat(log.nextSequence()).isEqualTo(next);
        assertThat(log.tornBytes()).isEqualTo(length);
        assertThat(replay(log, 0)).isEqualTo(entries);
      }
    }
  }
}
