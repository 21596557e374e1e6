package io.millrace.app.command;

/// A command could not do its work; the message is a sentence for the person at the terminal.
public final class CommandFailure extends RuntimeException {
  public CommandFailure(String message) {
    super(message);
  }

  public CommandFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
