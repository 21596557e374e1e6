package io.millrace.torture;

/// One test of `docs/reliability.md`.
interface Trial {

  /// Does its cycles. What it finds goes into the history, or is a fault of the run.
  void run(TrialRun run);
}
