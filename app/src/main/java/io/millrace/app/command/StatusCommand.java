package io.millrace.app.command;

import java.util.ArrayList;
import java.util.List;
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

  @Option(names = "--ready", description = "Only say whether it is ready: exit code 0 if so, else 1.")
  private boolean ready;

  @Option(names = "--watch", description = "Show it again every second until Ctrl-C.")
  private boolean watch;

  @Override
  public Integer call() {
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

  private ObjectNode status() {
    ObjectNode status = Remote.JSON.createObjectNode();
    status.put("url", remote.url().toString());
    status.put("version", remote.send("GET", "/", "").json().path("version").asString(""));
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
            + "  version "
            + status.path("version").asString()
            + (status.path("ready").booleanValue() ? "  ready" : "  not ready"));
    if (status.path("collections") instanceof ArrayNode collections && !collections.isEmpty()) {
      output.print("");
      output.print(CollectionsCommand.table(collections));
    }
    JsonNode sources = status.path("sources");
    JsonNode list = sources.isArray() ? sources : sources.path("sources");
    if (list.isArray() && !list.isEmpty()) {
      output.print("");
      output.print(plainTable(list));
    }
  }

  /// Columns are the plain fields of the first row.
  private static Table plainTable(JsonNode rows) {
    List<String> columns = new ArrayList<>();
    rows.get(0)
        .properties()
        .forEach(
            field -> {
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
