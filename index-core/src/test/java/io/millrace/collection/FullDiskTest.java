package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.frame.FaultDisk;
import io.millrace.index.MergeRoom;
import io.millrace.meter.Jobs;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.QuotaConfig;
import io.millrace.model.Selection;
import io.millrace.model.VectorValue;
import io.millrace.search.SharedSearch;
import io.millrace.search.filter.MatchingDocs;
import io.millrace.search.nearest.NearestSearch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk that fills up, or fails, under a collection: reads go on, writes are refused with the
/// reason, nothing acknowledged is lost, and writes are taken again without a restart.
class FullDiskTest {
  @TempDir Path folder;
  private final FaultDisk disk = new FaultDisk();
  private Collection collection;

  @BeforeEach
  void open() throws Exception {
    disk.createFolder(folder);
    collection =
        Collection.open(
            new Collection.Place(
                disk,
                1,
                "c",
                CollectionConfig.unnamed(2, Distance.DOT),
                folder,
                new MergeRoom(() -> disk.freeSpace(folder))),
            new SharedSearch(new MatchingDocs(1 << 20), new NearestSearch()),
            Quotas.over(() -> QuotaConfig.OFF, disk, folder),
            new Jobs(Clock.systemUTC()),
            StoreSettings.defaults());
  }

  @AfterEach
  void close() {
    collection.close();
  }

  @Test
  void a_full_disk_refuses_writes_with_the_free_bytes_and_takes_them_again_once_there_is_room() {
    write(1);
    disk.setCapacity(1);

    assertThatThrownBy(() -> delete(1))
        .isInstanceOf(Failure.StorageFull.class)
        .hasMessageContaining("No space left to write " + folder)
        .hasMessageContaining("0 bytes are free");
    assertThatThrownBy(() -> write(2)).isInstanceOf(Failure.StorageFull.class);
    assertThat(count()).isEqualTo(1);
    assertThat(collection.isReadOnly()).isTrue();

    disk.setCapacity(Long.MAX_VALUE);
    untilTaken(3);
    assertThat(collection.isReadOnly()).isFalse();
    assertThat(count()).isEqualTo(2);
  }

  @Test
  void deletes_still_find_room_when_nothing_is_added_any_more() throws Exception {
    disk.put(folder.resolve("ballast"), new byte[10 << 20]);
    disk.setCapacity(12 << 20); // a tenth is kept
    write(1);
    write(2);

    int refused = 3;
    while (isTaken(refused)) {
      refused++;
    }
    long before = count();
    delete(1);
    assertThat(count()).isEqualTo(before - 1);
  }

  @Test
  void a_log_that_failed_is_opened_again_and_nothing_acknowledged_is_lost() {
    write(1);
    boolean[] failed = {false};
    disk.failWhen(call -> call.kind().equals("append") && !failed[0] && (failed[0] = true));

    assertThatThrownBy(() -> write(2)).isInstanceOf(Failure.Unavailable.class);
    assertThat(count()).isEqualTo(1);

    untilTaken(3);
    assertThat(count()).as("1 and 3; 2 was not acknowledged: there or not").isBetween(2L, 3L);
    assertThat(collection.info().status()).isEqualTo(CollectionInfo.Status.GREEN);
    WriterFacts facts = new WriterFacts();
    collection.retireInto(facts);
    assertThat(facts.replayed()).as("1, maybe 2, by each try to open").isPositive();
  }

  @Test
  void an_index_that_cannot_be_written_makes_the_collection_red_and_is_still_told_of()
      throws Exception {
    write(1);
    Path index = folder.resolve("index");
    try (Stream<Path> files = Files.list(index)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(index);
    Files.createFile(index); // so that it cannot be opened again before it is looked at

    long until = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    for (long id = 2; isTaken(id); id++) {
      count(); // which has what was written refreshed
      assertThat(System.nanoTime() - until).as("noticed within 10 s").isNegative();
    }

    CollectionInfo info = collection.info();
    assertThat(info.status()).isEqualTo(CollectionInfo.Status.RED);
    assertThat(info.failure()).isPresent();
    assertThat(collection.isBusy()).isFalse();
  }

  @Test
  void readers_are_current_when_they_see_what_was_submitted() {
    write(1);
    CountDownLatch released = new CountDownLatch(1);
    disk.failWhen(call -> {
      if (call.kind().equals("force")) {
        try {
          released.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      return false;
    });
    Point point = new Point(PointId.of(2), Map.of(), PayloadBytes.EMPTY);
    collection.submit(WriteBatch.interactive(new Operation.Upsert(List.of(point))));

    assertThat(collection.isCurrent()).isFalse();
    released.countDown();
    collection.awaitInteractive(Deadline.in(Duration.ofSeconds(30)));
    assertThat(collection.isCurrent()).isTrue();
  }

  private void untilTaken(long id) {
    long until = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!isTaken(id)) {
      assertThat(System.nanoTime() - until).as("taken within 10 s").isNegative();
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  private boolean isTaken(long id) {
    try {
      write(id);
      return true;
    } catch (Failure.StorageFull | Failure.Unavailable refused) {
      return false;
    }
  }

  private void delete(long id) {
    submit(new Operation.Delete(new Selection.Ids(List.of(PointId.of(id)))));
  }

  private void write(long id) {
    submit(
        new Operation.Upsert(
            List.of(
                new Point(
                    PointId.of(id), Map.of("", new VectorValue.Dense(1, 2)), PayloadBytes.EMPTY))));
  }

  private void submit(Operation operation) {
    Submission submission =
        collection.submit(
            new WriteBatch(WriteBatch.Lane.INTERACTIVE, List.of(operation), List.of()));
    try {
      submission.durable().join();
      submission.applied().join();
    } catch (CompletionException e) {
      throw (RuntimeException) e.getCause();
    }
  }

  private long count() {
    try (Searcher searcher = collection.searcher(Deadline.NONE)) {
      return searcher.count(Filter.ALL, Deadline.NONE);
    }
  }
}
