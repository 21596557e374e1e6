package io.millrace.bench;

import io.millrace.app.command.CommandFailure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A server's REST API, as far as the demo and the benchmark need it.
public final class Rest implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final URI url;
  private final Optional<String> apiKey;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  /// A server that wants no key.
  public Rest(URI url) {
    this(url, Optional.empty());
  }

  /// @param apiKey sent with every request
  public Rest(URI url, Optional<String> apiKey) {
    this.url = url;
    this.apiKey = apiKey;
  }

  /// False while nothing listens and while the server still replays its log.
  public boolean isReady() throws InterruptedException {
    try {
      return send("GET", "/readyz", "").statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  public JsonNode get(String path) throws InterruptedException {
    return result("GET", path, "");
  }

  /// The body of what is no JSON.
  public String text(String path) throws InterruptedException {
    return body("GET", path, "");
  }

  public JsonNode put(String path, String body) throws InterruptedException {
    return result("PUT", path, body);
  }

  public JsonNode post(String path, String body) throws InterruptedException {
    return result("POST", path, body);
  }

  /// Fine if there is nothing to delete.
  public JsonNode delete(String path) throws InterruptedException {
    return result("DELETE", path, "");
  }

  /// Ids of the hits of a search in `collectionPath`, best first.
  public List<Integer> search(String collectionPath, String body) throws InterruptedException {
    List<Integer> ids = new ArrayList<>();
    post(collectionPath + "/points/search", body)
        .forEach(hit -> ids.add(hit.path("id").intValue()));
    return ids;
  }

  @Override
  public void close() {
    http.close();
  }

  private JsonNode result(String method, String path, String body) throws InterruptedException {
    String answer = body(method, path, body);
    try {
      return JSON.readTree(answer).path("result");
    } catch (JacksonException e) {
      throw new CommandFailure(method + " " + url.resolve(path) + " did not answer JSON", e);
    }
  }

  private String body(String method, String path, String body) throws InterruptedException {
    try {
      HttpResponse<String> answer = send(method, path, body);
      if (answer.statusCode() != 200) {
        throw new CommandFailure(
            method + " " + path + " answered " + answer.statusCode() + ": " + answer.body());
      }
      return answer.body();
    } catch (IOException e) {
      throw new CommandFailure(method + " " + url.resolve(path) + " failed: " + e, e);
    }
  }

  private HttpResponse<String> send(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url.resolve(path))
            .timeout(PATIENCE)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    apiKey.ifPresent(key -> request.header("api-key", key));
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }
}
