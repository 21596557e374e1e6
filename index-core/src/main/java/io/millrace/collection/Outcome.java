package io.millrace.collection;

import io.millrace.model.Failure;
import java.util.Optional;

/// What applying one operation came to.
///
/// @param sequence the operation's number
/// @param missing ids the operation named that do not exist
/// @param failure what a caller who waits is told, as [Failure.NotFound] for a payload update of a
///   missing point; the state is as if the operation had touched only what exists
/// @param stale ids left alone, because their version is newer than the operation's
/// @param duplicate ids left alone, because they have the operation's version already
public record Outcome(
    long sequence, long missing, Optional<Failure> failure, long stale, long duplicate) {
  public Outcome(long sequence, long missing, Optional<Failure> failure) {
    this(sequence, missing, failure, 0, 0);
  }
}
