package io.millrace.app.command;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The values of one leaf of a Parquet schema, on their way into one page.
///
/// ```
/// page   header (Thrift), then compressed by zstd:
///        repetition levels   u32 length, runs     where the leaf lies below a list
///        definition levels   u32 length, runs     where it may be absent
///        values              PLAIN: little-endian; texts with a u32 length before them
/// run    varint count << 1, then the level in one byte
/// ```
///
/// Source: Apache Parquet format 2.11, "Data Pages" and "Encodings".
final class ParquetColumn {
  private static final int PLAIN = 0;
  private static final int RLE = 3;

  /// Physical types by their numbers in the format.
  enum Type {
    INT64(2),
    FLOAT(4),
    BYTE_ARRAY(6);

    final int number;

    Type(int number) {
      this.number = number;
    }
  }

  final List<String> path;
  final Type type;
  private final int maxRepetition;
  private final int maxDefinition;
  private final Levels repetitions = new Levels();
  private final Levels definitions = new Levels();
  private final ByteArrayOutputStream values = new ByteArrayOutputStream();
  private int count;

  /// @param bytes header and body
  record Page(byte[] bytes, int values, int uncompressedBytes) {}

  ParquetColumn(List<String> path, Type type, int maxRepetition, int maxDefinition) {
    this.path = List.copyOf(path);
    this.type = type;
    this.maxRepetition = maxRepetition;
    this.maxDefinition = maxDefinition;
  }

  void absent(int repetition, int definition) {
    repetitions.add(repetition);
    definitions.add(definition);
    count++;
  }

  void add(int repetition, int definition, float value) {
    absent(repetition, definition);
    littleEndian(Float.floatToRawIntBits(value), 4);
  }

  void add(int repetition, int definition, long value) {
    absent(repetition, definition);
    littleEndian(value, 8);
  }

  void add(int repetition, int definition, String value) {
    absent(repetition, definition);
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    littleEndian(bytes.length, 4);
    values.writeBytes(bytes);
  }

  private void littleEndian(long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      values.write((int) (value >>> 8 * i));
    }
  }

  /// Everything added since the last page.
  Page page() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if (maxRepetition > 0) {
      repetitions.into(body);
    }
    if (maxDefinition > 0) {
      definitions.into(body);
    }
    body.writeBytes(values.toByteArray());
    byte[] plain = body.toByteArray();
    byte[] compressed = Zstd.compress(plain);
    CompactThrift header = new CompactThrift();
    header
        .i32(1, 0) // a data page
        .i32(2, plain.length)
        .i32(3, compressed.length)
        .struct(5, () -> header.i32(1, count).i32(2, PLAIN).i32(3, RLE).i32(4, RLE));
    byte[] head = header.end();
    byte[] bytes =
        ByteBuffer.allocate(head.length + compressed.length).put(head).put(compressed).array();
    Page page = new Page(bytes, count, head.length + plain.length);
    count = 0;
    values.reset();
    repetitions.clear();
    definitions.clear();
    return page;
  }

  /// Levels as runs of equal ones.
  private static final class Levels {
    private final ByteArrayOutputStream runs = new ByteArrayOutputStream();
    private int level;
    private int length;

    void add(int next) {
      if (next != level) {
        flush();
        level = next;
      }
      length++;
    }

    private void flush() {
      if (length > 0) {
        long header = (long) length << 1;
        while ((header & ~0x7FL) != 0) {
          runs.write((int) (header & 0x7F | 0x80));
          header >>>= 7;
        }
        runs.write((int) header);
        runs.write(level);
      }
      length = 0;
    }

    void into(ByteArrayOutputStream body) {
      flush();
      body.writeBytes(
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(runs.size()).array());
      body.writeBytes(runs.toByteArray());
    }

    void clear() {
      runs.reset();
      level = 0;
      length = 0;
    }
  }
}
