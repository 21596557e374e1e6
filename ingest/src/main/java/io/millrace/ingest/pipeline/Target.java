package io.millrace.ingest.pipeline;

import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.model.Deadline;
import io.millrace.model.Operation;
import java.util.List;
import java.util.OptionalLong;

/// What ingest needs of a collection.
public interface Target {
  String name();

  /// Never reused, also not by a collection of the same name.
  long uid();

  /// Throws [BadInput].
  void validate(List<Operation> operations);

  /// Throws [BadInput] with nothing changed, another [Failure] when it cannot be done now.
  Submission submit(WriteBatch batch);

  /// Highest logged position of a stream in that epoch.
  OptionalLong position(String source, long epoch, String stream);

  /// Returns once readers see everything that is logged now. Throws [Failure.TimedOut].
  void awaitSearchable(Deadline deadline);

  /// Sequence of the last operation that has its place in the log.
  long logged();

  /// Sequence of the last operation that readers see.
  long searchable();

  /// Points there are, as far as readers see them.
  long pointCount();
}
