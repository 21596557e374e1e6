package io.millrace.app.command;

import java.io.PrintWriter;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// How a client command prints: a table for people, JSON for pipes.
final class Output {
  enum Format {
    TABLE,
    JSON
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table (on a terminal) or json (into a pipe).")
  private Optional<Format> format = Optional.empty();

  @Option(names = "--json", description = "The same as -o json.")
  private boolean json;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  boolean isJson() {
    if (json) {
      return true;
    }
    java.io.Console console = System.console();
    boolean terminal = console != null && console.isTerminal();
    return format.map(f -> f == Format.JSON).orElse(!terminal);
  }

  void print(JsonNode value) {
    out().println(value.toPrettyString());
  }

  void print(Table table) {
    table.lines().forEach(out()::println);
  }

  void print(String line) {
    out().println(line);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
