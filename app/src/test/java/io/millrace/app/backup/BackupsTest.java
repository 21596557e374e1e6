package io.millrace.app.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.app.backup.Backups.Kept;
import io.millrace.app.backup.Backups.Taken;
import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.collection.Snapshots;
import io.millrace.collection.StoreSettings;
import io.millrace.collection.WriteBatch;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorValue;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupsTest {
  private static final Scope C = new Scope.OfCollection("c");

  @TempDir private Path folder;
  private Collections collections;
  private FolderStore store;
  private Backups backups;
  private Instant now = Instant.parse("2026-01-31T12:00:00Z");

  @BeforeEach
  void open() {
    collections = Collections.open(folder.resolve("data"), StoreSettings.defaults());
    collections.create("c", CollectionConfig.unnamed(8, Distance.DOT));
    store = new FolderStore(folder.resolve("backups"));
    backups = new Backups(store);
  }

  @AfterEach
  void close() {
    collections.close();
  }

  private void write(int from, int to) {
    List<Point> points =
        IntStream.range(from, to)
            .mapToObj(i ->
                new Point(
                    PointId.of(i),
                    Map.of("", new VectorValue.Dense(new float[] {i, 1, 2, 3, 4, 5, 6, 7})),
                    PayloadBytes.of("{\"n\":" + i + "}")))
            .toList();
    collections
        .require("c")
        .submit(WriteBatch.interactive(new Operation.Upsert(points, Operation.Precondition.NONE)))
        .applied()
        .join();
  }

  /// An hour after the one before.
  private byte[] snapshot() throws IOException {
    now = now.plus(Duration.ofHours(1));
    Snapshots snapshots =
        new Snapshots(collections, folder.resolve("s"), Clock.fixed(now, ZoneOffset.UTC));
    return Files.readAllBytes(snapshots.folder().find(C, snapshots.create(C).name()));
  }

  private Taken take(byte[] archive) throws IOException {
    return backups.take(
        archive.length,
        (from, bytes) -> new ByteArrayInputStream(archive, (int) from, (int) bytes));
  }

  private Path assembled(Kept kept) throws IOException {
    Path file = folder.resolve(kept.time() + ".snapshot");
    try (OutputStream out = Files.newOutputStream(file)) {
      backups.assemble(kept, out);
    }
    return file;
  }

  @Test
  void a_backup_adds_what_changed_and_gives_back_every_byte() throws IOException {
    write(0, 2_000);
    byte[] first = snapshot();
    Taken all = take(first);
    assertThat(all.sentFiles()).isEqualTo(all.files());
    write(2_000, 2_010);
    byte[] second = snapshot();
    Taken little = take(second);
    assertThat(little.sentBytes()).isLessThan(all.sentBytes() / 4);

    List<Kept> kept = backups.list().kept();
    assertThat(kept)
        .extracting(Kept::time)
        .containsExactly("2026-01-31T13-00-00Z", "2026-01-31T14-00-00Z");
    assertThat(assembled(kept.get(0))).hasBinaryContent(first);
    assertThat(assembled(kept.get(1))).hasBinaryContent(second);

    new Snapshots(collections, folder.resolve("s"), Clock.systemUTC())
        .restore("again", assembled(kept.get(0)));
    try (Searcher searcher = collections.require("again").searcher(Deadline.NONE)) {
      assertThat(searcher.count(Filter.ALL, Deadline.NONE)).isEqualTo(2_000);
    }
  }

  @Test
  void backups_of_one_second_have_names_of_their_own() throws IOException {
    write(0, 10);
    byte[] first = snapshot();
    now = now.minus(Duration.ofHours(1)).plusMillis(10);
    write(10, 11);
    byte[] second = snapshot();

    assertThat(take(first).time()).isEqualTo("2026-01-31T13-00-00Z");
    assertThat(take(second).time()).isEqualTo("2026-01-31T13-00-01Z");
    assertThat(take(first).time()).as("the same one").isEqualTo("2026-01-31T13-00-00Z");

    List<Kept> kept = backups.list().kept();
    assertThat(kept)
        .extracting(Kept::time)
        .containsExactly("2026-01-31T13-00-00Z", "2026-01-31T13-00-01Z");
    assertThat(assembled(kept.get(0))).hasBinaryContent(first);
    assertThat(assembled(kept.get(1))).hasBinaryContent(second);
    assertThat(backups.retain("c", 1)).isEqualTo(1);
    now = now.minus(Duration.ofHours(1)).plusMillis(10);
    byte[] third = snapshot();
    assertThat(take(third).time()).as("free again").isEqualTo("2026-01-31T13-00-00Z");
    assertThat(backups.retain("c", 1)).isEqualTo(1);
    assertThat(assembled(backups.list().kept().getFirst())).hasBinaryContent(third);
  }

  @Test
  void old_backups_go_with_what_only_they_needed() throws IOException {
    for (int i = 0; i < 3; i++) {
      write(i * 100, i * 100 + 50);
      take(snapshot());
    }
    int before = store.list("objects/").size();
    assertThat(backups.retain("c", 1)).isEqualTo(2);
    assertThat(backups.list().kept()).hasSize(1);
    assertThat(store.list("objects/")).hasSizeLessThan(before);
    assertThat(backups.verify(backups.list().kept().getFirst())).isEmpty();
    assertThat(backups.retain("c", 1)).isZero();
  }

  @Test
  void damage_and_gaps_are_named_and_never_restored() throws IOException {
    write(0, 50);
    take(snapshot());
    Kept kept = backups.list().kept().getFirst();
    List<String> objects = store.list("objects/");
    Path damaged = folder.resolve("backups").resolve(objects.get(0));
    byte[] bytes = Files.readAllBytes(damaged);
    bytes[0] ^= 1;
    Files.write(damaged, bytes);
    store.delete(objects.get(1));

    assertThat(backups.verify(kept))
        .hasSize(2)
        .anyMatch(f -> f.contains("is damaged; remove " + objects.get(0) + ","))
        .anyMatch(f -> f.endsWith("is missing"));
    assertThatThrownBy(() -> assembled(kept)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> take(new byte[5_000])).isInstanceOf(BadInput.class);
  }

  @Test
  void a_damaged_manifest_is_named_and_takes_no_other_backup_with_it() throws IOException {
    write(0, 50);
    take(snapshot());
    write(50, 60);
    byte[] second = snapshot();
    take(second);
    String manifest = store.list("backups/").getFirst();
    Files.writeString(folder.resolve("backups").resolve(manifest), "{\"files");
    int objects = store.list("objects/").size();

    Backups.Listing listing = backups.list();

    assertThat(listing.unreadable()).hasSize(1);
    assertThat(listing.unreadable().getFirst())
        .startsWith(manifest + " is left out: ")
        .contains("The manifest of the snapshot cannot be read");
    assertThat(listing.kept()).hasSize(1);
    assertThat(assembled(listing.kept().getFirst())).hasBinaryContent(second);
    write(60, 70);
    take(snapshot());
    assertThat(backups.retain("c", 1)).isEqualTo(1);
    assertThat(store.list("objects/")).as("no object goes").hasSizeGreaterThan(objects);
  }
}
