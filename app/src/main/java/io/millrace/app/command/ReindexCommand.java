package io.millrace.app.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
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
    description = {
      "Rebuild a collection with other settings into a new one, compare the two and turn the alias"
          + " over. Searches never see a half-built index; the old collection stays, and the alias"
          + " can be turned back to it.",
      "",
      "From a topic the new collection is filled by reading the sources of the old one again, while"
          + " these go on; they stand still for the comparison only. A run that was broken off goes"
          + " on by itself. With --from collection, what is written meanwhile goes to the old"
          + " collection only: pause the writers."
    },
    footer = {
      "",
      "Examples:",
      "  millrace reindex -c words --from earliest --set '{\"vectors\": {\"size\": 384,"
          + " \"distance\": \"Cosine\"}}'",
      "  millrace reindex -c words --from collection --set '{\"hnsw_config\": {\"m\": 32}}'"
    })
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
      names = "--from",
      paramLabel = "ORIGIN",
      description =
          "What fills the new collection, default ${DEFAULT-VALUE}: earliest or a time as"
              + " 2026-11-01T00:00:00Z (the topics from there on), snapshot (the latest one of the"
              + " old collection, then the topics), collection (the points that are there).",
      defaultValue = "collection")
  private String from = "collection";

  @Option(
      names = "--snapshot",
      paramLabel = "NAME",
      description = "Another snapshot than the latest, with --from snapshot.")
  private Optional<String> snapshot = Optional.empty();

  @Option(
      names = "--source",
      paramLabel = "NAME",
      description = "Read this source again only; may be given several times.")
  private List<String> sources = new ArrayList<>();

  @Option(
      names = "--set",
      paramLabel = "JSON",
      description = "Fields of Qdrant's create call that replace those of the old collection.")
  private Optional<String> set = Optional.empty();

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "Texts of the topics are embedded by this model, whichever the records name.")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "Points that are compared, default ${DEFAULT-VALUE}.",
      defaultValue = "100")
  private int samples = 100;

  @Option(
      names = "--accept-difference",
      description =
          "Turn the alias over although the two differ, as when points came by REST and are in no"
              + " topic.")
  private boolean acceptDifference;

  @Option(names = "--no-flip", description = "Fill and compare only; the alias stays where it is.")
  private boolean noFlip;

  @Override
  public Integer call() {
    if (model.isPresent() && (from.equals("collection") || from.equals("snapshot"))) {
      throw new CommandFailure(
          "--from "
              + from
              + " takes the vectors as they are; --model needs texts: --from earliest");
    }
    String old = behindAlias();
    return switch (from) {
      case "collection" -> copy(old);
      case "earliest" -> reread(old, "earliest");
      case "snapshot" -> reread(old, "collection");
      default -> {
        try {
          yield reread(old, Instant.parse(from).toString());
        } catch (DateTimeException e) {
          throw new CommandFailure(
              "--from is none of earliest, snapshot, collection and a time as 2026-11-01T00:00:00Z:"
                  + " "
                  + from);
        }
      }
    };
  }

  private int copy(String old) {
    String made = freeName(old);
    create(old, made);
    fill(old, made);
    Comparison.Result result = compare(old, made);
    refuse(result, 0, old, made);
    if (!noFlip) {
      flip(made);
    }
    return report(old, made, result, 0);
  }

  /// @param start of the shadows: `earliest`, a time, or `collection` behind a snapshot
  private int reread(String old, String start) {
    String begun = ShadowFill.begun(remote, alias);
    String made = begun.isEmpty() ? freeName(old) : begun;
    ShadowFill shadows = new ShadowFill(remote, alias, old, made);
    List<String> feeding = shadows.sources(sources);
    if (begun.isEmpty()) {
      if (start.equals("collection")) {
        restore(old, made);
      } else {
        create(old, made);
      }
    }
    shadows.start(feeding, start, model);
    shadows.awaitCaughtUp();
    if (noFlip) {
      output.print(
          made + " follows the topics of " + alias + "; run the command again without --no-flip");
      return 0;
    }
    Comparison.Result result;
    long apart;
    try {
      apart = shadows.meet();
      result = compare(old, made);
      refuse(result, apart, old, made);
      shadows.end();
      flip(made);
    } finally {
      shadows.resume();
    }
    return report(old, made, result, apart);
  }

  private Comparison.Result compare(String old, String made) {
    return new Comparison(new Comparison.Side(remote, old), new Comparison.Side(remote, made))
        .of(samples);
  }

  private void refuse(Comparison.Result result, long apart, String old, String made) {
    if (!acceptDifference && !result.isAlike(apart)) {
      throw new CommandFailure(
          made
              + " is not what "
              + old
              + " is: "
              + result
              + "; the alias stays. Points that came by REST or by file are in no topic, and what"
              + " is written during a copy goes to "
              + old
              + " only. --accept-difference turns the alias over nevertheless");
    }
  }

  private int report(String old, String made, Comparison.Result result, long apart) {
    if (output.isJson()) {
      output.print(
          Remote.JSON
              .createObjectNode()
              .put("old", old)
              .put("new", made)
              .put("points", result.rightPoints())
              .put("records_apart", apart)
              .put("flipped", !noFlip)
              .set("compared", result.json()));
    } else {
      output.print(
          noFlip
              ? made + " holds the " + result.rightPoints() + " points of " + old
              : alias
                  + " is "
                  + made
                  + " now ("
                  + result
                  + "); the way back: "
                  + old
                  + " is kept, turn the alias over to it");
    }
    return 0;
  }

  private void create(String old, String made) {
    JsonNode config = remote.result("GET", "/collections/" + Remote.step(old), "").path("config");
    ObjectNode body = CollectionShape.createBody(config);
    changes().ifPresent(body::setAll);
    remote.result("PUT", "/collections/" + Remote.step(made), body.toString());
    CollectionShape.copyIndexes(remote, old, remote, made);
  }

  private Optional<ObjectNode> changes() {
    return set.map(text -> {
      if (Texts.option(text, "--set") instanceof ObjectNode changes) {
        return changes;
      }
      throw CommandFailure.misuse("--set is no JSON object");
    });
  }

  /// A snapshot of the old collection under the new name. Its vectors are what they are; other
  /// settings are changed afterwards.
  private void restore(String old, String made) {
    Optional<ObjectNode> changes = changes();
    if (changes.isPresent()
        && (changes.get().has("vectors") || changes.get().has("sparse_vectors"))) {
      throw new CommandFailure(
          "the vectors of a snapshot cannot be changed; --from earliest builds them anew");
    }
    String name = snapshot.orElseGet(() -> latestSnapshot(old));
    Path file = null;
    try {
      file = Files.createTempFile("millrace-reindex-", ".snapshot");
      remote.download("/collections/" + Remote.step(old) + "/snapshots/" + Remote.step(name), file);
      SnapshotCommand.restore(remote, file, made, Optional.empty());
    } catch (IOException e) {
      throw new CommandFailure("the snapshot cannot be kept: " + e.getMessage(), e);
    } finally {
      delete(file);
    }
    changes.ifPresent(
        all -> remote.result("PATCH", "/collections/" + Remote.step(made), all.toString()));
  }

  private static void delete(@org.jspecify.annotations.Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new CommandFailure(file + " cannot be removed", e);
    }
  }

  private String latestSnapshot(String old) {
    String latest = "";
    String made = "";
    for (JsonNode each :
        remote.result("GET", "/collections/" + Remote.step(old) + "/snapshots", "")) {
      if (each.path("creation_time").asString("").compareTo(made) >= 0) {
        made = each.path("creation_time").asString("");
        latest = each.path("name").asString();
      }
    }
    if (latest.isEmpty()) {
      throw new CommandFailure(old + " has no snapshot; millrace snapshot create makes one");
    }
    return latest;
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

  private void fill(String old, String made) {
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
  }

  /// One change: readers see the one collection or the other.
  private void flip(String made) {
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
