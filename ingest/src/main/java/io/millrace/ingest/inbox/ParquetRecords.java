package io.millrace.ingest.inbox;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqMap;
import dev.hardwood.row.PqStruct;
import dev.hardwood.row.StructAccessor;
import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.RawRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// The rows of a Parquet file: with a mapping each is an object of its columns, without one the
/// columns `id` and `vector` (or `vectors`) make a point and the others its payload. If the only
/// other one is a text `payload`, it is the payload as JSON; an id that is a text of digits is a
/// number. Both are what `millrace export` writes.
final class ParquetRecords implements FileRecords {
  private static final JsonFactory JSON = new JsonFactory();
  private static final List<String> OWN = List.of("id", "vector", "vectors");

  private final ParquetFileReader file;
  private final RowReader rows;
  private final boolean asColumns;
  private final long timeMillis;
  private long row;

  /// @param asColumns leave the columns to a mapping
  ParquetRecords(Path path, boolean asColumns, Mark from, long timeMillis) throws IOException {
    this.asColumns = asColumns;
    this.timeMillis = timeMillis;
    try {
      this.file = ParquetFileReader.open(InputFile.of(path));
      this.rows = file.rowReader();
      while (row < from.number() && rows.hasNext()) {
        rows.next();
        row++;
      }
    } catch (RuntimeException | IOException e) {
      throw fault(e);
    }
  }

  private static FileFault fault(Exception e) {
    return new FileFault(
        Code.FILE_FORMAT,
        "The Parquet file cannot be read: " + (e.getMessage() == null ? e : e.getMessage()));
  }

  @Override
  public @Nullable RawRecord next() {
    try {
      if (!rows.hasNext()) {
        return null;
      }
      rows.next();
      long number = row++;
      ByteArrayOutputStream out = new ByteArrayOutputStream(512);
      try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
        if (asColumns) {
          struct(rows, json, List.of());
        } else {
          point(json);
        }
      }
      return new RawRecord(number, timeMillis, null, out.toByteArray(), List.of());
    } catch (RuntimeException e) {
      throw fault(e);
    }
  }

  private void point(JsonGenerator json) {
    json.writeStartObject();
    List<String> others = new ArrayList<>();
    for (int i = 0; i < rows.getFieldCount(); i++) {
      String name = rows.getFieldName(i);
      Object value = OWN.contains(name) && !rows.isNull(i) ? rows.getValue(i) : null;
      switch (name) {
        case "id" -> {
          json.writeName(name);
          if (value instanceof String text && isWholeNumber(text)) {
            json.writeRawValue(text);
          } else {
            value(value, json);
          }
        }
        case "vector" -> {
          json.writeName(name);
          value(value, json);
        }
        case "vectors" -> {
          json.writeName(name);
          if (value instanceof PqStruct vectors) {
            present(vectors, json);
          } else {
            value(value, json);
          }
        }
        default -> others.add(name);
      }
    }
    json.writeName("payload");
    if (others.equals(List.of("payload")) && isTextOrNull()) {
      json.writeRawValue(rows.isNull("payload") ? "null" : rows.getString("payload"));
    } else {
      struct(rows, json, OWN);
    }
    json.writeEndObject();
  }

  private boolean isTextOrNull() {
    return rows.isNull("payload") || rows.getValue("payload") instanceof String;
  }

  private static boolean isWholeNumber(String text) {
    return !text.isEmpty()
        && text.length() <= 20
        && text.chars().allMatch(c -> c >= '0' && c <= '9')
        && (text.length() == 1 || text.charAt(0) != '0');
  }

  /// The vectors that the point has.
  private static void present(PqStruct vectors, JsonGenerator json) {
    json.writeStartObject();
    for (int i = 0; i < vectors.getFieldCount(); i++) {
      if (!vectors.isNull(i)) {
        json.writeName(vectors.getFieldName(i));
        value(vectors.getValue(i), json);
      }
    }
    json.writeEndObject();
  }

  private static void struct(StructAccessor struct, JsonGenerator json, List<String> without) {
    json.writeStartObject();
    for (int i = 0; i < struct.getFieldCount(); i++) {
      String name = struct.getFieldName(i);
      if (!without.contains(name)) {
        json.writeName(name);
        value(struct.isNull(i) ? null : struct.getValue(i), json);
      }
    }
    json.writeEndObject();
  }

  private static void value(@Nullable Object value, JsonGenerator json) {
    switch (value) {
      case null -> json.writeNull();
      case String text -> json.writeString(text);
      case Boolean truth -> json.writeBoolean(truth);
      case Integer whole -> json.writeNumber(whole);
      case Long whole -> json.writeNumber(whole);
      case Short whole -> json.writeNumber(whole);
      case Byte whole -> json.writeNumber((int) whole);
      case BigInteger whole -> json.writeNumber(whole);
      case Float number when Float.isFinite(number) -> json.writeNumber(number);
      case Double number when Double.isFinite(number) -> json.writeNumber(number);
      case BigDecimal number -> json.writeNumber(number);
      case byte[] bytes -> json.writeString(Base64.getEncoder().encodeToString(bytes));
      case PqStruct struct -> struct(struct, json, List.of());
      case PqMap map -> {
        json.writeStartObject();
        for (PqMap.Entry entry : map.getEntries()) {
          json.writeName(String.valueOf(entry.getKey()));
          value(entry.isValueNull() ? null : entry.getValue(), json);
        }
        json.writeEndObject();
      }
      case PqList list -> {
        json.writeStartArray();
        for (int i = 0; i < list.size(); i++) {
          value(list.isNull(i) ? null : list.get(i), json);
        }
        json.writeEndArray();
      }
      // Times, UUIDs, and numbers that JSON has no word for.
      default -> json.writeString(value.toString());
    }
  }

  @Override
  public Mark reached() {
    return new Mark(row, -1, 0);
  }

  @Override
  public void close() throws IOException {
    rows.close();
    file.close();
  }
}
