package io.millrace.bench;

import io.millrace.app.command.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// A server's process on this machine, as the system counts it.
public record ServerProcess(long pid) {
  /// How names of threads that compile and collect begin.
  private static final List<String> OF_THE_JVM = List.of("C1 ", "C2 ", "GC ", "G1 ");

  /// Resident memory as Linux counts it, in bytes.
  ///
  /// @param own heap and what else the JVM took: cannot be given back under pressure
  /// @param mapped pages of mapped files: the system takes them back when it needs to
  public record Memory(long own, long mapped) {
    public void into(ObjectNode node) {
      node.put("own", own).put("mapped", mapped);
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%,d MiB its own, %,d MiB of mapped files", own >> 20, mapped >> 20);
    }
  }

  /// CPU time since the process was started, in seconds. Throws [CommandFailure] when it is gone.
  public double cpuSeconds() {
    return ProcessHandle.of(pid)
            .flatMap(process -> process.info().totalCpuDuration())
            .orElseThrow(() -> new CommandFailure("there is no process " + pid))
            .toNanos()
        / 1e9;
  }

  /// CPU time of all its threads but those of compiler and collector, in nanoseconds. Throws
  /// [CommandFailure] where the system does not tell.
  public long workNanos() {
    long nanos = 0;
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
      for (Path task : tasks.toList()) {
        String name = Files.readString(task.resolve("comm"));
        if (OF_THE_JVM.stream().noneMatch(name::startsWith)) {
          String[] times = Files.readString(task.resolve("schedstat")).split(" ", -1);
          nanos += Long.parseLong(times[0]);
        }
      }
      return nanos;
    } catch (IOException notLinux) {
      throw new CommandFailure("the system tells no CPU time of threads: " + notLinux);
    }
  }

  /// Empty where the system does not tell.
  public Optional<Memory> memory() {
    try {
      long own = -1;
      long mapped = -1;
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("RssAnon:")) {
          own = bytes(line);
        } else if (line.startsWith("RssFile:")) {
          mapped = bytes(line);
        }
      }
      return own < 0 || mapped < 0 ? Optional.empty() : Optional.of(new Memory(own, mapped));
    } catch (IOException notLinux) {
      return Optional.empty();
    }
  }

  /// `RssAnon: 1234 kB`.
  private static long bytes(String line) {
    String digits = line.substring(line.indexOf(':') + 1, line.lastIndexOf(' ')).strip();
    return Long.parseLong(digits) * 1024;
  }
}
