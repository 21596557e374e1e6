package io.millrace.ingest.deadletter;

import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.RawRecord;
import java.time.Instant;
import java.util.Optional;

/// A refused record with everything needed to mend and to send it again.
///
/// @param stream `products/0`, `file/17`
/// @param topic the topic, or `file:<name>`
/// @param partition of the topic, or number of the file
/// @param collection as far as it is known
public record DeadLetter(
    String source,
    long epoch,
    String stream,
    String topic,
    long partition,
    RawRecord record,
    Optional<String> collection,
    Decoded.Bad reason,
    Instant failedAt) {

  /// `<source>/<stream>@<number>`.
  public String position() {
    return source + "/" + stream + "@" + record.number();
  }

  /// The same record refused again, after a restart for example, has the same id.
  public String id() {
    return epoch + ":" + position();
  }
}
