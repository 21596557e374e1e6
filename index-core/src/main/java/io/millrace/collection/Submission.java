package io.millrace.collection;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/// A batch that was accepted and given its sequence numbers.
///
/// @param firstSequence number of the first operation; they are consecutive
/// @param durable done when the log entry survives a crash; fails with [io.millrace.model.Failure]
/// @param applied done when all operations are applied (not yet searchable), in their order
public record Submission(
    long firstSequence,
    int operations,
    CompletableFuture<Void> durable,
    CompletableFuture<List<Outcome>> applied) {

  public long lastSequence() {
    return firstSequence + operations - 1;
  }
}
