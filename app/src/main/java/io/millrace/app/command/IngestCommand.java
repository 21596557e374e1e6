package io.millrace.app.command;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;

@CommandLine.Command(
    name = "ingest",
    description =
        "Start the writing half: sources, logs and index, without REST. `millrace query` over the"
            + " same data folder serves what it writes.")
final class IngestCommand implements Command {
  private final Server.Start start;
  @Mixin private ServerFlags flags = new ServerFlags();

  IngestCommand(Server.Start start) {
    this.start = start;
  }

  @Override
  public Integer call() {
    return new ServerProcess(Shape.INGEST, start).run(flags);
  }
}
