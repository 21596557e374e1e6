package io.millrace.app.command;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The key that a client command sends to its server: `--api-key-file`, else the variable
/// `MILLRACE_API_KEY`, else none.
public final class ApiKeyOption {
  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description =
          "File with the key to send, for servers that want one; else the variable"
              + " MILLRACE_API_KEY has it.")
  private Optional<Path> file = Optional.empty();

  private Optional<String> otherwise =
      Optional.ofNullable(System.getenv("MILLRACE_API_KEY")).map(String::strip);

  /// Made by the command line, which sets the option.
  public ApiKeyOption() {}

  /// The key of another server than the one of the options: that of a file or none. The variable's
  /// is not sent there.
  static ApiKeyOption only(Optional<Path> file) {
    ApiKeyOption key = new ApiKeyOption();
    key.file = file;
    key.otherwise = Optional.empty();
    return key;
  }

  /// The key without spaces around it. Fails when the file cannot be read.
  public Optional<String> key() {
    return file.map(
            path -> {
              try {
                return Files.readString(path).strip();
              } catch (IOException e) {
                throw new CommandFailure("--api-key-file " + path + " cannot be read", e);
              }
            })
        .or(() -> otherwise);
  }

  /// Adds the key to a request, if there is one.
  void addTo(HttpRequest.Builder request) {
    key().ifPresent(key -> request.header("api-key", key));
  }
}
