package io.millrace.api.endpoint;

import io.millrace.api.WriterWork;
import io.millrace.api.metrics.BuildFacts;
import io.millrace.catalog.DataFolder;
import io.millrace.collection.Collections;
import io.millrace.meter.Jobs;
import io.millrace.meter.MergeLog;
import io.millrace.model.Failure;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/// What runs and what it works on: routes that Qdrant has not.
public final class StatusEndpoint {
  private static final WriterWork.All NONE = new WriterWork.All(List.of(), new TreeMap<>());

  private final Collections collections;
  private final WriterWork work;
  private final String qdrantVersion;

  public StatusEndpoint(Collections collections, WriterWork work, String qdrantVersion) {
    this.collections = collections;
    this.work = work;
    this.qdrantVersion = qdrantVersion;
  }

  /// Also while the process that has the jobs cannot be asked; it says so then.
  public Answer status(Call call) {
    call.serviceDeadline();
    WriterWork.All known = NONE;
    Optional<String> unknown = Optional.empty();
    try {
      known = work.all();
    } catch (Failure.Unavailable | Failure.TimedOut e) {
      unknown = Optional.ofNullable(e.getMessage());
    }
    WriterWork.All shown = known;
    Optional<String> error = unknown;
    return new Answer.Result(generator -> {
      JsonParts out = new JsonParts(generator);
      out.object(() -> {
        out.text("version", BuildFacts.version())
            .text("commit", BuildFacts.commit())
            .text("qdrant_version", qdrantVersion)
            .text("java", Runtime.version().toString())
            .number("format", DataFolder.FORMAT_VERSION)
            .text(
                "started",
                Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime())
                    .toString())
            .flag("recovery_mode", collections.recovery().isPresent());
        out.array("jobs", () -> all(out, shown));
        error.ifPresent(why -> out.text("jobs_error", why));
      });
    });
  }

  public Answer jobs(Call call) {
    call.serviceDeadline();
    WriterWork.All all = work.all();
    return new Answer.Result(generator -> {
      JsonParts out = new JsonParts(generator);
      out.object(() -> out.array("jobs", () -> all(out, all)));
    });
  }

  public Answer job(Call call) {
    call.serviceDeadline();
    Jobs.Job job = find(call.path("id"));
    return new Answer.Result(generator -> job(new JsonParts(generator), job));
  }

  private static void all(JsonParts out, WriterWork.All all) {
    all.jobs().forEach(job -> job(out, job));
    all.merges().forEach((name, running) -> running.forEach(merge -> merge(out, name, merge)));
  }

  /// How far a merge is, nobody knows; `/collections/{c}/optimizations` has more about it.
  private static void merge(JsonParts out, String collection, MergeLog.Merge merge) {
    out.object(() ->
        out.text("id", "merge-" + merge.id())
            .text("kind", "merge")
            .text("collection", collection)
            .text("state", "running")
            .text("started", merge.begun().toString())
            .number("points", merge.parts().stream().mapToLong(MergeLog.Part::points).sum()));
  }

  private Jobs.Job find(String id) {
    return work.all().jobs().stream()
        .filter(job -> Long.toString(job.id()).equals(id))
        .findFirst()
        .orElseThrow(() -> new Failure.NotFound("There is no job '" + id + "', or not any more"));
  }

  private static void job(JsonParts out, Jobs.Job job) {
    out.object(() -> {
      out.number("id", job.id())
          .text("kind", job.kind().name().toLowerCase(Locale.ROOT))
          .text("collection", job.about());
      if (!job.field().isEmpty()) {
        out.text("field", job.field());
      }
      out.text(
              "state",
              job.outcome().map(how -> how.name().toLowerCase(Locale.ROOT)).orElse("running"))
          .text("started", job.begun().toString());
      out.out().writeNumberProperty("progress", job.progress());
      String unit = job.kind().unit();
      out.number(unit, job.done()).number("of_" + unit, job.of());
      out.out().writeNumberProperty(unit + "_per_second", job.perSecond());
      out.out().writeNumberProperty("seconds", job.took().toMillis() / 1e3);
      job.left()
          .ifPresent(left -> out.out().writeNumberProperty("seconds_left", left.toMillis() / 1e3));
    });
  }
}
