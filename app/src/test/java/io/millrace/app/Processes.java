package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Real processes of the packed distribution, `-Dmillrace.dist=FOLDER`. Tests that use it are
/// skipped where the property is absent. Closing kills what is left.
final class Processes implements AutoCloseable {
  /// What a command line begins with, so that the process hears its signals.
  private static final List<String> HEARING = hearing();

  static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final JsonMapper JSON = new JsonMapper();

  private final Path launcher;
  private final List<Running> started = new ArrayList<>();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  Processes() {
    String dist = System.getProperty("millrace.dist", "");
    assumeTrue(!dist.isEmpty(), "skipped: -Dmillrace.dist does not name a packed distribution");
    launcher = Path.of(dist).toAbsolutePath().resolve("bin").resolve("millrace");
    assertThat(launcher).isExecutable();
  }

  /// What a command printed and how it ended. stderr is without the JVM's own line.
  record Ended(int exitCode, String out, String err) {}

  record Answer(int status, JsonNode body) {
    JsonNode result() {
      assertThat(status).as(body.toString()).isEqualTo(200);
      return body.path("result");
    }

    String error() {
      return body.path("status").path("error").asString("");
    }
  }

  Ended run(String... arguments) {
    return run(Map.of(), arguments);
  }

  Ended run(Map<String, String> environment, String... arguments) {
    try {
      Path out = Files.createTempFile("millrace-out", ".txt");
      Path err = Files.createTempFile("millrace-err", ".txt");
      try {
        Process process =
            builder(environment, arguments)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError("still running: " + List.of(arguments));
        }
        return new Ended(
            process.exitValue(), Files.readString(out), withoutJvmLine(Files.readString(err)));
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Starts a server and waits for its last line of start-up. `--port 0` is added for those with
  /// REST.
  Running server(Map<String, String> environment, String... arguments) {
    Running running = start(environment, arguments);
    running.awaitLine("Ready shape=");
    return running;
  }

  Running server(String... arguments) {
    return server(Map.of(), arguments);
  }

  Running start(Map<String, String> environment, String... arguments) {
    try {
      Process process = builder(environment, arguments).redirectErrorStream(true).start();
      var running = new Running(process);
      started.add(running);
      Thread.ofVirtual().start(running::readLines);
      return running;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Under `nohup` SIGHUP is ignored, in the background SIGINT, and so in every process from there.
  private static List<String> hearing() {
    List<String> env = List.of("env", "--default-signal=HUP,INT");
    var probe = new ArrayList<String>(env);
    probe.add("true");
    try {
      return new ProcessBuilder(probe).redirectErrorStream(true).start().waitFor() == 0
          ? env
          : List.of();
    } catch (IOException e) {
      return List.of();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private ProcessBuilder builder(Map<String, String> environment, String... arguments) {
    var command = new ArrayList<String>(HEARING);
    command.add(launcher.toString());
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("QDRANT__"));
    builder.environment().put("MILLRACE_JAVA_OPTS", "-Xmx512m");
    builder.environment().putAll(environment);
    return builder;
  }

  private static String withoutJvmLine(String err) {
    var kept = new StringBuilder();
    err.lines()
        .filter(line -> !line.equals("WARNING: Using incubator modules: jdk.incubator.vector"))
        .forEach(line -> kept.append(line).append('\n'));
    return kept.toString();
  }

  static void await(String what, BooleanSupplier condition) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > until) {
        throw new AssertionError("not in time: " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  @Override
  public void close() {
    started.forEach(running -> running.process.destroyForcibly());
    http.close();
  }

  final class Running {
    private final Process process;
    private final BlockingQueue<String> unread = new LinkedBlockingQueue<>();
    private final List<String> lines = new ArrayList<>(); // the test's thread only

    private Running(Process process) {
      this.process = process;
    }

    private void readLines() {
      try (var reader =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        reader.lines().forEach(unread::add);
      } catch (IOException | UncheckedIOException gone) {
        unread.add("(output ended: " + gone.getMessage() + ")");
      }
    }

    /// The first line with `part` in it, printed already or within the patience.
    String awaitLine(String part) {
      for (String line : lines) {
        if (line.contains(part)) {
          return line;
        }
      }
      long until = System.nanoTime() + PATIENCE.toNanos();
      try {
        while (System.nanoTime() < until) {
          String line = unread.poll(100, TimeUnit.MILLISECONDS);
          if (line == null) {
            if (!process.isAlive() && unread.isEmpty()) {
              break;
            }
            continue;
          }
          lines.add(line);
          if (line.contains(part)) {
            return line;
          }
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      throw new AssertionError("no line with '" + part + "' in\n" + String.join("\n", lines));
    }

    /// What was awaited so far, so at least all up to its last line of the start.
    String output() {
      return String.join("\n", lines);
    }

    /// The address it told.
    String url() {
      for (String line : lines) {
        int at = line.indexOf("rest=");
        if (at >= 0) {
          return line.substring(at + "rest=".length(), line.indexOf(' ', at));
        }
      }
      throw new AssertionError("no address in\n" + String.join("\n", lines));
    }

    long pid() {
      return process.pid();
    }

    void signal(String name) {
      try {
        int code =
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
        assertThat(code).isZero();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    int exitCode(Duration atMost) {
      try {
        if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new AssertionError("still running after " + atMost);
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return process.exitValue();
    }

    /// `kill -9`, and waits until it is gone.
    void kill() {
      process.destroyForcibly();
      exitCode(PATIENCE);
    }

    String text(String path) {
      return send("GET", path, "").body();
    }

    int status(String path) {
      return send("GET", path, "").statusCode();
    }

    Answer call(String method, String path, String body) {
      HttpResponse<String> response = send(method, path, body);
      return new Answer(response.statusCode(), JSON.readTree(response.body()));
    }

    /// Asks without holding the answer; returns how many bytes it has.
    long bytesOf(String path, String body) {
      try {
        HttpResponse<InputStream> response =
            http.send(
                HttpRequest.newBuilder(URI.create(url() + path))
                    .timeout(PATIENCE)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(body))
                    .build(),
                BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        try (InputStream in = response.body()) {
          return in.transferTo(OutputStream.nullOutputStream());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    private HttpResponse<String> send(String method, String path, String body) {
      try {
        return http.send(
            HttpRequest.newBuilder(URI.create(url() + path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(
                    method,
                    body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
