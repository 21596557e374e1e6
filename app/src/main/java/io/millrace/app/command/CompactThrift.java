package io.millrace.app.command;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// Structs in Thrift's compact protocol, as far as Parquet's headers need it: fields of i32, i64,
/// text, struct, and lists of those, in rising order of their ids.
final class CompactThrift {
  private static final int I32 = 5;
  private static final int I64 = 6;
  private static final int BINARY = 8;
  private static final int LIST = 9;
  private static final int STRUCT = 12;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Deque<Integer> outer = new ArrayDeque<>(); // last field ids of open structs
  private int last;

  /// What stands in a struct.
  interface Fields {
    void write();
  }

  CompactThrift i32(int id, int value) {
    field(id, I32);
    varint(zigzag(value));
    return this;
  }

  CompactThrift i64(int id, long value) {
    field(id, I64);
    varint(zigzag(value));
    return this;
  }

  CompactThrift text(int id, String value) {
    field(id, BINARY);
    bytes(value);
    return this;
  }

  CompactThrift struct(int id, Fields fields) {
    field(id, STRUCT);
    body(fields);
    return this;
  }

  CompactThrift structs(int id, List<? extends Fields> all) {
    list(id, STRUCT, all.size());
    all.forEach(this::body);
    return this;
  }

  CompactThrift texts(int id, List<String> all) {
    list(id, BINARY, all.size());
    all.forEach(this::bytes);
    return this;
  }

  CompactThrift i32s(int id, List<Integer> all) {
    list(id, I32, all.size());
    all.forEach(value -> varint(zigzag(value)));
    return this;
  }

  /// Ends the outermost struct.
  byte[] end() {
    out.write(0);
    return out.toByteArray();
  }

  private void body(Fields fields) {
    outer.push(last);
    last = 0;
    fields.write();
    out.write(0);
    last = outer.pop();
  }

  private void list(int id, int type, int size) {
    field(id, LIST);
    if (size < 15) {
      out.write(size << 4 | type);
    } else {
      out.write(0xF0 | type);
      varint(size);
    }
  }

  private void field(int id, int type) {
    int delta = id - last;
    if (delta < 1 || delta > 15) {
      throw new IllegalArgumentException("field " + id + " behind " + last);
    }
    out.write(delta << 4 | type);
    last = id;
  }

  private void bytes(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    varint(bytes.length);
    out.writeBytes(bytes);
  }

  private static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }
}
