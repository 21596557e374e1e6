package io.millrace.log;

import io.millrace.meter.Histogram;
import io.millrace.model.Failure;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// The order of everything that changes one collection. Sequences are consecutive from the first
/// entry on. Safe for use by several threads.
public interface OperationLog extends AutoCloseable {

  /// Hands an entry in; entries stand in the order of the calls. The future is done once the entry
  /// is as durable as the log promises, on the append thread: what is chained to it must be quick.
  /// It fails with [Failure.Unavailable] or [Failure.StorageFull], and then so does every later
  /// append until the log is opened anew; a failed entry is afterwards wholly there or not at all.
  ///
  /// @param firstSequence equal to [#nextSequence]; anything else is an error of the caller
  CompletableFuture<Void> append(long firstSequence, long timeMillis, EncodedBatch batch);

  /// Encodes and hands in.
  default CompletableFuture<Void> append(LogEntry entry) {
    return append(
        entry.firstSequence(),
        entry.timeMillis(),
        EncodedBatch.of(entry.operations(), entry.positions()));
  }

  /// The number the next operation gets.
  long nextSequence();

  /// Done when all that was handed in before survives a loss of power, whatever the durability. A
  /// commit that covers a sequence waits for this first: else sequences could be given twice.
  CompletableFuture<Void> force();

  /// Hands over, in order, every entry that holds `fromSequence` or a later one and counts as
  /// written now. Throws [Failure.Damaged], with file and offset, for a bad frame and when the log
  /// begins after `fromSequence`.
  void replay(long fromSequence, Consumer<LogEntry> consumer) throws IOException;

  /// Removes whole files of which nothing after `sequence` is left; never the one written to.
  void trimTo(long sequence) throws IOException;

  /// Bytes a replay of everything after `sequence` would read, 256 KiB too many at most.
  long bytesSince(long sequence);

  /// Bytes of its files, 256 KiB too many at most.
  long bytes();

  /// How many operations were written together since it was opened, which with fsync is how many
  /// shared one.
  Histogram groups();

  /// Why no more appends are taken; opening the log anew may help.
  Optional<Failure> failure();

  /// Forces and closes. May be called twice.
  @Override
  void close();
}
