package io.millrace.app.command;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// Lines in the form that Kafka, inboxes and `millrace import` read, or rows that inboxes read.
/// Each page is one member of a compressed file or one row group, so that a broken run goes on
/// behind its last whole page.
@CommandLine.Command(
    name = "export",
    description =
        "Write the points of a collection into a file in the order of their ids: one JSON object"
            + " per line, or Parquet where the name ends so. A run that was broken off goes on by"
            + " itself.",
    footer = {
      "",
      "Examples:",
      "  millrace export -c words words.ndjson.zst",
      "  millrace export -c words words.parquet",
      "  millrace export -c words --filter '{\"must\": [{\"key\": \"lang\", \"match\": {\"value\": \"en\"}}]}' en.ndjson"
    })
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

  @Option(
      names = "--filter",
      paramLabel = "JSON",
      description = "Filter in Qdrant's form; only points that match it.")
  private Optional<String> filter = Optional.empty();

  @Parameters(
      paramLabel = "FILE",
      description =
          "Where to; .gz and .zst are compressed, .parquet is Parquet. Beside it"
              + " FILE.manifest.json.")
  private Path file = Path.of("points.ndjson");

  @Override
  public Integer call() {
    JobState state = new JobState(file.resolveSibling(file.getFileName() + ".part.json"));
    Path part = file.resolveSibling(file.getFileName() + ".part");
    JsonNode config = remote.result("GET", "/collections/" + Remote.step(collection), "");
    Optional<String> only = filter.map(text -> Texts.option(text, "filter").toString());
    long total = PointPages.count(remote, collection, only);
    PointPages pages = new PointPages(remote, collection, PAGE, only);
    Optional<JsonNode> before =
        state
            .read()
            .filter(ignored -> Files.exists(part))
            .filter(s -> s.path("filter").asString("").equals(only.orElse("")));
    long points = before.map(s -> s.path("points").asLong()).orElse(0L);
    Optional<String> next = before.map(s -> s.path("next").toString());
    Form form = form(config.path("config").path("params"), before);
    try (ProgressLine progress =
        new ProgressLine("export " + collection, "points", total, points)) {
      cut(part, before.map(s -> s.path("bytes").asLong()).orElse(0L));
      boolean more = true;
      while (more) {
        PointPages.Page page = pages.page(next);
        long bytes = append(part, form.page(page.points(), Files.size(part)));
        points += page.points().size();
        progress.at(points);
        next = page.next();
        more = next.isPresent();
        if (more) {
          var now = Remote.JSON.createObjectNode().put("points", points).put("bytes", bytes);
          now.set("next", Texts.json(next.get(), "offset"));
          only.ifPresent(text -> now.put("filter", text));
          now.set("form", form.state());
          state.write(now);
        }
      }
      append(part, form.end());
      finish(part, config, points, only);
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

  /// How points become bytes, page by page.
  private interface Form {
    /// @param at where the bytes will stand
    byte[] page(List<String> points, long at) throws IOException;

    byte[] end();

    /// What the next run needs to know.
    JsonNode state();
  }

  private Form form(JsonNode params, Optional<JsonNode> before) {
    return file.getFileName().toString().endsWith(".parquet")
        ? new Parquet(params, before.map(s -> s.path("form")))
        : new Lines();
  }

  private final class Lines implements Form {
    @Override
    public byte[] page(List<String> points, long at) throws IOException {
      var bytes = new ByteArrayOutputStream();
      try (OutputStream out = compressed(bytes)) {
        for (String point : points) {
          out.write(line(point).getBytes(StandardCharsets.UTF_8));
          out.write('\n');
        }
      }
      return bytes.toByteArray();
    }

    @Override
    public byte[] end() {
      return new byte[0];
    }

    @Override
    public JsonNode state() {
      return Remote.JSON.nullNode();
    }
  }

  /// Each page is a row group; where they stand is kept for the footer.
  private static final class Parquet implements Form {
    private final ParquetPoints rows;
    private final ArrayNode groups;

    Parquet(JsonNode params, Optional<JsonNode> before) {
      this.rows = new ParquetPoints(params);
      this.groups =
          before.orElse(null) instanceof ArrayNode kept ? kept : Remote.JSON.createArrayNode();
    }

    @Override
    public byte[] page(List<String> points, long at) {
      points.forEach(rows::add);
      byte[] magic = at == 0 ? ParquetPoints.MAGIC : new byte[0];
      byte[] group = rows.rowGroup(points.size(), at + magic.length, groups.addObject());
      return ByteBuffer.allocate(magic.length + group.length).put(magic).put(group).array();
    }

    @Override
    public byte[] end() {
      return rows.footer(groups);
    }

    @Override
    public JsonNode state() {
      return groups;
    }
  }

  /// Durable when it returns.
  private static long append(Path part, byte[] bytes) throws IOException {
    Files.write(part, bytes, StandardOpenOption.APPEND);
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

  private void finish(Path part, JsonNode config, long points, Optional<String> only)
      throws IOException {
    var manifest = Remote.JSON.createObjectNode();
    manifest.put("collection", collection).put("points", points).put("sha256", Sha256.of(part));
    only.ifPresent(text -> manifest.set("filter", Texts.json(text, "filter")));
    manifest.set("config", config.path("config"));
    manifest.set("payload_schema", config.path("payload_schema"));
    Files.writeString(
        file.resolveSibling(file.getFileName() + ".manifest.json"),
        manifest.toPrettyString() + "\n");
    Files.move(part, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }
}
