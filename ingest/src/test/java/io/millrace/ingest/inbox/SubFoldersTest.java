package io.millrace.ingest.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.Eventually;
import io.millrace.ingest.FakeEpochs;
import io.millrace.ingest.Sources;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.pipeline.Backoff;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.FakeCollections;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.record.FilterReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Files of sub-folders, and files that were done long ago.
@Timeout(60)
class SubFoldersTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path data;
  private Path inbox;
  private final FakeCollections collections = new FakeCollections();
  private FakeCollections.Fake c;
  private Sources sources;

  @BeforeEach
  void prepare() throws IOException {
    inbox = Files.createDirectories(data.resolve("inbox"));
    c = collections.make("c");
  }

  @AfterEach
  void close() {
    sources.close();
  }

  @Test
  void files_of_sub_folders_are_left_alone_unless_they_are_asked_for() throws Exception {
    drop("eu/a.ndjson", 1);
    drop("b.ndjson", 2);
    start(files("*.ndjson"));

    awaitPoints("2");
    assertThat(inbox.resolve("eu/a.ndjson")).exists();
    sources.close();
    start(files("*.ndjson").withRecursive(true));

    awaitPoints("1", "2");
  }

  @Test
  void they_keep_their_path_and_what_is_not_of_the_inbox_stays_where_it_is() throws Exception {
    Path outside = Files.createDirectories(data.resolve("outside"));
    Files.writeString(outside.resolve("x.ndjson"), line(9));
    Files.createSymbolicLink(inbox.resolve("link"), outside);
    Files.createDirectories(inbox.resolve("other/.millrace/work"));
    List<String> left =
        List.of(
            "other/x.ndjson",
            "other/done/x.ndjson",
            ".hidden/x.ndjson",
            "_tmp/x.ndjson",
            "eu/x.ndjson.part",
            "done/x.ndjson",
            "failed/x.ndjson",
            "eu/readme.txt");
    for (String name : left) {
      drop(name, 9);
    }
    drop("eu/done/a.ndjson", 1);
    drop("eu/fr/b %é.ndjson", 2);
    start(files("*.ndjson").withRecursive(true));

    awaitPoints("1", "2");
    Eventually.equal(
        Set.of("eu/done/a.ndjson", "eu/fr/b %é.ndjson", "reports.ndjson"),
        SOON,
        () -> tree(today("done")));
    assertThat(Files.readString(today("done").resolve("reports.ndjson")))
        .contains("\"name\":\"eu/done/a.ndjson\"", "\"name\":\"eu/fr/b%20%25%C3%A9.ndjson\"");
    assertThat(left).allSatisfy(name -> assertThat(inbox.resolve(name)).exists());
    assertThat(outside.resolve("x.ndjson")).exists();
  }

  @Test
  void a_pattern_may_name_the_sub_folder() throws Exception {
    drop("eu/a.ndjson", 1);
    drop("us/a.ndjson", 2);
    start(files("eu/*").withRecursive(true));

    awaitPoints("1");
    Eventually.equal(true, SOON, () -> Files.exists(today("done").resolve("eu/a.ndjson")));
    assertThat(inbox.resolve("us/a.ndjson")).exists();
  }

  @Test
  void folders_and_files_of_one_name_do_not_get_into_each_others_way() throws Exception {
    start(files("*").withRecursive(true));
    drop("x", 1);
    drop("reports.ndjson", 2);
    Eventually.equal(
        Set.of("x", "reports.ndjson", "reports.ndjson.1"), SOON, () -> tree(today("done")));
    drop("x/a", 3);
    drop("y/a", 4);
    Eventually.equal(true, SOON, () -> tree(today("done")).contains("y/a"));
    Files.delete(inbox.resolve("y"));
    drop("y", 5);

    awaitPoints("1", "2", "3", "4", "5");
    Eventually.equal(6, SOON, () -> tree(today("done")).size());
    assertThat(tree(today("done"))).anyMatch(name -> name.startsWith("a."));
    assertThat(tree(today("done"))).anyMatch(name -> name.startsWith("y."));
  }

  @Test
  void one_that_was_claimed_before_a_crash_is_taken_from_its_sub_folder() throws Exception {
    drop("eu/a.ndjson", 1);
    InboxFolder.Stat stat = InboxFolder.stat(inbox.resolve("eu/a.ndjson"));
    try (InboxJournal journal = new InboxJournal(data.resolve("ingest/inbox/inbox"))) {
      journal.claim(
          List.of(
              new InboxJournal.Claim(
                  1, "eu/a.ndjson", stat.size(), stat.mtimeMillis(), stat.key())));
    }
    start(files("*.ndjson").withRecursive(true));

    awaitPoints("1");
    Eventually.equal(Set.of("eu/a.ndjson", "reports.ndjson"), SOON, () -> tree(today("done")));
  }

  @Test
  void what_was_done_longer_ago_than_keep_is_deleted_but_for_its_reports() throws Exception {
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    String old = "done/" + today.minusDays(3) + "/";
    String young = "done/" + today.minusDays(1) + "/";
    drop(old + "a.ndjson", 1);
    drop(old + "sub/b.ndjson", 1);
    drop(old + "reports.ndjson", 1);
    drop("done/2001-01-01/sub/a.ndjson", 1);
    drop("done/notes/a.ndjson", 1);
    drop("failed/2001-01-01/a.ndjson", 1);
    drop(young + "a.ndjson", 1);
    Path elsewhere = Files.createDirectories(data.resolve("elsewhere"));
    Files.writeString(elsewhere.resolve("a"), "");
    Files.createSymbolicLink(inbox.resolve("done/2001-01-02"), elsewhere);
    start(files("*.ndjson").withKeep(Duration.ofDays(2)));

    Eventually.equal(
        Set.of(old + "reports.ndjson", "done/notes/a.ndjson", young + "a.ndjson"),
        SOON,
        () -> {
          Set<String> left = new TreeSet<>(tree(inbox));
          left.removeIf(name -> !name.startsWith("done/") || name.startsWith("done/2001-01-02"));
          return left;
        });
    assertThat(inbox.resolve("done/2001-01-01")).doesNotExist();
    assertThat(inbox.resolve("failed/2001-01-01/a.ndjson")).exists();
    assertThat(elsewhere.resolve("a")).exists();
  }

  // ---- words

  private FilesSource files(String pattern) {
    return FilesSource.of("inbox", inbox, List.of(Binding.to("c", pattern)))
        .withSettle(Duration.ZERO);
  }

  private void start(FilesSource source) {
    Backoff.Pace fast = new Backoff.Pace(Duration.ofMillis(1), Duration.ofMillis(10));
    sources =
        new Sources(
            SourcesConfig.of(data, source),
            new Sources.Surroundings(
                collections, new FakeEpochs(), CollectionCreator.NONE, FilterReader.NONE, "x"),
            new SourceRun.Paces(fast, fast));
    sources.start();
  }

  private void drop(String name, long id) throws IOException {
    Path unfinished = Files.writeString(data.resolve("unfinished"), line(id));
    Files.createDirectories(inbox.resolve(name).getParent());
    Files.move(unfinished, inbox.resolve(name));
  }

  private static String line(long id) {
    return "{\"id\":" + id + ",\"vector\":[1,2]}";
  }

  private void awaitPoints(String... ids) {
    Eventually.equal(Set.of(ids), SOON, () -> Set.copyOf(c.points().keySet()));
  }

  private Path today(String folder) {
    return inbox.resolve(folder).resolve(LocalDate.now(ZoneOffset.UTC).toString());
  }

  /// Names of all files below, relative to it.
  private static Set<String> tree(Path folder) {
    if (!Files.isDirectory(folder)) {
      return Set.of();
    }
    try (Stream<Path> entries = Files.walk(folder)) {
      Set<String> names = new TreeSet<>();
      entries
          .filter(entry -> !Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
          .forEach(entry -> names.add(folder.relativize(entry).toString()));
      return names;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (UncheckedIOException changing) {
      return Set.of();
    }
  }
}
