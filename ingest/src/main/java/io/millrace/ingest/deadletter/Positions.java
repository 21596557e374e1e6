package io.millrace.ingest.deadletter;

/// Parts of the text `<source>/<stream>@<number>`.
public final class Positions {
  private Positions() {}

  public static long number(String position) {
    try {
      return Long.parseLong(position, position.lastIndexOf('@') + 1, position.length(), 10);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  /// The stream, `products/0`.
  public static String stream(String position) {
    int slash = position.indexOf('/');
    int at = position.lastIndexOf('@');
    return slash < 0 || at < slash ? "" : position.substring(slash + 1, at);
  }

  /// The topic of a partition's stream.
  public static String topic(String position) {
    String stream = stream(position);
    int slash = stream.lastIndexOf('/');
    return slash < 0 ? stream : stream.substring(0, slash);
  }
}
