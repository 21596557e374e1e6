package io.millrace.ingest.pipeline;

import io.millrace.ingest.record.Decoded;
import java.util.List;

/// What travels along a route: records of one stream, first as they came, then as they were read.
public sealed interface Delivery {
  StreamLane lane();

  Chunk chunk();

  record Arrived(StreamLane lane, Chunk chunk) implements Delivery {}

  /// @param decoded one per record of the chunk
  record Read(StreamLane lane, Chunk chunk, List<Decoded> decoded) implements Delivery {}
}
