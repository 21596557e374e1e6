package io.millrace.app.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@CommandLine.Command(
    name = "dead-letters",
    description = "List, show, replay and purge refused records. Without a verb it lists them.",
    subcommands = {
      DeadLettersCommand.Show.class,
      DeadLettersCommand.Replay.class,
      DeadLettersCommand.Purge.class
    })
final class DeadLettersCommand implements Command {
  @Mixin private Remote remote = new Remote();
  @Mixin private Output output = new Output();

  @Option(
      names = {"-s", "--source"},
      paramLabel = "NAME",
      description = "Of this source only.")
  private Optional<String> source = Optional.empty();

  @Option(names = "--code", paramLabel = "CODE", description = "With this code only.")
  private Optional<String> code = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most so many, newest first; default ${DEFAULT-VALUE}.",
      defaultValue = "100")
  private int limit = 100;

  @Override
  public Integer call() {
    String query =
        "?limit="
            + limit
            + source.map(name -> "&source=" + Remote.step(name)).orElse("")
            + code.map(name -> "&code=" + Remote.step(name)).orElse("");
    JsonNode letters = remote.result("GET", "/ingest/dead-letters" + query, "");
    if (output.isJson()) {
      output.print(letters);
      return 0;
    }
    var table = new Table("id", "code", "pointer", "collection", "failed at", "message");
    letters.forEach(letter ->
        table.row(
            letter.path("id").asString(),
            letter.path("code").asString(),
            letter.path("pointer").asString(),
            letter.path("collection").asString(),
            letter.path("failed_at").asString(),
            letter.path("message").asString()));
    output.print(table);
    return 0;
  }

  /// Which letters a verb is about.
  static final class Choice {
    @Option(
        names = {"-s", "--source"},
        required = true,
        paramLabel = "NAME",
        description = "Source of the letters.")
    private String source = "";

    @Option(names = "--code", paramLabel = "CODE", description = "Those with this code.")
    private Optional<String> code = Optional.empty();

    @Option(
        names = "--limit",
        paramLabel = "N",
        description = "At most so many, newest first; default ${DEFAULT-VALUE}.",
        defaultValue = "1000")
    private int limit = 1_000;

    @Parameters(arity = "0..*", paramLabel = "ID", description = "These; default: all.")
    private List<String> ids = new ArrayList<>();

    ObjectNode body() {
      ObjectNode body = Remote.JSON.createObjectNode().put("source", source).put("limit", limit);
      code.ifPresent(name -> body.put("code", name));
      if (!ids.isEmpty()) {
        ids.forEach(body.putArray("ids")::add);
      }
      return body;
    }
  }

  @CommandLine.Command(name = "show", description = "Show one with its value.")
  static final class Show implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();

    @Parameters(paramLabel = "ID", description = "As the list shows it.")
    private String id = "";

    @Override
    public Integer call() {
      JsonNode letter = remote.result("GET", "/ingest/dead-letters/" + Remote.step(id), "");
      if (output.isJson()) {
        output.print(letter);
      } else {
        for (String field :
            List.of("id", "code", "pointer", "message", "collection", "failed_at")) {
          output.print(field + ": " + letter.path(field).asString(""));
        }
        output.print(
            new String(
                Base64.getDecoder().decode(letter.path("value_b64").asString("")),
                StandardCharsets.UTF_8));
      }
      return 0;
    }
  }

  @CommandLine.Command(
      name = "replay",
      description =
          "Try refused records again with today's configuration. Records without a version insert"
              + " missing points only, unless --force.")
  static final class Replay implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();
    @Mixin private Choice choice = new Choice();

    @Option(names = "--force", description = "Apply them all, even if that undoes newer data.")
    private boolean force;

    @Option(names = "--dry-run", description = "Only say what would happen.")
    private boolean dryRun;

    @Override
    public Integer call() {
      JsonNode done =
          remote.result(
              "POST",
              "/ingest/dead-letters/replay",
              choice
                  .body()
                  .put("mode", force ? "force" : "safe")
                  .put("dry_run", dryRun)
                  .toString());
      if (output.isJson()) {
        output.print(done);
      } else {
        var table = new Table("id", "outcome", "why");
        done.path("letters")
            .forEach(letter ->
                table.row(
                    letter.path("id").asString(),
                    letter.path("outcome").asString(),
                    letter.path("why").asString()));
        output.print(table);
      }
      return 0;
    }
  }

  @CommandLine.Command(name = "purge", description = "Show refused records no more.")
  static final class Purge implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();
    @Mixin private Choice choice = new Choice();

    @Option(names = "--yes", required = true, description = "They do not come back.")
    private boolean yes;

    @Override
    public Integer call() {
      JsonNode done =
          remote.result(
              "POST", "/ingest/dead-letters/purge", choice.body().put("confirm", yes).toString());
      if (output.isJson()) {
        output.print(done);
      } else {
        output.print("purged " + done.path("purged").asLong());
      }
      return 0;
    }
  }
}
