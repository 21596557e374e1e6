package io.millrace.bench.kafka;

import java.time.Duration;
import java.util.Optional;

/// CPU time of a process.
final class ProcessTime {
  private ProcessTime() {}

  /// Seconds since its start; 0 where the process or its time is not to be seen.
  static double seconds(Optional<Long> pid) {
    return pid.flatMap(ProcessHandle::of)
            .flatMap(process -> process.info().totalCpuDuration())
            .orElse(Duration.ZERO)
            .toNanos()
        / 1e9;
  }
}
