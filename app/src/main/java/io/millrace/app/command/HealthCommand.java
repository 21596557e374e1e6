package io.millrace.app.command;

import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(
    name = "health",
    description = {
      "Ask the server of this machine whether it is ready; for health checks, so it starts fast.",
      "Exit code 0 if it is, else 1."
    })
final class HealthCommand implements Command {
  @Option(
      names = {"-p", "--port"},
      paramLabel = "PORT",
      description =
          "Default: service.metrics_port, else service.http_port of the environment, else 6333.")
  private Optional<Integer> port = Optional.empty();

  @Option(names = "--host", paramLabel = "ADDRESS", description = "Default ${DEFAULT-VALUE}.")
  private String host = "127.0.0.1";

  @Option(names = "--path", paramLabel = "PATH", description = "Default ${DEFAULT-VALUE}.")
  private String path = "/readyz";

  @Override
  public Integer call() {
    int asked = port.orElseGet(() -> Integer.parseInt(Health.defaultPort(System.getenv())));
    Health.Finding finding = Health.ask(host, asked, path);
    System.out.println(finding.text());
    return finding.ok() ? 0 : CommandLine.ExitCode.SOFTWARE;
  }
}
