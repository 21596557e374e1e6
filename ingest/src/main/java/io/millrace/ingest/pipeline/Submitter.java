package io.millrace.ingest.pipeline;

import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;

/// How the batches of lanes reach a collection.
public interface Submitter {

  /// As [Target#submit].
  Submission submit(Target target, WriteBatch batch);

  /// Somebody is about to wait: what was put off goes out now.
  void flush();

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
