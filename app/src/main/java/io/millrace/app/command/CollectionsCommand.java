package io.millrace.app.command;

import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@CommandLine.Command(
    name = "collections",
    description = "List, show, create and remove collections. Without a verb it lists them.",
    subcommands = {
      CollectionsCommand.Ls.class,
      CollectionsCommand.Info.class,
      CollectionsCommand.Create.class,
      CollectionsCommand.Rm.class
    })
final class CollectionsCommand implements Command {
  @Mixin private Remote remote = new Remote();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    return list(remote, output);
  }

  private static int list(Remote remote, Output output) {
    ArrayNode infos = Remote.JSON.createArrayNode();
    for (JsonNode each : remote.result("GET", "/collections", "").path("collections")) {
      String name = each.path("name").asString();
      Remote.Answer answer = remote.send("GET", "/collections/" + Remote.step(name), "");
      if (answer.status() == 404) {
        continue; // removed since it was listed
      }
      ObjectNode info = Remote.JSON.createObjectNode().put("name", name);
      if (!answer.isGood()) {
        info.put("status", "red").put("error", Remote.error(answer));
      } else if (answer.json().path("result") instanceof ObjectNode found) {
        info.setAll(found);
      }
      infos.add(info);
    }
    if (output.isJson()) {
      output.print(infos);
    } else {
      output.print(table(infos));
    }
    return 0;
  }

  static Table table(ArrayNode infos) {
    var table = new Table("collection", "status", "points", "indexed", "segments");
    for (JsonNode info : infos) {
      table.row(
          info.path("name").asString(),
          info.path("status").asString(),
          info.path("points_count").asString(""),
          info.path("indexed_vectors_count").asString(""),
          info.path("segments_count").asString(""));
    }
    return table;
  }

  @CommandLine.Command(name = "ls", description = "List the collections.")
  static final class Ls implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();

    @Override
    public Integer call() {
      return list(remote, output);
    }
  }

  @CommandLine.Command(name = "info", description = "Show state and configuration of one.")
  static final class Info implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();

    @Parameters(paramLabel = "NAME", description = "Collection or alias.")
    private String name = "";

    @Override
    public Integer call() {
      JsonNode info = remote.result("GET", "/collections/" + Remote.step(name), "");
      if (output.isJson()) {
        output.print(info);
      } else {
        var table = new Table("key", "value");
        flatten("", info, table);
        output.print(table);
      }
      return 0;
    }

    private static void flatten(String path, JsonNode node, Table table) {
      if (!node.isObject()) {
        table.row(path, node.isString() ? node.stringValue() : node);
        return;
      }
      node.properties()
          .forEach(field ->
              flatten(
                  path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                  field.getValue(),
                  table));
    }
  }

  @CommandLine.Command(
      name = "create",
      description = "Create a collection with one unnamed vector, or from a whole body.")
  static final class Create implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();

    @Parameters(paramLabel = "NAME", description = "Name of the new collection.")
    private String name = "";

    @Option(names = "--size", paramLabel = "N", description = "Components of a vector.")
    private Optional<Integer> size = Optional.empty();

    @Option(
        names = "--distance",
        paramLabel = "D",
        description = "Cosine, Dot, Euclid or Manhattan; default ${DEFAULT-VALUE}.",
        defaultValue = "Cosine")
    private String distance = "Cosine";

    @Option(
        names = "--body",
        paramLabel = "JSON",
        description = "Body of Qdrant's create call, in place of --size and --distance.")
    private Optional<String> body = Optional.empty();

    @Override
    public Integer call() {
      if (size.isPresent() == body.isPresent()) {
        throw CommandFailure.misuse("give either --size or --body");
      }
      ObjectNode simple = Remote.JSON.createObjectNode();
      simple.putObject("vectors").put("size", size.orElse(0)).put("distance", distance);
      JsonNode sent = body.map(text -> Texts.option(text, "body")).orElse(simple);
      JsonNode result = remote.result("PUT", "/collections/" + Remote.step(name), sent.toString());
      if (output.isJson()) {
        output.print(result);
      } else {
        output.print("created " + name);
      }
      return 0;
    }
  }

  @CommandLine.Command(name = "rm", description = "Remove a collection with all its points.")
  static final class Rm implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();

    @Parameters(paramLabel = "NAME", description = "Name of the collection.")
    private String name = "";

    @Option(names = "--yes", description = "Do not ask for the name again.")
    private boolean yes;

    @Override
    public Integer call() {
      if (!yes && !typedAgain()) {
        throw new CommandFailure("not removed; type the name to confirm, or use --yes");
      }
      JsonNode result = remote.result("DELETE", "/collections/" + Remote.step(name), "");
      if (output.isJson()) {
        output.print(result);
      } else {
        output.print(result.booleanValue() ? "removed " + name : "there is no collection " + name);
      }
      return result.booleanValue() ? 0 : CommandLine.ExitCode.SOFTWARE;
    }

    private boolean typedAgain() {
      java.io.Console console = System.console();
      return console != null
          && console.isTerminal()
          && name.equals(console.readLine("Type %s to remove it and all its points: ", name));
    }
  }
}
