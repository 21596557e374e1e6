package io.millrace.app.config;

/// A key set on the command line.
///
/// @param flag what the user wrote, for messages
/// @param value as written; a list or object in JSON
public record Assignment(String path, String value, String flag) {

  /// Reads `key=value`.
  public static Assignment parse(String text) throws BadConfiguration {
    int equals = text.indexOf('=');
    if (equals <= 0) {
      throw new BadConfiguration(
          java.util.List.of(
              "--set " + text + ": expected key=value, as in service.http_port=6400"));
    }
    String path = text.substring(0, equals).strip();
    return new Assignment(path, text.substring(equals + 1), "--set " + path);
  }
}
