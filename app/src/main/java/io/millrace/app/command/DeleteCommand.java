package io.millrace.app.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@CommandLine.Command(
    name = "delete",
    description = "Delete points by id or by filter.",
    footer = {"", "Example: millrace delete -c words -i 17 -i 18"})
final class DeleteCommand implements Command {
  @Mixin private Remote remote = new Remote();
  @Mixin private Output output = new Output();

  @Option(
      names = {"-c", "--collection"},
      required = true,
      paramLabel = "NAME",
      description = "Collection or alias.")
  private String collection = "";

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Which which = new Which();

  private static final class Which {
    @Option(
        names = {"-i", "--id"},
        paramLabel = "ID",
        split = ",",
        description = "Id of a point; may be repeated.")
    private List<String> ids = new ArrayList<>();

    @Option(
        names = "--filter",
        paramLabel = "JSON",
        description = "Filter in Qdrant's form; {} matches every point.")
    private Optional<String> filter = Optional.empty();
  }

  @Override
  public Integer call() {
    ObjectNode body = Remote.JSON.createObjectNode();
    if (which.filter.isPresent()) {
      body.set("filter", Texts.option(which.filter.get(), "filter"));
    } else {
      ArrayNode points = body.putArray("points");
      which.ids.forEach(id -> points.add(Texts.id(id)));
    }
    JsonNode result =
        remote.result(
            "POST",
            "/collections/" + Remote.step(collection) + "/points/delete?wait=true",
            body.toString());
    if (output.isJson()) {
      output.print(result);
    } else {
      output.print("deleted");
    }
    return 0;
  }
}
