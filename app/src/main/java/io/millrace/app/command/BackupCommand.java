package io.millrace.app.command;

import io.millrace.app.backup.BackupStore;
import io.millrace.app.backup.Backups;
import io.millrace.app.backup.Backups.Kept;
import io.millrace.app.backup.FolderStore;
import io.millrace.app.backup.S3Store;
import io.millrace.model.Failure;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;

@CommandLine.Command(
    name = "backup",
    description =
        "Keep backups in a folder or a bucket; each one adds only what changed since the last.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      BackupCommand.Create.class,
      BackupCommand.Ls.class,
      BackupCommand.Verify.class,
      BackupCommand.Restore.class
    })
final class BackupCommand implements Command {
  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }

  static BackupStore store(String target) {
    try {
      return target.startsWith("s3://")
          ? S3Store.open(target, System.getenv())
          : new FolderStore(Path.of(target));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  /// The exit code after what went wrong with some was told.
  ///
  /// @param command its words on the command line
  static int told(String command, List<String> faults) {
    faults.forEach(fault -> System.err.println(command + ": " + fault));
    return faults.isEmpty() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  interface Work {
    int run() throws IOException;
  }

  static int with(String folder, Work work) {
    try {
      return work.run();
    } catch (IOException | Failure e) {
      throw new CommandFailure("the backups in " + folder + ": " + e.getMessage(), e);
    }
  }

  @CommandLine.Command(
      name = "create",
      description = "Take a snapshot, copy what the folder does not have, delete the snapshot.")
  static final class Create implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();

    @Parameters(paramLabel = "TARGET", description = "A folder, or s3://bucket/prefix.")
    private String folder = "";

    @Mixin private BackupRound.Scope scope = new BackupRound.Scope();

    @Override
    public Integer call() {
      return new BackupRound("millrace backup create", remote, output)
          .run(folder, scope.collection, scope.keep);
    }
  }

  @CommandLine.Command(name = "list", aliases = "ls", description = "List the backups.")
  static final class Ls implements Command {
    @Mixin private Output output = new Output();

    @Parameters(paramLabel = "TARGET", description = "A folder, or s3://bucket/prefix.")
    private String folder = "";

    @Override
    public Integer call() {
      return with(
          folder,
          () -> {
            ArrayNode all = Remote.JSON.createArrayNode();
            var table = new Table("collection", "time", "points", "sequence");
            Backups.Listing listing = new Backups(store(folder)).list();
            for (Kept kept : listing.kept()) {
              String name = kept.manifest().fact().name();
              table.row(name, kept.time(), kept.manifest().points(), kept.manifest().sequence());
              all.addObject()
                  .put("collection", name)
                  .put("time", kept.time())
                  .put("points", kept.manifest().points())
                  .put("sequence", kept.manifest().sequence());
            }
            if (output.isJson()) {
              output.print(all);
            } else {
              output.print(table);
            }
            return told("millrace backup list", listing.unreadable());
          });
    }
  }

  @CommandLine.Command(
      name = "verify",
      description = "Read every backup and hold each file against its checksum.")
  static final class Verify implements Command {
    @Mixin private Output output = new Output();

    @Parameters(paramLabel = "TARGET", description = "A folder, or s3://bucket/prefix.")
    private String folder = "";

    @Override
    public Integer call() {
      return with(
          folder,
          () -> {
            Backups backups = new Backups(store(folder));
            Backups.Listing listing = backups.list();
            listing.unreadable().forEach(output::print);
            int bad = listing.unreadable().size();
            List<Kept> all = listing.kept();
            for (Kept kept : all) {
              for (String fault : backups.verify(kept)) {
                output.print(kept.folder() + " " + kept.time() + ": " + fault);
                bad++;
              }
            }
            output.print(all.size() + " backups, " + (bad == 0 ? "all whole" : bad + " faults"));
            return bad == 0 ? 0 : CommandLine.ExitCode.SOFTWARE;
          });
    }
  }

  @CommandLine.Command(
      name = "restore",
      description = "Make a collection of a backup; what is served meanwhile stays as it is.")
  static final class Restore implements Command {
    @Mixin private Remote remote = new Remote();
    @Mixin private Output output = new Output();

    @Parameters(paramLabel = "TARGET", description = "A folder, or s3://bucket/prefix.")
    private String folder = "";

    @Option(
        names = {"-c", "--collection"},
        required = true,
        paramLabel = "NAME",
        description = "What it is a backup of.")
    private String collection = "";

    @Option(names = "--at", paramLabel = "TIME", description = "See list; default: the newest.")
    private Optional<String> at = Optional.empty();

    @Option(names = "--as", required = true, paramLabel = "NAME", description = "The collection.")
    private String name = "";

    @Option(
        names = "--switch-alias",
        paramLabel = "ALIAS",
        description = "Let this alias lead to the collection afterwards.")
    private Optional<String> alias = Optional.empty();

    @Override
    public Integer call() {
      return with(
          folder,
          () -> {
            Backups backups = new Backups(store(folder));
            Kept kept =
                backups.list().kept().stream()
                    .filter(each -> each.manifest().fact().name().equals(collection))
                    .filter(each -> at.isEmpty() || each.time().equals(at.get()))
                    .reduce((older, newer) -> newer)
                    .orElseThrow(() ->
                        new CommandFailure(
                            "there is no backup of "
                                + collection
                                + at.map(time -> " at " + time).orElse("")));
            Path file = Files.createTempFile("millrace-restore-", ".snapshot");
            try {
              try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
                backups.assemble(kept, out);
              }
              SnapshotCommand.restore(remote, file, name, alias);
            } finally {
              Files.deleteIfExists(file);
            }
            output.print("restored " + name + " from " + kept.time());
            return 0;
          });
    }
  }
}
