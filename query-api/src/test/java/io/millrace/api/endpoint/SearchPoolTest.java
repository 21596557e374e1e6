package io.millrace.api.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.api.metrics.Admissions;
import io.millrace.model.BadInput;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.opentelemetry.api.trace.TracerProvider;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SearchPoolTest {
  /// The kinds of threads that ask.
  enum Asking implements Executor {
    PLATFORM,
    VIRTUAL;

    @Override
    public void execute(Runnable task) {
      (this == PLATFORM ? Thread.ofPlatform().daemon() : Thread.ofVirtual()).start(task);
    }

    <T> CompletableFuture<T> supply(Supplier<T> task) {
      return CompletableFuture.supplyAsync(task, this);
    }
  }

  private final Admissions admissions = new Admissions();
  private final SearchPool pool = pool(1, 1, 2);
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    pool.close();
  }

  private SearchPool pool(int atOnce, int queued, int parallelPerRequest) {
    return new SearchPool(
        atOnce, queued, TracerProvider.noop().get(""), admissions, parallelPerRequest);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Takes a place until the release.
  private CompletableFuture<Integer> occupy(SearchPool pool, Asking asking) {
    CountDownLatch busy = new CountDownLatch(1);
    CompletableFuture<Integer> occupying =
        asking.supply(() ->
            pool.run(
                Deadline.NONE,
                () -> {
                  busy.countDown();
                  await(release);
                  return 0;
                }));
    await(busy);
    return occupying;
  }

  private static void awaitQueued(SearchPool pool, int queued) {
    while (pool.queued() != queued) {
      Thread.onSpinWait();
    }
  }

  @Test
  void who_waited_how_long_and_who_was_refused_is_counted() {
    CompletableFuture<Integer> first = occupy(pool, Asking.PLATFORM);
    CompletableFuture<Integer> second =
        Asking.VIRTUAL.supply(() -> pool.run(Deadline.NONE, () -> 1));
    awaitQueued(pool, 1);
    assertThatThrownBy(() -> pool.run(Deadline.NONE, () -> 2)).isInstanceOf(Failure.TooMuch.class);

    assertThat(admissions.refused(Admissions.Refusal.SEARCH_QUEUE)).isEqualTo(1);
    assertThat(admissions.searchWaits().counts().count()).as("begun").isEqualTo(1);
    assertThat(admissions.searchWaits().counts().sum()).as("at once").isZero();
    release.countDown();
    first.join();
    second.join();
    assertThat(admissions.searchWaits().counts().count()).isEqualTo(2);
    assertThat(admissions.searchWaits().counts().sum()).isPositive();
  }

  @Test
  void the_processor_time_of_searches_is_counted() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long spent =
        pool.run(
            Deadline.NONE,
            () -> {
              long before = threads.getCurrentThreadCpuTime();
              long now = before;
              while (now - before < 5_000_000) {
                now = threads.getCurrentThreadCpuTime();
              }
              return now - before;
            });
    assertThat(admissions.searchCpuSeconds())
        .isBetween(spent / 1e9, threads.getCurrentThreadCpuTime() / 1e9);
  }

  @Test
  void work_runs_on_the_platform_thread_that_asks() {
    assertThat(pool.<Thread>run(Deadline.NONE, Thread::currentThread))
        .isSameAs(Thread.currentThread());
  }

  @Test
  void work_of_a_virtual_thread_runs_on_a_platform_thread_of_the_pool() {
    Thread ran = Asking.VIRTUAL.supply(() -> pool.run(Deadline.NONE, Thread::currentThread)).join();

    assertThat(ran.isVirtual()).isFalse();
    assertThat(ran.getName()).isEqualTo("search-1");
  }

  @Test
  void work_that_waited_runs_on_a_thread_of_the_pool() {
    occupy(pool, Asking.PLATFORM);
    CompletableFuture<String> waited =
        Asking.PLATFORM.supply(
            () -> pool.run(Deadline.NONE, () -> Thread.currentThread().getName()));
    awaitQueued(pool, 1);

    release.countDown();

    assertThat(waited.join()).isEqualTo("search-1");
  }

  @ParameterizedTest
  @EnumSource
  void a_failure_of_the_work_is_the_callers_and_leaves_its_place_to_others(Asking asking) {
    for (int i = 0; i < 3; i++) {
      assertThat(asking.supply(() -> pool.run(Deadline.NONE, SearchPoolTest::refuse)))
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableThat()
          .havingRootCause()
          .isInstanceOf(BadInput.class)
          .withMessage("no");
    }
    assertThat(asking.supply(() -> pool.run(Deadline.NONE, () -> 7)).join()).isEqualTo(7);
  }

  private static int refuse() {
    throw BadInput.wrong("no");
  }

  @ParameterizedTest
  @EnumSource
  void work_that_did_not_begin_in_time_never_runs(Asking asking) {
    CompletableFuture<Integer> occupying = occupy(pool, Asking.PLATFORM);
    AtomicBoolean ran = new AtomicBoolean();

    assertThat(
            asking.supply(() ->
                pool.run(
                    Deadline.in(Duration.ofMillis(20)),
                    () -> {
                      ran.set(true);
                      return 0;
                    })))
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(Failure.TimedOut.class);
    assertThat(pool.queued()).isZero();
    release.countDown();
    occupying.join();
    pool.run(Deadline.NONE, () -> 0);

    assertThat(ran).isFalse();
    assertThat(admissions.cancelled(Admissions.Cancellation.QUEUE)).isEqualTo(1);
    assertThat(admissions.cancelled(Admissions.Cancellation.TIMEOUT)).isZero();
  }

  @Test
  void a_search_that_ends_with_its_time_is_counted() {
    Supplier<Boolean> work =
        () -> {
          throw new Failure.TimedOut("over");
        };

    assertThatThrownBy(() -> pool.run(Deadline.NONE, work)).isInstanceOf(Failure.TimedOut.class);
    assertThatThrownBy(() -> pool.runAll(Deadline.NONE, List.of(work, work)))
        .isInstanceOf(Failure.TimedOut.class);

    assertThat(admissions.cancelled(Admissions.Cancellation.TIMEOUT)).isBetween(2L, 3L);
  }

  @Test
  void work_whose_time_is_over_does_not_begin_though_a_place_is_free() {
    AtomicBoolean ran = new AtomicBoolean();
    Supplier<Boolean> work = () -> ran.getAndSet(true);

    assertThatThrownBy(() -> pool.run(Deadline.in(Duration.ZERO), work))
        .isInstanceOf(Failure.TimedOut.class);
    assertThatThrownBy(() -> pool.runAll(Deadline.in(Duration.ZERO), List.of(work, work)))
        .isInstanceOf(Failure.TimedOut.class);

    assertThat(ran).isFalse();
    assertThat(pool.run(Deadline.NONE, () -> 7)).isEqualTo(7);
  }

  @ParameterizedTest
  @EnumSource
  void more_than_may_wait_is_refused(Asking asking) {
    occupy(pool, asking);
    CompletableFuture<Integer> waiting = asking.supply(() -> pool.run(Deadline.NONE, () -> 7));
    awaitQueued(pool, 1);

    assertThat(asking.supply(() -> pool.run(Deadline.NONE, () -> 0)))
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(Failure.TooMuch.class);
    release.countDown();
    assertThat(waiting.join()).isEqualTo(7);
  }

  @Test
  void those_who_wait_begin_in_the_order_in_which_they_came() {
    try (SearchPool one = pool(1, 64, 2)) {
      occupy(one, Asking.VIRTUAL);
      List<Integer> begun = new ArrayList<>(); // by one at a time
      List<CompletableFuture<Boolean>> waiting = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        int n = i;
        waiting.add(
            Asking.values()[i % 2].supply(() -> one.run(Deadline.NONE, () -> begun.add(n))));
        awaitQueued(one, i + 1);
      }

      release.countDown();
      waiting.forEach(CompletableFuture::join);

      assertThat(begun).containsExactlyElementsOf(IntStream.range(0, 20).boxed().toList());
    }
  }

  @Test
  void no_more_run_at_once_than_there_are_places() {
    try (SearchPool three = pool(3, 1_000, 2)) {
      AtomicInteger running = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      Supplier<Integer> work =
          () -> {
            int now = running.incrementAndGet();
            most.accumulateAndGet(now, Math::max);
            Thread.yield();
            running.decrementAndGet();
            return now;
          };

      List<CompletableFuture<Integer>> asked = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        asked.add(
            Asking.values()[i % 2].supply(
                () -> three.runAll(Deadline.NONE, List.of(work, work)).getFirst()));
      }
      asked.forEach(CompletableFuture::join);

      assertThat(most).hasValueLessThanOrEqualTo(3);
      assertThat(running).hasValue(0);
    }
  }

  private static List<Supplier<Integer>> numbers(int count) {
    return IntStream.range(0, count).<Supplier<Integer>>mapToObj(n -> () -> n).toList();
  }

  @ParameterizedTest
  @EnumSource
  void results_of_several_come_in_their_order(Asking asking) {
    for (int atOnce = 1; atOnce <= 4; atOnce++) {
      for (int parallel = 1; parallel <= 4; parallel++) {
        try (SearchPool wide = pool(atOnce, 64, parallel)) {
          assertThat(asking.supply(() -> wide.runAll(Deadline.NONE, numbers(20))).join())
              .containsExactlyElementsOf(IntStream.range(0, 20).boxed().toList());
        }
      }
    }
  }

  @Test
  void several_run_beside_each_other_one_of_them_on_the_thread_that_asks() {
    try (SearchPool wide = pool(4, 64, 3)) {
      CountDownLatch three = new CountDownLatch(3);
      Set<Thread> threads = ConcurrentHashMap.newKeySet();
      Supplier<Boolean> work =
          () -> {
            three.countDown();
            await(three);
            return threads.add(Thread.currentThread());
          };

      wide.runAll(Deadline.NONE, List.of(work, work, work));

      assertThat(threads).hasSize(3).contains(Thread.currentThread());
    }
  }

  @Test
  void several_of_one_call_do_not_take_more_threads_than_it_may_have() {
    try (SearchPool wide = pool(8, 64, 2)) {
      AtomicInteger running = new AtomicInteger();
      ConcurrentLinkedQueue<Integer> seen = new ConcurrentLinkedQueue<>();
      Supplier<Boolean> work =
          () -> {
            seen.add(running.incrementAndGet());
            Thread.yield();
            return running.decrementAndGet() >= 0;
          };

      wide.runAll(Deadline.NONE, Collections.nCopies(200, work));

      assertThat(seen).hasSize(200).allMatch(atOnce -> atOnce <= 2);
    }
  }

  /// The second one still runs when the first has failed: the caller must not go on before its end.
  @ParameterizedTest
  @EnumSource
  void a_failure_of_one_of_several_waits_for_the_rest(Asking asking) {
    try (SearchPool wide = pool(4, 64, 3)) {
      CountDownLatch begun = new CountDownLatch(1);
      AtomicBoolean ended = new AtomicBoolean();
      List<Supplier<Integer>> works =
          List.of(
              () -> {
                await(begun);
                return refuse();
              },
              () -> {
                begun.countDown();
                await(release);
                ended.set(true);
                return 1;
              },
              () -> 2);
      AtomicReference<Thread> asker = new AtomicReference<>();
      CompletableFuture<Boolean> endedBefore =
          asking.supply(() -> {
            asker.set(Thread.currentThread());
            assertThatThrownBy(() -> wide.runAll(Deadline.NONE, works)).hasMessage("no");
            return ended.get();
          });
      await(begun);
      while (!endedBefore.isDone() && asker.get().getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }

      release.countDown();

      assertThat(endedBefore.join()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void after_a_failure_no_more_of_several_begin(Asking asking) {
    try (SearchPool wide = pool(4, 64, 2)) {
      AtomicInteger begun = new AtomicInteger();
      Supplier<Integer> work = () -> begun.incrementAndGet() == 3 ? refuse() : 0;

      assertThat(asking.supply(() -> wide.runAll(Deadline.NONE, Collections.nCopies(200, work))))
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableThat()
          .havingRootCause()
          .withMessage("no");

      assertThat(begun).hasValueLessThan(10);
    }
  }

  @Test
  void what_waits_at_the_end_is_done_and_new_work_is_refused() {
    CompletableFuture<Integer> occupying = occupy(pool, Asking.PLATFORM);
    CompletableFuture<Integer> waiting =
        Asking.PLATFORM.supply(() -> pool.run(Deadline.NONE, () -> 7));
    awaitQueued(pool, 1);

    pool.close();

    assertThat(waiting.join()).isEqualTo(7);
    assertThatThrownBy(() -> pool.run(Deadline.NONE, () -> 0))
        .isInstanceOf(Failure.Unavailable.class);
    release.countDown();
    assertThat(occupying.join()).isZero();
  }

  @Test
  void threads_of_the_pool_end_with_it() {
    ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();
    Asking.VIRTUAL
        .supply(() -> pool.run(Deadline.NONE, () -> threads.add(Thread.currentThread())))
        .join();

    pool.close();

    assertThat(threads)
        .singleElement()
        .satisfies(thread -> {
          thread.join(Duration.ofSeconds(10));
          assertThat(thread.isAlive()).isFalse();
        });
  }
}
