package io.millrace.ingest.record;

/// Messages of Qdrant's own gRPC API as records.
final class QdrantMessages {
  private QdrantMessages() {}

  static Form read(String message, byte[] value) {
    throw new BadRecord(Code.SCHEMA_DECODE, "", "Protobuf messages are not read here: " + message);
  }
}
