package io.millrace.search.nearest;

/// Documents of a segment for MaxSim to decide, by the falling order of their bounds.
public final class RowCandidates {
  private final long[] ranked;
  private final int sure;

  /// @param most documents that are worth a decision
  /// @param sure see [#sure]
  RowCandidates(DocumentBounds bounds, int most, int sure) {
    this.ranked = bounds.best(most);
    this.sure = sure;
  }

  public int size() {
    return ranked.length;
  }

  /// Ordinal of a document.
  public int ordinal(int at) {
    return Ranked.ordinal(ranked[at]);
  }

  /// What MaxSim of the document is at most, see [RowSearch].
  public float bound(int at) {
    return Ranked.similarity(ranked[at]);
  }

  /// How many are to be decided whatever their bounds, which are made of estimates.
  public int sure() {
    return Math.min(sure, ranked.length);
  }
}
