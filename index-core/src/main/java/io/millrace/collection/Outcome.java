package io.millrace.collection;

import io.millrace.model.Failure;
import java.util.Optional;

/// What applying one operation came to.
///
/// @param sequence the operation's number
/// @param missing ids the operation named that do not exist
/// @param failure what a caller who waits is told, as [Failure.NotFound] for a payload update of a
///   missing point; the state is as if the operation had touched only what exists
public record Outcome(long sequence, long missing, Optional<Failure> failure) {}
