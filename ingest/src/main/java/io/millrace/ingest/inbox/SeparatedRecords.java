package io.millrace.ingest.inbox;

import io.millrace.ingest.config.Reading;
import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.RawRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Separated values (RFC 4180): quotes around cells, doubled inside, line ends inside quotes. Each
/// row becomes a JSON object of texts under the names of the columns, which a mapping reads; cells
/// are never evaluated. A file that is read on is read again from its beginning.
final class SeparatedRecords implements FileRecords {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int MAX_COLUMNS = 10_000;

  /// What is kept of a row that is too long.
  private static final int KEPT_BYTES = 64 << 10;

  private static final long ENDLESS_BYTES = 1L << 30;

  private final InputStream in;
  private final int separator;
  private final int maxRowBytes;
  private final long timeMillis;
  private final List<String> columns;
  private final byte[] buffer = new byte[64 << 10];
  private final ByteArrayOutputStream cell = new ByteArrayOutputStream();
  private final List<byte[]> row = new ArrayList<>();
  private int at;
  private int filled;
  private long read; // bytes of the file
  private long rowBytes;
  private boolean torn; // the row ended inside quotes
  private Mark reached;

  /// @param in at the beginning of the file, decompressed
  SeparatedRecords(
      InputStream in, String name, Reading.Csv csv, Mark from, int maxRowBytes, long timeMillis)
      throws IOException {
    this.in = in;
    this.separator = csv.separator().orElse(name.endsWith(".tsv") ? '\t' : ',');
    this.maxRowBytes = maxRowBytes;
    this.timeMillis = timeMillis;
    this.columns = csv.columns().isEmpty() ? header() : csv.columns();
    long next = 1;
    while (next < from.number() && row()) {
      next++;
    }
    this.reached = new Mark(next, -1, 0);
  }

  private List<String> header() throws IOException {
    if (!row()) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    for (byte[] each : row) {
      String name = text(each);
      names.add(names.isEmpty() && name.startsWith("\uFEFF") ? name.substring(1) : name);
    }
    if (torn || new HashSet<>(names).size() != names.size()) {
      throw new FileFault(
          Code.FILE_FORMAT, "The first line does not name the columns, each once: " + names);
    }
    return names;
  }

  private static String text(byte[] cell) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(cell)).toString();
    } catch (CharacterCodingException e) {
      throw new FileFault(Code.FILE_FORMAT, "The names of the columns are not UTF-8");
    }
  }

  @Override
  public @Nullable RawRecord next() throws IOException {
    while (row()) {
      long number = reached.number();
      reached = new Mark(number + 1, -1, 0);
      if (row.size() == 1 && row.getFirst().length == 0) {
        continue; // a blank line
      }
      if (rowBytes > maxRowBytes) {
        return faulty(number, Code.TOO_LARGE, "The row has " + rowBytes + " bytes");
      }
      if (torn) {
        return faulty(number, Code.MAPPING_FAILED, "A quote is opened and never closed");
      }
      if (row.size() != columns.size()) {
        return faulty(
            number,
            Code.MAPPING_FAILED,
            "The row has " + row.size() + " cells, there are " + columns.size() + " columns");
      }
      return record(number);
    }
    return null;
  }

  private RawRecord record(long number) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      for (int i = 0; i < row.size(); i++) {
        json.writeStringProperty(
            columns.get(i),
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(row.get(i))).toString());
      }
      json.writeEndObject();
    } catch (CharacterCodingException e) {
      return faulty(number, Code.ENCODING, "A cell is not UTF-8 text");
    }
    return new RawRecord(number, timeMillis, null, out.toByteArray(), List.of());
  }

  private RawRecord faulty(long number, Code code, String message) {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    for (byte[] each : row) {
      if (kept.size() < KEPT_BYTES) {
        if (kept.size() > 0) {
          kept.write(separator);
        }
        kept.write(each, 0, Math.min(each.length, KEPT_BYTES - kept.size()));
      }
    }
    return RawRecord.faulty(
        number, timeMillis, kept.toByteArray(), new Decoded.Bad(code, "", message));
  }

  @Override
  public Mark reached() {
    return reached;
  }

  /// Bytes of the file that were taken.
  long bytesRead() {
    return read;
  }

  /// Reads the cells of the next row; false at the end.
  private boolean row() throws IOException {
    row.clear();
    cell.reset();
    rowBytes = 0;
    torn = false;
    boolean quoted = false;
    boolean any = false;
    boolean afterQuote = false;
    while (true) {
      int b = nextByte();
      if (b < 0) {
        torn = quoted;
        if (any) {
          endCell();
        }
        return any;
      }
      any = true;
      if (++rowBytes > ENDLESS_BYTES) {
        throw new FileFault(
            Code.FILE_ENDLESS_LINE, "No row ends within " + ENDLESS_BYTES + " bytes");
      }
      if (quoted) {
        if (b == '"') {
          quoted = false;
          afterQuote = true;
        } else {
          keep(b);
        }
      } else if (b == '"' && (afterQuote || cell.size() == 0)) {
        if (afterQuote) {
          keep('"');
        }
        quoted = true;
        afterQuote = false;
      } else if (b == separator) {
        afterQuote = false;
        endCell();
      } else if (b == '\n') {
        endCell();
        return true;
      } else if (b != '\r' || peek() != '\n') {
        afterQuote = false;
        keep(b);
      }
    }
  }

  private void keep(int b) {
    if (rowBytes <= maxRowBytes) {
      cell.write(b);
    }
  }

  private void endCell() {
    if (row.size() < MAX_COLUMNS) {
      row.add(cell.toByteArray());
    }
    cell.reset();
  }

  private int nextByte() throws IOException {
    if (at == filled && !fill()) {
      return -1;
    }
    read++;
    return buffer[at++] & 0xFF;
  }

  private int peek() throws IOException {
    return at == filled && !fill() ? -1 : buffer[at] & 0xFF;
  }

  private boolean fill() throws IOException {
    at = 0;
    filled = Math.max(0, in.read(buffer, 0, buffer.length));
    return filled > 0;
  }

  @Override
  public void close() {}
}
