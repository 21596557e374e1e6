package io.millrace.meter;

/// What the searches of one request did, for whoever asks why it was slow. Told once per segment,
/// never per row. Safe for many threads.
public final class SearchWork {
  private final SearchPaths all;

  /// By ordinal of the path.
  private final int[] segments = new int[SearchPaths.Taken.values().length];

  private long scoredRows;
  private long flatRows;

  /// @param all is counted in too
  public SearchWork(SearchPaths all) {
    this.all = all;
  }

  /// One segment that is being searched.
  public final class Running {
    private final SearchPaths.Running among = all.begin();

    private Running() {}

    /// @param rows that were compared with the query there
    public void end(SearchPaths.Taken taken, long rows) {
      among.end(taken, rows);
      count(taken, rows);
    }
  }

  public Running begin() {
    return new Running();
  }

  private synchronized void count(SearchPaths.Taken taken, long rows) {
    segments[taken.ordinal()]++;
    scoredRows += rows;
  }

  /// A segment without a graph was searched.
  ///
  /// @param rows it has
  public synchronized void addFlat(long rows) {
    flatRows += rows;
  }

  public synchronized int segments(SearchPaths.Taken taken) {
    return segments[taken.ordinal()];
  }

  /// Rows that were compared with a query: by codes, by raw rows or by both counts as one. Of
  /// sparse vectors the entries of the lists, of multivectors the documents.
  public synchronized long scoredRows() {
    return scoredRows;
  }

  /// Rows of the segments without a graph.
  public synchronized long flatRows() {
    return flatRows;
  }
}
