package io.millrace.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestThreadsTest {
  private final RequestThreads threads = new RequestThreads(2);

  @AfterEach
  void shutdown() {
    threads.shutdown();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void every_request_begins_at_once_and_only_the_first_have_platform_threads() {
    CountDownLatch all = new CountDownLatch(200);

    List<CompletableFuture<Boolean>> virtual =
        IntStream.range(0, 200)
            .mapToObj(i ->
                CompletableFuture.supplyAsync(
                    () -> {
                      all.countDown();
                      await(all);
                      return Thread.currentThread().isVirtual();
                    },
                    threads))
            .toList();

    assertThat(virtual.stream().map(CompletableFuture::join).toList())
        .startsWith(false, false)
        .filteredOn(isVirtual -> isVirtual)
        .hasSize(198);
  }

  @Test
  void one_after_the_other_share_few_threads() {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();

    for (int i = 0; i < 100; i++) {
      CompletableFuture.runAsync(() -> seen.add(Thread.currentThread()), threads).join();
    }

    assertThat(seen).filteredOn(thread -> !thread.isVirtual()).hasSizeBetween(1, 2);
  }

  @Test
  void running_ones_end_after_the_shutdown_and_new_ones_are_refused() {
    CountDownLatch release = new CountDownLatch(1);
    List<CompletableFuture<Void>> running =
        IntStream.range(0, 3)
            .mapToObj(i -> CompletableFuture.runAsync(() -> await(release), threads))
            .toList();

    threads.shutdown();

    assertThatThrownBy(() -> threads.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
    release.countDown();
    running.forEach(CompletableFuture::join);
  }
}
