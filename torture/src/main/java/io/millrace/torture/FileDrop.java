package io.millrace.torture;

import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.RawJson;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.Api.Answer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// everything that can lie in a folder is dropped into it while the server is killed once: a
/// large file, a line without end, rubbish, links and a pipe, a file that is still written, many
/// small ones, odd names, formulas, broken and repeated contents. Afterwards every file is in one
/// place with one line of report, every good line is a point, nothing outside was opened, and the
/// process stayed within its memory.
final class FileDrop implements Trial {
  private static final Duration CATCH_UP = Duration.ofMinutes(20);

  /// A heap of 512 MiB, metaspace, code, threads, and the mapped files of the index.
  private static final long MAX_RESIDENT_BYTES = 1_500L << 20;

  private static final int LINE_PADDING = 900;
  private static final int FIRST_SMALL_ID = 10_000_000;

  private final long largeBytes;
  private final int smallFiles;
  private final boolean endless;

  /// @param endless a file with 1 GiB of one line too
  FileDrop(long largeBytes, int smallFiles, boolean endless) {
    this.largeBytes = largeBytes;
    this.smallFiles = smallFiles;
    this.endless = endless;
  }

  /// What a file has to become.
  ///
  /// @param folder `done`, `failed`, or `` where it has to stay
  /// @param says parts of its report
  private record Expected(String folder, List<String> says) {
    static Expected done(String... says) {
      return new Expected("done", List.of(says));
    }

    static Expected failed(String... says) {
      return new Expected("failed", List.of(says));
    }

    static Expected untouched() {
      return new Expected("", List.of());
    }
  }

  @Override
  public void run(TrialRun run) {
    while (run.goesOn()) {
      try {
        run.cycleDone(cycle(run, run.folder().resolve("cycle-" + run.cycle())));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private String cycle(TrialRun run, Path folder) throws IOException {
    Path inbox = Files.createDirectories(folder.resolve("inbox"));
    Path secret = Files.writeString(folder.resolve("secret.ndjson"), line(1, "secret"));
    Path config = config(folder, inbox);
    Map<String, Expected> expected = new TreeMap<>();
    long points = 0;
    Server.Launch launch = run.launch("serve", Optional.of(config));
    try (Server server = run.start(launch)) {
      Api api = api(server);
      api.send("PUT", "/collections/left", "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}");
      oddities(inbox, secret, expected);
      points += 7;
      points += large(inbox, expected);
      points += small(inbox, expected);
      if (endless) {
        endless(inbox, expected);
      }
      Pause.millis(run.draw().between(200, 3_000));
      run.kill(server);
    }
    long resident;
    try (Server server = run.start(launch)) {
      Api api = api(server);
      points += growing(run, inbox, expected);
      awaitDone(run, inbox, expected);
      points += again(inbox, expected);
      awaitDone(run, inbox, expected);
      resident = resident(server.pid());
      checkPoints(run, api, points);
      run.kill(server);
    }
    checkPlaces(run, inbox, expected);
    if (resident > MAX_RESIDENT_BYTES) {
      run.fault("the process held " + (resident >> 20) + " MiB");
    }
    Main.delete(folder);
    return "%d files, %d points, %d MiB resident at most"
        .formatted(expected.size(), points, resident >> 20);
  }

  private static Path config(Path folder, Path inbox) throws IOException {
    return Files.writeString(
        folder.resolve("millrace.yaml"),
        """
        sources:
          inbox:
            type: files
            path: %s
            settle: 500ms
            bindings:
              - files: ["*.csv"]
                collection: left
                mapping: { id: /id, vectors: { "": { at: /vector, encoding: csv } } }
              - { allow: ["left"] }
        """
            .formatted(inbox.toAbsolutePath()));
  }

  private static Api api(Server server) {
    return new Api(server.url(), Duration.ofSeconds(60));
  }

  private static String line(long id, String text) {
    return "{\"collection_name\":\"left\",\"id\":%d,\"vector\":[1,%d],\"payload\":{\"t\":\"%s\"}}\n"
        .formatted(id, id % 1_000, text);
  }

  // ---- what is dropped

  /// Seven good lines among what is wrong.
  private static void oddities(Path inbox, Path secret, Map<String, Expected> expected)
      throws IOException {
    drop(inbox, "endless.ndjson", line(10, "a") + "x".repeat(9 << 20) + "\n" + line(11, "b"));
    expected.put("endless.ndjson", Expected.done("\"applied\":2", "\"TOO_LARGE\":1"));

    StringBuilder rubbish = new StringBuilder();
    for (int i = 0; i < 3_000; i++) {
      rubbish.append("\u0001\u0002rubbish ").append(i).append('\n');
    }
    drop(inbox, "rubbish.bin", rubbish.toString());
    expected.put("rubbish.bin", Expected.failed("\"code\":\"FILE_FORMAT\""));

    Files.createSymbolicLink(inbox.resolve("link.ndjson"), secret.toAbsolutePath());
    Files.createSymbolicLink(inbox.resolve("nowhere.ndjson"), Path.of("/nowhere/at/all"));
    Files.createLink(inbox.resolve("hard.ndjson"), secret);
    fifo(inbox.resolve("pipe.ndjson"));
    for (String name : List.of("link", "nowhere", "hard", "pipe")) {
      expected.put(name + ".ndjson", Expected.untouched());
    }
    drop(inbox, "half.ndjson.part", line(2, "unfinished"));
    expected.put("half.ndjson.part", Expected.untouched());

    drop(inbox, "new\nline.ndjson", line(12, "odd name"));
    expected.put("new%0Aline.ndjson", Expected.done("\"applied\":1"));

    drop(
        inbox,
        "formula.csv",
        "id,vector,cell\n13,\"1,2\",=1+1\n14,\"1,2\",\"=cmd|' /C calc'!A0\"\n15,1\n");
    expected.put("formula.csv", Expected.done("\"applied\":2", "\"records\":3"));

    drop(inbox, "footer.parquet", "PAR1" + "x".repeat(1_000) + "PAR1");
    expected.put("footer.parquet", Expected.failed("\"code\":\"FILE_FORMAT\""));

    drop(inbox, "first.ndjson", line(16, "once") + line(17, "once"));
    expected.put("first.ndjson", Expected.done("\"applied\":2", "\"outcome\":\"done\""));
  }

  private long large(Path inbox, Map<String, Expected> expected) throws IOException {
    Path hidden = inbox.resolve(".large");
    long lines = 0;
    String padding = "p".repeat(LINE_PADDING);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(hidden), 1 << 20)) {
      for (long bytes = 0; bytes < largeBytes; lines++) {
        byte[] line = line(1_000 + lines, padding).getBytes(StandardCharsets.UTF_8);
        out.write(line);
        bytes += line.length;
      }
    }
    Files.move(hidden, inbox.resolve("large.ndjson"), StandardCopyOption.ATOMIC_MOVE);
    expected.put("large.ndjson", Expected.done("\"records\":" + lines, "\"applied\":" + lines));
    return lines;
  }

  private long small(Path inbox, Map<String, Expected> expected) throws IOException {
    for (int i = 0; i < smallFiles; i++) {
      String name = "s-%06d.ndjson".formatted(i);
      drop(inbox, name, line(FIRST_SMALL_ID + i, "small"));
      expected.put(name, Expected.done("\"applied\":1"));
    }
    return smallFiles;
  }

  /// Zeros that the file system does not store.
  private static void endless(Path inbox, Map<String, Expected> expected) throws IOException {
    Path hidden = inbox.resolve(".zeros");
    try (FileChannel out =
        FileChannel.open(hidden, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      out.write(ByteBuffer.wrap(new byte[] {'\n'}), (1L << 30) + (1 << 20));
    }
    Files.move(hidden, inbox.resolve("zeros.ndjson"), StandardCopyOption.ATOMIC_MOVE);
    expected.put("zeros.ndjson", Expected.failed("\"code\":\"FILE_ENDLESS_LINE\""));
  }

  /// Written in front of the server's eyes, a line every now and then.
  private static long growing(TrialRun run, Path inbox, Map<String, Expected> expected)
      throws IOException {
    int lines = 12;
    Path file = inbox.resolve("growing.ndjson");
    for (int i = 0; i < lines; i++) {
      Files.writeString(
          file, line(500 + i, "grows"), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      Pause.millis(run.draw().between(50, 150));
      if (!Files.exists(file)) {
        run.fault("a file was taken while it was written, after line " + (i + 1));
        return 0;
      }
    }
    expected.put("growing.ndjson", Expected.done("\"records\":12", "\"applied\":12"));
    return lines;
  }

  /// The content of a file that was read, and the large one, under other names.
  private static long again(Path inbox, Map<String, Expected> expected) throws IOException {
    drop(inbox, "second.ndjson", line(16, "once") + line(17, "once"));
    expected.put("second.ndjson", Expected.done("\"outcome\":\"same_content\"", "\"records\":0"));
    Path large;
    try (Stream<Path> days = Files.list(inbox.resolve("done"))) {
      large = days.map(day -> day.resolve("large.ndjson")).filter(Files::exists).findFirst().get();
    }
    Files.copy(large, inbox.resolve(".again"));
    Files.move(inbox.resolve(".again"), inbox.resolve("again.ndjson"));
    expected.put("again.ndjson", Expected.done("\"outcome\":\"same_content\"", "\"records\":0"));
    return 0;
  }

  private static void drop(Path inbox, String name, String content) throws IOException {
    Path hidden = inbox.resolve(".dropped");
    Files.writeString(hidden, content);
    Files.move(hidden, inbox.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private static void fifo(Path path) throws IOException {
    try {
      Process made = new ProcessBuilder("mkfifo", path.toString()).start();
      if (!made.waitFor(10, TimeUnit.SECONDS) || made.exitValue() != 0) {
        throw new IOException("mkfifo failed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  // ---- what became of it

  private static void awaitDone(TrialRun run, Path inbox, Map<String, Expected> expected) {
    long reported = expected.values().stream().filter(e -> !e.folder().isEmpty()).count();
    if (!Pause.until(CATCH_UP, () -> reports(inbox).size() >= reported)) {
      run.fault(
          "%d of %d files have a report after %d s"
              .formatted(reports(inbox).size(), reported, CATCH_UP.toSeconds()));
    }
  }

  /// By name; a name with two reports stands twice in the list.
  private static Map<String, List<String>> reports(Path inbox) {
    Map<String, List<String>> reports = new HashMap<>();
    for (String end : List.of("done", "failed")) {
      try (Stream<Path> days = Files.list(inbox.resolve(end))) {
        for (Path day : days.toList()) {
          Path file = day.resolve("reports.ndjson");
          if (Files.exists(file)) {
            for (String line : Files.readString(file).split("\n")) {
              if (line.endsWith("}")) {
                String name = RawJson.text(RawJson.fields(line).getOrDefault("name", "\"\""));
                reports.computeIfAbsent(name, key -> new ArrayList<>()).add(end + " " + line);
              }
            }
          }
        }
      } catch (IOException notThereYet) {
        // nothing ended that way
      }
    }
    return reports;
  }

  private static void checkPlaces(TrialRun run, Path inbox, Map<String, Expected> expected)
      throws IOException {
    Map<String, List<String>> reports = reports(inbox);
    expected.forEach((name, wanted) -> {
      List<String> lines = reports.getOrDefault(name, List.of());
      if (wanted.folder().isEmpty()) {
        if (!lines.isEmpty() || !Files.exists(inbox.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
          run.fault(name + " was touched: " + lines);
        }
        return;
      }
      boolean isRight =
          lines.size() == 1
              && lines.getFirst().startsWith(wanted.folder() + " ")
              && wanted.says().stream().allMatch(lines.getFirst()::contains);
      if (!isRight) {
        run.fault(name + " should be " + wanted + ", reported is " + lines);
      }
    });
    for (String name : reports.keySet()) {
      if (!expected.containsKey(name)) {
        run.fault("nobody dropped " + name);
      }
    }
    try (Stream<Path> work = Files.list(inbox.resolve(".millrace").resolve("work"))) {
      work.forEach(left -> run.fault("left at work: " + left.getFileName()));
    }
  }

  private static void checkPoints(TrialRun run, Api api, long points) {
    long[] count = new long[1];
    boolean right =
        Pause.until(
            Duration.ofSeconds(20),
            () -> {
              Answer answer =
                  api.send("POST", "/collections/left/points/count", "{\"exact\":true}");
              count[0] =
                  Long.parseLong(RawJson.fields(answer.result()).getOrDefault("count", "-1"));
              return count[0] == points;
            });
    if (!right) {
      run.fault("there are " + count[0] + " points, " + points + " lines were good");
    }
    Answer cells =
        api.send("POST", "/collections/left/points", "{\"ids\":[13,14,1],\"with_payload\":true}");
    if (!cells.body().contains("\"cell\":\"=1+1\"")
        || !cells.body().contains("\"cell\":\"=cmd|' /C calc'!A0\"")
        || cells.body().contains("secret")) {
      run.fault("cells and secrets: " + cells.body());
    }
  }

  /// The most that the process ever held; 0 where nobody tells.
  private static long resident(long pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst()
          .orElse(0L);
    } catch (IOException elsewhere) {
      return 0;
    }
  }
}
