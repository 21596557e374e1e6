package io.millrace.app.command;

import io.millrace.app.config.Nearest;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@CommandLine.Command(
    name = "help",
    description = "Explain a command, as `millrace COMMAND --help` does.",
    footer = {"", "millrace help collections rm"})
final class HelpCommand implements Command {
  @Parameters(paramLabel = "COMMAND", description = "The command; none = all of them.")
  private List<String> names = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    CommandLine at = spec.root().commandLine();
    for (String name : names) {
      CommandLine next = at.getSubcommands().get(name);
      if (next == null) {
        throw new ParameterException(
            at,
            "unknown command "
                + name
                + Nearest.hint(name, List.copyOf(at.getSubcommands().keySet())));
      }
      at = next;
    }
    at.usage(spec.commandLine().getOut());
    return CommandLine.ExitCode.OK;
  }
}
