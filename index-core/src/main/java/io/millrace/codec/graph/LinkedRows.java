package io.millrace.codec.graph;

/// The rows of a finished graph among those of one that is built.
///
/// @param ordinals of its rows there; −1: the row is not among them
/// @param live rows that are among them
@SuppressWarnings("ArrayRecordComponent") // never compared or changed
public record LinkedRows(GraphLinks links, int[] ordinals, int live) {
  public static LinkedRows of(GraphLinks links, int[] ordinals) {
    int live = 0;
    for (int ordinal : ordinals) {
      live += ordinal < 0 ? 0 : 1;
    }
    return new LinkedRows(links, ordinals, live);
  }
}
