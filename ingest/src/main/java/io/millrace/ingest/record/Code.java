package io.millrace.ingest.record;

import io.millrace.model.BadInput;

/// Why a record, or a whole file, was refused. Stable: users sort their dead letters by it.
public enum Code {
  ENCODING,
  JSON_SYNTAX,
  JSON_DUPLICATE_KEY,
  UNKNOWN_SHAPE,
  UNKNOWN_FIELD,
  SCHEMA_DECODE,
  MAPPING_FAILED,
  TOO_LARGE,

  NO_COLLECTION,
  COLLECTION_NOT_ALLOWED,
  COLLECTION_LIMIT,
  POINT_LIMIT,

  ID_MISSING,
  ID_INVALID,
  TOMBSTONE_NO_ID,
  KEY_ID_MISMATCH,

  VECTOR_NAME,
  VECTOR_KIND,
  VECTOR_DIMENSION,
  VECTOR_EMPTY,
  VECTOR_NOT_FINITE,
  SPARSE_INVALID,
  MULTI_RAGGED,
  NEEDS_EMBEDDER,

  PAYLOAD_NOT_OBJECT,
  OP_UNKNOWN,
  OP_INVALID,
  FILTER_INVALID,
  VERSION_INVALID,
  INTERNAL,

  // Whole files.
  NOT_A_FILE,
  FILE_CHANGED,
  FILE_FORMAT,
  FILE_DECOMPRESS,
  FILE_ENDLESS_LINE,
  FILE_TOO_LARGE;

  /// The code of what the collection's own checks refused.
  public static Code of(BadInput refused) {
    return switch (refused.rule()) {
      case OTHER -> OP_INVALID;
      case ID -> ID_INVALID;
      case VECTOR_NAME -> VECTOR_NAME;
      case VECTOR_KIND -> VECTOR_KIND;
      case VECTOR_DIMENSION -> VECTOR_DIMENSION;
      case VECTOR_EMPTY -> VECTOR_EMPTY;
      case VECTOR_NOT_FINITE -> VECTOR_NOT_FINITE;
      case SPARSE_INVALID -> SPARSE_INVALID;
      case MULTI_RAGGED -> MULTI_RAGGED;
      case FILTER -> FILTER_INVALID;
      case EMBEDDER -> NEEDS_EMBEDDER;
      case TOO_LARGE -> TOO_LARGE;
    };
  }

  /// Where in the way of a record the fault was found, in Kafka Connect's words.
  public String stage() {
    return switch (this) {
      case ENCODING, JSON_SYNTAX, JSON_DUPLICATE_KEY, SCHEMA_DECODE, TOO_LARGE -> "VALUE_CONVERTER";
      case TOMBSTONE_NO_ID, KEY_ID_MISMATCH -> "KEY_CONVERTER";
      case MAPPING_FAILED -> "TRANSFORMATION";
      default -> "TASK_PUT";
    };
  }
}
