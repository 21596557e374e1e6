package io.millrace.app.command;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The server that a client command talks to, with its options. Every failure is a [CommandFailure]
/// that says what to do.
final class Remote {
  /// Numbers keep their digits on the way from the server to the terminal.
  static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  /// Longer than any request of ours may take at the server.
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The server, default ${DEFAULT-VALUE}.",
      defaultValue = "http://127.0.0.1:6333")
  private URI url = URI.create("http://127.0.0.1:6333");

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = "File with the key to send, for servers that want one.")
  private Optional<java.nio.file.Path> apiKeyFile = Optional.empty();

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  /// @param body JSON text, empty = none
  record Answer(int status, String body) {
    boolean isGood() {
      return status / 100 == 2;
    }

    JsonNode json() {
      try {
        return JSON.readTree(body);
      } catch (JacksonException e) {
        throw new CommandFailure("the server's answer is not JSON (status " + status + ")");
      }
    }
  }

  /// Another server than the one of the options.
  static Remote at(URI url, Optional<java.nio.file.Path> apiKeyFile) {
    Remote remote = new Remote();
    remote.url = url;
    remote.apiKeyFile = apiKeyFile;
    return remote;
  }

  URI url() {
    return url;
  }

  /// `result` of a good answer; anything else fails with the server's own words.
  JsonNode result(String method, String path, String body) {
    Answer answer = send(method, path, body);
    if (answer.isGood()) {
      return answer.json().path("result");
    }
    throw new CommandFailure(error(answer) + " (status " + answer.status() + ")");
  }

  Answer send(String method, String path, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address(path))
            .timeout(PATIENCE)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    apiKey().ifPresent(key -> request.header("api-key", key));
    try {
      HttpResponse<String> response =
          http.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
      return new Answer(response.statusCode(), response.body());
    } catch (ConnectException e) {
      throw new CommandFailure(
          "no server answers at " + url + "; start one with `millrace serve`, or name it by --url");
    } catch (HttpTimeoutException e) {
      throw new CommandFailure("the server at " + url + " did not answer in time");
    } catch (IOException e) {
      throw new CommandFailure("the connection to " + url + " failed: " + e.getMessage());
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted");
    }
  }

  /// A name as one step of a path.
  static String step(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  static String error(Answer answer) {
    try {
      JsonNode error = JSON.readTree(answer.body()).path("status").path("error");
      return error.isString() ? error.stringValue() : plain(answer);
    } catch (JacksonException notJson) {
      return plain(answer);
    }
  }

  private static String plain(Answer answer) {
    return answer.body().isBlank() ? "the server refused the request" : answer.body().strip();
  }

  private URI address(String path) {
    String base = url.toString();
    try {
      return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure("not a URL: " + url);
    }
  }

  private Optional<String> apiKey() {
    return apiKeyFile.map(file -> {
      try {
        return java.nio.file.Files.readString(file).strip();
      } catch (IOException e) {
        throw new CommandFailure("--api-key-file " + file + " cannot be read", e);
      }
    });
  }
}
