package io.millrace.app.command;

import io.millrace.app.link.LinkClient;
import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@CommandLine.Command(
    name = "status",
    description = "Show whether the server is ready, its collections and its sources.")
final class StatusCommand implements Command {
  private static final long WATCH_MILLIS = 1_000;
  private static final String CLEAR_SCREEN = "\u001b[H\u001b[2J";

  @Mixin private Remote remote = new Remote();
  @Mixin private Output output = new Output();

  @Option(
      names = "--ready",
      description = "Only say whether it is ready: exit code 0 if so, else 1.")
  private boolean ready;

  @Option(names = "--watch", description = "Show it again every second until Ctrl-C.")
  private boolean watch;

  @Option(
      names = {"-d", "--data-dir"},
      paramLabel = "DIR",
      description = "Ask the `millrace ingest` of this data folder, which has no REST.")
  private Optional<Path> dataDir = Optional.empty();

  @Override
  public Integer call() {
    if (dataDir.isPresent()) {
      return ingestStatus(dataDir.get().resolve("ingest.sock"));
    }
    if (ready) {
      Remote.Answer answer = remote.send("GET", "/readyz", "");
      output.print(answer.isGood() ? "ready" : "not ready: " + answer.body().strip());
      return answer.isGood() ? 0 : CommandLine.ExitCode.SOFTWARE;
    }
    if (!watch) {
      show(status());
      return 0;
    }
    while (true) {
      ObjectNode status = status();
      if (!output.isJson()) {
        output.print(CLEAR_SCREEN);
      }
      show(status);
      try {
        Thread.sleep(WATCH_MILLIS);
      } catch (InterruptedException meansStop) {
        Thread.currentThread().interrupt();
        return 0;
      }
    }
  }

  private int ingestStatus(Path socket) {
    try {
      LinkClient.Health health = LinkClient.health(socket, Duration.ofSeconds(5));
      ObjectNode status = Remote.JSON.createObjectNode();
      status.put("url", socket.toString());
      status.put("version", CommandLineFactory.version());
      status.put("pid", health.pid());
      status.put("ready", health.ready());
      status.set("sources", Texts.json(health.sourcesJson(), "state of the sources"));
      if (ready) {
        output.print(health.ready() ? "ready" : "not ready");
      } else {
        show(status);
      }
      return health.ready() ? 0 : CommandLine.ExitCode.SOFTWARE;
    } catch (IOException | Failure e) {
      throw new CommandFailure("no ingest process answers at " + socket + ": " + e.getMessage(), e);
    }
  }

  private ObjectNode status() {
    ObjectNode status = Remote.JSON.createObjectNode();
    status.put("url", remote.url().toString());
    Remote.Answer about = remote.send("GET", "/status", "");
    if (about.isGood()) { // another server that speaks Qdrant's API has no such route
      status.put("version", about.json().at("/result/version").asString(""));
      status.set("jobs", about.json().at("/result/jobs"));
      if (about.json().at("/result/jobs_error").isString()) {
        status.set("jobs_error", about.json().at("/result/jobs_error"));
      }
    }
    status.put("qdrant_version", remote.send("GET", "/", "").json().path("version").asString(""));
    status.put("ready", remote.send("GET", "/readyz", "").isGood());
    ArrayNode collections = status.putArray("collections");
    for (JsonNode each : remote.result("GET", "/collections", "").path("collections")) {
      String name = each.path("name").asString();
      Remote.Answer answer = remote.send("GET", "/collections/" + Remote.step(name), "");
      if (answer.isGood() && answer.json().path("result") instanceof ObjectNode info) {
        info.remove("config");
        info.remove("payload_schema");
        collections.add(Remote.JSON.createObjectNode().put("name", name).setAll(info));
      }
    }
    Remote.Answer sources = remote.send("GET", "/ingest/sources", "");
    if (sources.isGood()) {
      status.set("sources", sources.json().path("result"));
    }
    return status;
  }

  private void show(ObjectNode status) {
    if (output.isJson()) {
      output.print(status);
      return;
    }
    output.print(
        status.path("url").asString()
            + versions(status)
            + (status.path("ready").booleanValue() ? "  ready" : "  not ready"));
    if (status.path("collections") instanceof ArrayNode collections && !collections.isEmpty()) {
      output.print("");
      output.print(CollectionsCommand.table(collections));
    }
    List<JsonNode> running =
        status
            .path("jobs")
            .valueStream()
            .filter(job -> job.path("state").asString("").equals("running"))
            .toList();
    if (!running.isEmpty()) {
      output.print("");
      output.print(jobs(running));
    }
    if (status.has("jobs_error")) {
      output.print("");
      output.print("Jobs are not known: " + status.path("jobs_error").asString());
    }
    JsonNode sources = status.path("sources");
    JsonNode list = sources.isArray() ? sources : sources.path("sources");
    if (list.isArray() && !list.isEmpty()) {
      output.print("");
      output.print(plainTable(list));
    }
  }

  private static String versions(ObjectNode status) {
    String own = status.path("version").asString("");
    String qdrant = status.path("qdrant_version").asString("");
    return (own.isEmpty() ? "" : "  millrace " + own)
        + (qdrant.isEmpty() ? "" : "  qdrant " + qdrant);
  }

  private static Table jobs(List<JsonNode> running) {
    var table = new Table("job", "kind", "collection", "field", "done", "MiB/s", "seconds left");
    for (JsonNode job : running) {
      table.row(
          job.path("id").asString(),
          job.path("kind").asString(),
          job.path("collection").asString(),
          job.path("field").asString(""),
          job.has("progress") ? "%.0f %%".formatted(100 * job.path("progress").doubleValue()) : "",
          job.has("bytes_per_second")
              ? "%.1f".formatted(job.path("bytes_per_second").doubleValue() / (1 << 20))
              : "",
          job.has("seconds_left") ? "%.0f".formatted(job.path("seconds_left").doubleValue()) : "");
    }
    return table;
  }

  /// Columns are the plain fields of the first row.
  private static Table plainTable(JsonNode rows) {
    List<String> columns = new ArrayList<>();
    rows.get(0)
        .properties()
        .forEach(field -> {
          if (!field.getValue().isContainer()) {
            columns.add(field.getKey());
          }
        });
    var table = new Table(columns.toArray(String[]::new));
    for (JsonNode row : rows) {
      table.row(columns.stream().map(column -> row.path(column).asString("")).toArray());
    }
    return table;
  }
}
