package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.frame.FaultDisk;
import io.millrace.index.MergeRoom;
import io.millrace.meter.Jobs;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Condition;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.QuotaConfig;
import io.millrace.model.Scalar;
import io.millrace.model.TextOptions;
import io.millrace.model.VectorValue;
import io.millrace.search.SharedSearch;
import io.millrace.search.filter.MatchingDocs;
import io.millrace.search.nearest.NearestSearch;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Payload indexes declared over points that are there: a text index is filled in the background,
/// which is a job; there is nothing to fill for the others.
class IndexFillingTest {
  private static final int POINTS = 1_500; // more than are written anew in one step
  private static final PayloadPath T = PayloadPath.parse("t");
  private static final PayloadSchema TEXT =
      new PayloadSchema(Map.of(T, new PayloadIndex.Text(TextOptions.DEFAULT)));
  private static final Condition FOX = new Condition.MatchText(T, "fox");

  @TempDir Path folder;
  private final FaultDisk disk = new FaultDisk();
  private final Jobs jobs = new Jobs(Clock.systemUTC());
  private final CompletableFuture<Void> released = new CompletableFuture<>();
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
            jobs,
            StoreSettings.defaults().withRestAfter(Duration.ofHours(1)));
    Submission last = submit(IntStream.range(0, POINTS).mapToObj(IndexFillingTest::point).toList());
    collection.awaitSearchable(last.lastSequence(), Deadline.in(Duration.ofSeconds(30)));
    await(this::isGreen);
  }

  @AfterEach
  void close() {
    released.complete(null);
    collection.close();
  }

  @Test
  void a_text_index_is_a_job_and_the_collection_is_yellow_until_all_points_are_in_it() {
    Submission behind = hold(TEXT);

    assertThat(collection.info().status()).isEqualTo(CollectionInfo.Status.YELLOW);
    Jobs.Job begun = onlyJob();
    assertThat(begun.kind()).isEqualTo(Jobs.Kind.INDEX);
    assertThat(begun.about()).isEqualTo("c");
    assertThat(begun.field()).isEqualTo("t");
    assertThat(begun.done()).isZero();
    assertThat(begun.of()).isEqualTo(POINTS);
    assertThat(begun.outcome()).isEmpty();
    assertThat(count(FOX)).as("answers do not wait for it").isEqualTo(POINTS);

    released.complete(null);
    await(this::isGreen);
    assertThat(onlyJob().outcome()).contains(Jobs.Outcome.DONE);
    assertThat(onlyJob().done()).isEqualTo(POINTS);
    collection.awaitSearchable(behind.lastSequence(), Deadline.in(Duration.ofSeconds(30)));
    assertThat(count(FOX)).isEqualTo(POINTS + 1);
  }

  private Optional<Jobs.Outcome> outcome(long id) {
    return jobs.all().stream().filter(job -> job.id() == id).findFirst().orElseThrow().outcome();
  }

  @Test
  void a_log_that_fails_fails_the_job_and_one_begins_anew_once_the_collection_takes_writes() {
    boolean[] failed = {false};
    disk.failWhen(call -> call.kind().equals("force") && !failed[0] && (failed[0] = true));
    hold(TEXT);
    long id = onlyJob().id();

    released.complete(null);
    await(() -> outcome(id).isPresent());
    assertThat(outcome(id)).contains(Jobs.Outcome.FAILED);

    await(() -> jobs.ended(Jobs.Kind.INDEX, Jobs.Outcome.DONE) == 1);
    await(this::isGreen);
    assertThat(jobs.all()).hasSize(2);
  }

  @Test
  void the_job_of_a_collection_that_is_deleted_is_cancelled() {
    hold(TEXT);

    CompletableFuture<Void> gone =
        CompletableFuture.runAsync(() -> collection.discard(Failure.NotFound.collection("c")));
    await(() -> collection.failure().isPresent());
    released.complete(null);
    gone.join();

    assertThat(onlyJob().outcome()).contains(Jobs.Outcome.CANCELLED);
  }

  @Test
  void other_indexes_have_nothing_to_fill_and_answer_at_once() {
    Map<PayloadPath, PayloadIndex> indexes =
        Map.of(
            PayloadPath.parse("k"), new PayloadIndex.Keyword(false, false),
            PayloadPath.parse("i"), new PayloadIndex.Whole(true, true),
            PayloadPath.parse("f"), new PayloadIndex.Decimal(),
            PayloadPath.parse("b"), new PayloadIndex.Bool(),
            PayloadPath.parse("g"), new PayloadIndex.Geo(),
            PayloadPath.parse("d"), new PayloadIndex.DateTime(),
            PayloadPath.parse("u"), new PayloadIndex.Uuid(false));
    hold(new PayloadSchema(indexes));

    assertThat(collection.info().status()).isEqualTo(CollectionInfo.Status.GREEN);
    assertThat(jobs.all()).isEmpty();
    assertThat(collection.indexedPoints(Deadline.NONE))
        .hasSize(indexes.size())
        .allSatisfy((path, points) -> assertThat(points).isEqualTo(POINTS));
    assertThat(count(is("k", new Scalar.Text("k7")))).isEqualTo(POINTS / 10);
    assertThat(count(is("b", new Scalar.Bool(true)))).isEqualTo(POINTS / 2);
    assertThat(
            count(
                new Condition.NumberRange(
                    PayloadPath.parse("i"),
                    OptionalDouble.empty(),
                    OptionalDouble.of(100),
                    OptionalDouble.of(110),
                    OptionalDouble.empty())))
        .isEqualTo(10);
    assertThat(
            count(
                new Condition.DateRange(
                    PayloadPath.parse("d"),
                    OptionalLong.of(0),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty())))
        .isEqualTo(POINTS);
    assertThat(count(new Condition.GeoRadius(PayloadPath.parse("g"), 1, 2, 10))).isEqualTo(POINTS);
  }

  /// Declares the indexes, and holds up the apply thread behind that, before it fills any: a write
  /// comes that does not get durable before the test says so. Returns that write.
  private Submission hold(PayloadSchema schema) {
    CompletableFuture<Submission> behind = new CompletableFuture<>();
    collection.reindex(
        collection.config().withPayloadSchema(schema),
        () -> {
          disk.beforeForce(released::join);
          behind.complete(submit(List.of(point(POINTS))));
        });
    return behind.join();
  }

  /// As a stream does, for which no read waits.
  private Submission submit(List<Point> points) {
    return collection.submit(
        new WriteBatch(WriteBatch.Lane.STREAM, List.of(new Operation.Upsert(points)), List.of()));
  }

  private static Point point(int id) {
    String payload =
        "{\"t\":\"red fox\",\"k\":\"k%d\",\"i\":%d,\"f\":0.5,\"b\":%b,\"g\":{\"lon\":2,\"lat\":1},"
            + "\"d\":\"2026-01-02\",\"u\":\"98a9a4b1-4ef2-46fb-8315-a97d874fe1d7\"}";
    return new Point(
        PointId.of(id),
        Map.of("", new VectorValue.Dense(1, 2)),
        PayloadBytes.of(payload.formatted(id % 10, id, id % 2 == 0)));
  }

  private static Condition is(String path, Scalar value) {
    return new Condition.MatchValue(PayloadPath.parse(path), value);
  }

  private long count(Condition condition) {
    try (Searcher searcher = collection.searcher(Deadline.NONE)) {
      return searcher.count(Filter.must(condition), Deadline.NONE);
    }
  }

  private Jobs.Job onlyJob() {
    assertThat(jobs.all()).hasSize(1);
    return jobs.all().getFirst();
  }

  private boolean isGreen() {
    return collection.info().status() == CollectionInfo.Status.GREEN;
  }

  private static void await(BooleanSupplier condition) {
    long until = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - until).as("within 30 s").isNegative();
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }
}
