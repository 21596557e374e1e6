package io.millrace.ingest.pipeline;

import io.millrace.ingest.record.RawRecord;
import java.util.ArrayList;
import java.util.List;

/// Records of one stream in their order, as they came in together.
///
/// @param records may be empty when only the position moved on (transaction markers)
/// @param next where the stream goes on behind them; not always the last number + 1
/// @param bytes that they hold in memory
public record Chunk(List<RawRecord> records, Mark next, long bytes) {

  /// What one log entry should hold at most: a compromise between fsyncs and memory.
  public static final int MAX_BYTES = 4 << 20;

  public static final int MAX_RECORDS = 5_000;

  public Chunk {
    records = List.copyOf(records);
  }

  public boolean fits(Chunk after) {
    return bytes + after.bytes <= MAX_BYTES && records.size() + after.records.size() <= MAX_RECORDS;
  }

  public Chunk plus(Chunk after) {
    List<RawRecord> both = new ArrayList<>(records.size() + after.records.size());
    both.addAll(records);
    both.addAll(after.records);
    return new Chunk(both, after.next, bytes + after.bytes);
  }
}
