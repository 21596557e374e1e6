package io.millrace.app.command;

import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@CommandLine.Command(
    name = "search",
    description = "Find the points nearest to a vector.",
    footer = {"", "Example: millrace search -c words -v '[0.1, 0.2, 0.3]' -l 5"})
final class SearchCommand implements Command {
  @Mixin private Remote remote = new Remote();
  @Mixin private Output output = new Output();

  @Option(
      names = {"-c", "--collection"},
      required = true,
      paramLabel = "NAME",
      description = "Collection or alias.")
  private String collection = "";

  @Option(
      names = {"-v", "--vector"},
      required = true,
      paramLabel = "VECTOR",
      description = "JSON list or numbers with commas; - reads it from stdin.")
  private String vector = "";

  @Option(
      names = {"-l", "--limit"},
      paramLabel = "N",
      description = "Most hits, default ${DEFAULT-VALUE}.",
      defaultValue = "10")
  private long limit;

  @Option(names = "--using", paramLabel = "NAME", description = "Name of the vector to search.")
  private Optional<String> using = Optional.empty();

  @Option(names = "--filter", paramLabel = "JSON", description = "Filter in Qdrant's form.")
  private Optional<String> filter = Optional.empty();

  @Option(names = "--exact", description = "Compare with every point.")
  private boolean exact;

  @Option(names = "--ef", paramLabel = "N", description = "Candidates kept during the search.")
  private Optional<Integer> ef = Optional.empty();

  @Option(names = "--with-vector", description = "Return vectors too.")
  private boolean withVector;

  @Override
  public Integer call() {
    ObjectNode body = Remote.JSON.createObjectNode();
    body.set("query", Texts.vector(vector));
    body.put("limit", limit);
    body.put("with_payload", true);
    body.put("with_vector", withVector);
    using.ifPresent(name -> body.put("using", name));
    filter.ifPresent(text -> body.set("filter", Texts.option(text, "filter")));
    ObjectNode params = Remote.JSON.createObjectNode();
    params.put("exact", exact);
    ef.ifPresent(n -> params.put("hnsw_ef", n));
    body.set("params", params);
    JsonNode result =
        remote.result(
            "POST", "/collections/" + Remote.step(collection) + "/points/query", body.toString());
    if (output.isJson()) {
      output.print(result);
      return 0;
    }
    var table = new Table("id", "score", "payload");
    for (JsonNode hit : result.path("points")) {
      table.row(
          hit.path("id").asString(),
          String.format(Locale.ROOT, "%.6f", hit.path("score").doubleValue()),
          hit.has("payload") ? hit.path("payload") : "");
    }
    output.print(table);
    return 0;
  }
}
