package io.millrace.api.http;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/// Which requests may be served on the IO thread they came by, without a change of thread, which
/// costs about as much as the rest of a request (`docs/performance.md`, "A request"). While an IO
/// thread serves, its other connections wait: so only requests whose like was answered quickly many
/// times, the last time just before. One in a hundred may take longer, as the system interrupts a
/// thread now and then; one that takes much longer ends it.
///
/// Requests are alike if they differ in nothing but the numbers within arrays, and those are about
/// as many: the same query by another vector. Another `limit`, filter or `exact` makes another
/// request. Safe for many threads; what two of them note at once may be noted once.
final class QuickRequests {
  /// More quick answers than this, each slow one taking [#TAKEN] away.
  static final int OFTEN = 200;

  static final int MOST = 250;
  static final int TAKEN = 50;

  /// So many times as long as a quick one begins from none.
  static final int MUCH = 10;

  static final long QUICK_NANOS = 1_000_000;

  static final long JUST_BEFORE_NANOS = 2_000_000_000;

  /// Kinds of requests that are known at once.
  private static final int KNOWN = 4_096;

  private static final int TIME_BITS = 24;
  private static final long TIME_MASK = (1L << TIME_BITS) - 1;
  private static final long COUNT_MASK = 0xFF;

  /// Nanoseconds per unit of time: 134 ms, so that times come again after 26 days.
  private static final int UNIT_BITS = 27;

  private static final long FNV_START = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private static final boolean[] OF_NUMBERS = ofNumbers();

  /// By the low bits of a kind: its high 32 bits, 8 bits for how often it was quick, 24 bits for
  /// the time of the last one. A kind that is quick keeps its place against others.
  private final AtomicLongArray known = new AtomicLongArray(KNOWN);

  private final LongSupplier nanos;
  private final long quickNanos;

  /// @param nanos a clock as [System#nanoTime]
  QuickRequests(LongSupplier nanos) {
    this(nanos, QUICK_NANOS);
  }

  QuickRequests(LongSupplier nanos, long quickNanos) {
    this.nanos = nanos;
    this.quickNanos = quickNanos;
  }

  /// The same for requests that are alike (FNV-1a, Fowler, Noll and Vo, over what is compared).
  ///
  /// @param target path and query
  static long kind(String target, byte[] body) {
    long hash = FNV_START;
    for (int i = 0; i < target.length(); i++) {
      hash = (hash ^ target.charAt(i)) * FNV_PRIME;
    }
    for (int i = 0; i < body.length; ) {
      byte each = body[i++];
      hash = (hash ^ each) * FNV_PRIME;
      if (each == '[') {
        int begin = i;
        while (i < body.length && OF_NUMBERS[body[i] & 0xFF]) {
          i++;
        }
        hash = (hash ^ Integer.numberOfLeadingZeros(i - begin)) * FNV_PRIME;
      }
    }
    return hash ^ hash >>> 32; // the low bits choose the place, and are the weaker ones
  }

  boolean isQuick(long kind) {
    long found = known.get(place(kind));
    return isOf(kind, found) && isQuick(found, now());
  }

  /// Notes that such a request was answered.
  ///
  /// @param took nanoseconds; [Long#MAX_VALUE] for one that shall not count as quick
  void answered(long kind, long took) {
    int place = place(kind);
    long found = known.get(place);
    long now = now();
    long before;
    if (isOf(kind, found)) {
      before = found >>> TIME_BITS & COUNT_MASK;
    } else if (isQuick(found, now)) {
      return;
    } else {
      before = 0;
    }
    long count;
    if (took <= quickNanos) {
      count = Math.min(before + 1, MOST);
    } else {
      count = took / MUCH > quickNanos ? 0 : Math.max(before - TAKEN, 0);
    }
    known.compareAndSet(place, found, kind & 0xFFFF_FFFF_0000_0000L | count << TIME_BITS | now);
  }

  private static int place(long kind) {
    return (int) kind & KNOWN - 1;
  }

  private static boolean isOf(long kind, long entry) {
    return kind >>> 32 == entry >>> 32;
  }

  private static boolean isQuick(long entry, long now) {
    long since = (now - entry & TIME_MASK) << UNIT_BITS;
    return (entry >>> TIME_BITS & COUNT_MASK) >= OFTEN && since <= JUST_BEFORE_NANOS;
  }

  private long now() {
    return nanos.getAsLong() >>> UNIT_BITS & TIME_MASK;
  }

  private static boolean[] ofNumbers() {
    boolean[] is = new boolean[256];
    for (char each : "0123456789+-.eE, ".toCharArray()) {
      is[each] = true;
    }
    return is;
  }
}
