package io.millrace.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.ingest.pipeline.FakeCollections;
import io.millrace.ingest.pipeline.Target;
import io.millrace.model.Deadline;
import io.millrace.model.Operation;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FenceTest {
  private static final WriteBatch BATCH =
      new WriteBatch(WriteBatch.Lane.STREAM, List.of(new Operation.Upsert(List.of())), List.of());

  @Test
  void an_append_after_the_partition_was_taken_away_is_refused() throws Exception {
    FakeCollections.Fake c = new FakeCollections().make("c");
    Fence fence = new Fence();
    Submission unused = fence.submit(c, BATCH);

    fence.shut();

    assertThatThrownBy(() -> fence.submit(c, BATCH)).isInstanceOf(InterruptedException.class);
    assertThatThrownBy(() -> fence.alone().submit(c, BATCH))
        .isInstanceOf(InterruptedException.class);
    assertThat(c.log()).hasSize(1);
  }

  @Test
  void shutting_waits_for_the_append_that_is_under_way() throws Exception {
    Slow slow = new Slow(new FakeCollections().make("c"));
    Fence fence = new Fence();
    Thread appending =
        Thread.ofVirtual()
            .start(() -> {
              try {
                Submission unused = fence.submit(slow, BATCH);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(slow.entered.await(10, TimeUnit.SECONDS)).isTrue();

    Thread shutting = Thread.ofVirtual().start(fence::shut);
    assertThat(shutting.join(java.time.Duration.ofMillis(50))).isFalse();
    slow.leave.countDown();
    appending.join();
    shutting.join();

    assertThat(slow.fake.log()).hasSize(1);
  }

  /// An append that takes until it is let go.
  private record Slow(FakeCollections.Fake fake, CountDownLatch entered, CountDownLatch leave)
      implements Target {
    Slow(FakeCollections.Fake fake) {
      this(fake, new CountDownLatch(1), new CountDownLatch(1));
    }

    @Override
    public Submission submit(WriteBatch batch) {
      entered.countDown();
      try {
        leave.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return fake.submit(batch);
    }

    @Override
    public String name() {
      return fake.name();
    }

    @Override
    public long uid() {
      return fake.uid();
    }

    @Override
    public void validate(List<Operation> operations) {
      fake.validate(operations);
    }

    @Override
    public OptionalLong position(String source, long epoch, String stream) {
      return fake.position(source, epoch, stream);
    }

    @Override
    public void awaitSearchable(Deadline deadline) {
      fake.awaitSearchable(deadline);
    }

    @Override
    public long logged() {
      return fake.logged();
    }

    @Override
    public long searchable() {
      return fake.searchable();
    }

    @Override
    public long pointCount() {
      return fake.pointCount();
    }
  }
}
