package io.millrace.ingest.record;

/// Schemas by what the framing of a value says. Whoever talks to the registry implements it.
public interface Schemas {

  public enum Type {
    AVRO,
    JSON,
    PROTOBUF
  }

  /// @param text of the schema in its own language
  record Schema(Type type, String text) {}

  /// Empty when the registry knows no such schema. Throws [Failure.Unavailable] when it does not
  /// answer.
  ///
  /// @param reference `/schemas/ids/7` or `/schemas/guids/<guid>`
  java.util.Optional<Schema> find(String reference);
}
