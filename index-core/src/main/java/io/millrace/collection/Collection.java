package io.millrace.collection;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Operation;
import java.util.List;
import java.util.OptionalLong;

/// One collection: what is written to it and read from it.
public final class Collection {
  public String name() {
    throw new UnsupportedOperationException();
  }

  /// Never reused, also not after the collection is gone.
  public long uid() {
    throw new UnsupportedOperationException();
  }

  public CollectionConfig config() {
    throw new UnsupportedOperationException();
  }

  /// Checks operations against the configuration: vector names, dimensions, finite numbers. Throws
  /// [io.millrace.model.BadInput]; [#submit] calls it itself.
  public void validate(List<Operation> operations) {
    throw new UnsupportedOperationException();
  }

  /// Appends to the log. Returns as soon as the sequence numbers are given; wait on the futures for
  /// more. Blocks while the pipeline is full. Throws [io.millrace.model.BadInput] with nothing
  /// changed, [io.millrace.model.Failure.Unavailable] while closing or read-only,
  /// [io.millrace.model.Failure.Damaged] when the collection is red.
  public Submission submit(WriteBatch batch) {
    throw new UnsupportedOperationException();
  }

  /// Returns once a searcher opened from now on contains `sequence`; asks for a refresh at once.
  public void awaitSearchable(long sequence, Deadline deadline) {
    throw new UnsupportedOperationException();
  }

  /// The newest point in time that includes every interactive write submitted before the call, or,
  /// if that takes longer than a bounded moment, the newest there is. Close it.
  public Searcher searcher(Deadline deadline) {
    throw new UnsupportedOperationException();
  }

  public Progress progress() {
    throw new UnsupportedOperationException();
  }

  /// Highest logged position of a stream in that epoch.
  public OptionalLong position(String source, long epoch, String stream) {
    throw new UnsupportedOperationException();
  }

  public CollectionInfo info() {
    throw new UnsupportedOperationException();
  }
}
