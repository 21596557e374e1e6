package io.millrace.bench.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.millrace.app.command.CommandLineFactory;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class ScrapeCommandTest {
  @Test
  void collections_are_made_scraped_and_deleted() throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          String path = exchange.getRequestURI().getPath();
          asked.add(exchange.getRequestMethod() + " " + path);
          byte[] answer =
              (path.equals("/metrics") ? "a 1\n" : "{\"result\":true}")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    var out = new StringWriter();
    try {
      int exitCode =
          CommandLineFactory.create(
                  (shape, settings) -> {
                    throw new AssertionError("no server is started");
                  })
              .setOut(new PrintWriter(out, true))
              .execute(
                  "bench-scrape",
                  "--url",
                  "http://127.0.0.1:" + server.getAddress().getPort(),
                  "--collections",
                  "2",
                  "--scrapes",
                  "4");
      assertThat(exitCode).isZero();
    } finally {
      server.stop(0);
    }

    String one = "/collections/bench-scrape-1";
    assertThat(asked)
        .containsSubsequence(
            "PUT " + one, "PUT " + one + "/points", "GET /metrics", "DELETE " + one)
        .filteredOn("GET /metrics"::equals)
        .as("one to warm up")
        .hasSize(5);
    assertThat(out.toString()).startsWith("2 collections, 4 scrapes of 4 bytes: p50 ");
  }
}
