package io.millrace.app.command;

import io.millrace.frame.RealDisk;
import io.millrace.model.Failure;
import io.millrace.snapshot.ArchiveFile;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@CommandLine.Command(
    name = "snapshot",
    description = "Take, list, fetch, check and restore snapshots.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      SnapshotCommand.Create.class,
      SnapshotCommand.Sync.class,
      SnapshotCommand.Ls.class,
      SnapshotCommand.Download.class,
      SnapshotCommand.Restore.class,
      SnapshotCommand.Verify.class,
      SnapshotCommand.Rm.class
    })
final class SnapshotCommand implements Command {
  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }

  /// Of one collection, or of everything.
  static final class Of {
    @Option(
        names = {"-c", "--collection"},
        paramLabel = "NAME",
        description = "Collection or alias.")
    private Optional<String> collection = Optional.empty();

    @Option(names = "--full", description = "Everything in one file.")
    private boolean full;

    boolean isFull() {
      return full;
    }

    Optional<String> collection() {
      return collection;
    }

    /// The collection, `""` = everything.
    String name() {
      if (collection.isPresent() == full) {
        throw CommandFailure.misuse("give either --collection or --full");
      }
      return collection.orElse("");
    }

    String path() {
      return path(name());
    }

    static String path(String name) {
      return name.isEmpty() ? "/snapshots" : "/collections/" + Remote.step(name) + "/snapshots";
    }
  }

  /// Lets the server take one, and shows how far it is.
  ///
  /// @param name the collection, `""` = everything
  static JsonNode take(Remote remote, String name) {
    return JobLine.during(
        remote, JobLine.Kind.SNAPSHOT, name, () -> remote.slow("POST", Of.path(name)));
  }

  private static Table table(JsonNode snapshots) {
    var table = new Table("snapshot", "created", "bytes", "sha256");
    for (JsonNode each : snapshots) {
      table.row(
          each.path("name").asString(),
          each.path("creation_time").asString(""),
          each.path("size").asString(),
          each.path("checksum").asString(""));
    }
    return table;
  }

  @CommandLine.Command(
      name = "create",
      description = {
        "Take a snapshot at the server, in its snapshots folder. Writes go on.",
        "With --to it is a backup in a folder or a bucket, as of `millrace backup create`."
      })
  static final class Create implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();
    @Mixin private Of of = new Of();

    @Option(names = "--all", description = "One of each collection.")
    private boolean all;

    @Option(
        names = "--to",
        paramLabel = "TARGET",
        description =
            "A folder, or s3://bucket/prefix: copy what it does not have, keep nothing at the"
                + " server.")
    private Optional<String> target = Optional.empty();

    @Option(names = "--keep", paramLabel = "N", description = "Delete all but the newest N after.")
    private Optional<Integer> keep = Optional.empty();

    @Override
    public Integer call() {
      if (keep.isPresent() && keep.get() < 1) {
        throw CommandFailure.misuse("--keep must be 1 or more");
      }
      if (target.isPresent()) {
        if (of.isFull() || of.collection().isPresent() == all) {
          throw CommandFailure.misuse("with --to give either --collection or --all");
        }
        return new BackupRound("millrace snapshot create", remote, output)
            .run(target.get(), of.collection(), keep);
      }
      List<String> names = new ArrayList<>();
      if (all) {
        for (JsonNode each : remote.result("GET", "/collections", "").path("collections")) {
          names.add(each.path("name").asString());
        }
      } else {
        names.add(of.name());
      }
      ArrayNode made = Remote.JSON.createArrayNode();
      int failed = 0;
      for (String name : names) {
        String path = Of.path(name);
        try {
          JsonNode one = take(remote, name);
          made.add(one);
          keep.ifPresent(n -> prune(path, one.path("name").asString(), n - 1));
        } catch (CommandFailure failure) { // the others get theirs
          System.err.println("millrace snapshot create: " + path + ": " + failure.getMessage());
          failed++;
        }
      }
      if (output.isJson()) {
        output.print(made);
      } else {
        output.print(table(made));
      }
      return failed == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    /// Names end with their time, but one that was just made may have got that of an older one of
    /// the same second, so it is not judged by it.
    private void prune(String path, String made, int others) {
      List<String> names = new ArrayList<>();
      for (JsonNode each : remote.result("GET", path, "")) {
        names.add(each.path("name").asString());
      }
      names.remove(made);
      names.sort(null);
      for (String old : names.subList(0, Math.max(0, names.size() - others))) {
        remote.result("DELETE", path + "/" + Remote.step(old), "");
      }
    }
  }

  @CommandLine.Command(
      name = "sync",
      description = {
        "Bring a folder or a bucket up to date: only files that are new are read and written.",
        "The same as `millrace backup create`."
      })
  static final class Sync implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();

    @Option(
        names = "--to",
        required = true,
        paramLabel = "TARGET",
        description = "A folder, or s3://bucket/prefix.")
    private String target = "";

    @Mixin private BackupRound.Scope scope = new BackupRound.Scope();

    @Override
    public Integer call() {
      return new BackupRound("millrace snapshot sync", remote, output)
          .run(target, scope.collection, scope.keep);
    }
  }

  @CommandLine.Command(name = "list", aliases = "ls", description = "List the snapshots.")
  static final class Ls implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();
    @Mixin private Of of = new Of();

    @Override
    public Integer call() {
      JsonNode found = remote.result("GET", of.path(), "");
      if (output.isJson()) {
        output.print(found);
      } else {
        output.print(table(found));
      }
      return 0;
    }
  }

  @CommandLine.Command(name = "rm", description = "Delete a snapshot at the server.")
  static final class Rm implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();
    @Mixin private Of of = new Of();

    @Parameters(paramLabel = "SNAPSHOT", description = "Its name, see list.")
    private String name = "";

    @Override
    public Integer call() {
      remote.result("DELETE", of.path() + "/" + Remote.step(name), "");
      output.print("deleted " + name);
      return 0;
    }
  }

  @CommandLine.Command(
      name = "download",
      description = "Fetch a snapshot and hold it against its checksum.")
  static final class Download implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();
    @Mixin private Of of = new Of();

    @Parameters(paramLabel = "SNAPSHOT", description = "Its name, see list.")
    private String name = "";

    @Option(names = "--to", paramLabel = "FILE", description = "Default: its name, here.")
    private Optional<Path> to = Optional.empty();

    @Override
    public Integer call() {
      String path = of.path();
      String expected = "";
      for (JsonNode each : remote.result("GET", path, "")) {
        if (each.path("name").asString().equals(name)) {
          expected = each.path("checksum").asString("");
        }
      }
      Path file = to.orElseGet(() -> Path.of(name).getFileName());
      remote.download(path + "/" + Remote.step(name), file);
      String actual = sha256(file);
      if (!expected.isEmpty() && !actual.equals(expected)) {
        throw new CommandFailure(
            file + " has the checksum " + actual + ", the server says " + expected);
      }
      output.print(file + "  " + actual);
      return 0;
    }
  }

  @CommandLine.Command(
      name = "restore",
      description = "Send a snapshot file to the server and make a collection of it.")
  static final class Restore implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();

    @Parameters(paramLabel = "FILE", description = "A file that snapshot download made.")
    private Path file = Path.of("");

    @Option(
        names = "--as",
        required = true,
        paramLabel = "NAME",
        description = "The collection; one that is there is replaced.")
    private String name = "";

    @Option(
        names = "--switch-alias",
        paramLabel = "ALIAS",
        description = "Let this alias lead to the collection afterwards.")
    private Optional<String> alias = Optional.empty();

    @Override
    public Integer call() {
      restore(remote, file, name, alias);
      output.print("restored " + name);
      return 0;
    }
  }

  /// Sends a file, its checksum with it, and lets an alias lead to what became of it.
  static void restore(Remote remote, Path file, String name, Optional<String> alias) {
    if (!Files.isRegularFile(file)) {
      throw new CommandFailure("there is no file " + file);
    }
    String path = "/collections/" + Remote.step(name) + "/snapshots/upload?checksum=";
    String checksum = sha256(file);
    JobLine.during(
        remote,
        JobLine.Kind.RESTORE,
        name,
        () -> {
          remote.upload(path + checksum, file);
          return name;
        });
    alias.ifPresent(a -> {
      ObjectNode create = Remote.JSON.createObjectNode();
      create
          .putArray("actions")
          .addObject()
          .putObject("create_alias")
          .put("collection_name", name)
          .put("alias_name", a);
      remote.result("POST", "/collections/aliases", create.toString());
    });
  }

  @CommandLine.Command(
      name = "verify",
      description = "Check a snapshot file on this machine; asks no server.")
  static final class Verify implements Command {
    @Mixin private Output output = new Output();

    @Parameters(paramLabel = "FILE", description = "The file.")
    private Path file = Path.of("");

    @Override
    public Integer call() {
      try (ArchiveFile archive = ArchiveFile.open(new RealDisk(), file, file.toString())) {
        archive.verify();
        print(archive.manifest());
        return 0;
      } catch (NoSuchFileException e) {
        throw new CommandFailure("there is no file " + file, e);
      } catch (IOException | Failure e) {
        throw new CommandFailure(String.valueOf(e.getMessage()), e);
      }
    }

    private void print(Manifest manifest) {
      ObjectNode found = Remote.JSON.createObjectNode();
      found.put("collection", manifest.fact().name());
      found.put("points", manifest.points());
      found.put("sequence", manifest.sequence());
      found.put("taken", java.time.Instant.ofEpochMilli(manifest.takenMillis()).toString());
      found.put("files", manifest.files().size());
      ArrayNode positions = found.putArray("positions");
      for (Manifest.At at : manifest.positions()) {
        positions
            .addObject()
            .put("source", at.source())
            .put("epoch", at.epoch())
            .put("stream", at.stream())
            .put("last", at.last());
      }
      if (output.isJson()) {
        output.print(found);
        return;
      }
      output.print(
          "whole: collection %s, %d points, sequence %d"
              .formatted(manifest.fact().name(), manifest.points(), manifest.sequence()));
      if (!manifest.positions().isEmpty()) {
        var table = new Table("source", "stream", "last");
        manifest.positions().forEach(at -> table.row(at.source(), at.stream(), at.last()));
        output.print(table);
      }
    }
  }

  private static String sha256(Path file) {
    try {
      return SnapshotFolder.sha256(new RealDisk(), file);
    } catch (IOException e) {
      throw new CommandFailure(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
