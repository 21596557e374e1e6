package io.millrace.app.command;

import io.millrace.app.config.Nearest;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// The command line with all its subcommands. Mistakes are answered by one sentence and exit code
/// 2, failures by one sentence and exit code 1; a stack trace is never shown.
public final class CommandLineFactory {
  private CommandLineFactory() {}

  public static CommandLine create(Server.Start start) {
    var root = new CommandLine(new Millrace());
    for (Command command : commands(start)) {
      root.addSubcommand(command);
    }
    root.setExecutionStrategy(new CommandLine.RunLast());
    root.setParameterExceptionHandler((mistake, args) -> explain(mistake));
    root.setExecutionExceptionHandler((failure, at, parsed) -> report(failure, at));
    root.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    root.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    for (CommandLine command : everyCommand(root)) {
      command.getCommandSpec().mixinStandardHelpOptions(true);
      command.getCommandSpec().versionProvider(() -> new String[] {"millrace " + version()});
      command.setUsageHelpWidth(100);
      command.setUsageHelpLongOptionsMaxWidth(30);
      command.setCaseInsensitiveEnumValuesAllowed(true);
      command.setAbbreviatedOptionsAllowed(false);
      // Else `-hnsw=true` is `-h` with a rest, and help ends with 0.
      command.setPosixClusteredShortOptionsAllowed(false);
    }
    return root;
  }

  public static String version() {
    String packaged = CommandLineFactory.class.getPackage().getImplementationVersion();
    return packaged == null ? "development" : packaged;
  }

  private static List<Command> commands(Server.Start start) {
    var commands = new ArrayList<Command>();
    commands.add(new ServeCommand(start));
    commands.add(new IngestCommand(start));
    commands.add(new QueryCommand(start));
    commands.add(new StatusCommand());
    commands.add(new HealthCommand());
    commands.add(new DoctorCommand());
    commands.add(new CollectionsCommand());
    commands.add(new UpsertCommand());
    commands.add(new SearchCommand());
    commands.add(new CountCommand());
    commands.add(new DeleteCommand());
    commands.add(new DeadLettersCommand());
    commands.add(new ImportCommand());
    commands.add(new ExportCommand());
    commands.add(new MigrateCommand());
    commands.add(new ReindexCommand());
    commands.add(new SnapshotCommand());
    commands.add(new BackupCommand());
    commands.addAll(commandsOfOtherJars());
    commands.add(new CompletionCommand());
    commands.add(new HelpCommand());
    return commands;
  }

  /// One that cannot be loaded is told and left out: it must not take the server with it.
  private static List<Command> commandsOfOtherJars() {
    var found = new ArrayList<Command>();
    Iterator<Command> commands = ServiceLoader.load(Command.class).iterator();
    while (true) {
      try {
        if (!commands.hasNext()) {
          return found;
        }
        found.add(commands.next());
      } catch (ServiceConfigurationError broken) {
        System.err.println("millrace: a command is left out: " + broken.getMessage());
      }
    }
  }

  static List<CommandLine> everyCommand(CommandLine root) {
    var all = new ArrayList<CommandLine>();
    all.add(root);
    root.getSubcommands().values().forEach(sub -> all.addAll(everyCommand(sub)));
    return all;
  }

  private static int explain(ParameterException mistake) {
    CommandLine at = mistake.getCommandLine();
    String name = at.getCommandSpec().qualifiedName();
    PrintWriter err = at.getErr();
    err.println(name + ": " + sentence(mistake));
    err.println("See `" + name + " --help`.");
    return CommandLine.ExitCode.USAGE;
  }

  private static String sentence(ParameterException mistake) {
    if (mistake instanceof UnmatchedArgumentException unmatched
        && !unmatched.getUnmatched().isEmpty()) {
      return unmatched(mistake.getCommandLine(), unmatched.getUnmatched().getFirst());
    }
    if (mistake.getCause() instanceof picocli.CommandLine.TypeConversionException cause) {
      return String.valueOf(cause.getMessage());
    }
    return String.valueOf(mistake.getMessage());
  }

  private static String unmatched(CommandLine at, String argument) {
    if (!argument.startsWith("-")) {
      var commands = new ArrayList<>(at.getSubcommands().keySet());
      return commands.isEmpty()
          ? "unexpected argument " + argument
          : "unknown command " + argument + Nearest.hint(argument, commands);
    }
    int equals = argument.indexOf('=');
    String option = equals < 0 ? argument : argument.substring(0, equals);
    if (option.equals("--hnsw") || option.equals("-hnsw")) {
      return option
          + " is no option of the server: each collection has its own graph, set by hnsw_config"
          + " when it is created";
    }
    var names = new ArrayList<String>();
    for (OptionSpec known : at.getCommandSpec().options()) {
      names.addAll(List.of(known.names()));
    }
    return "unknown option " + option + Nearest.hint(option, names);
  }

  private static int report(Exception failure, CommandLine at) {
    String name = at.getCommandSpec().qualifiedName();
    at.getErr().println(name + ": " + reason(failure));
    return failure instanceof CommandFailure told ? told.exitCode() : CommandLine.ExitCode.SOFTWARE;
  }

  private static String reason(Exception failure) {
    String message = failure.getMessage();
    return failure instanceof CommandFailure && message != null
        ? message
        : failure.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }
}
