package io.millrace.collection;

import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// How many writes were refused or failed, by reason. What a client did wrong is not among them.
/// Safe for many threads.
final class WriteErrors {
  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

  void count(Failure failure) {
    counts.computeIfAbsent(reason(failure), _ -> new LongAdder()).increment();
  }

  private static String reason(Failure failure) {
    return switch (failure) {
      case Failure.StorageFull _ -> "storage_full";
      case Failure.TooMuch _ -> "too_much";
      case Failure.TimedOut _ -> "timeout";
      case Failure.Unavailable _ -> "unavailable";
      case Failure.Damaged _ -> "damaged";
      case BadInput _, Failure.NotFound _, Failure.AlreadyExists _ -> "other";
    };
  }

  Map<String, Long> counts() {
    Map<String, Long> sums = new TreeMap<>();
    counts.forEach((reason, count) -> sums.put(reason, count.sum()));
    return sums;
  }
}
