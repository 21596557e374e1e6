package io.millrace.ingest.record;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// An Avro type, as far as decoding needs it.
sealed interface AvroType {

  /// One that others can name, also itself from inside.
  sealed interface Named extends AvroType permits Record, Enumeration, Fixed {}

  enum Primitive implements AvroType {
    NULL,
    BOOLEAN,
    INT,
    LONG,
    FLOAT,
    DOUBLE,
    BYTES,
    STRING,
    DATE,
    TIMESTAMP_MILLIS,
    TIMESTAMP_MICROS;

    static @Nullable AvroType named(String name, String logical) {
      return switch (name) {
        case "null" -> NULL;
        case "boolean" -> BOOLEAN;
        case "int" -> logical.equals("date") ? DATE : INT;
        case "long" ->
            switch (logical) {
              case "timestamp-millis", "local-timestamp-millis" -> TIMESTAMP_MILLIS;
              case "timestamp-micros", "local-timestamp-micros" -> TIMESTAMP_MICROS;
              default -> LONG;
            };
        case "float" -> FLOAT;
        case "double" -> DOUBLE;
        case "bytes" -> BYTES;
        case "string" -> STRING;
        default -> null;
      };
    }
  }

  record Field(String name, AvroType type) {}

  /// @param fields filled after the record is known by its name
  record Record(List<Field> fields) implements Named {}

  record Enumeration(List<String> symbols) implements Named {}

  record Fixed(int size, String logical, int scale) implements Named {}

  record Bytes(String logical, int scale) implements AvroType {}

  record Array(AvroType items) implements AvroType {}

  record Mapped(AvroType values) implements AvroType {}

  record Union(List<AvroType> branches) implements AvroType {}
}
