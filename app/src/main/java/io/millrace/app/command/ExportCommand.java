package io.millrace.app.command;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// Lines in the form that Kafka, inboxes and `millrace import` read. Each page is one member of a
/// compressed file, so that a broken run goes on behind its last whole page.
@CommandLine.Command(
    name = "export",
    description =
        "Write all points of a collection into a file, one JSON object per line in the order of"
            + " their ids. A run that was broken off goes on by itself.",
    footer = {"", "Example: millrace export -c words words.ndjson.zst"})
final class ExportCommand implements Command {
  private static final int PAGE = 1_000;

  @Mixin private Remote remote = new Remote();
  @Mixin private Output output = new Output();

  @Option(
      names = {"-c", "--collection"},
      required = true,
      paramLabel = "NAME",
      description = "Collection or alias.")
  private String collection = "";

  @Option(
      names = "--collection-name",
      description = "Name the collection in each line, as Qdrant's Kafka sink wants it.")
  private boolean naming;

  @Parameters(
      paramLabel = "FILE",
      description = "Where to; .gz and .zst are compressed. Beside it FILE.manifest.json.")
  private Path file = Path.of("points.ndjson");

  @Override
  public Integer call() {
    JobState state = new JobState(file.resolveSibling(file.getFileName() + ".part.json"));
    Path part = file.resolveSibling(file.getFileName() + ".part");
    JsonNode config = remote.result("GET", "/collections/" + Remote.step(collection), "");
    long total = PointPages.count(remote, collection);
    PointPages pages = new PointPages(remote, collection, PAGE);
    Optional<JsonNode> before = state.read().filter(ignored -> Files.exists(part));
    long points = before.map(s -> s.path("points").asLong()).orElse(0L);
    long bytes = before.map(s -> s.path("bytes").asLong()).orElse(0L);
    Optional<String> next = before.map(s -> s.path("next").toString());
    try (ProgressLine progress =
        new ProgressLine("export " + collection, "points", total, points)) {
      cut(part, bytes);
      boolean more = true;
      while (more) {
        PointPages.Page page = pages.page(next);
        bytes = append(part, page);
        points += page.points().size();
        progress.at(points);
        next = page.next();
        more = next.isPresent();
        if (more) {
          var now = Remote.JSON.createObjectNode().put("points", points).put("bytes", bytes);
          now.set("next", Texts.json(next.get(), "offset"));
          state.write(now);
        }
      }
      finish(part, config, points);
      state.remove();
    } catch (IOException e) {
      throw new CommandFailure(file + " cannot be written: " + e.getMessage(), e);
    }
    if (output.isJson()) {
      output.print(
          Remote.JSON.createObjectNode().put("file", file.toString()).put("points", points));
    } else {
      output.print("wrote " + points + " points to " + file);
    }
    return 0;
  }

  private static void cut(Path part, long bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.truncate(bytes);
    }
  }

  private long append(Path part, PointPages.Page page) throws IOException {
    try (FileOutputStream raw = new FileOutputStream(part.toFile(), true)) {
      OutputStream out = new BufferedOutputStream(compressed(raw), 64 << 10);
      for (String point : page.points()) {
        out.write(line(point).getBytes(StandardCharsets.UTF_8));
        out.write('\n');
      }
      out.close();
    }
    try (FileChannel written = FileChannel.open(part, StandardOpenOption.WRITE)) {
      written.force(false);
      return written.size();
    }
  }

  private OutputStream compressed(OutputStream out) throws IOException {
    String name = file.getFileName().toString();
    return name.endsWith(".gz")
        ? new GZIPOutputStream(out)
        : name.endsWith(".zst") ? new ZstdOutputStream(out) : out;
  }

  private String line(String point) {
    return naming
        ? "{\"collection_name\":"
            + Remote.JSON.writeValueAsString(collection)
            + ","
            + point.substring(1)
        : point;
  }

  private void finish(Path part, JsonNode config, long points) throws IOException {
    var manifest = Remote.JSON.createObjectNode();
    manifest.put("collection", collection).put("points", points).put("sha256", Sha256.of(part));
    manifest.set("config", config.path("config"));
    manifest.set("payload_schema", config.path("payload_schema"));
    Files.writeString(
        file.resolveSibling(file.getFileName() + ".manifest.json"),
        manifest.toPrettyString() + "\n");
    Files.move(part, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }
}
