package io.millrace.api.endpoint;

import io.millrace.api.WriterWork;
import io.millrace.api.status.Fault;
import io.millrace.collection.Collection;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Collections;
import io.millrace.collection.SegmentFacts;
import io.millrace.meter.Jobs;
import io.millrace.meter.MergeLog;
import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What goes on inside a collection: merges, segments, bytes.
public final class InsideEndpoint {
  private static final Set<String> LISTS = Set.of("queued", "completed", "idle_segments");

  /// Merges that are listed as completed unless the request says how many.
  private static final long COMPLETED = 16;

  private final Collections collections;
  private final WriterWork work;

  public InsideEndpoint(Collections collections, WriterWork work) {
    this.collections = collections;
    this.work = work;
  }

  /// A merge that waits for heap is not at work yet; its segments are queued or idle.
  public Answer optimizations(Call call) {
    String name = call.collection();
    Set<String> asked = asked(call.query().getOrDefault("with", ""));
    long limit = call.number("completed_limit").orElse(COMPLETED);
    Collection collection = collections.require(name);
    WriterWork.Merges merges = merges(collection);
    List<MergeLog.Merge> running = merges.running();
    List<MergeLog.Merge> completed = merges.ended();
    List<Jobs.Job> filling = filling(collection);
    Set<UUID> atWork =
        running.stream()
            .flatMap(merge -> merge.parts().stream().map(MergeLog.Part::id))
            .collect(Collectors.toSet());
    List<SegmentFacts> segments =
        collection.segments().stream().filter(s -> !atWork.contains(s.id())).toList();
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
        out.array(
            "running",
            () -> {
              running.forEach(merge -> merge(out, merge));
              filling.forEach(job -> filling(out, job));
            });
        if (asked.contains("queued")) {
          out.array(
              "queued",
              () -> {
                if (!queued.isEmpty()) {
                  out.object(() -> {
                    out.text("optimizer", "merge");
                    out.array(
                        "segments", () -> queued.forEach(s -> segment(out, s.id(), s.points())));
                  });
                }
              });
        }
        if (asked.contains("completed")) {
          out.array(
              "completed",
              () ->
                  completed.stream()
                      .limit(limit < 0 ? Long.MAX_VALUE : limit) // unsigned
                      .forEach(merge -> merge(out, merge)));
        }
        if (asked.contains("idle_segments")) {
          out.array("idle_segments", () -> idle.forEach(s -> segment(out, s.id(), s.points())));
        }
      });
    });
  }

  /// None while the process that would make them is away.
  private WriterWork.Merges merges(Collection collection) {
    try {
      return work.merges(collection);
    } catch (Failure.Unavailable | Failure.TimedOut nobodyMerges) {
      return WriterWork.Merges.NONE;
    }
  }

  private List<Jobs.Job> filling(Collection collection) {
    try {
      return work.all().jobs().stream()
          .filter(job -> job.kind() == Jobs.Kind.INDEX && job.outcome().isEmpty())
          .filter(job -> job.about().equals(collection.name()))
          .toList();
    } catch (Failure.Unavailable | Failure.TimedOut nobodyFills) {
      return List.of();
    }
  }

  private static void merge(JsonParts out, MergeLog.Merge merge) {
    long points = merge.parts().stream().mapToLong(MergeLog.Part::points).sum();
    out.object(() -> {
      out.text("uuid", merge.id().toString()).text("optimizer", optimizer(merge.kind()));
      status(out, merge);
      out.array(
          "segments", () -> merge.parts().forEach(part -> segment(out, part.id(), part.points())));
      out.object(
          "progress",
          () -> {
            out.text("name", "Segment Optimizing").text("started_at", merge.begun().toString());
            merge
                .ended()
                .ifPresent(ended -> {
                  Duration took = Duration.between(merge.begun(), ended.at());
                  out.text("finished_at", ended.at().toString());
                  out.out().writeNumberProperty("duration_sec", took.toNanos() / 1e9);
                  if (ended.how() == MergeLog.Outcome.DONE) {
                    out.number("done", points);
                  }
                });
            out.number("total", points);
          });
    });
  }

  /// A text index that points are written anew for, whatever segments they lie in. Qdrant has no
  /// optimizer that does the like.
  private static void filling(JsonParts out, Jobs.Job job) {
    String started = job.begun().toString();
    UUID id = UUID.nameUUIDFromBytes((job.id() + " " + started).getBytes(StandardCharsets.UTF_8));
    out.object(() -> {
      out.text("uuid", id.toString())
          .text("optimizer", "payload_index")
          .text("status", "optimizing")
          .emptyArray("segments");
      out.object(
          "progress",
          () ->
              out.text("name", "Payload Index " + job.field())
                  .text("started_at", started)
                  .number("done", job.done())
                  .number("total", job.of()));
    });
  }

  /// Qdrant's name for what does the like.
  private static String optimizer(MergeLog.Kind kind) {
    return switch (kind) {
      case GRAPH -> "indexing";
      case FLAT -> "merge";
      case DELETED -> "vacuum";
      case SETTINGS -> "config_mismatch";
    };
  }

  private static void status(JsonParts out, MergeLog.Merge merge) {
    Optional<MergeLog.Outcome> outcome = merge.ended().map(MergeLog.Ended::how);
    if (outcome.isEmpty()) {
      out.text("status", "optimizing");
      return;
    }
    switch (outcome.get()) {
      case DONE -> out.text("status", "done");
      case CANCELLED -> out.object("status", () -> out.text("cancelled", "the merge was given up"));
      case FAILED ->
          out.object("status", () -> out.text("error", "the merge failed, see the server's log"));
    }
  }

  private static void segment(JsonParts out, UUID id, int points) {
    out.object(() -> out.text("uuid", id.toString()).number("points_count", points));
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
