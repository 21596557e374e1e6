package io.millrace.bench.engine;

import java.io.IOException;

/// Something that finds near rows: ours or another.
interface Engine extends AutoCloseable {
  String name();

  /// CPU seconds it took to make everything searchable with its graph.
  double build() throws IOException, InterruptedException;

  /// Asks all queries `passes` times, over that many threads.
  Round ask(int ef, int threads, int passes) throws IOException, InterruptedException;

  @Override
  void close() throws IOException;

  /// @param cpuMicros CPU time per query, all threads together
  /// @param wallMicros time on the clock per query
  /// @param found ids, best first, of the last pass
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Round(double cpuMicros, double wallMicros, int[][] found) {}
}
