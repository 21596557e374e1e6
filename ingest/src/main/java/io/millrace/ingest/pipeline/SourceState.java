package io.millrace.ingest.pipeline;

/// How a source or one of its streams is doing; a source shows the worst of its streams. The order
/// of the constants is from good to bad.
///
/// ```
/// RUNNING          ─ something needed does not answer ─►  WAITING      ─ it answers ─► RUNNING
///                  ─ the collection is missing or red ─►  PARKED       ─ it is there ─► RUNNING
///                  ─ a person pauses ─►                   PAUSED       ─ resume ─► RUNNING
///                  ─ too many bad records at once ─►      SURGE        ─ resume ─► RUNNING
///                  ─ no right to read ─►                  DENIED       ─ tried every 60 s
///                  ─ the position left the log ─►         LOG_TRUNCATED    stays, or a new life
///                  ─ the topic has another id ─►          TOPIC_RECREATED  stays, or a new life
///                  ─ the cluster has another id ─►        CLUSTER_CHANGED  stays, or a new life
///                  ─ our bug ─►                           FAILED       stays until the next start
/// ```
public enum SourceState {
  RUNNING,
  PAUSED,
  WAITING,
  PARKED,
  SURGE,
  LOG_TRUNCATED,
  TOPIC_RECREATED,
  CLUSTER_CHANGED,
  DENIED,
  FAILED;

  public SourceState worse(SourceState other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
