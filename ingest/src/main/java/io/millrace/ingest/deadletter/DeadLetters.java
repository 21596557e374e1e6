package io.millrace.ingest.deadletter;

import io.millrace.ingest.record.RawRecord;
import java.util.List;
import java.util.OptionalLong;

/// Where the dead letters of a source are kept.
public interface DeadLetters extends AutoCloseable {

  /// Returns when all letters are durable. Writing a letter again is harmless: it has the same id.
  /// Throws [Failure.Unavailable] or [Failure.StorageFull] when that is not possible now; some
  /// letters may be kept then.
  void write(List<DeadLetter> letters) throws InterruptedException;

  /// Newest first, one entry per id. Throws [Failure.Unavailable].
  default List<Entry> list(int limit) {
    return kept(limit).stream().map(Kept::entry).toList();
  }

  /// The same with the records.
  List<Kept> kept(int limit);

  /// How many there are; asks nobody and returns at once.
  Count count();

  @Override
  void close();

  /// @param kept written and not yet let go, one that was written twice counts twice; empty until
  ///   it is known
  /// @param expired since the start of the process: let go because of age or size, though nobody
  ///   had replayed or purged them
  record Count(OptionalLong kept, long expired) {
    public static final Count UNKNOWN = new Count(OptionalLong.empty(), 0);

    public Count plus(Count other) {
      return new Count(
          kept.isPresent() && other.kept.isPresent()
              ? OptionalLong.of(kept.getAsLong() + other.kept.getAsLong())
              : OptionalLong.empty(),
          expired + other.expired);
    }
  }

  /// A letter with its record, as it can be tried again.
  ///
  /// @param isWhole false when the value was cut
  record Kept(Entry entry, RawRecord record, String topic, boolean isWhole) {}

  /// A kept letter as a person looks at it.
  ///
  /// @param failedAt RFC 3339
  record Entry(
      String id,
      String code,
      String pointer,
      String message,
      String collection,
      String position,
      String failedAt,
      Bytes value) {}

  /// Content of a record.
  final class Bytes {
    private final byte[] bytes;

    public Bytes(byte[] bytes) {
      this.bytes = bytes;
    }

    public byte[] bytes() {
      return bytes;
    }

    @Override
    public String toString() {
      return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    }
  }
}
