package io.millrace.ingest.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.Props;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Limits;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourceConfig.OnBad;
import io.millrace.ingest.config.Trouble;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.FilterReader;
import io.millrace.ingest.record.Origin;
import io.millrace.ingest.record.RawRecord;
import io.millrace.ingest.record.RecordDecoder;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StreamLaneTest {
  private final FakeCollections collections = new FakeCollections();
  private final FakeDeadLetters letters = new FakeDeadLetters();
  private final AtomicLong released = new AtomicLong();
  private final Binding toC = Binding.to("c");
  private final Binding byName = Binding.named(List.of("*"));

  @Test
  void records_become_one_entry_with_their_positions() throws Exception {
    var c = collections.make("c");
    StreamLane lane = lane(toC, 5);

    send(lane, 5, point(1, "a"), point(2, "b"), tombstone(1));
    lane.settle();

    assertThat(c.points()).isEqualTo(Map.of("2", "{\"v\":\"b\"}"));
    assertThat(c.log()).hasSize(1);
    var span = c.log().getFirst().positions().getFirst();
    assertThat(span.first()).isEqualTo(5);
    assertThat(span.last()).isEqualTo(7);
    assertThat(span.stream()).isEqualTo("products/0");
    assertThat(lane.done().mark().number()).isEqualTo(8);
    assertThat(released.get()).isGreaterThan(0);
  }

  @Test
  void plain_upserts_in_a_row_are_one_operation_and_others_keep_their_place() throws Exception {
    var c = collections.make("c");
    StreamLane lane = lane(toC, 0);

    send(lane, 0, point(1, "a"), point(1, "b"), tombstone(1), tombstone(2), point(1, "c"));
    lane.settle();

    List<Operation> operations = c.log().getFirst().operations();
    assertThat(operations).hasSize(3);
    assertThat(((Operation.Upsert) operations.get(0)).points()).hasSize(2);
    assertThat(c.points()).isEqualTo(Map.of("1", "{\"v\":\"c\"}"));
  }

  @Test
  void one_stream_feeds_several_collections_in_order() throws Exception {
    var a = collections.make("a");
    var b = collections.make("b");
    StreamLane lane = lane(byName, 0);

    send(lane, 0, into("a", 1), into("b", 1), into("a", 2), into("none", 3));
    lane.settle();

    assertThat(a.points().keySet()).containsExactly("1", "2");
    assertThat(b.points().keySet()).containsExactly("1");
    assertThat(letters.codes()).containsExactly("3:NO_COLLECTION");
    assertThat(lane.vouched()).isEqualTo(Set.of(a.uid(), b.uid()));
  }

  @Test
  void a_bad_record_is_a_dead_letter_and_its_neighbours_go_in() throws Exception {
    var c = collections.make("c");
    StreamLane lane = lane(toC, 0);

    send(lane, 0, point(1, "a"), "{\"id\":2,\"vector\":[1,2,3]}", "nonsense", point(3, "c"));
    lane.settle();

    assertThat(c.points().keySet()).containsExactly("1", "3");
    assertThat(letters.codes()).containsExactly("1:VECTOR_DIMENSION", "2:JSON_SYNTAX");
    assertThat(lane.done().mark().number()).isEqualTo(4);
    assertThat(lane.done().tally().deadTotal()).isEqualTo(2);
  }

  @Test
  void what_the_collection_has_is_dropped_as_a_duplicate() throws Exception {
    var c = collections.make("c");
    StreamLane first = lane(toC, 0);
    send(first, 0, point(1, "a"), point(2, "b"));
    first.settle();

    StreamLane second = lane(toC, 0);
    send(second, 0, point(1, "a"), point(2, "b"), point(3, "c"));
    second.settle();

    assertThat(c.log()).hasSize(2);
    assertThat(c.log().get(1).positions().getFirst().first()).isEqualTo(2);
    assertThat(second.done().tally().duplicate()).isEqualTo(2);
  }

  @Test
  void nothing_is_done_before_it_is_durable() throws Exception {
    var c = collections.make("c");
    CompletableFuture<Void> durable = new CompletableFuture<>();
    c.next(new FakeCollections.Trouble.Late(durable));
    StreamLane lane = lane(toC, 0);
    send(lane, 0, point(1, "a"));

    CompletableFuture<Void> settled = async(lane::settle);
    assertThat(settled).isNotDone();
    assertThat(lane.done().mark().number()).isZero();
    durable.complete(null);
    settled.get(10, TimeUnit.SECONDS);

    assertThat(lane.done().mark().number()).isEqualTo(1);
  }

  @Test
  void a_batch_that_failed_and_is_in_the_log_after_all_is_not_submitted_again() throws Exception {
    var c = collections.make("c");
    c.next(new FakeCollections.Trouble.Kept(new Failure.StorageFull("full")));
    StreamLane lane = lane(toC, 0);

    send(lane, 0, point(1, "a"));
    send(lane, 1, point(1, "b"));
    lane.settle();

    assertThat(c.log()).hasSize(2);
    assertThat(c.points()).isEqualTo(Map.of("1", "{\"v\":\"b\"}"));
  }

  @Test
  void a_batch_that_was_accepted_and_not_logged_is_submitted_again_in_order() throws Exception {
    var c = collections.make("c");
    c.next(new FakeCollections.Trouble.Lost(new Failure.StorageFull("full")));
    c.next(new FakeCollections.Trouble.Refused(new Failure.StorageFull("full")));
    StreamLane lane = lane(toC, 0);

    send(lane, 0, point(1, "a"));
    send(lane, 1, point(1, "b"), point(2, "b"));
    lane.settle();

    assertThat(c.log()).hasSize(2);
    assertThat(c.points()).isEqualTo(Map.of("1", "{\"v\":\"b\"}", "2", "{\"v\":\"b\"}"));
    assertThat(letters.codes()).isEmpty();
  }

  @Test
  void what_is_unavailable_is_waited_for_and_shown_and_never_a_dead_letter() throws Exception {
    var c = collections.make("c");
    for (int i = 0; i < 30; i++) {
      c.next(new FakeCollections.Trouble.Refused(new Failure.Unavailable("stopping")));
    }
    StreamLane lane = lane(toC, 0);
    AtomicReference<Health> seen = new AtomicReference<>();

    CompletableFuture<Void> sent = async(() -> send(lane, 0, point(1, "a")));
    while (!sent.isDone()) {
      Health now = lane.health();
      if (now.state() == SourceState.WAITING) {
        seen.set(now);
      }
      Thread.onSpinWait();
    }
    lane.settle();

    assertThat(seen.get().why()).isEqualTo("stopping");
    assertThat(lane.health()).isEqualTo(Health.RUNNING);
    assertThat(c.points()).hasSize(1);
    assertThat(letters.codes()).isEmpty();
  }

  @Test
  void dead_letters_are_durable_before_good_records_behind_them_are_logged() throws Exception {
    var c = collections.make("c");
    letters.failNext(Integer.MAX_VALUE);
    StreamLane lane = lane(toC, 0);
    CompletableFuture<Void> sent =
        async(() -> send(lane, 0, "{\"id\":1,\"vector\":[1,2,3]}", point(2, "a")));
    letters.awaitFailures(2);

    assertThat(sent).isNotDone();
    assertThat(c.log()).isEmpty();
    letters.failNext(0);
    sent.get(10, TimeUnit.SECONDS);
    assertThat(letters.codes()).containsExactly("0:VECTOR_DIMENSION");
    assertThat(c.log()).hasSize(1);
  }

  @Test
  void dead_letters_are_durable_before_their_record_is_done() throws Exception {
    collections.make("c");
    letters.failNext(3);
    StreamLane lane = lane(toC, 0);

    send(lane, 0, "nonsense");
    lane.settle();

    assertThat(letters.codes()).containsExactly("0:JSON_SYNTAX");
    assertThat(lane.done().mark().number()).isEqualTo(1);
  }

  @Test
  void a_missing_collection_of_the_binding_parks_the_stream_until_it_is_there() throws Exception {
    StreamLane lane = lane(toC, 0);

    CompletableFuture<Void> sent = async(() -> send(lane, 0, point(1, "a")));
    while (lane.health().state() != SourceState.PARKED) {
      assertThat(sent).isNotDone();
      Thread.onSpinWait();
    }
    var c = collections.make("c");
    sent.get(10, TimeUnit.SECONDS);
    lane.settle();

    assertThat(c.points()).hasSize(1);
    assertThat(letters.codes()).isEmpty();
  }

  /// A batch fails, and its collection is not found for a while, as when its alias is taken away.
  @Test
  void a_chunk_is_not_done_while_a_batch_of_it_waits_for_its_collection() throws Exception {
    var c = collections.make("c");
    c.next(new FakeCollections.Trouble.Lost(new Failure.Unavailable("closed")));
    StreamLane lane = lane(toC, 0);
    send(lane, 0, point(1, "a"));
    collections.drop("c");

    CompletableFuture<Void> settled = async(lane::settle);
    while (lane.health().state() != SourceState.PARKED) {
      assertThat(settled).isNotDone();
      Thread.onSpinWait();
    }

    assertThat(lane.done().mark().number()).isZero();
    assertThat(released.get()).isZero();

    collections.putBack(c);
    settled.get(10, TimeUnit.SECONDS);

    assertThat(c.points()).hasSize(1);
    assertThat(lane.done().mark().number()).isEqualTo(1);
  }

  @Test
  void an_unknown_collection_is_made_from_the_template() throws Exception {
    run =
        run(
            OnBad.DEAD,
            (template, name) -> {
              if (name.equals("full")) {
                return CollectionCreator.Result.LIMIT;
              }
              if (!template.equals("t") || !name.startsWith("x-")) {
                return CollectionCreator.Result.NOT_MATCHING;
              }
              collections.make(name);
              return CollectionCreator.Result.EXISTS;
            });
    StreamLane lane = lane(byName.withCreate("t"), 0);

    send(lane, 0, into("x-1", 1), into("y", 2), into("full", 3));
    lane.settle();

    assertThat(collections.find("x-1")).isPresent();
    assertThat(letters.codes()).containsExactly("1:NO_COLLECTION", "2:COLLECTION_LIMIT");
  }

  @Test
  void a_collection_that_was_made_again_gets_the_stream_from_its_start() throws Exception {
    collections.make("c");
    StreamLane lane = lane(toC, 0);
    send(lane, 0, point(1, "a"));
    lane.settle();
    collections.drop("c");
    collections.make("c");

    assertThatThrownBy(() -> send(lane, 1, point(2, "b"))).isInstanceOf(StreamLane.MadeAgain.class);
  }

  @Test
  void a_surge_of_bad_records_stops_the_source_until_a_person_resumes_it() throws Exception {
    collections.make("c");
    StreamLane lane = lane(toC, 0);
    String[] bad = new String[150];
    java.util.Arrays.fill(bad, "nonsense");
    send(lane, 0, bad);

    CompletableFuture<Void> next = async(() -> send(lane, 150, point(1, "a")));
    assertThat(lane.health().state()).isEqualTo(SourceState.SURGE);
    assertThat(next).isNotDone();
    run.gate().open();
    next.get(10, TimeUnit.SECONDS);
    lane.settle();

    assertThat(lane.done().mark().number()).isEqualTo(151);
  }

  @Test
  void on_bad_block_stops_before_the_record_with_everything_before_it_done() throws Exception {
    var c = collections.make("c");
    run = run(OnBad.BLOCK, CollectionCreator.NONE);
    StreamLane lane = lane(toC, 0);

    CompletableFuture<Void> sent =
        async(() -> send(lane, 0, point(1, "a"), "nonsense", point(2, "b")));
    while (lane.health().state() != SourceState.PARKED) {
      Thread.onSpinWait();
    }

    assertThat(sent).isNotDone();
    assertThat(c.points().keySet()).containsExactly("1");
    assertThat(lane.done().mark().number()).isEqualTo(1);
    assertThat(letters.codes()).isEmpty();
    threads.values().forEach(Thread::interrupt);
  }

  @Test
  void the_beginning_of_a_file_of_rubbish_is_no_thousand_dead_letters() throws Exception {
    collections.make("c");
    StreamLane lane = fileLane();
    String[] bad = new String[999];
    java.util.Arrays.fill(bad, "nonsense");
    send(lane, 1, bad);
    lane.settle();

    assertThat(letters.codes()).isEmpty();
    assertThat(lane.done().mark().number()).isEqualTo(1);
    assertThatThrownBy(() -> send(lane, 1000, "nonsense"))
        .isInstanceOf(BadStart.NoGoodRecord.class);
  }

  @Test
  void bad_lines_before_a_good_one_are_dead_letters_after_it() throws Exception {
    collections.make("c");
    StreamLane lane = fileLane();

    send(lane, 1, "nonsense");
    send(lane, 2, point(1, "a"));
    lane.settle();

    assertThat(letters.codes()).containsExactly("1:JSON_SYNTAX");
    assertThat(lane.done().mark().number()).isEqualTo(3);
    assertThat(lane.done().tally().records()).isEqualTo(2);
  }

  /// A stream of random upserts and deletes over few ids is cut into chunks, each chunk met by
  /// random trouble, and stopped now and then: the next lane goes on at an earlier point, at the
  /// latest where the one before was done. The state is that of the plain replay.
  @Test
  void any_chunks_troubles_and_restarts_give_the_state_of_the_plain_replay() {
    Props.forAll(
        200,
        60,
        (random, size) -> {
          List<String> records = new ArrayList<>();
          for (int i = 0; i <= size; i++) {
            long id = random.nextInt(5);
            records.add(random.nextInt(4) == 0 ? tombstone(id) : point(id, "r" + i));
          }
          return Map.entry(records, random);
        },
        input -> {
          List<String> records = input.getKey();
          var random = input.getValue();
          FakeCollections mine = new FakeCollections();
          var c = mine.make("c");
          SourceRun own = run(OnBad.DEAD, CollectionCreator.NONE, mine);
          try {
            long at = 0;
            while (at < records.size()) {
              StreamLane lane = lane(own, toC, at);
              long end = at + 1 + random.nextInt(records.size());
              long i = at;
              while (i < Math.min(end, records.size())) {
                int n = (int) Math.min(1 + random.nextInt(7), records.size() - i);
                if (random.nextInt(3) == 0) {
                  Failure why = new Failure.Unavailable("trouble");
                  c.next(
                      switch (random.nextInt(3)) {
                        case 0 -> new FakeCollections.Trouble.Refused(why);
                        case 1 -> new FakeCollections.Trouble.Lost(why);
                        default -> new FakeCollections.Trouble.Kept(why);
                      });
                }
                send(lane, i, records.subList((int) i, (int) i + n).toArray(String[]::new));
                i += n;
              }
              lane.settle();
              long done = lane.done().mark().number();
              at = done >= records.size() ? done : Math.max(0, done - random.nextInt(5));
            }
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          Map<String, String> expected = new TreeMap<>();
          for (String record : records) {
            String id = record.substring(record.indexOf(':') + 1, record.indexOf(','));
            if (record.contains("delete")) {
              expected.remove(id);
            } else {
              expected.put(id, record.substring(record.indexOf("{\"v\""), record.length() - 1));
            }
          }
          assertThat(c.points()).isEqualTo(expected);
          long last = -1;
          for (var batch : c.log()) {
            var span = batch.positions().getFirst();
            assertThat(span.first()).isGreaterThan(last);
            last = span.last();
          }
        });
  }

  @Test
  void with_surge_off_any_number_of_bad_records_is_a_dead_letter_each() throws Exception {
    collections.make("c");
    SourceRun calm = run(Trouble.DEFAULT.withSurge(Trouble.Surge.OFF), collections);
    StreamLane lane = lane(calm, toC, 0);

    send(lane, 0, Collections.nCopies(300, "nonsense").toArray(String[]::new));
    send(lane, 300, point(1, "a"));
    lane.settle();

    assertThat(letters.codes()).hasSize(300);
    assertThat(lane.health().state()).isEqualTo(SourceState.RUNNING);
    assertThat(lane.done().mark().number()).isEqualTo(301);
  }

  @Test
  void a_stream_that_was_parked_too_long_leaves_its_records_to_on_bad() throws Exception {
    SourceRun impatient = run(Trouble.DEFAULT.withParkTimeout(Duration.ofMillis(100)), collections);
    StreamLane lane = lane(impatient, toC, 0);
    long begin = System.nanoTime();

    send(lane, 0, point(1, "a"), point(2, "b"));
    Duration waited = Duration.ofNanos(System.nanoTime() - begin);
    send(lane, 2, point(3, "c"));
    lane.settle();

    assertThat(waited).isGreaterThanOrEqualTo(Duration.ofMillis(100));
    assertThat(letters.codes())
        .containsExactly("0:NO_COLLECTION", "1:NO_COLLECTION", "2:NO_COLLECTION");
    assertThat(impatient.counts().parked()).isGreaterThan(0);
    var c = collections.make("c");
    send(lane, 3, point(4, "d"));
    lane.settle();
    assertThat(c.points().keySet()).containsExactly("4");
  }

  @Test
  void a_collection_that_stays_damaged_leaves_its_records_to_on_bad() throws Exception {
    var c = collections.make("c");
    for (int i = 0; i < 100_000; i++) {
      c.next(new FakeCollections.Trouble.Refused(new Failure.Damaged("c is red")));
    }
    SourceRun impatient = run(Trouble.DEFAULT.withParkTimeout(Duration.ofMillis(100)), collections);
    StreamLane lane = lane(impatient, toC, 0);

    send(lane, 0, point(1, "a"));
    send(lane, 1, point(2, "b"));
    lane.settle();

    assertThat(letters.codes()).containsExactly("0:NO_COLLECTION", "1:NO_COLLECTION");
    assertThat(c.log()).isEmpty();
    c.mend();
    send(lane, 2, point(3, "c"));
    lane.settle();
    assertThat(c.points().keySet()).containsExactly("3");
  }

  @Test
  void who_stops_before_bad_records_waits_for_a_collection_as_long_as_it_takes() throws Exception {
    SourceRun blocking =
        run(Trouble.DEFAULT.with(OnBad.BLOCK).withParkTimeout(Duration.ofMillis(1)), collections);
    StreamLane lane = lane(blocking, toC, 0);
    CompletableFuture<Void> sent =
        async(() -> {
          send(lane, 0, point(1, "a"));
          lane.settle();
        });
    while (lane.health().state() != SourceState.PARKED) {
      Thread.onSpinWait();
    }

    assertThat(sent).isNotDone();
    var c = collections.make("c");
    sent.get(10, TimeUnit.SECONDS);

    assertThat(c.points().keySet()).containsExactly("1");
    assertThat(letters.codes()).isEmpty();
  }

  @Test
  void a_binding_takes_no_more_points_than_its_limit_but_still_deletes() throws Exception {
    var c = collections.make("c");
    Binding few =
        toC.withLimits(new Limits(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.of(2)));
    StreamLane lane = lane(few, 0);

    send(lane, 0, point(1, "a"), point(2, "b"), point(3, "c"));
    send(lane, 3, point(4, "d"), tombstone(1));
    lane.settle();
    send(lane, 5, point(5, "e"), point(6, "f"));
    lane.settle();

    assertThat(c.points().keySet()).containsExactly("2", "5");
    assertThat(letters.codes()).containsExactly("2:POINT_LIMIT", "3:POINT_LIMIT", "6:POINT_LIMIT");
  }

  @Test
  void a_rate_holds_the_next_records_back_until_the_last_are_paid_for() throws Exception {
    var c = collections.make("c");
    Binding slow =
        toC.withLimits(new Limits(OptionalLong.of(4), OptionalLong.empty(), OptionalLong.empty()));
    StreamLane lane = lane(slow, 0);
    long begin = System.nanoTime();
    send(lane, 0, point(1, "a"), point(2, "b"));

    CompletableFuture<Void> sent =
        async(() -> {
          send(lane, 2, point(3, "c"));
          lane.settle();
        });
    while (!lane.health().why().equals("quota")) {
      Thread.onSpinWait();
    }

    assertThat(c.log()).hasSize(1); // what was taken before is finished meanwhile
    assertThat(lane.done().mark().number()).isEqualTo(2);
    sent.get(10, TimeUnit.SECONDS);
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isGreaterThanOrEqualTo(Duration.ofMillis(500));
    assertThat(c.points().keySet()).containsExactly("1", "2", "3");
  }

  // ---- words

  private SourceRun run = run(OnBad.DEAD, CollectionCreator.NONE);
  private final Map<String, Thread> threads = new ConcurrentHashMap<>();

  private SourceRun run(OnBad onBad, CollectionCreator creator) {
    return run(onBad, creator, collections);
  }

  private SourceRun run(Trouble trouble, FakeCollections into) {
    return run(trouble, CollectionCreator.NONE, into);
  }

  private SourceRun run(OnBad onBad, CollectionCreator creator, FakeCollections into) {
    return run(Trouble.DEFAULT.with(onBad), creator, into);
  }

  private SourceRun run(Trouble trouble, CollectionCreator creator, FakeCollections into) {
    Backoff.Pace fast = new Backoff.Pace(Duration.ofMillis(1), Duration.ofMillis(2));
    return SourceRun.of(
        KafkaSource.of("orders", "none:1", List.of("products"), List.of())
            .withBad(trouble.onBad(), Optional.empty())
            .withTrouble(trouble),
        into,
        creator,
        letters,
        new SourceRun.Paces(fast, fast));
  }

  private StreamLane lane(Binding binding, long start) {
    return lane(run, binding, start);
  }

  private StreamLane lane(SourceRun of, Binding binding, long start) {
    return new StreamLane(
        of,
        1,
        "products/0",
        new Origin.Topic("products"),
        0,
        Optional.of(binding),
        new StreamLane.Done(Mark.offset(start), Tally.NONE),
        Set.of(),
        released::addAndGet,
        Optional.empty(),
        StreamLane.Refill.FROM_START);
  }

  private StreamLane fileLane() {
    return new StreamLane(
        run,
        1,
        "file/1",
        new Origin.DroppedFile("x.ndjson"),
        1,
        Optional.of(toC),
        new StreamLane.Done(new Mark(1, -1, 0), Tally.NONE),
        Set.of(),
        released::addAndGet,
        Optional.of(new BadStart(0)),
        StreamLane.Refill.NEVER);
  }

  private static void send(StreamLane lane, long first, String... values)
      throws InterruptedException {
    RecordDecoder decoder = new RecordDecoder(FilterReader.NONE);
    List<RawRecord> records = new ArrayList<>();
    List<Decoded> decoded = new ArrayList<>();
    long bytes = 0;
    for (String value : values) {
      RawRecord record =
          new RawRecord(
              first + records.size(), 0, null, value.getBytes(StandardCharsets.UTF_8), List.of());
      records.add(record);
      decoded.add(decoder.decode(record, lane.origin(), lane.binding().orElseThrow()));
      bytes += record.bytes();
    }
    lane.submit(new Chunk(records, Mark.offset(first + values.length), bytes), decoded);
  }

  private static String point(long id, String value) {
    return "{\"id\":" + id + ",\"vector\":[1,2],\"payload\":{\"v\":\"" + value + "\"}}";
  }

  private static String into(String collection, long id) {
    return "{\"id\":" + id + ",\"collection_name\":\"" + collection + "\"}";
  }

  private static String tombstone(long id) {
    return "{\"id\":" + id + ",\"op\":\"delete\"}";
  }

  private interface Action {
    void run() throws InterruptedException;
  }

  private CompletableFuture<Void> async(Action action) throws InterruptedException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    CountDownLatch begun = new CountDownLatch(1);
    Thread thread =
        Thread.ofVirtual()
            .unstarted(() -> {
              begun.countDown();
              try {
                action.run();
                done.complete(null);
              } catch (Throwable e) {
                done.completeExceptionally(e);
              }
            });
    threads.put("" + threads.size(), thread);
    thread.start();
    begun.await();
    return done;
  }
}
