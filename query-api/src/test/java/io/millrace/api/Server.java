package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.api.http.RequestLog;
import io.millrace.collection.Collections;
import io.millrace.collection.StoreSettings;
import io.millrace.inference.Embedder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/// A server over a data folder, and a client that holds every answer against the [Contract].
public final class Server implements AutoCloseable {
  private static final Contract CONTRACT = new Contract();
  private static final JsonMapper MAPPER = new JsonMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private final Collections collections;
  private final Api api;
  private Optional<String> key = Optional.empty();

  /// @param json missing if the body is no JSON
  public record Got(int status, JsonNode json, String text, HttpHeaders headers) {
    public Optional<String> header(String name) {
      return headers.firstValue(name);
    }

    public JsonNode result() {
      assertThat(status).as(text).isEqualTo(200);
      return json.path("result");
    }

    public String error() {
      assertThat(status).as(text).isGreaterThanOrEqualTo(400);
      return status + " " + json.path("status").path("error").asString();
    }
  }

  public static Server over(Path folder) {
    return new Server(folder, ApiSettings.defaults());
  }

  public Server(Path folder, ApiSettings settings) {
    this(folder, settings, SourceControl.NONE);
  }

  public Server(Path folder, ApiSettings settings, SourceControl sources) {
    this(folder, settings, sources, Api.Host.none());
  }

  public Server(Path folder, ApiSettings settings, SourceControl sources, Api.Host host) {
    this(folder, settings, sources, host, LocalWork::new);
  }

  /// Whose work is at another process.
  Server(Path folder, WriterWork work) {
    this(folder, ApiSettings.defaults(), SourceControl.NONE, Api.Host.none(), collections -> work);
  }

  private Server(
      Path folder,
      ApiSettings settings,
      SourceControl sources,
      Api.Host host,
      Function<Collections, WriterWork> work) {
    collections = Collections.open(folder, StoreSettings.defaults());
    api =
        new Api(
            collections,
            new LocalGateway(collections),
            work.apply(collections),
            sources,
            () -> true,
            settings.withAddress("127.0.0.1", 0),
            Api.SnapshotAccess.beside(collections),
            host);
    api.start();
  }

  /// Shows this key from now on; none for an empty one.
  public Server as(String newKey) {
    key = Optional.of(newKey).filter(k -> !k.isEmpty());
    return this;
  }

  /// Texts are embedded by it from now on.
  public Server embedBy(Embedder embedder) {
    api.embedBy(embedder);
    return this;
  }

  /// Requests slower than this are slow from now on.
  public Server slowFrom(Duration slow) {
    api.logRequests(new RequestLog.Rule(RequestLog.Access.NONE, slow));
    return this;
  }

  /// What it serves.
  public Collections collections() {
    return collections;
  }

  public int port() {
    return api.port();
  }

  public Got get(String path) {
    return send("GET", path, null);
  }

  public Got delete(String path) {
    return send("DELETE", path, null);
  }

  /// Single quotes stand for double ones.
  public Got put(String path, String json) {
    return send("PUT", path, json);
  }

  public Got post(String path, String json) {
    return send("POST", path, json);
  }

  public Got patch(String path, String json) {
    return send("PATCH", path, json);
  }

  /// An answer beside Qdrant's API, of a route or a dialect that the contract does not know.
  public Got beside(String method, String path, String json) {
    return got(exchange(method, path, json));
  }

  private Got send(String method, String path, String json) {
    HttpResponse<String> response = exchange(method, path, json);
    String type = type(response);
    boolean ofTheKeyCheck =
        (response.statusCode() == 401 || response.statusCode() == 403)
            && type.equals("text/plain; charset=utf-8");
    if (!ofTheKeyCheck) {
      String plain = path.indexOf('?') < 0 ? path : path.substring(0, path.indexOf('?'));
      assertThat(CONTRACT.faults(method, plain, response.statusCode(), type, response.body()))
          .as(method + " " + path + " " + response.statusCode() + " " + response.body())
          .isEmpty();
    }
    return got(response);
  }

  private HttpResponse<String> exchange(String method, String path, String json) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.port() + path));
    key.ifPresent(k -> request.header("api-key", k));
    if (json == null) {
      request.method(method, BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", "application/json")
          .method(method, BodyPublishers.ofString(json.replace('\'', '"')));
    }
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(method + " " + path, e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Got got(HttpResponse<String> response) {
    return new Got(
        response.statusCode(),
        type(response).startsWith("application/json")
            ? MAPPER.readTree(response.body())
            : MissingNode.getInstance(),
        response.body(),
        response.headers());
  }

  private static String type(HttpResponse<String> response) {
    return response.headers().firstValue("Content-Type").orElse("");
  }

  @Override
  public void close() {
    client.close();
    api.close();
    collections.close();
  }
}
