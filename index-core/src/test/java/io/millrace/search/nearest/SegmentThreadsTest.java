package io.millrace.search.nearest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SegmentThreadsTest {
  @Test
  void works_run_at_once_and_their_results_come_in_order() throws IOException {
    try (SegmentThreads threads = new SegmentThreads(2)) {
      CyclicBarrier together = new CyclicBarrier(3); // opens only when all three run
      List<Callable<Integer>> works = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int result = i;
        works.add(() -> {
          together.await(30, TimeUnit.SECONDS);
          return result;
        });
      }
      assertThat(threads.all(works)).containsExactly(0, 1, 2);
    }
  }

  @Test
  void what_finds_no_free_thread_runs_on_the_callers() throws Exception {
    try (SegmentThreads threads = new SegmentThreads(1)) {
      CountDownLatch taken = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      Thread other =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  threads.all(
                      List.<Callable<Boolean>>of(
                          () -> {
                            taken.countDown();
                            return go.await(30, TimeUnit.SECONDS);
                          },
                          () -> true));
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      taken.await();
      Set<Thread> ran = ConcurrentHashMap.newKeySet();
      Callable<Boolean> work = () -> ran.add(Thread.currentThread());
      threads.all(List.of(work, work, work));
      assertThat(ran).containsExactly(Thread.currentThread());
      go.countDown();
      other.join();
    }
  }

  @Test
  void after_the_end_works_run_on_the_callers_thread() throws IOException {
    SegmentThreads threads = new SegmentThreads(2);
    threads.close();
    assertThat(threads.all(List.<Callable<Integer>>of(() -> 1, () -> 2))).containsExactly(1, 2);
  }

  @Test
  void a_failure_is_thrown_once_all_have_ended() {
    AtomicInteger ended = new AtomicInteger();
    CountDownLatch failed = new CountDownLatch(1);
    try (SegmentThreads threads = new SegmentThreads(2)) {
      Callable<Integer> slow =
          () -> {
            failed.await();
            return ended.incrementAndGet();
          };
      Callable<Integer> failing =
          () -> {
            failed.countDown();
            throw new IOException("damaged");
          };
      assertThatThrownBy(() -> threads.all(List.of(slow, slow, failing)))
          .isInstanceOf(IOException.class)
          .hasMessage("damaged");
    }
    assertThat(ended).hasValue(2);
  }

  @Test
  void an_interrupt_is_kept_and_nothing_is_left_running() throws IOException {
    try (SegmentThreads threads = new SegmentThreads(1)) {
      AtomicInteger ended = new AtomicInteger();
      Callable<Integer> work = ended::incrementAndGet;
      Thread.currentThread().interrupt();
      threads.all(List.of(work, work));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(ended).hasValue(2);
    }
  }
}
