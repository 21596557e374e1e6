package io.millrace.search.nearest;

/// How a search learns that nobody waits for it. Asked every few hundred rows.
public interface Cancellation {
  Cancellation NEVER = () -> {};

  /// Throws to end the search.
  void check();
}
