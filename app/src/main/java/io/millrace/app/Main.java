package io.millrace.app;

import io.millrace.app.command.CommandLineFactory;

/// Entry point of `millrace`.
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.exit(CommandLineFactory.create(Wiring::start).execute(args));
  }
}
