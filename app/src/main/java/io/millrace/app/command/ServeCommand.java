package io.millrace.app.command;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;

@CommandLine.Command(
    name = "serve",
    description =
        "Start a server: REST, ingestion and index in one process. Needs no Kafka and no"
            + " configuration. Stops on SIGTERM and Ctrl-C within 10 seconds.")
final class ServeCommand implements Command {
  private final Server.Start start;
  @Mixin private ServerFlags flags = new ServerFlags();

  ServeCommand(Server.Start start) {
    this.start = start;
  }

  @Override
  public Integer call() {
    return new ServerProcess(Shape.SERVE, start).run(flags);
  }
}
