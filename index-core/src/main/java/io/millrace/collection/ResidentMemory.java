package io.millrace.collection;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/// What this process holds of the memory it may have.
///
/// Pages of mapped files are not counted: the kernel drops them when it needs room, and vectors
/// that are searched fill all memory with them. Qdrant counts what its allocator holds, which
/// leaves them out too. Nor is the heap's free room, which the JVM keeps once it was used: a quota
/// that counted it would hold for ever after one large merge.
final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ResidentMemory() {}

  /// Of the container's limit or, without one, of the machine's memory. Empty where the kernel does
  /// not tell.
  static OptionalInt percent() {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      try {
        return percent(Files.readAllLines(STATUS), freeHeap(), system.getTotalMemorySize());
      } catch (IOException e) {
        return OptionalInt.empty();
      }
    }
    return OptionalInt.empty();
  }

  /// Bytes of the heap that were used once and that nothing lived in after the last collection.
  private static long freeHeap() {
    long touched = 0;
    long live = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      MemoryUsage afterCollection = pool.getCollectionUsage();
      if (pool.getType() == MemoryType.HEAP && afterCollection != null) {
        touched += pool.getPeakUsage().getUsed();
        live += afterCollection.getUsed();
      }
    }
    long committed = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
    return Math.max(0, Math.min(touched, committed) - live);
  }

  /// @param status lines of `/proc/self/status`
  /// @param freeBytes not counted of it
  static OptionalInt percent(List<String> status, long freeBytes, long totalBytes) {
    long kib = 0;
    boolean known = false;
    for (String line : status) {
      if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:")) {
        String number = line.substring(line.indexOf(':') + 1).replace("kB", "").strip();
        kib += Long.parseLong(number);
        known = true;
      }
    }
    return known
        ? Quotas.percent(Math.max(0, (kib << 10) - freeBytes), totalBytes)
        : OptionalInt.empty();
  }
}
