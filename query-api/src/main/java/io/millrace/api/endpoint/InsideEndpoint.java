package io.millrace.api.endpoint;

import io.millrace.api.status.Fault;
import io.millrace.collection.Collection;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Collections;
import io.millrace.collection.SegmentFacts;
import io.millrace.model.BadInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// What goes on inside a collection: merges, segments, bytes.
public final class InsideEndpoint {
  private static final Set<String> LISTS = Set.of("queued", "completed", "idle_segments");

  private final Collections collections;

  public InsideEndpoint(Collections collections) {
    this.collections = collections;
  }

  /// Merges have no names and no progress of their own, so none is listed as running; while they
  /// run, their segments do not count as idle.
  public Answer optimizations(Call call) {
    String name = call.collection();
    Set<String> asked = asked(call.query().getOrDefault("with", ""));
    call.number("completed_limit");
    Collection collection = collections.require(name);
    List<SegmentFacts> segments = collection.segments();
    boolean merging = collection.info().status() == CollectionInfo.Status.YELLOW;
    List<SegmentFacts> queued = segments.stream().filter(s -> merging && !s.hasGraph()).toList();
    List<SegmentFacts> idle = segments.stream().filter(s -> !queued.contains(s)).toList();
    return new Answer.Result(generator -> {
      JsonParts out = new JsonParts(generator);
      out.object(() -> {
        out.object(
            "summary",
            () ->
                out.number("queued_optimizations", queued.isEmpty() ? 0 : 1)
                    .number("queued_segments", queued.size())
                    .number("queued_points", queued.stream().mapToLong(SegmentFacts::points).sum())
                    .number("idle_segments", idle.size()));
        out.emptyArray("running");
        if (asked.contains("queued")) {
          out.array(
              "queued",
              () -> {
                if (!queued.isEmpty()) {
                  out.object(() -> {
                    out.text("optimizer", "merge");
                    out.array("segments", () -> queued.forEach(s -> segment(out, s)));
                  });
                }
              });
        }
        if (asked.contains("completed")) {
          out.emptyArray("completed");
        }
        if (asked.contains("idle_segments")) {
          out.array("idle_segments", () -> idle.forEach(s -> segment(out, s)));
        }
      });
    });
  }

  private static void segment(JsonParts out, SegmentFacts segment) {
    out.object(
        () -> out.text("uuid", segment.id().toString()).number("points_count", segment.points()));
  }

  private static Set<String> asked(String with) {
    Set<String> asked = new TreeSet<>();
    for (String word : with.split(",", -1)) {
      String list = word.strip();
      if (!list.isEmpty() && !LISTS.contains(list)) {
        throw BadInput.wrong("Unknown field in 'with' parameter: " + list);
      }
      asked.add(list);
    }
    return asked;
  }

  /// Bytes by part. Files are mapped, so what is cached of them is up to the kernel and not told.
  public Answer memory(Call call) {
    Collection collection = collections.require(call.collection());
    Path folder =
        collections.folder().resolve("collections").resolve(Long.toString(collection.uid()));
    Map<String, Long> bytes = new TreeMap<>(Map.of("index", 0L, "log", 0L));
    for (String part : List.copyOf(bytes.keySet())) {
      bytes.put(part, bytes(folder.resolve(part)));
    }
    long total = bytes.values().stream().mapToLong(Long::longValue).sum();
    return new Answer.Result(generator -> {
      JsonParts out = new JsonParts(generator);
      out.object(() -> {
        out.object("total", () -> bytes(out, total));
        out.emptyArray("vectors").emptyArray("sparse_vectors");
        out.object("payload", () -> bytes(out, bytes.getOrDefault("index", 0L)));
        out.emptyArray("payload_index");
        out.object("other", () -> bytes(out, bytes.getOrDefault("log", 0L)));
      });
    });
  }

  private static void bytes(JsonParts out, long disk) {
    out.number("disk_bytes", disk)
        .number("ram_bytes", 0)
        .number("cached_bytes", 0)
        .number("expected_cache_bytes", disk);
  }

  private static long bytes(Path folder) {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException | UncheckedIOException e) {
      throw Fault.json(500, "Service internal error: " + folder + " cannot be listed: " + e);
    }
  }
}
