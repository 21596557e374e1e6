package io.millrace.ingest.pipeline;

import java.util.concurrent.atomic.AtomicLong;

/// Bytes of records between fetch and log, for all sources of a process together. What arrived is
/// always counted; who fetches stops while there is too much.
public final class MemoryBudget {
  /// What a stream may hold whatever the others do, so that none of them starves.
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
    return held >= limit / 4 || held >= STREAM_MINIMUM && used.get() >= limit;
  }

  /// Whether such a stream may go on: at half of what stopped it.
  public boolean mayGoOn(long held) {
    return held < limit / 8 && (held < STREAM_MINIMUM / 2 || used.get() < limit / 2);
  }
}
