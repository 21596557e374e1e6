package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
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
