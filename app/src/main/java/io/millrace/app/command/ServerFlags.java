package io.millrace.app.command;

import io.millrace.app.config.Assignment;
import io.millrace.app.config.BadConfiguration;
import io.millrace.app.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The flags of a server. Each stands for a key; everything else is set by key.
final class ServerFlags {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Configuration file. Without it ./config/millrace.yaml is used, else"
              + " /etc/millrace/millrace.yaml, where there is one.")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = {"-d", "--data-dir"},
      paramLabel = "DIR",
      description = "Data folder, default ./data. `:temp` = one that is removed at the end.")
  private Optional<String> dataDir = Optional.empty();

  @Option(names = "--host", paramLabel = "ADDRESS", description = "Address to listen on.")
  private Optional<String> host = Optional.empty();

  @Option(
      names = {"-p", "--port"},
      paramLabel = "PORT",
      description = "Port of the REST API, default 6333; 0 = any free one.")
  private Optional<String> port = Optional.empty();

  @Option(
      names = "--grpc-port",
      paramLabel = "PORT",
      description = "Kept for gRPC, which is not served yet.")
  private Optional<String> grpcPort = Optional.empty();

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = "File with the key that requests must show.")
  private Optional<Path> apiKeyFile = Optional.empty();

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description = "Kafka broker for sources that name none.")
  private Optional<String> kafka = Optional.empty();

  @Option(
      names = "--inbox",
      paramLabel = "DIR",
      description = "Folder whose files are taken in; each line names its collection.")
  private Optional<String> inbox = Optional.empty();

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description = "off, error, warn, info, debug or trace.")
  private Optional<String> logLevel = Optional.empty();

  @Option(
      names = "--recovery",
      description =
          "Open collections for reads as of their last commit: no log is replayed, no source runs,"
              + " writes are refused. For a server that does not come up otherwise.")
  private boolean recovery;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Sets any key of the configuration; lists are written as JSON.")
  private List<String> set = new ArrayList<>();

  @Option(
      names = "--check-config",
      description = "Print every value and where it comes from, then exit.")
  private boolean checkConfig;

  boolean isCheckOnly() {
    return checkConfig;
  }

  Configuration configuration() throws BadConfiguration {
    var flags = new ArrayList<Assignment>();
    dataDir.ifPresent(v -> flags.add(new Assignment("storage.storage_path", v, "--data-dir")));
    host.ifPresent(v -> flags.add(new Assignment("service.host", v, "--host")));
    port.ifPresent(v -> flags.add(new Assignment("service.http_port", v, "--port")));
    grpcPort.ifPresent(v -> flags.add(new Assignment("service.grpc_port", v, "--grpc-port")));
    logLevel.ifPresent(v -> flags.add(new Assignment("log_level", v, "--log-level")));
    if (apiKeyFile.isPresent()) {
      flags.add(new Assignment("service.api_key", key(apiKeyFile.get()), "--api-key-file"));
    }
    if (recovery) {
      flags.add(new Assignment("storage.recovery_mode", "started with --recovery", "--recovery"));
    }
    kafka.ifPresent(v -> flags.add(new Assignment("kafka.bootstrap", v, "--kafka")));
    inbox.ifPresent(v -> {
      flags.add(new Assignment("sources.inbox.type", "files", "--inbox"));
      flags.add(new Assignment("sources.inbox.path", v, "--inbox"));
      flags.add(
          new Assignment(
              "sources.inbox.bindings", "[{\"files\": [\"*\"], \"allow\": [\"*\"]}]", "--inbox"));
    });
    for (String text : set) {
      flags.add(Assignment.parse(text));
    }
    return Configuration.read(config, System.getenv(), flags);
  }

  private static String key(Path file) throws BadConfiguration {
    try {
      String key = Files.readString(file).strip();
      if (!key.isEmpty()) {
        return key;
      }
      throw new BadConfiguration(List.of("--api-key-file " + file + " is empty"));
    } catch (IOException e) {
      throw new BadConfiguration(
          List.of("--api-key-file " + file + " cannot be read: " + BadConfiguration.reason(e)));
    }
  }
}
