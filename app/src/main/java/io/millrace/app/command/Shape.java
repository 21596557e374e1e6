package io.millrace.app.command;

/// Which process a server is.
public enum Shape {
  /// Everything in one.
  SERVE,
  /// Sources, logs and writers; REST is in another process.
  INGEST,
  /// REST over the folder of an ingest process.
  QUERY
}
