package io.millrace.app.command;

import picocli.CommandLine;

/// A command could not do its work; the message is a sentence for the person at the terminal.
public final class CommandFailure extends RuntimeException {
  private final int exitCode;

  public CommandFailure(String message) {
    super(message);
    exitCode = CommandLine.ExitCode.SOFTWARE;
  }

  public CommandFailure(String message, Throwable cause) {
    super(message, cause);
    exitCode = CommandLine.ExitCode.SOFTWARE;
  }

  private CommandFailure(String message, int exitCode) {
    super(message);
    this.exitCode = exitCode;
  }

  /// What was asked for can never be done as it was asked for: exit code 2, as for an unknown flag.
  public static CommandFailure misuse(String message) {
    return new CommandFailure(message, CommandLine.ExitCode.USAGE);
  }

  int exitCode() {
    return exitCode;
  }
}
