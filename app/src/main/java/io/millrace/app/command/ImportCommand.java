package io.millrace.app.command;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Points and operations as lines. What is acknowledged is remembered by line, so a broken run goes
/// on where it was; a line that is refused goes into a file of its own and stops nothing.
@CommandLine.Command(
    name = "import",
    description =
        "Write files of JSON lines (points, or operations as in POST points/batch) into a"
            + " collection. Refused lines are kept in FILE.refused.ndjson. A run that was broken"
            + " off goes on by itself.",
    footer = {"", "Example: millrace import -c words words.ndjson.zst"})
final class ImportCommand implements Command {
  private static final int BATCH_LINES = 500;
  private static final int BATCH_CHARS = 4 << 20;

  @Mixin private Remote remote = new Remote();
  @Mixin private Output output = new Output();

  @Option(
      names = {"-c", "--collection"},
      required = true,
      paramLabel = "NAME",
      description = "Collection or alias.")
  private String collection = "";

  @Option(names = "--restart", description = "Begin again, whatever an earlier run has done.")
  private boolean restart;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "NDJSON; .gz and .zst are unpacked.")
  private List<Path> files = new ArrayList<>();

  private long applied;
  private long refused;

  /// A line with its number from 1.
  private record Line(long number, String text, boolean isPoint) {}

  @Override
  public Integer call() {
    for (Path file : files) {
      try {
        one(file);
      } catch (IOException e) {
        throw new CommandFailure(file + " cannot be read: " + e.getMessage(), e);
      }
    }
    if (output.isJson()) {
      output.print(Remote.JSON.createObjectNode().put("applied", applied).put("refused", refused));
    } else {
      output.print("applied " + applied + " lines, refused " + refused);
    }
    return refused == 0 ? 0 : CommandLine.ExitCode.SOFTWARE;
  }

  private void one(Path file) throws IOException {
    JobState state = new JobState(file.resolveSibling(file.getFileName() + ".import.json"));
    Path refusals = file.resolveSibling(file.getFileName() + ".refused.ndjson");
    long from = 0;
    if (restart) {
      Files.deleteIfExists(refusals);
    } else {
      from =
          state
              .read()
              .filter(s -> s.path("collection").asString("").equals(collection))
              .map(s -> s.path("lines").asLong())
              .orElse(0L);
    }
    try (Counted raw = new Counted(Files.newInputStream(file));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(inflated(raw, file), StandardCharsets.UTF_8));
        ProgressLine progress =
            new ProgressLine("import " + file.getFileName(), "bytes", Files.size(file), 0)) {
      List<Line> batch = new ArrayList<>();
      int chars = 0;
      long number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (number <= from || line.isBlank()) {
          continue;
        }
        Line next = new Line(number, line.strip(), isPoint(line));
        if (!batch.isEmpty()
            && (batch.size() == BATCH_LINES
                || chars + line.length() > BATCH_CHARS
                || batch.getLast().isPoint() != next.isPoint())) {
          send(batch, refusals);
          remember(state, batch.getLast().number());
          progress.at(raw.read);
          batch.clear();
          chars = 0;
        }
        batch.add(next);
        chars += line.length();
      }
      send(batch, refusals);
      remember(state, number);
      progress.at(raw.read);
    }
    state.remove();
  }

  private void remember(JobState state, long lines) {
    state.write(Remote.JSON.createObjectNode().put("collection", collection).put("lines", lines));
  }

  /// A point has an id at its top; everything else is taken for operations.
  private static boolean isPoint(String line) {
    try {
      return Remote.JSON.readTree(line).has("id");
    } catch (JacksonException e) {
      return true; // refused by the server in its own words
    }
  }

  /// One request; when it is refused, halves are tried until the lines at fault are found.
  private void send(List<Line> batch, Path refusals) throws IOException {
    if (batch.isEmpty()) {
      return;
    }
    Remote.Answer answer = request(batch);
    if (answer.isGood()) {
      applied += batch.size();
      return;
    }
    boolean ofTheLines = answer.status() == 400 || answer.status() == 422;
    if (!ofTheLines) {
      throw new CommandFailure(
          Remote.error(answer) + " (status " + answer.status() + "); run it again to go on");
    }
    if (batch.size() > 1) {
      int half = batch.size() / 2;
      send(batch.subList(0, half), refusals);
      send(batch.subList(half, batch.size()), refusals);
      return;
    }
    refused++;
    ObjectNode refusal =
        Remote.JSON
            .createObjectNode()
            .put("line", batch.getFirst().number())
            .put("error", Remote.error(answer))
            .put("value", batch.getFirst().text());
    Files.writeString(
        refusals, refusal + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private Remote.Answer request(List<Line> batch) {
    String path = "/collections/" + Remote.step(collection) + "/points";
    if (batch.getFirst().isPoint()) {
      return remote.send(
          "PUT",
          path + "?wait=true",
          "{\"points\":[" + String.join(",", batch.stream().map(Line::text).toList()) + "]}");
    }
    List<String> operations = new ArrayList<>();
    for (Line line : batch) {
      operations.addAll(operations(line.text()));
    }
    return remote.send(
        "POST",
        path + "/batch?wait=true",
        "{\"operations\":[" + String.join(",", operations) + "]}");
  }

  /// A line with one operation, or with a list of them.
  private static List<String> operations(String line) {
    JsonNode json = Texts.json(line, "line");
    JsonNode list = json.path("operations");
    if (list.isArray()) {
      List<String> all = new ArrayList<>();
      list.forEach(operation -> all.add(operation.toString()));
      return all;
    }
    if (json instanceof ObjectNode operation) {
      operation.remove("collection_name");
    }
    return List.of(json.toString());
  }

  private static InputStream inflated(InputStream raw, Path file) throws IOException {
    String name = file.getFileName().toString();
    InputStream in = new BufferedInputStream(raw, 64 << 10);
    return name.endsWith(".gz")
        ? new GZIPInputStream(in, 64 << 10)
        : name.endsWith(".zst") ? new ZstdInputStream(in) : in;
  }

  /// Counts what is read of the file itself.
  private static final class Counted extends FilterInputStream {
    private long read;

    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      int n = super.read(b, off, len);
      read += Math.max(0, n);
      return n;
    }
  }
}
