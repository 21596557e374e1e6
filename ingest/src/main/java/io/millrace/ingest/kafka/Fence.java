package io.millrace.ingest.kafka;

import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.ingest.pipeline.Submitter;
import io.millrace.ingest.pipeline.Target;
import java.util.concurrent.locks.ReentrantLock;

/// The way into the logs for one partition as long as this server reads it. Once [#shut] has
/// returned, nothing of it is appended any more, whatever its thread was about to do.
final class Fence implements Submitter {
  /// Held while a batch is appended, so that who shuts the fence knows that none is.
  private final ReentrantLock appending = new ReentrantLock();

  private boolean isShut; // under the lock

  @Override
  public Submission submit(Target target, WriteBatch batch) throws InterruptedException {
    appending.lockInterruptibly();
    try {
      if (isShut) {
        throw new InterruptedException("the partition was taken away");
      }
      return target.submit(batch);
    } finally {
      appending.unlock();
    }
  }

  /// Returns when no append is under way. Safe to call from any thread.
  void shut() {
    appending.lock();
    try {
      isShut = true;
    } finally {
      appending.unlock();
    }
  }

  @Override
  public void flush() {}
}
