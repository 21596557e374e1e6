package io.millrace.app.command;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;

@CommandLine.Command(
    name = "query",
    description =
        "Start the reading half: REST over the data folder of a `millrace ingest` on this machine."
            + " Writes are passed to it; without it reads go on and writes answer 503.")
final class QueryCommand implements Command {
  private final Server.Start start;
  @Mixin private ServerFlags flags = new ServerFlags();

  QueryCommand(Server.Start start) {
    this.start = start;
  }

  @Override
  public Integer call() {
    return new ServerProcess(Shape.QUERY, start).run(flags);
  }
}
