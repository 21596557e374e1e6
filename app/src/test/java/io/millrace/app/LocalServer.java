package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.app.command.CommandLineFactory;
import io.millrace.app.command.Server;
import io.millrace.app.command.Shape;
import io.millrace.app.config.BadConfiguration;
import io.millrace.app.config.Configuration;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A whole server in this process, and the commands that talk to it.
final class LocalServer implements AutoCloseable {
  static final JsonMapper JSON = new JsonMapper();

  private final Path yaml;
  private final String base;
  private Map<String, String> environment;
  private final int port;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Server server;

  record Ran(int exitCode, String out, String err) {
    JsonNode json() {
      assertThat(exitCode).as(err).isZero();
      return JSON.readTree(out);
    }
  }

  /// @param more further lines of the configuration file
  LocalServer(Path folder, String more) {
    this(folder, more, "", Map.of());
  }

  /// @param ofStorage further keys of the section `storage`, each behind a comma
  LocalServer(Path folder, String more, String ofStorage) {
    this(folder, more, ofStorage, Map.of());
  }

  /// @param environment keys that stand above those of the file
  LocalServer(Path folder, String more, Map<String, String> environment) {
    this(folder, more, "", environment);
  }

  private LocalServer(Path folder, String more, String ofStorage, Map<String, String> environment) {
    this.environment = environment;
    try (ServerSocket any = new ServerSocket(0)) {
      port = any.getLocalPort();
      Files.createDirectories(folder);
      base =
          """
          service: { http_port: %d }
          storage: { storage_path: %s, refresh_interval_ms: 100%s }
          """
              .formatted(port, folder.resolve("data"), ofStorage);
      yaml = Files.writeString(folder.resolve("millrace.yaml"), base + more);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start();
  }

  void start() {
    try {
      server =
          Wiring.start(
              Shape.SERVE,
              Configuration.read(Optional.of(yaml), environment, List.of()).settings());
    } catch (BadConfiguration e) {
      throw new AssertionError(e);
    }
  }

  /// Reads the configuration again, as after SIGHUP.
  ///
  /// @param more instead of the further lines so far
  void reload(String more) {
    try {
      Files.writeString(yaml, base + more);
      server.reload(Configuration.read(Optional.of(yaml), Map.of(), List.of()).settings());
    } catch (IOException | BadConfiguration e) {
      throw new AssertionError(e);
    }
  }

  void stop() {
    server.close();
  }

  void restart() {
    stop();
    start();
  }

  void restart(Map<String, String> changed) {
    environment = changed;
    restart();
  }

  /// Its data folder.
  Path data() {
    return yaml.resolveSibling("data");
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /// @param body with single quotes
  JsonNode ask(String method, String path, String body) {
    HttpResponse<String> response = send(method, path, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body()).path("result");
  }

  /// The status and the words of a refusal.
  ///
  /// @param body with single quotes
  String refusal(String method, String path, String body) {
    HttpResponse<String> response = send(method, path, body);
    assertThat(response.statusCode()).as(response.body()).isGreaterThanOrEqualTo(400);
    return response.statusCode()
        + " "
        + JSON.readTree(response.body()).path("status").path("error").asString();
  }

  /// @param body with single quotes
  /// @param headers names and values in turn
  HttpResponse<String> send(String method, String path, String body, String... headers) {
    return sendBytes(
        method, path, body.replace('\'', '"').getBytes(StandardCharsets.UTF_8), headers);
  }

  /// @param body as it is, none if empty
  HttpResponse<String> sendBytes(String method, String path, byte[] body, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return http.send(
          request
              .header("Content-Type", "application/json")
              .method(
                  method,
                  body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body))
              .build(),
          BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  void create(String collection, String settings) {
    ask("PUT", "/collections/" + collection, settings);
  }

  void alias(String alias, String collection) {
    ask(
        "POST",
        "/collections/aliases",
        "{'actions':[{'create_alias':{'collection_name':'%s','alias_name':'%s'}}]}"
            .formatted(collection, alias));
  }

  String behind(String alias) {
    for (JsonNode each : ask("GET", "/aliases", "").path("aliases")) {
      if (each.path("alias_name").asString().equals(alias)) {
        return each.path("collection_name").asString();
      }
    }
    return "";
  }

  /// Payloads by id.
  Map<String, String> points(String collection) {
    Map<String, String> points = new TreeMap<>();
    JsonNode page =
        ask(
            "POST",
            "/collections/" + collection + "/points/scroll",
            "{'limit':100000,'with_payload':true}");
    page.path("points")
        .forEach(
            point -> points.put(point.path("id").toString(), point.path("payload").toString()));
    return points;
  }

  /// Runs a command as a process would, with `--url` behind it.
  Ran run(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.add("--url");
    all.add(url());
    return runAlone(all.toArray(String[]::new));
  }

  /// Runs a command that asks no server, or another one.
  static Ran runAlone(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    CommandLine command = CommandLineFactory.create(Wiring::start);
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    int exitCode = command.execute(arguments);
    return new Ran(exitCode, out.toString(), err.toString());
  }

  @Override
  public void close() {
    server.close();
    http.close();
  }
}
