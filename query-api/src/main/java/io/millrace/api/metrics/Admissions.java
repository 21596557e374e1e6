package io.millrace.api.metrics;

import io.millrace.meter.Histogram;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;

/// How requests come in: open connections, requests that were turned away before any work was done
/// for them, how long searches waited for a place, how many were given up and what processors spent
/// on them. Safe for many threads.
public final class Admissions {
  public enum Refusal {
    /// As many searches waited as may wait; 429.
    SEARCH_QUEUE,
    /// As many requests were at work as may be; 503.
    REQUESTS,
    /// The client's address had as many connections as one may have; 503.
    CONNECTIONS,
    /// 503.
    STOPPING
  }

  /// Why a search that was taken came to no end.
  public enum Cancellation {
    /// Its time ended while it ran.
    TIMEOUT,
    /// Its time ended while it waited for a place.
    QUEUE,
    STOPPING
  }

  private final Map<Cancellation, LongAdder> cancelled = new ConcurrentHashMap<>();
  private final Histogram searchWaits = Histogram.ofSteps();
  private final Map<Refusal, LongAdder> refused = new ConcurrentHashMap<>();
  private final LongAdder searchCpuNanos = new LongAdder();
  private volatile IntSupplier connections = () -> 0;

  public void count(Refusal refusal) {
    refused.computeIfAbsent(refusal, _ -> new LongAdder()).increment();
  }

  public long refused(Refusal refusal) {
    LongAdder count = refused.get(refusal);
    return count == null ? 0 : count.sum();
  }

  public void count(Cancellation cancellation) {
    cancelled.computeIfAbsent(cancellation, _ -> new LongAdder()).increment();
  }

  public long cancelled(Cancellation cancellation) {
    LongAdder count = cancelled.get(cancellation);
    return count == null ? 0 : count.sum();
  }

  /// In seconds, also of those that found a place at once.
  public Histogram searchWaits() {
    return searchWaits;
  }

  public void countSearchCpu(long nanos) {
    searchCpuNanos.add(nanos);
  }

  /// CPU time of the threads that searched, while they did, reading what is shown of the hits
  /// included.
  public double searchCpuSeconds() {
    return searchCpuNanos.sum() / 1e9;
  }

  /// They are counted by who listens.
  public void countConnectionsBy(IntSupplier open) {
    connections = open;
  }

  public int connections() {
    return connections.getAsInt();
  }
}
