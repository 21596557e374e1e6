package io.millrace.api.metrics;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.OptionalLong;

/// Memory, files and threads of this process: under Qdrant's names and those of the JVM.
public final class ProcessMetrics {
  private ProcessMetrics() {}

  /// Bytes of the heap and beside it, as the JVM counts them.
  ///
  /// @param resident of the whole process, mapped files included
  public record Memory(long active, long allocated, long metadata, long resident, long retained) {
    public static Memory now() {
      MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
      long heap = memory.getHeapMemoryUsage().getUsed();
      return new Memory(
          memory.getHeapMemoryUsage().getCommitted(),
          heap,
          memory.getNonHeapMemoryUsage().getUsed(),
          ProcessFacts.statusBytes("VmRSS").orElse(heap),
          ProcessFacts.statusBytes("VmSize").orElse(0));
    }
  }

  /// Those that Qdrant has too.
  public static void qdrant(MetricsText text) {
    Memory memory = Memory.now();
    text.single(
        "memory_active_bytes",
        "gauge",
        "Total number of bytes in active pages allocated by the application",
        memory.active());
    text.single(
        "memory_allocated_bytes",
        "gauge",
        "Total number of bytes allocated by the application",
        memory.allocated());
    text.single(
        "memory_metadata_bytes",
        "gauge",
        "Total number of bytes dedicated to metadata",
        memory.metadata());
    text.single(
        "memory_resident_bytes",
        "gauge",
        "Maximum number of bytes in physically resident data pages mapped",
        memory.resident());
    text.single(
        "memory_retained_bytes",
        "gauge",
        "Total number of bytes in virtual memory mappings",
        memory.retained());
    one(text, "process_threads", "gauge", "count of active threads", ProcessFacts.stat(20));
    one(text, "process_open_mmaps", "gauge", "count of open mmaps", ProcessFacts.maps());
    one(
        text,
        "system_max_mmaps",
        "gauge",
        "system wide limit of open mmaps",
        ProcessFacts.maxMaps());
    one(
        text,
        "process_open_fds",
        "gauge",
        "count of currently open file descriptors",
        ProcessFacts.openFiles());
    one(
        text,
        "process_max_fds",
        "gauge",
        "limit for open file descriptors",
        ProcessFacts.maxOpenFiles());
    one(
        text,
        "process_minor_page_faults_total",
        "counter",
        "count of minor page faults which didn't cause a disk access",
        ProcessFacts.stat(10));
    one(
        text,
        "process_major_page_faults_total",
        "counter",
        "count of disk accesses caused by a mmap page fault",
        ProcessFacts.stat(12));
  }

  private static void one(
      MetricsText text, String name, String type, String help, OptionalLong value) {
    if (value.isPresent()) {
      text.single(name, type, help, value.getAsLong());
    }
  }

  /// The names of the Prometheus client for Java.
  public static void jvm(MetricsText text) {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    text.family("jvm_memory_used_bytes", "gauge", "used bytes by memory area")
        .sample("jvm_memory_used_bytes", memory.getHeapMemoryUsage().getUsed(), "area", "heap")
        .sample(
            "jvm_memory_used_bytes", memory.getNonHeapMemoryUsage().getUsed(), "area", "nonheap");
    text.family("jvm_memory_max_bytes", "gauge", "largest size of a memory area in bytes")
        .sample("jvm_memory_max_bytes", memory.getHeapMemoryUsage().getMax(), "area", "heap");
    text.family("jvm_gc_collection_seconds", "summary", "time spent in a garbage collector");
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      text.sample("jvm_gc_collection_seconds_count", gc.getCollectionCount(), "gc", gc.getName());
      text.sample(
          "jvm_gc_collection_seconds_sum", gc.getCollectionTime() / 1e3, "gc", gc.getName());
    }
    text.single(
        "jvm_threads_current",
        "gauge",
        "current platform threads",
        ManagementFactory.getThreadMXBean().getThreadCount());
    text.family("jvm_buffer_pool_used_bytes", "gauge", "used bytes of a buffer pool");
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      text.sample("jvm_buffer_pool_used_bytes", pool.getMemoryUsed(), "pool", pool.getName());
    }
  }

  /// CPU, by the name that Prometheus's own clients give it, and traffic with disks.
  public static void machine(MetricsText text) {
    ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .ifPresent(cpu ->
            text.single(
                "process_cpu_seconds_total",
                "counter",
                "seconds on a processor, of all threads",
                cpu.toMillis() / 1e3));
    one(
        text,
        "millrace_disk_read_bytes_total",
        "counter",
        "bytes that this process had read from disks, by page faults too",
        ProcessFacts.io("read_bytes"));
    one(
        text,
        "millrace_disk_written_bytes_total",
        "counter",
        "bytes that this process had written to disks",
        ProcessFacts.io("write_bytes"));
  }
}
