package io.millrace.ingest.pipeline;

import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;

/// How the batches of lanes reach a collection.
public interface Submitter {

  /// As [Target#submit]. An interrupt says that the stream may write no more.
  Submission submit(Target target, WriteBatch batch) throws InterruptedException;

  /// Somebody is about to wait: what was put off goes out now.
  void flush();

  /// The way for a batch by itself, in its order.
  default Submitter alone() {
    return this;
  }

  /// At once.
  Submitter DIRECT =
      new Submitter() {
        @Override
        public Submission submit(Target target, WriteBatch batch) {
          return target.submit(batch);
        }

        @Override
        public void flush() {}
      };
}
