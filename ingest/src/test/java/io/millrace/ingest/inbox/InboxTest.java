package io.millrace.ingest.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdOutputStream;
import io.millrace.ingest.Eventually;
import io.millrace.ingest.FakeEpochs;
import io.millrace.ingest.Sources;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.ingest.pipeline.Backoff;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.FakeCollections;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.record.FilterReader;
import io.millrace.model.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Files dropped into a real folder, read along the real route into collections in memory.
@Timeout(60)
class InboxTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path data;
  private Path inbox;
  private final FakeEpochs epochs = new FakeEpochs();
  private final FakeCollections collections = new FakeCollections();
  private FakeCollections.Fake c;
  private Sources sources;

  @BeforeEach
  void prepare() throws IOException {
    inbox = data.resolve("inbox");
    Files.createDirectories(inbox);
    c = collections.make("c");
  }

  @AfterEach
  void close() {
    if (sources != null) {
      sources.close();
    }
  }

  @Test
  void a_file_becomes_points_and_goes_to_done_with_a_report() throws Exception {
    drop("a.ndjson", line(1, "a") + "\r\n\n  \n" + line(2, "b"));
    start();

    Eventually.equal(Map.of("1", "{\"v\":\"a\"}", "2", "{\"v\":\"b\"}"), SOON, c::points);
    Eventually.equal(List.of("a.ndjson", "reports.ndjson"), SOON, () -> names("done"));
    String report = report("done");
    assertThat(report)
        .contains("\"number\":1", "\"name\":\"a.ndjson\"", "\"records\":2", "\"applied\":2")
        .contains("\"sha256\":\"" + sha256(line(1, "a") + "\r\n\n  \n" + line(2, "b")) + "\"");
    assertThat(c.log().getFirst().positions().getFirst().last()).isEqualTo(4);
    assertThat(names(".millrace/work")).isEmpty();
  }

  @Test
  void gzip_and_zstd_are_told_by_their_first_bytes() throws Exception {
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    for (String member : List.of(line(1, "a") + "\n", line(2, "b"))) {
      try (OutputStream out = new GZIPOutputStream(two)) {
        out.write(member.getBytes(StandardCharsets.UTF_8));
      }
    }
    ByteArrayOutputStream zstd = new ByteArrayOutputStream();
    try (OutputStream out = new ZstdOutputStream(zstd)) {
      out.write(line(3, "c").getBytes(StandardCharsets.UTF_8));
    }
    Files.write(inbox.resolve("a.ndjson.gz"), two.toByteArray());
    Files.write(inbox.resolve("b.ndjson"), zstd.toByteArray());
    start();

    Eventually.equal(3, SOON, () -> c.points().size());
  }

  @Test
  void a_file_is_not_taken_before_it_is_finished() throws Exception {
    drop("a.ndjson", line(1, "a") + "\n");
    drop("b.ndjson.part", line(9, "x") + "\n");
    drop(".hidden", line(9, "x") + "\n");
    // Shorter than all appends take together, longer than the machine may pause between two.
    start(files().withSettle(Duration.ofSeconds(2)));
    for (int i = 0; i < 16; i++) {
      long until = System.nanoTime() + Duration.ofMillis(150).toNanos();
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      Files.writeString(
          inbox.resolve("a.ndjson"), line(2 + i, "b") + "\n", StandardOpenOption.APPEND);
      assertThat(c.points()).isEmpty();
    }

    Eventually.equal(17, SOON, () -> c.points().size());
    assertThat(Files.exists(inbox.resolve("b.ndjson.part"))).isTrue();
    assertThat(Files.exists(inbox.resolve(".hidden"))).isTrue();
  }

  @Test
  void a_marker_says_that_a_file_is_finished() throws Exception {
    drop("a.ndjson", line(1, "a"));
    start(files().withReady(FilesSource.Ready.MARKER));
    drop("b.ndjson", line(2, "b"));
    drop("b.ndjson.done", "");

    Eventually.equal(Map.of("2", "{\"v\":\"b\"}"), SOON, c::points);
    Eventually.equal(false, SOON, () -> Files.exists(inbox.resolve("b.ndjson.done")));
    assertThat(Files.exists(inbox.resolve("a.ndjson"))).isTrue();
  }

  @Test
  void a_content_that_was_read_before_is_put_aside_and_not_applied_again() throws Exception {
    String content = line(1, "a") + "\n" + line(2, "b") + "\n";
    String large = (line(3, "c") + "\n").repeat(4_000); // more than is held as a whole
    assertThat(large.length()).isGreaterThan(64 << 10);
    drop("a.ndjson", content);
    drop("a2.ndjson", content); // beside it
    drop("l.ndjson", large);
    start();
    Eventually.equal(4, SOON, () -> names("done").size());
    int entries = c.log().size();

    drop("b.ndjson", content);
    drop("c.ndjson", large);
    drop("d.ndjson", large.substring(0, large.length() - 1) + " "); // as large, other end
    Eventually.equal(7, SOON, () -> names("done").size());
    sources.close();
    start();
    drop("e.ndjson", content);
    drop("f.ndjson", large);
    Eventually.equal(9, SOON, () -> names("done").size());

    Eventually.equal(8L, SOON, () -> reported("done"));
    List<String> reports = report("done").lines().toList();
    for (String same : List.of("a2", "b", "c", "e", "f")) {
      assertThat(reports.stream().filter(line -> line.contains("\"name\":\"" + same + ".")))
          .as(same)
          .singleElement()
          .asString()
          .contains("\"outcome\":\"same_content\"", "\"records\":0");
    }
    assertThat(reports.stream().filter(line -> line.contains("\"outcome\":\"done\""))).hasSize(3);
    assertThat(c.log()).hasSizeGreaterThan(entries); // d
  }

  @Test
  void the_same_content_is_applied_where_it_is_another_matter() throws Exception {
    String content = line(1, "a") + "\n";
    drop("a.ndjson", content);
    start();
    Eventually.equal(2, SOON, () -> names("done").size());
    sources.close();
    int entries = c.log().size();

    start(files().withReapply(true));
    drop("b.ndjson", content);
    Eventually.equal(3, SOON, () -> names("done").size());
    assertThat(c.log()).hasSize(entries + 1);
    sources.close();

    FakeCollections.Fake other = collections.make("other");
    start(FilesSource.of("inbox", inbox, List.of(Binding.to("other"))).withSettle(Duration.ZERO));
    drop("c.ndjson", content);
    Eventually.equal(Map.of("1", "{\"v\":\"a\"}"), SOON, other::points);
  }

  @Test
  void torn_and_old_lines_of_the_known_contents_are_passed_over() throws Exception {
    Path state = Files.createDirectories(data.resolve("state"));
    var content = new InboxContents.Content("a".repeat(64), "b".repeat(16), "c".repeat(16), 17);
    var later = new InboxContents.Content("d".repeat(64), "b".repeat(16), "c".repeat(16), 18);
    try (var contents = new InboxContents(state, "contents", 20_000)) {
      contents.add(List.of(content), 20_000);
      contents.add(List.of(later), 20_010);
    }
    String line = Files.readAllLines(state.resolve("contents")).getFirst();
    assertThat(line)
        .isEqualTo("a".repeat(64) + " " + "b".repeat(16) + " " + "c".repeat(16) + " 2024-10-04 17");
    Files.writeString(state.resolve("contents"), line.substring(0, 90), StandardOpenOption.APPEND);

    try (var contents = new InboxContents(state, "contents", 20_090)) {
      assertThat(contents.holds(content)).isTrue();
      assertThat(contents.holds(later)).isTrue();
    }
    try (var contents = new InboxContents(state, "contents", 20_091)) {
      assertThat(contents.holds(content)).isFalse();
      assertThat(contents.holds(later)).isTrue();
      assertThat(contents.mayHold("b".repeat(16))).isTrue();
    }
  }

  @Test
  void files_are_read_in_the_order_of_their_names() throws Exception {
    for (int i = 9; i >= 0; i--) {
      drop("f" + i, line(1, "v" + i));
    }
    start();

    Eventually.equal(Map.of("1", "{\"v\":\"v9\"}"), SOON, c::points);
    // Small files share entries of the log, each with its own position.
    assertThat(c.log()).hasSizeLessThan(10);
    assertThat(c.log().stream().mapToInt(batch -> batch.positions().size()).sum()).isEqualTo(10);
  }

  @Test
  void bad_lines_are_dead_letters_with_their_line() throws Exception {
    drop(
        "a.ndjson",
        line(1, "a") + "\nnonsense\n" + line(2, "b") + "\n{\"id\":3,\"vector\":[1]}\n\u0000\n");
    start();

    Eventually.equal(2, SOON, () -> c.points().size());
    Eventually.equal(3, SOON, () -> sources.deadLetters("inbox", 10).size());
    assertThat(sources.deadLetters("inbox", 10))
        .extracting(letter -> letter.position() + " " + letter.code())
        .containsExactly(
            "inbox/file/1@5 ENCODING",
            "inbox/file/1@4 VECTOR_DIMENSION",
            "inbox/file/1@2 JSON_SYNTAX");
    Eventually.equal(true, SOON, () -> names("done").contains("a.ndjson.report.json"));
    assertThat(report("done")).contains("\"JSON_SYNTAX\":1", "\"first_failure\":\"2: JSON_SYNTAX");
  }

  @Test
  void a_line_that_is_too_long_is_one_dead_letter_with_its_beginning() throws Exception {
    String longLine = "{\"id\":7,\"payload\":{\"v\":\"" + "x".repeat(200_000) + "\"}}";
    drop("a.ndjson", line(1, "a") + "\n" + longLine + "\n" + line(2, "b"));
    start(files(Binding.to("c").withRecordBytes(100_000)));

    Eventually.equal(2, SOON, () -> c.points().size());
    Eventually.equal(1, SOON, () -> sources.deadLetters("inbox", 10).size());
    DeadLetters.Entry letter = sources.deadLetters("inbox", 10).getFirst();
    assertThat(letter.code()).isEqualTo("TOO_LARGE");
    assertThat(letter.value().toString()).isEqualTo(longLine.substring(0, 64 << 10));
  }

  @Test
  void rubbish_fails_as_a_whole_with_one_dead_letter() throws Exception {
    drop("a.bin", "rubbish\n".repeat(5_000));
    drop("b.ndjson", line(1, "after"));
    start();

    Eventually.equal(1, SOON, () -> c.points().size());
    assertThat(report("failed")).contains("\"code\":\"FILE_FORMAT\"");
    assertThat(sources.deadLetters("inbox", 10))
        .extracting(DeadLetters.Entry::code)
        .containsExactly("FILE_FORMAT");
    assertThat(names("failed")).contains("a.bin", "a.bin.report.json", "reports.ndjson");
  }

  @Test
  void what_cannot_be_decompressed_fails_after_what_was_readable() throws Exception {
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(gzip)) {
      out.write((line(1, "a") + "\n").repeat(1000).getBytes(StandardCharsets.UTF_8));
    }
    byte[] cut = java.util.Arrays.copyOf(gzip.toByteArray(), gzip.size() - 6);
    Files.write(inbox.resolve("a.gz"), cut);
    drop("b.csv", "id,v\n1,2\n");
    start();

    Eventually.equal(true, SOON, () -> names("failed").contains("b.csv.report.json"));
    assertThat(report("failed"))
        .contains("\"code\":\"FILE_DECOMPRESS\"", "\"code\":\"FILE_FORMAT\"");
    assertThat(c.points()).hasSize(1);
  }

  @Test
  void links_pipes_and_hard_links_are_left_alone() throws Exception {
    Path outside = data.resolve("outside.ndjson");
    Files.writeString(outside, line(9, "outside"));
    Files.createSymbolicLink(inbox.resolve("a-link"), outside);
    Files.createLink(inbox.resolve("b-hard"), outside);
    new ProcessBuilder("mkfifo", inbox.resolve("c-fifo").toString()).start().waitFor();
    drop("d.ndjson", line(1, "a"));
    start();

    Eventually.equal(Map.of("1", "{\"v\":\"a\"}"), SOON, c::points);
    assertThat(names("")).contains("a-link", "b-hard", "c-fifo");
  }

  @Test
  void odd_names_survive() throws Exception {
    String odd = "new\nline %41 é " + "x".repeat(150);
    drop(odd, line(1, "a"));
    start();

    Eventually.equal(true, SOON, () -> names("done").contains(odd));
  }

  @Test
  void a_stop_in_the_middle_goes_on_at_the_line_and_every_line_counts_once() throws Exception {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      lines.append(line(i, "v" + i)).append('\n');
    }
    drop("a.ndjson", lines.toString());
    CompletableFuture<Void> never = new CompletableFuture<>();
    for (int i = 0; i < 1; i++) {
      c.next(new FakeCollections.Trouble.Late(CompletableFuture.completedFuture(null)));
    }
    c.next(new FakeCollections.Trouble.Late(never)); // the second batch is in the log, nobody knows
    start();
    Eventually.equal(10_000, SOON, () -> c.points().size());
    sources.close();
    assertThat(names(".millrace/work")).containsExactly("1-a.ndjson");

    start();
    Eventually.equal(20_000, SOON, () -> c.points().size());
    Eventually.equal(true, SOON, () -> names("done").contains("reports.ndjson"));

    assertThat(report("done")).contains("\"records\":20000", "\"applied\":20000");
    long last = 0;
    for (var batch : c.log()) {
      var span = batch.positions().getFirst();
      assertThat(span.first()).isEqualTo(last + 1);
      last = span.last();
    }
    assertThat(names("done")).containsExactly("a.ndjson", "reports.ndjson");
  }

  @Test
  void a_crash_between_the_steps_of_taking_a_file_is_completed() throws Exception {
    drop("a.ndjson", line(1, "a"));
    drop("b.ndjson", line(2, "b"));
    Path a = inbox.resolve("a.ndjson");
    InboxFolder.Stat stat = InboxFolder.stat(a);
    Path state = data.resolve("ingest/inbox/inbox");
    InboxFolder.Stat statB = InboxFolder.stat(inbox.resolve("b.ndjson"));
    try (InboxJournal journal = new InboxJournal(state)) {
      // a: claimed, not yet renamed. b: its end is decided, it was renamed, no report was written.
      var claimA =
          new InboxJournal.Claim(1, "a.ndjson", stat.size(), stat.mtimeMillis(), stat.key());
      var claimB =
          new InboxJournal.Claim(2, "b.ndjson", statB.size(), statB.mtimeMillis(), statB.key());
      journal.claim(List.of(claimA, claimB));
      journal.ending(
          java.util.Map.of(
              claimB,
              new InboxJournal.Ending("done/2026-01-02", "b.ndjson", "{\"number\":2,\"x\":1}")));
    }
    Files.createDirectories(inbox.resolve("done/2026-01-02"));
    Files.move(inbox.resolve("b.ndjson"), inbox.resolve("done/2026-01-02/b.ndjson"));
    Files.writeString(state.resolve("journal"), "torn", StandardOpenOption.APPEND);
    start();

    Eventually.equal(Map.of("1", "{\"v\":\"a\"}"), SOON, c::points);
    Eventually.equal(
        List.of("b.ndjson", "reports.ndjson"), SOON, () -> list(inbox.resolve("done/2026-01-02")));
    assertThat(Files.readString(inbox.resolve("done/2026-01-02/reports.ndjson")))
        .isEqualTo("{\"number\":2,\"x\":1}\n");
    sources.close();
    start();
    assertThat(Files.readString(inbox.resolve("done/2026-01-02/reports.ndjson")))
        .isEqualTo("{\"number\":2,\"x\":1}\n");
  }

  @Test
  void the_content_of_a_file_whose_end_was_decided_before_a_crash_is_known() throws Exception {
    drop("a.ndjson", line(1, "a"));
    Path a = inbox.resolve("a.ndjson");
    InboxFolder.Stat stat = InboxFolder.stat(a);
    var claim = new InboxJournal.Claim(1, "a.ndjson", stat.size(), stat.mtimeMillis(), stat.key());
    try (InboxJournal journal = new InboxJournal(data.resolve("ingest/inbox/inbox"))) {
      journal.claim(List.of(claim));
      journal.ending(
          Map.of(claim, new InboxJournal.Ending("done/9999-01-02", "a.ndjson", "{\"number\":1}")));
    }
    Path work = Files.createDirectories(inbox.resolve(".millrace/work"));
    Files.move(a, work.resolve(InboxFolder.workName(1, "a.ndjson")));
    start();
    Eventually.equal(
        List.of("a.ndjson", "reports.ndjson"), SOON, () -> list(inbox.resolve("done/9999-01-02")));

    drop("again.ndjson", line(1, "a"));

    Eventually.equal(2, SOON, () -> list(inbox.resolve("done")).size());
    assertThat(report("done")).contains("\"outcome\":\"same_content\"");
    assertThat(c.points()).isEmpty();
  }

  @Test
  void an_outage_of_the_collection_is_waited_for() throws Exception {
    for (int i = 0; i < 5; i++) {
      c.next(new FakeCollections.Trouble.Refused(new Failure.StorageFull("full")));
    }
    drop("a.ndjson", line(1, "a"));
    start();

    Eventually.equal(1, SOON, () -> c.points().size());
    Eventually.equal(true, SOON, () -> names("done").contains("a.ndjson"));
    assertThat(sources.deadLetters("inbox", 10)).isEmpty();
  }

  @Test
  void a_file_that_changes_after_it_was_taken_fails_and_keeps_what_was_read() throws Exception {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 12_000; i++) {
      lines.append(line(i, "v")).append('\n');
    }
    drop("a.ndjson", lines.toString());
    CompletableFuture<Void> durable = new CompletableFuture<>();
    c.next(new FakeCollections.Trouble.Late(durable));
    start();
    Eventually.equal(5_000, SOON, () -> c.points().size());
    Files.writeString(
        inbox.resolve(".millrace/work/1-a.ndjson"),
        line(99_999, "late"),
        StandardOpenOption.APPEND);
    durable.complete(null);

    Eventually.equal(true, SOON, () -> names("failed").contains("reports.ndjson"));
    assertThat(report("failed")).contains("\"code\":\"FILE_CHANGED\"");
    assertThat(c.points().size()).isGreaterThanOrEqualTo(12_000);
  }

  // ---- words

  private FilesSource files() {
    return files(Binding.to("c"));
  }

  private FilesSource files(Binding binding) {
    return FilesSource.of("inbox", inbox, List.of(binding)).withSettle(Duration.ZERO);
  }

  private void start() {
    start(files());
  }

  private void start(FilesSource source) {
    Backoff.Pace fast = new Backoff.Pace(Duration.ofMillis(1), Duration.ofMillis(10));
    sources =
        new Sources(
            SourcesConfig.of(data, source),
            new Sources.Surroundings(
                collections, epochs, CollectionCreator.NONE, FilterReader.NONE, "x"),
            new SourceRun.Paces(fast, fast));
    sources.start();
  }

  private void drop(String name, String content) throws IOException {
    Path unfinished = data.resolve("unfinished");
    Files.writeString(unfinished, content);
    Files.move(unfinished, inbox.resolve(name));
  }

  /// Names in a folder of the inbox; for `done` and `failed` in their only day.
  private List<String> names(String folder) {
    Path path = inbox.resolve(folder);
    if (folder.equals("done") || folder.equals("failed")) {
      List<String> days = list(path);
      if (days.isEmpty()) {
        return List.of();
      }
      path = path.resolve(days.getFirst());
    }
    return list(path);
  }

  private static List<String> list(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The reports of the only day, once there is a whole line of them.
  private long reported(String folder) {
    try {
      return report(folder).lines().count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String report(String folder) throws IOException {
    Eventually.equal(true, SOON, () -> names(folder).contains("reports.ndjson"));
    Path day = inbox.resolve(folder).resolve(list(inbox.resolve(folder)).getFirst());
    Path reports = day.resolve("reports.ndjson");
    Eventually.equal(
        true,
        SOON,
        () -> {
          try {
            return Files.readString(reports).endsWith("\n");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    return Files.readString(reports);
  }

  private static String line(long id, String v) {
    return "{\"id\":" + id + ",\"vector\":[1,2],\"payload\":{\"v\":\"" + v + "\"}}";
  }

  private static String sha256(String text) throws Exception {
    return java.util.HexFormat.of()
        .formatHex(
            java.security.MessageDigest.getInstance("SHA-256")
                .digest(text.getBytes(StandardCharsets.UTF_8)));
  }
}
