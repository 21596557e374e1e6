package io.millrace.app.command;

import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@CommandLine.Command(name = "count", description = "Count the points of a collection.")
final class CountCommand implements Command {
  @Mixin private Remote remote = new Remote();
  @Mixin private Output output = new Output();

  @Option(
      names = {"-c", "--collection"},
      required = true,
      paramLabel = "NAME",
      description = "Collection or alias.")
  private String collection = "";

  @Option(names = "--filter", paramLabel = "JSON", description = "Filter in Qdrant's form.")
  private Optional<String> filter = Optional.empty();

  @Override
  public Integer call() {
    ObjectNode body = Remote.JSON.createObjectNode();
    body.put("exact", true);
    filter.ifPresent(text -> body.set("filter", Texts.option(text, "filter")));
    JsonNode result =
        remote.result(
            "POST", "/collections/" + Remote.step(collection) + "/points/count", body.toString());
    if (output.isJson()) {
      output.print(result);
    } else {
      output.print(result.path("count").asString());
    }
    return 0;
  }
}
