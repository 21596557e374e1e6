package io.millrace.ingest.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// A source as people and metrics see it.
///
/// @param type `kafka` or `files`
/// @param epoch its life, 0 before the first
/// @param missing ids that operations named and that did not exist
/// @param stale ids that versioned operations left alone
/// @param inFlightBytes of records between fetch and log
public record SourceStatus(
    String name,
    String type,
    Health health,
    long epoch,
    List<StreamStatus> streams,
    Tally tally,
    long missing,
    long stale,
    long bytes,
    long inFlightBytes) {

  public SourceStatus {
    streams = List.copyOf(streams);
  }

  /// Records that are there and not yet in a log.
  public long lag() {
    return streams.stream().mapToLong(StreamStatus::lag).sum();
  }

  /// @param next position of the first record that is not done
  /// @param end position behind the last record there is, read committed; empty until it is known
  /// @param headroom records between the log's start and `next`; empty where there is no such thing
  /// @param openTransactionRecords behind `end`, in or behind transactions that are not ended
  /// @param oldestMillis time of the oldest record that was fetched and is not done, since 1970
  /// @param reader who reads it here; empty = another server of the group does
  public record StreamStatus(
      String stream,
      Health health,
      long next,
      OptionalLong end,
      OptionalLong headroom,
      OptionalLong openTransactionRecords,
      OptionalLong oldestMillis,
      Optional<String> reader) {

    /// A stream without a log behind it.
    public static StreamStatus of(String stream, Health health, long next, String reader) {
      return new StreamStatus(
          stream,
          health,
          next,
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          Optional.of(reader));
    }

    /// One that another server of the group reads.
    ///
    /// @param next where this one would go on
    public static StreamStatus elsewhere(String stream, long next) {
      return new StreamStatus(
          stream,
          new Health(SourceState.RUNNING, "Another server of the group reads it"),
          next,
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          Optional.empty());
    }

    public long lag() {
      return end.isPresent() ? Math.max(0, end.getAsLong() - next) : 0;
    }

    public boolean isElsewhere() {
      return reader.isEmpty();
    }
  }
}
