package io.millrace.ingest.inbox;

import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.RawRecord;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One record per line. Plain files go on at the byte where they stopped.
final class LineRecords implements FileRecords {
  /// No line end for so long: this is no file of lines.
  private static final long ENDLESS_BYTES = 1L << 30;

  private final LineReader lines;
  private final long timeMillis;
  private Mark reached;

  /// @param in at the beginning of the file, decompressed
  LineRecords(InputStream in, Mark from, int maxLineBytes, long timeMillis, int bufferBytes)
      throws IOException {
    in.skipNBytes(from.byteOffset());
    this.lines = new LineReader(in, from.byteOffset(), maxLineBytes, ENDLESS_BYTES, bufferBytes);
    this.reached = from;
    this.timeMillis = timeMillis;
  }

  @Override
  public @Nullable RawRecord next() throws IOException {
    while (true) {
      LineReader.Line line;
      try {
        line = lines.next();
      } catch (LineReader.EndlessLine e) {
        throw new FileFault(Code.FILE_ENDLESS_LINE, String.valueOf(e.getMessage()));
      }
      if (line == null) {
        return null;
      }
      long number = reached.number();
      reached = new Mark(number + 1, -1, lines.offset());
      if (line.isBlank()) {
        continue;
      }
      return line.isCut()
          ? RawRecord.faulty(
              number,
              timeMillis,
              line.bytes(),
              new Decoded.Bad(
                  Code.TOO_LARGE,
                  "",
                  "The line has " + line.length() + " bytes; its beginning is kept"))
          : new RawRecord(number, timeMillis, null, line.bytes(), List.of());
    }
  }

  @Override
  public Mark reached() {
    return reached;
  }

  @Override
  public void close() {}
}
