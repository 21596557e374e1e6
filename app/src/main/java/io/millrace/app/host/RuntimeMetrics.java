package io.millrace.app.host;

import io.millrace.api.metrics.MetricsText;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/// What this Java and the disk of the data folder do, under the names that the Prometheus client
/// for Java has made usual.
public final class RuntimeMetrics {
  private RuntimeMetrics() {}

  public static void write(MetricsText text, Path data, String version) {
    text.family("millrace_build_info", "gauge", "version of this server and of its Java")
        .sample("millrace_build_info", 1, "version", version, "java", Runtime.version().toString());
    text.family("millrace_start_time_seconds", "gauge", "when this process began")
        .sample(
            "millrace_start_time_seconds",
            ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3);
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    text.family("jvm_memory_used_bytes", "gauge", "memory that Java uses")
        .sample("jvm_memory_used_bytes", memory.getHeapMemoryUsage().getUsed(), "area", "heap")
        .sample(
            "jvm_memory_used_bytes", memory.getNonHeapMemoryUsage().getUsed(), "area", "nonheap");
    text.family("jvm_memory_max_bytes", "gauge", "memory that Java may use")
        .sample("jvm_memory_max_bytes", memory.getHeapMemoryUsage().getMax(), "area", "heap");
    text.family("jvm_gc_collection_seconds", "summary", "time spent in garbage collection");
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      String name = gc.getName();
      text.sample("jvm_gc_collection_seconds_count", gc.getCollectionCount(), "gc", name);
      text.sample("jvm_gc_collection_seconds_sum", gc.getCollectionTime() / 1e3, "gc", name);
    }
    text.family("jvm_threads_current", "gauge", "platform threads")
        .sample("jvm_threads_current", ManagementFactory.getThreadMXBean().getThreadCount());
    text.family(
        "jvm_buffer_pool_used_bytes", "gauge", "memory outside of the heap, mapped files too");
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      text.sample("jvm_buffer_pool_used_bytes", pool.getMemoryUsed(), "pool", pool.getName());
    }
    disk(text, data);
  }

  private static void disk(MetricsText text, Path data) {
    try {
      FileStore store = Files.getFileStore(data);
      text.family("millrace_disk_free_bytes", "gauge", "what the server may still write")
          .sample("millrace_disk_free_bytes", store.getUsableSpace(), "path", "data");
      text.family("millrace_disk_size_bytes", "gauge", "size of the disk of the data folder")
          .sample("millrace_disk_size_bytes", store.getTotalSpace(), "path", "data");
    } catch (IOException gone) {
      // The folder is just being removed: no sample is the truth.
    }
  }
}
