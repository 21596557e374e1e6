package io.millrace.ingest.pipeline;

import java.util.Map;
import java.util.Set;

/// Up to where the streams of a source are done, as it is kept on disk.
///
/// @param cluster id of the Kafka cluster, `""` where there is none
/// @param topics topic ids by topic
/// @param streams by stream: `products/0`, `file/17`
public record Checkpoint(
    long epoch, String cluster, Map<String, String> topics, Map<String, StreamPoint> streams) {

  /// @param vouched collections that have everything of the stream below the mark
  /// @param tally of the stream so far; kept for files only
  public record StreamPoint(Mark next, Set<Long> vouched, Tally tally) {
    public StreamPoint {
      vouched = Set.copyOf(vouched);
    }
  }

  public Checkpoint {
    topics = Map.copyOf(topics);
    streams = Map.copyOf(streams);
  }
}
