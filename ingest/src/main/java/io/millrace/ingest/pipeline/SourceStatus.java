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
/// @param files of an inbox
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
    long inFlightBytes,
    Optional<Files> files) {

  public SourceStatus {
    streams = List.copyOf(streams);
  }

  /// Of what is no inbox.
  public SourceStatus(
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
    this(
        name,
        type,
        health,
        epoch,
        streams,
        tally,
        missing,
        stale,
        bytes,
        inFlightBytes,
        Optional.empty());
  }

  /// How far an inbox is; counts are those of this process.
  ///
  /// @param reading name of the file at work, percent-encoded; `""` without one
  /// @param bytes of it that were read, as it lies there
  /// @param ofBytes its size
  /// @param allBytes read of all files
  /// @param waiting files that were seen, at least
  public record Files(
      String reading,
      long bytes,
      long ofBytes,
      long allBytes,
      long waiting,
      long done,
      long failed) {}

  /// Records that are there and not yet in a log.
  public long lag() {
    return streams.stream().mapToLong(StreamStatus::lag).sum();
  }

  /// @param next position of the first record that is not done
  /// @param end position behind the last record there is, read committed; empty until it is known
  /// @param headroom records between the log's start and `next`; empty where there is no such thing
  public record StreamStatus(
      String stream, Health health, long next, OptionalLong end, OptionalLong headroom) {
    public long lag() {
      return end.isPresent() ? Math.max(0, end.getAsLong() - next) : 0;
    }
  }
}
