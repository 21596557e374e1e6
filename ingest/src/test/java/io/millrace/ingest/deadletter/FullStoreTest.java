package io.millrace.ingest.deadletter;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.Eventually;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.Trouble.WhenFull;
import io.millrace.ingest.deadletter.FileDeadLetters.Retention;
import io.millrace.ingest.pipeline.Backoff;
import io.millrace.ingest.pipeline.Chunk;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.FakeCollections;
import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.StreamLane;
import io.millrace.ingest.pipeline.Tally;
import io.millrace.ingest.record.FilterReader;
import io.millrace.ingest.record.Origin;
import io.millrace.ingest.record.RawRecord;
import io.millrace.ingest.record.RecordDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `when_full: block`: what a stream does whose dead letters find no room.
@Timeout(60)
class FullStoreTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String BAD = "nonsense";

  @TempDir Path folder;
  private final FakeCollections collections = new FakeCollections();

  @Test
  void it_waits_says_so_and_goes_on_when_letters_were_purged_while_its_neighbour_runs()
      throws Exception {
    FakeCollections.Fake c = collections.make("c");
    HiddenLetters hidden = new HiddenLetters(folder.resolve("hidden"));
    Retention one = new Retention(1, 500, Duration.ofDays(30), WhenFull.BLOCK);
    try (FileDeadLetters letters =
        new FileDeadLetters(folder.resolve("dead"), hidden, one, Clock.systemUTC())) {
      SourceRun run = run(letters);
      StreamLane lane = lane(run, "products/0");
      StreamLane neighbour = lane(run, "products/1");
      send(lane, 0, BAD);
      lane.settle();

      FutureTask<Void> second =
          new FutureTask<>(() -> {
            send(lane, 1, BAD);
            lane.settle();
            return null;
          });
      Thread.ofVirtual().start(second);
      Eventually.equal(SourceState.WAITING, SOON, () -> lane.health().state());
      assertThat(lane.health().why()).contains("replay or purge them");
      send(neighbour, 0, "{\"id\":1,\"vector\":[1,2]}");
      neighbour.settle();
      assertThat(c.points()).hasSize(1);
      assertThat(lane.done().mark().number()).isEqualTo(1);
      assertThat(second).isNotDone();

      hidden.add(letters.list(10).stream().map(DeadLetters.Entry::id).toList());
      second.get(20, TimeUnit.SECONDS);
      assertThat(lane.health().state()).isEqualTo(SourceState.RUNNING);
      assertThat(lane.done().mark().number()).isEqualTo(2);
      assertThat(letters.list(10))
          .extracting(DeadLetters.Entry::position)
          .containsExactly("orders/products/0@1");
      assertThat(letters.count().expired()).isZero();
    }
  }

  private SourceRun run(DeadLetters letters) {
    Backoff.Pace fast = new Backoff.Pace(Duration.ofMillis(1), Duration.ofMillis(2));
    return SourceRun.of(
        KafkaSource.of("orders", "none:1", List.of("products"), List.of()),
        collections,
        CollectionCreator.NONE,
        letters,
        new SourceRun.Paces(fast, fast));
  }

  private static StreamLane lane(SourceRun run, String stream) {
    return new StreamLane(
        run,
        1,
        stream,
        new Origin.Topic("products"),
        0,
        Optional.of(Binding.to("c")),
        new StreamLane.Done(Mark.offset(0), Tally.NONE),
        Set.of(),
        bytes -> {},
        Optional.empty(),
        StreamLane.Refill.FROM_START);
  }

  private static void send(StreamLane lane, long number, String value) throws InterruptedException {
    RawRecord record =
        new RawRecord(number, 0, null, value.getBytes(StandardCharsets.UTF_8), List.of());
    lane.submit(
        new Chunk(List.of(record), Mark.offset(number + 1), record.bytes()),
        List.of(
            new RecordDecoder(FilterReader.NONE)
                .decode(record, lane.origin(), lane.binding().orElseThrow())));
  }
}
