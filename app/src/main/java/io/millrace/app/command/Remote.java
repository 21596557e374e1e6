package io.millrace.app.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Mixin;
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

  /// For what copies whole collections.
  private static final Duration LONG_PATIENCE = Duration.ofHours(2);

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The server, default ${DEFAULT-VALUE}.",
      defaultValue = "http://127.0.0.1:6333")
  private URI url = URI.create("http://127.0.0.1:6333");

  @Mixin private ApiKeyOption apiKey = new ApiKeyOption();

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
    remote.apiKey = ApiKeyOption.only(apiKeyFile);
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
        request(path)
            .timeout(PATIENCE)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    HttpResponse<String> response =
        exchange(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
    return new Answer(response.statusCode(), response.body());
  }

  private <T> HttpResponse<T> exchange(
      HttpRequest.Builder request, HttpResponse.BodyHandler<T> body) {
    try {
      return http.send(request.build(), body);
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

  /// `result` of what may take long and has no body.
  JsonNode slow(String method, String path) {
    HttpResponse<String> response =
        exchange(
            request(path).timeout(LONG_PATIENCE).method(method, BodyPublishers.noBody()),
            BodyHandlers.ofString(StandardCharsets.UTF_8));
    return good(new Answer(response.statusCode(), response.body())).json().path("result");
  }

  /// Sends a file as the form field `snapshot`.
  void upload(String path, Path file) {
    String boundary = "millrace-" + java.util.UUID.randomUUID();
    try {
      HttpResponse<String> response =
          exchange(
              request(path)
                  .timeout(LONG_PATIENCE)
                  .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                  .POST(
                      BodyPublishers.concat(
                          BodyPublishers.ofString(
                              "--"
                                  + boundary
                                  + "\r\nContent-Disposition: form-data; name=\"snapshot\";"
                                  + " filename=\"upload.snapshot\"\r\n"
                                  + "Content-Type: application/octet-stream\r\n\r\n"),
                          BodyPublishers.ofFile(file),
                          BodyPublishers.ofString("\r\n--" + boundary + "--\r\n"))),
              BodyHandlers.ofString(StandardCharsets.UTF_8));
      good(new Answer(response.statusCode(), response.body()));
    } catch (java.io.FileNotFoundException e) {
      throw new CommandFailure("there is no file " + file, e);
    }
  }

  /// Writes what is there into a file; nothing is left of one that did not come whole.
  void download(String path, Path to) {
    Path part = to.resolveSibling(to.getFileName() + ".part");
    try {
      try (InputStream in = body(request(path), 200);
          OutputStream out = Files.newOutputStream(part)) {
        in.transferTo(out);
      }
      Files.move(part, to, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      try {
        Files.deleteIfExists(part);
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw new CommandFailure("the download into " + to + " failed: " + e.getMessage(), e);
    }
  }

  /// A piece of what is there.
  InputStream range(String path, long from, long bytes) throws IOException {
    return body(request(path).header("Range", "bytes=" + from + "-" + (from + bytes - 1)), 206);
  }

  private InputStream body(HttpRequest.Builder request, int expected) throws IOException {
    HttpResponse<InputStream> response =
        exchange(request.timeout(PATIENCE).GET(), BodyHandlers.ofInputStream());
    if (response.statusCode() != expected) {
      try (InputStream in = response.body()) {
        good(
            new Answer(
                response.statusCode() / 100 == 2 ? 500 : response.statusCode(),
                new String(in.readNBytes(4 << 10), StandardCharsets.UTF_8)));
      }
    }
    return response.body();
  }

  private static Answer good(Answer answer) {
    if (!answer.isGood()) {
      throw new CommandFailure(error(answer) + " (status " + answer.status() + ")");
    }
    return answer;
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(address(path));
    apiKey.addTo(request);
    return request;
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
      throw CommandFailure.misuse("not a URL: " + url);
    }
  }
}
