package io.millrace.ingest;

import io.millrace.model.BadInput;
import java.util.OptionalLong;

/// A place in a stream of a source: `<source>/<stream>@<number>`, a leading `<epoch>:` optional.
public record StreamPosition(OptionalLong epoch, String source, String stream, long number) {

  /// Throws [BadInput] for text that is none.
  public static StreamPosition parse(String text) {
    int colon = text.indexOf(':');
    int slash = text.indexOf('/');
    int at = text.lastIndexOf('@');
    boolean hasEpoch = colon > 0 && colon < slash;
    int from = hasEpoch ? colon + 1 : 0;
    if (slash <= from || at <= slash + 1) {
      throw notOne(text);
    }
    try {
      return new StreamPosition(
          hasEpoch ? OptionalLong.of(Long.parseLong(text, 0, colon, 10)) : OptionalLong.empty(),
          text.substring(from, slash),
          text.substring(slash + 1, at),
          Long.parseLong(text, at + 1, text.length(), 10));
    } catch (NumberFormatException e) {
      throw notOne(text);
    }
  }

  private static BadInput notOne(String text) {
    return BadInput.badRequest(
        "'"
            + (text.length() > 100 ? text.substring(0, 100) + "…" : text)
            + "' is no position; positions are written <source>/<stream>@<number>, as"
            + " orders/products/0@348123");
  }

  /// Without the epoch.
  @Override
  public String toString() {
    return source + "/" + stream + "@" + number;
  }
}
