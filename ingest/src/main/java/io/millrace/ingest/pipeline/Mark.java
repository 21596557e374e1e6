package io.millrace.ingest.pipeline;

/// Where a stream goes on.
///
/// @param number position of the next record: Kafka offset, or line from 1
/// @param leaderEpoch Kafka's, −1 where there is none
/// @param byteOffset of the next line in its file, −1 where there is none
public record Mark(long number, int leaderEpoch, long byteOffset) {
  public static Mark offset(long number) {
    return new Mark(number, -1, -1);
  }
}
