package io.millrace.api;

import io.millrace.model.Failure;
import java.util.List;
import java.util.Optional;

/// What submitting operations came to.
///
/// @param lastOperationId sequence number of the last operation; they are consecutive
/// @param failures what applying each came to, in order; empty while it is not known
public record UpdateResult(long lastOperationId, Status status, List<Optional<Failure>> failures) {
  public enum Status {
    /// Durable, and going to be applied.
    ACKNOWLEDGED,
    /// Visible.
    COMPLETED,
    /// Durable, but not visible within the time given.
    WAIT_TIMEOUT
  }

  public UpdateResult {
    failures = List.copyOf(failures);
  }
}
