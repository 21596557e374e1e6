package io.millrace.api.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.BadInput;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.opentelemetry.api.trace.TracerProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SearchPoolTest {
  private final SearchPool pool = new SearchPool(1, 1, TracerProvider.noop().get(""));
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    pool.close();
  }

  private Thread occupy(CountDownLatch busy) {
    return Thread.ofVirtual()
        .start(() ->
            pool.run(
                Deadline.NONE,
                () -> {
                  busy.countDown();
                  try {
                    release.await();
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                  return 0;
                }));
  }

  @Test
  void work_runs_on_a_named_platform_thread() {
    String name =
        pool.run(
            Deadline.NONE,
            () -> Thread.currentThread().getName() + Thread.currentThread().isVirtual());

    assertThat(name).isEqualTo("search-1false");
  }

  @Test
  void a_failure_of_the_work_is_the_callers() {
    assertThatThrownBy(() ->
            pool.run(
                Deadline.NONE,
                () -> {
                  throw BadInput.wrong("no");
                }))
        .isInstanceOf(BadInput.class)
        .hasMessage("no");
  }

  @Test
  void work_that_did_not_begin_in_time_never_runs() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    occupy(busy);
    busy.await();
    AtomicBoolean ran = new AtomicBoolean();

    assertThatThrownBy(() ->
            pool.run(
                Deadline.in(Duration.ofMillis(20)),
                () -> {
                  ran.set(true);
                  return 0;
                }))
        .isInstanceOf(Failure.TimedOut.class);
    release.countDown();
    pool.run(Deadline.NONE, () -> 0);

    assertThat(ran).isFalse();
  }

  @Test
  void more_than_may_wait_is_refused() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    occupy(busy);
    busy.await();
    Thread waiting = Thread.ofVirtual().start(() -> pool.run(Deadline.NONE, () -> 0));
    while (pool.queued() == 0) {
      Thread.onSpinWait();
    }

    assertThatThrownBy(() -> pool.run(Deadline.NONE, () -> 0)).isInstanceOf(Failure.TooMuch.class);
    release.countDown();
    waiting.join();
  }

  @Test
  void results_of_several_come_in_their_order_and_a_failure_waits_for_the_rest() {
    try (SearchPool wide = new SearchPool(4, 64, TracerProvider.noop().get(""))) {
      List<Supplier<Integer>> works = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        int n = i;
        works.add(() -> n);
      }
      assertThat(wide.runAll(Deadline.NONE, works))
          .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);

      AtomicInteger running = new AtomicInteger();
      works.clear();
      for (int i = 0; i < 20; i++) {
        int n = i;
        works.add(() -> {
          running.incrementAndGet();
          try {
            if (n == 3) {
              throw BadInput.wrong("third");
            }
            return n;
          } finally {
            running.decrementAndGet();
          }
        });
      }
      assertThatThrownBy(() -> wide.runAll(Deadline.NONE, works)).hasMessage("third");
      assertThat(running).hasValue(0);
    }
  }
}
