package io.millrace.app.command;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A [ProgressLine] of the job that the server does for a request, while a command waits for the
/// answer. It comes from the server's jobs; a server that does not tell of them, or is done before
/// it is asked, gets no line.
final class JobLine implements AutoCloseable {
  private static final long LOOK_MILLIS = 500;

  /// What the server calls the work.
  enum Kind {
    SNAPSHOT,
    RESTORE
  }

  private final Remote remote;
  private final String kind;
  private final String about;
  private final long lastBefore;
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread watch;
  private @Nullable ProgressLine line; // of the watching thread until that has ended
  private long id = -1; // as the line

  /// Runs the request.
  ///
  /// @param about the collection, `""` = all of them
  static <T> T during(Remote remote, Kind kind, String about, Supplier<T> request) {
    try (JobLine waiting = new JobLine(remote, kind, about)) {
      return request.get();
    }
  }

  private JobLine(Remote remote, Kind kind, String about) {
    this.remote = remote;
    this.kind = kind.name().toLowerCase(Locale.ROOT);
    this.about = about;
    this.lastBefore = lastId();
    this.watch = Thread.ofVirtual().name("job line").start(this::look);
  }

  private long lastId() {
    try {
      return jobs().valueStream().mapToLong(job -> job.path("id").asLong(-1)).max().orElse(-1);
    } catch (CommandFailure untold) {
      return Long.MAX_VALUE; // no job will be newer
    }
  }

  private JsonNode jobs() {
    return remote.result("GET", "/jobs", "").path("jobs");
  }

  private void look() {
    try {
      while (!over.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        running().ifPresent(this::show);
      }
    } catch (InterruptedException | CommandFailure meansNoMore) {
      over.countDown();
    }
  }

  /// The job of the request. A collection may be asked for by an alias, which its job does not
  /// have: then it is the newest of those that began since.
  private Optional<JsonNode> running() {
    return jobs()
        .valueStream()
        .filter(job -> job.path("id").isNumber() && job.path("id").asLong() > lastBefore)
        .filter(job -> job.path("kind").asString().equals(kind))
        .filter(job -> id < 0 || job.path("id").asLong() == id)
        .max(
            Comparator.comparing((JsonNode job) -> job.path("collection").asString().equals(about))
                .thenComparing(job -> job.path("id").asLong()));
  }

  private void show(JsonNode job) {
    if (line == null) {
      id = job.path("id").asLong();
      String of = job.path("collection").asString();
      line =
          new ProgressLine(
              of.isEmpty() ? kind : kind + " " + of, "bytes", 0, job.path("bytes").asLong());
    }
    line.of(job.path("of_bytes").asLong());
    line.at(job.path("bytes").asLong());
  }

  /// Ends the line, with how far the job came.
  @Override
  public void close() {
    over.countDown();
    try {
      watch.join();
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
      return;
    }
    if (line != null) {
      try {
        show(remote.result("GET", "/jobs/" + id, ""));
      } catch (CommandFailure untold) {
        // the line ends with what was known
      }
      line.close();
    }
  }
}
