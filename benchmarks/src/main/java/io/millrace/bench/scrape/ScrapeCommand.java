package io.millrace.bench.scrape;

import io.millrace.app.command.ApiKeyOption;
import io.millrace.app.command.Command;
import io.millrace.app.command.CommandFailure;
import io.millrace.bench.Rest;
import io.millrace.bench.ServerProcess;
import io.millrace.bench.Times;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `millrace bench-scrape`: makes collections with a few points each, scrapes `/metrics` again and
/// again, one at a time, and deletes the collections.
@CommandLine.Command(
    name = "bench-scrape",
    description = {
      "Measures how long a scrape of /metrics takes with many collections.",
      "scripts/bench scrape starts a server of its own and then this."
    })
public final class ScrapeCommand implements Command {
  private static final int POINTS = 10;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:6333",
      description = "The server, default ${DEFAULT-VALUE}.")
  private URI url = URI.create("http://127.0.0.1:6333");

  @Option(
      names = "--collections",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Collections to make, default ${DEFAULT-VALUE}.")
  private int collections = 1_000;

  @Option(
      names = "--scrapes",
      paramLabel = "N",
      defaultValue = "200",
      description = "Timed scrapes after a quarter as many to warm up, default ${DEFAULT-VALUE}.")
  private int scrapes = 200;

  @Option(
      names = "--server-pid",
      paramLabel = "PID",
      description = "The server's process on this machine, to report its processor time.")
  private Optional<Long> serverPid = Optional.empty();

  @Mixin private ApiKeyOption apiKey = new ApiKeyOption();

  @Override
  public Integer call() throws InterruptedException {
    if (collections < 0 || scrapes < 1) {
      throw CommandFailure.misuse("--collections must be 0 or more, --scrapes 1 or more");
    }
    try (Rest rest = new Rest(url, apiKey.key())) {
      for (int i = 0; i < collections; i++) {
        make(rest, path(i));
      }
      for (int i = 0; i < scrapes / 4; i++) {
        rest.text("/metrics");
      }
      long bytes = 0;
      long[] nanos = new long[scrapes];
      double before = cpuSeconds();
      for (int i = 0; i < scrapes; i++) {
        long start = System.nanoTime();
        bytes = rest.text("/metrics").length();
        nanos[i] = System.nanoTime() - start;
      }
      double cpu = cpuSeconds() - before;
      for (int i = 0; i < collections; i++) {
        rest.delete(path(i));
      }
      show(Times.of(nanos), bytes, cpu);
    }
    return 0;
  }

  private static void make(Rest rest, String path) throws InterruptedException {
    rest.delete(path);
    rest.put(path, "{\"vectors\":{\"size\":4,\"distance\":\"Dot\"}}");
    StringBuilder points = new StringBuilder();
    for (int id = 0; id < POINTS; id++) {
      points
          .append(id == 0 ? "" : ",")
          .append("{\"id\":%d,\"vector\":[%d,1,1,1]}".formatted(id, id));
    }
    rest.put(path + "/points?wait=true", "{\"points\":[" + points + "]}");
  }

  private static String path(int number) {
    return "/collections/bench-scrape-" + number;
  }

  private double cpuSeconds() {
    return serverPid.map(pid -> new ServerProcess(pid).cpuSeconds()).orElse(0.0);
  }

  private void show(Times times, long bytes, double cpu) {
    String ofServer =
        serverPid.isEmpty()
            ? ""
            : String.format(
                Locale.ROOT, ", %.1f ms of the server's processors", cpu * 1e3 / scrapes);
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%,d collections, %,d scrapes of %,d bytes:"
                + " p50 %.1f, p95 %.1f, p99 %.1f, best %.1f ms%s%n",
            collections,
            scrapes,
            bytes,
            times.percentileMillis(0.5),
            times.percentileMillis(0.95),
            times.percentileMillis(0.99),
            times.percentileMillis(0),
            ofServer);
  }
}
