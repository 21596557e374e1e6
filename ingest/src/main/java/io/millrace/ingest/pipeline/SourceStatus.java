package io.millrace.ingest.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// A source as people and metrics see it.
///
/// @param type `kafka` or `files`
/// @param epoch its life, 0 before the first
/// @param measured what is counted and measured since the start of the process
/// @param inFlightBytes of records between fetch and log
/// @param files of an inbox
public record SourceStatus(
    String name,
    String type,
    Health health,
    long epoch,
    List<StreamStatus> streams,
    Measured measured,
    long inFlightBytes,
    Optional<Files> files) {

  /// Since the start of the process.
  ///
  /// @param missing ids that operations named and that did not exist
  /// @param stale ids that versioned operations left alone
  /// @param parked records that had to wait for a collection
  /// @param lost records that left their log before they were read
  /// @param silences new consumers for partitions that gave nothing although their log had more
  public record Measured(
      Tally tally,
      long missing,
      long stale,
      long parked,
      long lost,
      long rebalances,
      long silences,
      long bytes,
      Meters meters) {

    public static Measured of(SourceRun run) {
      SourceRun.Counts counts = run.counts();
      return new Measured(
          counts.tally(),
          counts.missing(),
          counts.stale(),
          counts.parked(),
          counts.lost(),
          counts.rebalances(),
          counts.silences(),
          counts.bytes(),
          run.meters());
    }
  }

  public Tally tally() {
    return measured.tally();
  }

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
      Measured measured,
      long inFlightBytes) {
    this(name, type, health, epoch, streams, measured, inFlightBytes, Optional.empty());
  }

  /// How far an inbox is; counts are those of this process.
  ///
  /// @param reading name of the file at work, percent-encoded; `""` without one
  /// @param bytes of it that were read, as it lies there
  /// @param ofBytes its size
  /// @param allBytes read of all files
  /// @param waiting files that were seen, at least
  /// @param done read to their end, `same` among them
  /// @param same not read, since their content was read before
  public record Files(
      String reading,
      long bytes,
      long ofBytes,
      long allBytes,
      long waiting,
      long done,
      long same,
      long failed) {}

  /// Records that are there and not yet in a log.
  public long lag() {
    return streams.stream().mapToLong(StreamStatus::lag).sum();
  }

  /// @param next position of the first record that is not done
  /// @param end position behind the last record there is, read committed; empty until it is known
  /// @param headroom records between the log's start and `next`; empty where there is no such thing
  /// @param openTransactionRecords behind `end`, in or behind transactions that are not ended
  /// @param oldestMillis time of the oldest record that was fetched and is not done, since 1970
  /// @param lastBad number, code and reason of the last refused record since the start, or `""`
  /// @param reader who reads it here; empty = another server of the group does
  public record StreamStatus(
      String stream,
      Health health,
      long next,
      OptionalLong end,
      OptionalLong headroom,
      OptionalLong openTransactionRecords,
      OptionalLong oldestMillis,
      String lastBad,
      Optional<String> reader) {

    /// A stream without a log behind it.
    public static StreamStatus of(
        String stream, Health health, long next, String lastBad, String reader) {
      return new StreamStatus(
          stream,
          health,
          next,
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          lastBad,
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
          "",
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
