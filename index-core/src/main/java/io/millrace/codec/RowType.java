package io.millrace.codec;

import io.millrace.model.VectorDatatype;

/// What a component of a raw row is on disk.
enum RowType {
  FLOAT32,
  FLOAT16,
  UINT8;

  static RowType of(VectorDatatype datatype) {
    return switch (datatype) {
      case FLOAT32, TURBO4 -> FLOAT32;
      case FLOAT16 -> FLOAT16;
      case UINT8 -> UINT8;
    };
  }
}
