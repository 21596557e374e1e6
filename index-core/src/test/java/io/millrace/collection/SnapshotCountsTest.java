package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotCountsTest {
  private static final Optional<Instant> NOW = Optional.of(Instant.EPOCH);

  private final SnapshotCounts counts = new SnapshotCounts();

  @TempDir Path folder;

  @Test
  void a_dropped_collection_is_forgotten_with_its_name() {
    try (Collections store = Collections.open(folder.resolve("data"), StoreSettings.defaults())) {
      Snapshots snapshots = new Snapshots(store, folder.resolve("snapshots"), Clock.systemUTC());
      store.create("c", CollectionConfig.unnamed(2, Distance.DOT));
      snapshots.create(new Scope.OfCollection("c"));
      assertThat(store.snapshotCounts().of("c").made()).isEqualTo(1);

      store.drop("c");

      assertThat(store.snapshotCounts().size()).isZero();
      assertThat(store.snapshotCounts().of("c").made()).isZero();
    }
  }

  @Test
  void a_snapshot_that_is_deleted_is_not_the_newest_any_more() throws IOException {
    Instant first = Instant.parse("2026-01-02T03:04:05Z");
    try (Collections store = Collections.open(folder.resolve("data"), StoreSettings.defaults())) {
      store.create("c", CollectionConfig.unnamed(2, Distance.DOT));
      Scope scope = new Scope.OfCollection("c");
      String older = at(store, first).create(scope).name();
      Snapshots snapshots = at(store, first.plusSeconds(60));
      String newer = snapshots.create(scope).name();
      assertThat(store.snapshotCounts().of("c").newest()).contains(first.plusSeconds(60));

      Files.setLastModifiedTime(
          snapshots.folder().find(scope, older), FileTime.from(first)); // tells its age
      snapshots.folder().delete(scope, newer);
      assertThat(store.snapshotCounts().of("c").newest()).contains(first);
      assertThat(store.snapshotCounts().of("c").made()).isEqualTo(1);

      snapshots.folder().delete(scope, older);
      assertThat(store.snapshotCounts().of("c").newest()).isEmpty();
    }
  }

  private Snapshots at(Collections store, Instant now) {
    return new Snapshots(store, folder.resolve("snapshots"), Clock.fixed(now, ZoneOffset.UTC));
  }

  @Test
  void what_is_under_way_when_the_collection_is_dropped_comes_to_its_end() {
    counts.making("c");
    counts.made("c", NOW);
    counts.making("c");
    counts.forget("c");

    assertThat(counts.of("c")).isEqualTo(new SnapshotCounts.Of(0, 1, 0, Optional.empty()));

    counts.made("c", Optional.empty());

    assertThat(counts.size()).isZero();
  }

  @Test
  void a_name_that_could_not_be_restored_is_not_kept() {
    try (Collections store = Collections.open(folder.resolve("data"), StoreSettings.defaults())) {
      Snapshots snapshots = new Snapshots(store, folder.resolve("snapshots"), Clock.systemUTC());

      assertThatThrownBy(() -> snapshots.restore("new", folder.resolve("no-such-file")))
          .isInstanceOf(Failure.class);

      assertThat(store.snapshotCounts().size()).isZero();
    }
  }
}
