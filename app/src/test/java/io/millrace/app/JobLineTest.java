package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a command shows on stderr of the job it waits for.
@Timeout(60)
class JobLineTest {
  private static final String OTHERS =
      "{\"id\":7,\"kind\":\"snapshot\",\"collection\":\"c\",\"state\":\"done\",\"bytes\":5,"
          + "\"of_bytes\":5}";

  @TempDir Path folder;
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
  private final PrintStream before = System.err;
  private SlowServer server;

  /// Ends a request once it was asked for jobs twice meanwhile.
  private static final class SlowServer implements AutoCloseable {
    private final HttpServer http;
    private final CountDownLatch asked = new CountDownLatch(2);
    private final AtomicInteger begun = new AtomicInteger();
    private volatile String job = "";
    private volatile boolean refusesJobs;

    SlowServer() throws IOException {
      http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      http.createContext("/", this::serve);
      http.start();
    }

    private void serve(HttpExchange exchange) throws IOException {
      exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath();
      String result = "true";
      int status = 200;
      if (path.equals("/jobs/8")) {
        result = job.replace("400", "1000").replace("running", "done");
      } else if (path.equals("/jobs")) {
        status = refusesJobs ? 403 : 200;
        String ours = begun.get() == 0 ? "" : job + ",";
        result = "{\"jobs\":[" + ours + OTHERS + "]}";
        if (begun.get() > 0) {
          asked.countDown();
        }
      } else if (path.endsWith("/snapshots") || path.endsWith("/upload")) {
        begun.incrementAndGet();
        try {
          if (!refusesJobs) {
            asked.await();
          }
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
        result = "{\"name\":\"x.snapshot\",\"size\":1000}";
      }
      byte[] body =
          ("{\"result\":" + result + ",\"status\":\"ok\"}").getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    }

    String url() {
      return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    @Override
    public void close() {
      http.stop(0);
    }
  }

  @BeforeEach
  void start() throws IOException {
    server = new SlowServer();
    System.setErr(new PrintStream(shown, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void stop() {
    System.setErr(before);
    server.close();
  }

  private List<String> lines() {
    return shown.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private void works(String kind, String collection) {
    server.job =
        """
        {"id":8,"kind":"%s","collection":"%s","state":"running","bytes":400,"of_bytes":1000}\
        """
            .formatted(kind, collection);
  }

  @Test
  void a_snapshot_in_the_making_has_a_line_of_its_job_and_ends_with_all_of_it() {
    works("snapshot", "words-2");

    LocalServer.Ran made =
        LocalServer.runAlone("snapshot", "create", "-c", "words", "--url", server.url());

    assertThat(made.exitCode()).as(made.err()).isZero();
    assertThat(lines()).hasSize(2);
    assertThat(lines().getFirst()).startsWith("snapshot words-2: 400 bytes of 1,000 (40 %), ");
    assertThat(lines().getLast()).startsWith("snapshot words-2: 1,000 bytes of 1,000 (100 %), ");
  }

  @Test
  void a_restore_has_one_too() throws IOException {
    works("restore", "c");
    Path file = Files.write(folder.resolve("x.snapshot"), new byte[] {1, 2, 3});

    LocalServer.Ran restored =
        LocalServer.runAlone(
            "snapshot", "restore", file.toString(), "--as", "c", "--url", server.url());

    assertThat(restored.exitCode()).as(restored.err()).isZero();
    assertThat(lines().getFirst()).startsWith("restore c: 400 bytes of 1,000 (40 %), ");
  }

  @Test
  void a_server_that_tells_no_jobs_makes_its_snapshot_all_the_same() {
    works("snapshot", "c");
    server.refusesJobs = true;

    LocalServer.Ran made =
        LocalServer.runAlone("snapshot", "create", "--full", "--url", server.url());

    assertThat(made.exitCode()).as(made.err()).isZero();
    assertThat(lines()).isEmpty();
  }
}
