package io.millrace.app.command;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// The root: names the subcommands.
@CommandLine.Command(
    name = "millrace",
    description =
        "Vector search fed by Kafka, files and REST, with Qdrant's API. Without a configuration "
            + "`millrace serve` starts a server on 127.0.0.1:6333.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage. `millrace COMMAND --help` tells more."
    })
final class Millrace implements Command {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }
}
