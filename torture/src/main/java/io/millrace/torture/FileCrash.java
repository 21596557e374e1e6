package io.millrace.torture;

import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Event;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.FolderWriter;
import io.millrace.torture.workload.Streams;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// files are dropped into the inbox one after another, the server is killed while it claims,
/// reads or finishes them. Afterwards every line has its effect once and in order, every file is
/// done, in one place, and its report adds up.
final class FileCrash implements Trial {
  private static final String SOURCE = "inbox";
  private static final Duration CATCH_UP = Duration.ofSeconds(60);

  private final int linesPerFile;

  FileCrash(int linesPerFile) {
    this.linesPerFile = linesPerFile;
  }

  @Override
  public void run(TrialRun run) {
    Path inbox = run.folder().resolve("inbox");
    Path config = prepare(run, inbox);
    var streams = new Streams(run.draw().split(), 1);
    var writer = new FolderWriter(SOURCE, inbox, streams, run.history(), run.draw().split());
    boolean made = false;
    while (run.goesOn()) {
      if (made && run.draw().percent(40)) {
        for (int i = run.draw().between(1, 5); i > 0; i--) {
          writer.drop(linesPerFile);
        }
      }
      try (Server victim = run.start(run.launch("serve", Optional.of(config)))) {
        if (!made) {
          Streams.make(api(victim), run.history());
          made = true;
        }
        long after = run.draw().between(50, 3_000);
        long end = System.nanoTime() + after * 1_000_000;
        int before = writer.files();
        do {
          if (writer.files() - before < 12) {
            writer.drop(linesPerFile);
          }
          Pause.millis(Math.clamp((end - System.nanoTime()) / 1_000_000, 1, 200));
        } while (System.nanoTime() < end);
        run.kill(victim);
        try (Server server = run.start(run.launch("serve", Optional.of(config)))) {
          writer.dropMarks(run.cycle());
          look(run, api(server), writer);
        }
        run.cycleDone("killed after %d ms, %d files so far".formatted(after, writer.files()));
      }
    }
  }

  private static Path prepare(TrialRun run, Path inbox) {
    try {
      Files.createDirectories(inbox);
      return Files.writeString(
          run.folder().resolve("millrace.yaml"),
          """
          sources:
            %s:
              type: files
              path: %s
              settle: 0s
              bindings:
                - { files: ["*.ndjson*"], allow: ["left", "right"] }
          """
              .formatted(SOURCE, inbox.toAbsolutePath()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Api api(Server server) {
    return new Api(server.url(), Duration.ofSeconds(20));
  }

  private static void look(TrialRun run, Api api, FolderWriter writer) {
    boolean caughtUp =
        Pause.until(CATCH_UP, () -> writer.isEmpty() && Streams.showsMarks(api, 1, run.cycle()));
    if (!caughtUp) {
      run.history()
          .add(
              new Event.Fault(
                  "the inbox is not done within %d s; sources: %s"
                      .formatted(CATCH_UP.toSeconds(), api.get("/ingest/sources").body())));
    }
    Streams.scan(api, run.history(), 1);
    writer.look(run.data().resolve("ingest").resolve("dead").resolve(SOURCE));
  }
}
