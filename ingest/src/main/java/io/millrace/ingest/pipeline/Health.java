package io.millrace.ingest.pipeline;

/// A state with its reason.
///
/// @param why one sentence; while running `""`, or what slows it: `budget`, `quota`
public record Health(SourceState state, String why) {
  public static final Health RUNNING = new Health(SourceState.RUNNING, "");

  public Health worse(Health other) {
    return state.compareTo(other.state) >= 0 ? this : other;
  }
}
