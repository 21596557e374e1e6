package io.millrace.app.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Lines are sent as they are, so numbers keep every digit.
@CommandLine.Command(
    name = "upsert",
    description =
        "Write points: one by -i and -v, some by -j, or many from a file or stdin with one JSON"
            + " object per line. A collection that is not there is made for the first point"
            + " (Cosine).",
    footer = {
      "",
      "Examples: millrace upsert -c words -i 1 -v 0.1,0.2 --payload '{\"word\": \"hello\"}'",
      "          zcat points.ndjson.gz | millrace upsert -c words"
    })
final class UpsertCommand implements Command {
  /// Points and characters of one request: large enough to be fast, small enough for any server's
  /// body limit.
  private static final int BATCH_POINTS = 500;

  private static final int BATCH_CHARS = 4 << 20;

  @Mixin private Remote remote = new Remote();
  @Mixin private Output output = new Output();

  @Option(
      names = {"-c", "--collection"},
      required = true,
      paramLabel = "NAME",
      description = "Collection or alias.")
  private String collection = "";

  @Option(
      names = {"-j", "--points"},
      paramLabel = "JSON",
      description = "A point, or a list of points.")
  private Optional<String> points = Optional.empty();

  @Option(
      names = {"-i", "--id"},
      paramLabel = "ID",
      description = "Id of the one point.")
  private Optional<String> id = Optional.empty();

  @Option(
      names = {"-v", "--vector"},
      paramLabel = "VECTOR",
      description = "Its vector; - reads it from stdin.")
  private Optional<String> vector = Optional.empty();

  @Option(names = "--payload", paramLabel = "JSON", description = "Its payload.")
  private Optional<String> payload = Optional.empty();

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "Points, one JSON object per line; .gz is unpacked. Default: stdin.")
  private Optional<Path> file = Optional.empty();

  private final List<String> batch = new ArrayList<>();
  private int batchChars;
  private long written;
  private boolean collectionChecked;

  @Override
  public Integer call() {
    if (id.isPresent() != vector.isPresent()) {
      throw CommandFailure.misuse("-i and -v belong together");
    }
    if (id.isPresent()) {
      add(onePoint().toString());
    } else if (points.isPresent()) {
      JsonNode given = Texts.option(points.get(), "point");
      if (given.isArray()) {
        given.forEach(point -> add(point.toString()));
      } else {
        add(given.toString());
      }
    } else {
      addLines();
    }
    flush();
    if (output.isJson()) {
      output.print(Remote.JSON.createObjectNode().put("points", written));
    } else {
      output.print("wrote " + written + (written == 1 ? " point" : " points"));
    }
    return 0;
  }

  private ObjectNode onePoint() {
    ObjectNode point = Remote.JSON.createObjectNode();
    point.set("id", Texts.id(id.orElse("")));
    point.set("vector", Texts.vector(vector.orElse("")));
    payload.ifPresent(text -> point.set("payload", Texts.option(text, "payload")));
    return point;
  }

  private void addLines() {
    try (var reader =
        new BufferedReader(new InputStreamReader(openInput(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!line.isBlank()) {
          add(line.strip());
        }
      }
    } catch (IOException e) {
      throw new CommandFailure(
          file.map(Path::toString).orElse("stdin") + " cannot be read: " + e.getMessage());
    }
  }

  private InputStream openInput() throws IOException {
    if (file.isEmpty() || file.get().toString().equals("-")) {
      return System.in;
    }
    InputStream in = Files.newInputStream(file.get());
    return file.get().toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
  }

  private void add(String point) {
    if (!collectionChecked) {
      createIfMissing(point);
      collectionChecked = true;
    }
    if (!batch.isEmpty()
        && (batch.size() == BATCH_POINTS || batchChars + point.length() > BATCH_CHARS)) {
      flush();
    }
    batch.add(point);
    batchChars += point.length();
  }

  private void flush() {
    if (batch.isEmpty()) {
      return;
    }
    remote.result(
        "PUT",
        "/collections/" + Remote.step(collection) + "/points?wait=true",
        "{\"points\":[" + String.join(",", batch) + "]}");
    written += batch.size();
    batch.clear();
    batchChars = 0;
  }

  private void createIfMissing(String point) {
    String path = "/collections/" + Remote.step(collection);
    if (remote.result("GET", path + "/exists", "").path("exists").booleanValue()) {
      return;
    }
    JsonNode of = Texts.json(point, "first point").path("vector");
    ObjectNode vectors = Remote.JSON.createObjectNode();
    if (of.isArray()) {
      vectors.put("size", of.size()).put("distance", "Cosine");
    } else if (of.isObject()) {
      of.properties()
          .forEach(named ->
              vectors
                  .putObject(named.getKey())
                  .put("size", named.getValue().size())
                  .put("distance", "Cosine"));
    } else {
      throw new CommandFailure(
          "there is no collection "
              + collection
              + " and the first point has no vector to make it for; see `millrace collections"
              + " create`");
    }
    remote.result("PUT", path, Remote.JSON.createObjectNode().set("vectors", vectors).toString());
  }
}
