package io.millrace.ingest.config;

import java.util.List;
import java.util.Optional;

/// How the bytes of a binding's records are read.
///
/// @param mapping for records that are no envelopes
/// @param allowTruncate a database's `truncate` deletes all points
/// @param message name of the protobuf message, where no header names one
/// @param csv how files of separated values look
/// @param model embeds all texts, whichever model the records or the mapping name
public record Reading(
    Format format,
    Optional<Mapping> mapping,
    boolean allowTruncate,
    Optional<String> message,
    Csv csv,
    Optional<String> model) {

  public enum Format {
    /// Told by headers and the first byte.
    AUTO,
    JSON,
    PROTOBUF,
    AVRO,
    JSON_SCHEMA
  }

  /// @param separator empty = comma, or tab for `.tsv`
  /// @param columns names of the columns; empty = the first line has them
  public record Csv(Optional<Character> separator, List<String> columns) {
    public static final Csv DEFAULT = new Csv(Optional.empty(), List.of());

    public Csv {
      columns = List.copyOf(columns);
    }
  }

  public static final Reading DEFAULT =
      new Reading(
          Format.AUTO, Optional.empty(), false, Optional.empty(), Csv.DEFAULT, Optional.empty());

  public static Reading mapped(Mapping mapping) {
    return new Reading(
        Format.AUTO, Optional.of(mapping), false, Optional.empty(), Csv.DEFAULT, Optional.empty());
  }

  public Reading withModel(Optional<String> instead) {
    return new Reading(format, mapping, allowTruncate, message, csv, instead);
  }
}
