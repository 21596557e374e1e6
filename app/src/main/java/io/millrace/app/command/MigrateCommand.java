package io.millrace.app.command;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Collections with their configuration, payload indexes, points and aliases. What was written is
/// remembered page by page; collections that are there keep their points and get those of the other
/// server.
@CommandLine.Command(
    name = "migrate",
    description =
        "Copy collections from another Qdrant-compatible server. A run that was broken off goes on"
            + " by itself. What is written to the old server meanwhile may be missed: run it"
            + " twice.",
    footer = {"", "Example: millrace migrate --from http://qdrant:6333"})
final class MigrateCommand implements Command {
  private static final int PAGE = 500;

  @Mixin private Remote remote = new Remote();
  @Mixin private Output output = new Output();

  @Option(
      names = "--from",
      required = true,
      paramLabel = "URL",
      description = "The server to copy from; qdrant:// means http://.")
  private String from = "";

  @Option(
      names = "--from-api-key-file",
      paramLabel = "FILE",
      description = "File with the key of that server.")
  private Optional<Path> fromKey = Optional.empty();

  @Option(
      names = {"-c", "--collection"},
      paramLabel = "NAME",
      description = "Copy this collection only; may be given several times.")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description = "Where the progress is kept, default ${DEFAULT-VALUE}.",
      defaultValue = "millrace-migrate.json")
  private Path stateFile = Path.of("millrace-migrate.json");

  @Override
  public Integer call() {
    String url = from.startsWith("qdrant://") ? "http://" + from.substring(9) : from;
    Remote old;
    try {
      old = Remote.at(URI.create(url), fromKey);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure("not a URL: " + from);
    }
    JobState state = new JobState(stateFile);
    ObjectNode progress =
        state.read().filter(s -> s.path("from").asString("").equals(url)).orElse(null)
                instanceof ObjectNode kept
            ? kept
            : Remote.JSON.createObjectNode().put("from", url);
    ArrayNode report = Remote.JSON.createArrayNode();
    boolean allThere = true;
    for (String name : names(old)) {
      create(old, name);
      long points = copy(old, name, state, progress);
      long there = PointPages.count(remote, name);
      allThere &= there >= points;
      report.add(
          Remote.JSON
              .createObjectNode()
              .put("collection", name)
              .put("points", points)
              .put("points_here", there));
    }
    aliases(old);
    state.remove();
    if (output.isJson()) {
      output.print(report);
    } else {
      var table = new Table("collection", "points there", "points here");
      report.forEach(row ->
          table.row(
              row.path("collection").asString(),
              row.path("points").asString(),
              row.path("points_here").asString()));
      output.print(table);
    }
    return allThere ? 0 : CommandLine.ExitCode.SOFTWARE;
  }

  private List<String> names(Remote old) {
    List<String> names = new ArrayList<>();
    old.result("GET", "/collections", "")
        .path("collections")
        .forEach(each -> names.add(each.path("name").asString()));
    if (!only.isEmpty()) {
      for (String wanted : only) {
        if (!names.contains(wanted)) {
          throw new CommandFailure("the server at " + old.url() + " has no collection " + wanted);
        }
      }
      names.retainAll(only);
    }
    return names;
  }

  /// As the other server has it; what this one does not know is left out rather than refused.
  private void create(Remote old, String name) {
    String path = "/collections/" + Remote.step(name);
    if (!remote.result("GET", path + "/exists", "").path("exists").booleanValue()) {
      JsonNode config = old.result("GET", path, "").path("config");
      remote.result("PUT", path, CollectionShape.createBody(config).toString());
    }
    CollectionShape.copyIndexes(old, name, remote, name);
  }

  private long copy(Remote old, String name, JobState state, ObjectNode progress) {
    long total = PointPages.count(old, name);
    JsonNode before = progress.path(name);
    long copied = before.path("points").asLong(0);
    if (before.path("done").booleanValue(false)) {
      return total;
    }
    Optional<String> next =
        before.has("next") ? Optional.of(before.path("next").toString()) : Optional.empty();
    PointPages pages = new PointPages(old, name, PAGE);
    try (ProgressLine line = new ProgressLine("migrate " + name, "points", total, copied)) {
      boolean more = true;
      while (more) {
        PointPages.Page page = pages.page(next);
        PointPages.write(remote, name, page.points());
        copied += page.points().size();
        line.at(copied);
        next = page.next();
        more = next.isPresent();
        ObjectNode now = Remote.JSON.createObjectNode().put("points", copied).put("done", !more);
        next.ifPresent(offset -> now.set("next", Texts.json(offset, "offset")));
        progress.set(name, now);
        state.write(progress);
      }
    }
    return total;
  }

  private void aliases(Remote old) {
    ArrayNode actions = Remote.JSON.createArrayNode();
    old.result("GET", "/aliases", "")
        .path("aliases")
        .forEach(alias -> {
          String collection = alias.path("collection_name").asString();
          if (only.isEmpty() || only.contains(collection)) {
            actions
                .addObject()
                .putObject("create_alias")
                .put("collection_name", collection)
                .put("alias_name", alias.path("alias_name").asString());
          }
        });
    if (!actions.isEmpty()) {
      remote.result(
          "POST",
          "/collections/aliases",
          Remote.JSON.createObjectNode().set("actions", actions).toString());
    }
  }
}
