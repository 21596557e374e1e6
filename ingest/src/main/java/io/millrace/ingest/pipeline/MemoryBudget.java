package io.millrace.ingest.pipeline;

import java.util.concurrent.atomic.AtomicLong;

/// Bytes of records between fetch and log, for all sources of a process together. What arrived is
/// always counted; who fetches stops while there is too much.
public final class MemoryBudget {
  /// What a stream may hold although the others hold too much, so that none of them starves. With
  /// so many streams that this doubles the budget, each waits until it holds nothing.
  public static final long STREAM_MINIMUM = 1L << 20;

  private final long limit;
  private final AtomicLong used = new AtomicLong();

  public MemoryBudget(long limitBytes) {
    this.limit = limitBytes;
  }

  public void take(long bytes) {
    used.addAndGet(bytes);
  }

  public void release(long bytes) {
    long left = used.addAndGet(-bytes);
    assert left >= 0 : left;
  }

  public long used() {
    return used.get();
  }

  public long limit() {
    return limit;
  }

  /// Whether a stream that holds `held` bytes should fetch no more for now. One stream never takes
  /// more than a quarter: others wait for memory too.
  public boolean isFull(long held) {
    long all = used.get();
    return held >= limit / 4
        || held >= STREAM_MINIMUM && all >= limit
        || held > 0 && all >= 2 * limit;
  }

  /// Whether such a stream may go on: at half of what stopped it.
  public boolean mayGoOn(long held) {
    long all = used.get();
    return held < limit / 8 && (all < limit / 2 || held < STREAM_MINIMUM / 2 && all < 2 * limit);
  }
}
