package io.millrace.torture.checker;

/// One thing that must not be.
public record Violation(Kind kind, String text) {
  public enum Kind {
    /// An acknowledged effect is not there.
    LOST,
    /// Something is there that was deleted, or was never acknowledged as a whole.
    PHANTOM,
    /// A point without its vector or payload, or with those of two different writes.
    HALF,
    /// An older state of the point shows: an effect was lost, or came out of order.
    OLDER,
    /// A state that no allowed order of the changes gives.
    IMPOSSIBLE,
    /// An id twice, or ids out of order, in one scan.
    DUPLICATE,
    /// Count, scroll and search do not agree.
    DISAGREEMENT,
    /// A stored position, a dead letter or a report that does not add up.
    BOOKKEEPING,
    /// An answer or a start that is not as promised.
    BEHAVIOUR
  }

  @Override
  public String toString() {
    return kind + ": " + text;
  }
}
