package io.millrace.app.command;

import java.io.PrintWriter;
import java.util.Locale;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@CommandLine.Command(
    name = "completion",
    description = "Print a completion script for a shell.",
    footer = {
      "",
      "bash: source <(millrace completion bash)",
      "zsh:  source <(millrace completion zsh)",
      "fish: millrace completion fish | source"
    })
final class CompletionCommand implements Command {
  enum Shell {
    BASH,
    ZSH,
    FISH
  }

  @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
  private Shell shell = Shell.BASH;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    CommandLine root = spec.root().commandLine();
    PrintWriter out = spec.commandLine().getOut();
    switch (shell) {
      case BASH -> out.println(AutoComplete.bash("millrace", root));
      case ZSH -> {
        out.println("autoload -U +X bashcompinit && bashcompinit");
        out.println(AutoComplete.bash("millrace", root));
      }
      case FISH -> fish(root, out);
    }
    return 0;
  }

  private static void fish(CommandLine root, PrintWriter out) {
    String commands = String.join(" ", root.getSubcommands().keySet());
    out.println("complete -c millrace -f -n '__fish_use_subcommand' -a '" + commands + "'");
    root.getSubcommands()
        .forEach((name, command) -> {
          String when = "-n '__fish_seen_subcommand_from " + name + "'";
          if (!command.getSubcommands().isEmpty()) {
            out.println(
                "complete -c millrace -f "
                    + when
                    + " -a '"
                    + String.join(" ", command.getSubcommands().keySet())
                    + "'");
          }
          for (OptionSpec option : command.getCommandSpec().options()) {
            out.println("complete -c millrace " + when + fishOption(option));
          }
        });
  }

  private static String fishOption(OptionSpec option) {
    var line = new StringBuilder();
    for (String name : option.names()) {
      line.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
    }
    if (option.arity().max() > 0) {
      line.append(" -r");
    }
    if (option.description().length > 0) {
      String about = option.description()[0].replace("'", "").replace("`", "");
      line.append(" -d '").append(String.format(Locale.ROOT, "%.60s", about)).append('\'');
    }
    return line.toString();
  }
}
