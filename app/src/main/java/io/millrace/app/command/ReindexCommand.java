package io.millrace.app.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A shadow collection beside the one that readers use, filled, compared and then put behind the
/// alias in one step. The old one stays for a way back.
@CommandLine.Command(
    name = "reindex",
    description =
        "Rebuild a collection with other settings into a new one, compare the counts and turn its"
            + " alias over to it. Searches never see a half-built index; the old collection stays."
            + " What is written to the alias meanwhile goes to the old one: pause the writers, or"
            + " the source that feeds it.",
    footer = {"", "Example: millrace reindex -c words --set '{\"hnsw_config\": {\"m\": 32}}'"})
final class ReindexCommand implements Command {
  private static final int PAGE = 1_000;

  @Mixin private Remote remote = new Remote();
  @Mixin private Output output = new Output();

  @Option(
      names = {"-c", "--collection"},
      required = true,
      paramLabel = "ALIAS",
      description = "Alias of the collection.")
  private String alias = "";

  @Option(
      names = "--set",
      paramLabel = "JSON",
      description = "Fields of Qdrant's create call that replace those of the old collection.")
  private Optional<String> set = Optional.empty();

  @Option(names = "--no-flip", description = "Fill and compare only; the alias stays where it is.")
  private boolean noFlip;

  @Override
  public Integer call() {
    String old = behindAlias();
    String made = freeName(old);
    JsonNode config = remote.result("GET", "/collections/" + Remote.step(old), "").path("config");
    ObjectNode body = MigrateCommand.createBody(config);
    if (set.isPresent() && Texts.json(set.get(), "--set") instanceof ObjectNode changes) {
      body.setAll(changes);
    }
    remote.result("PUT", "/collections/" + Remote.step(made), body.toString());
    long points = fill(old, made);
    long before = PointPages.count(remote, old);
    long after = PointPages.count(remote, made);
    if (before != after) {
      throw new CommandFailure(
          old
              + " has "
              + before
              + " points and "
              + made
              + " "
              + after
              + ", somebody wrote meanwhile; the alias stays, remove "
              + made
              + " and run it again");
    }
    if (!noFlip) {
      flip(old, made);
    }
    if (output.isJson()) {
      output.print(
          Remote.JSON
              .createObjectNode()
              .put("old", old)
              .put("new", made)
              .put("points", points)
              .put("flipped", !noFlip));
    } else {
      output.print(
          noFlip
              ? made + " holds the " + points + " points of " + old
              : alias + " is " + made + " now; the way back: `millrace` keeps " + old);
    }
    return 0;
  }

  private String behindAlias() {
    for (JsonNode each : remote.result("GET", "/aliases", "").path("aliases")) {
      if (each.path("alias_name").asString().equals(alias)) {
        return each.path("collection_name").asString();
      }
    }
    throw new CommandFailure(
        alias
            + " is no alias. A name cannot be turned over in one step: make an alias for the"
            + " collection, let readers and writers use it, and reindex that");
  }

  /// `words-3` behind `words-2`.
  private String freeName(String old) {
    List<String> names = new ArrayList<>();
    remote
        .result("GET", "/collections", "")
        .path("collections")
        .forEach(each -> names.add(each.path("name").asString()));
    int dash = old.lastIndexOf('-');
    String stem = old;
    int number = 1;
    try {
      number = Integer.parseInt(old, dash + 1, old.length(), 10);
      stem = dash > 0 ? old.substring(0, dash) : old;
    } catch (NumberFormatException e) {
      // it has no number yet
    }
    do {
      number++;
    } while (names.contains(stem + "-" + number));
    return stem + "-" + number;
  }

  private long fill(String old, String made) {
    long total = PointPages.count(remote, old);
    PointPages pages = new PointPages(remote, old, PAGE);
    Optional<String> next = Optional.empty();
    long points = 0;
    try (ProgressLine progress = new ProgressLine("reindex " + alias, "points", total, 0)) {
      boolean more = true;
      while (more) {
        PointPages.Page page = pages.page(next);
        PointPages.write(remote, made, page.points());
        points += page.points().size();
        progress.at(points);
        next = page.next();
        more = next.isPresent();
      }
    }
    return points;
  }

  /// One change: readers see the one collection or the other.
  private void flip(String old, String made) {
    ArrayNode actions = Remote.JSON.createArrayNode();
    actions.addObject().putObject("delete_alias").put("alias_name", alias);
    actions
        .addObject()
        .putObject("create_alias")
        .put("collection_name", made)
        .put("alias_name", alias);
    remote.result(
        "POST",
        "/collections/aliases",
        Remote.JSON.createObjectNode().set("actions", actions).toString());
  }
}
