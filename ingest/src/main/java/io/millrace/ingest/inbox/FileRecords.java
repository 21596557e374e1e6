package io.millrace.ingest.inbox;

import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.RawRecord;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The records of one file in their order, in bounded memory.
interface FileRecords extends AutoCloseable {

  /// Null at the end. Throws [FileFault] when the file as a whole cannot be read on.
  @Nullable RawRecord next() throws IOException;

  /// Behind the last record handed out.
  Mark reached();

  @Override
  void close() throws IOException;

  /// The file as a whole cannot be read on.
  final class FileFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Decoded.Bad reason;

    FileFault(Code code, String message) {
      super(message, null, false, false);
      this.reason = new Decoded.Bad(code, "", message);
    }

    Decoded.Bad reason() {
      return reason;
    }
  }
}
