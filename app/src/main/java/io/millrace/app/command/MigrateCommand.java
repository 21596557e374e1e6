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
        "Copy collections from another Qdrant-compatible server, or from a GoVector file. A run"
            + " that was broken off goes on by itself. What is written to the old server meanwhile"
            + " may be missed: run it twice.",
    footer = {
      "",
      "Example: millrace migrate --from http://qdrant:6333",
      "         millrace migrate --from qdrant://qdrant:6333/products",
      "         millrace migrate --from govector:/var/lib/govector/govector.db"
    })
final class MigrateCommand implements Command {
  private static final String QDRANT = "qdrant://";
  private static final String GOVECTOR = "govector:";

  @Mixin private Remote remote = new Remote();
  @Mixin private Output output = new Output();

  @Option(
      names = "--from",
      required = true,
      paramLabel = "FROM",
      description =
          "The server to copy from, by its URL, or as qdrant://HOST:PORT, behind which /NAME means"
              + " this collection only; or govector:FILE for the database of a GoVector that is"
              + " stopped.")
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
      names = "--samples",
      paramLabel = "N",
      description =
          "Points of each collection that are compared with their copies, default"
              + " ${DEFAULT-VALUE}.",
      defaultValue = "100")
  private int samples = 100;

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description = "Where the progress is kept, default ${DEFAULT-VALUE}.",
      defaultValue = "millrace-migrate.json")
  private Path stateFile = Path.of("millrace-migrate.json");

  @Override
  public Integer call() {
    try (MigrationOrigin origin = origin()) {
      return migrate(origin);
    }
  }

  private MigrationOrigin origin() {
    if (from.startsWith(GOVECTOR)) {
      return GoVectorOrigin.open(Path.of(from.substring(GOVECTOR.length())));
    }
    try {
      URI url = from.startsWith(QDRANT) ? ofQdrant(URI.create(from)) : URI.create(from);
      return new QdrantOrigin(Remote.at(url, fromKey));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure("not a URL: " + from);
    }
  }

  /// Takes the collection, if one is named, to those that are wanted.
  private URI ofQdrant(URI url) {
    String path = url.getPath() == null ? "" : url.getPath();
    String name = path.startsWith("/") ? path.substring(1) : path;
    if (name.contains("/") || (!name.isEmpty() && !only.isEmpty())) {
      throw CommandFailure.misuse(
          "behind qdrant://HOST:PORT there may be one collection, and then no --collection: "
              + from);
    }
    if (!name.isEmpty()) {
      only.add(name);
    }
    return URI.create("http://" + url.getRawAuthority());
  }

  private int migrate(MigrationOrigin origin) {
    JobState state = new JobState(stateFile);
    ObjectNode progress =
        state.read().filter(s -> s.path("from").asString("").equals(origin.address())).orElse(null)
                instanceof ObjectNode kept
            ? kept
            : Remote.JSON.createObjectNode().put("from", origin.address());
    ArrayNode report = Remote.JSON.createArrayNode();
    boolean allThere = true;
    List<String> names = names(origin);
    for (String name : names) {
      if (!origin.create(name, remote)) {
        continue;
      }
      long points = copy(origin, name, state, progress);
      long there = PointPages.count(remote, name);
      Optional<Comparison.Result> compared = compared(origin, name);
      allThere &= there >= points && compared.map(Comparison.Result::hasLeft).orElse(true);
      ObjectNode row =
          Remote.JSON
              .createObjectNode()
              .put("collection", name)
              .put("points", points)
              .put("points_here", there)
              .put("approximate", progress.path(name).path("approximate").asLong(0));
      compared.ifPresent(result -> {
        row.set("compared", result.json());
        if (!result.hasLeft()) {
          System.err.println(
              "millrace migrate: collection "
                  + name
                  + " is not here what it is there: "
                  + result
                  + "; what was written there meanwhile may be missed: run it again");
        }
      });
      report.add(row);
    }
    origin.finish(names, remote);
    state.remove();
    if (output.isJson()) {
      output.print(report);
    } else {
      print(report);
    }
    return allThere ? 0 : CommandLine.ExitCode.SOFTWARE;
  }

  private void print(ArrayNode report) {
    var table = new Table("collection", "points there", "points here", "compared", "differing");
    report.forEach(row ->
        table.row(
            row.path("collection").asString(),
            row.path("points").asString(),
            row.path("points_here").asString(),
            row.path("compared").path("samples").asString("-"),
            differing(row.path("compared"))));
    output.print(table);
    report.forEach(row -> {
      if (row.path("approximate").asLong() > 0) {
        output.print(
            "collection "
                + row.path("collection").asString()
                + ": "
                + row.path("approximate").asLong()
                + " vectors were kept as one byte per component; their floats are approximate");
      }
    });
  }

  /// Points and searches.
  private static String differing(JsonNode compared) {
    return compared.isMissingNode()
        ? "-"
        : compared.path("samples_differing").asString()
            + " points, "
            + compared.path("searches_differing").asString()
            + " searches";
  }

  /// Empty where the other server does not let itself be asked: what is copied stays copied.
  private Optional<Comparison.Result> compared(MigrationOrigin origin, String name) {
    try {
      return origin.compare(name, remote, samples);
    } catch (CommandFailure refused) {
      System.err.println(
          "millrace migrate: collection "
              + name
              + " is compared by its count alone: "
              + refused.getMessage());
      return Optional.empty();
    }
  }

  private List<String> names(MigrationOrigin origin) {
    List<String> names = new ArrayList<>(origin.names());
    if (!only.isEmpty()) {
      for (String wanted : only) {
        if (!names.contains(wanted)) {
          throw new CommandFailure(from + " has no collection " + wanted);
        }
      }
      names.retainAll(only);
    }
    return names;
  }

  private long copy(MigrationOrigin origin, String name, JobState state, ObjectNode progress) {
    long total = origin.count(name);
    JsonNode before = progress.path(name);
    long copied = before.path("points").asLong(0);
    long approximate = before.path("approximate").asLong(0);
    if (before.path("done").booleanValue(false)) {
      return total;
    }
    Optional<String> next =
        before.has("next") ? Optional.of(before.path("next").toString()) : Optional.empty();
    try (ProgressLine line = new ProgressLine("migrate " + name, "points", total, copied)) {
      boolean more = true;
      while (more) {
        MigrationOrigin.Page page = origin.page(name, next);
        PointPages.write(remote, name, page.points());
        copied += page.points().size();
        approximate += page.approximate();
        line.at(copied);
        next = page.next();
        more = next.isPresent();
        ObjectNode now =
            Remote.JSON
                .createObjectNode()
                .put("points", copied)
                .put("approximate", approximate)
                .put("done", !more);
        next.ifPresent(offset -> now.set("next", Texts.json(offset, "offset")));
        progress.set(name, now);
        state.write(progress);
      }
    }
    return total;
  }
}
