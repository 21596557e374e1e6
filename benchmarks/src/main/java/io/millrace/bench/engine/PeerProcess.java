package io.millrace.bench.engine;

import static java.util.stream.Collectors.toSet;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `peers.py`: engines that come as Python packages, all in one process beside ours.
final class PeerProcess implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Process process;
  private final Path filters;
  private Optional<Accepted> accepted = Optional.empty(); // as it was told
  private final BufferedWriter in;
  private final BufferedReader out;

  /// @param python an interpreter that has the packages
  PeerProcess(Path python, Path script, Corpus corpus, Path scratch, MillraceEngine.Graph graph)
      throws IOException {
    Path rows = scratch.resolve("rows.f32");
    Path queries = scratch.resolve("queries.f32");
    filters = scratch.resolve("filters.u8");
    corpus.writeRows(rows);
    corpus.writeQueries(queries);
    process =
        new ProcessBuilder(
                python.toString(),
                script.toString(),
                rows.toString(),
                Integer.toString(corpus.dimension()),
                queries.toString(),
                Integer.toString(graph.m()),
                Integer.toString(graph.efConstruct()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    in =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /// Those whose package is there.
  List<Engine> engines() throws IOException {
    List<Engine> engines = new ArrayList<>();
    JsonNode list = ask("{\"list\":true}");
    Set<String> filtering =
        list.path("filtering").valueStream().map(JsonNode::stringValue).collect(toSet());
    for (JsonNode name : list.path("engines")) {
      engines.add(new Peer(name.stringValue(), filtering.contains(name.stringValue())));
    }
    return engines;
  }

  /// Those that know filters, by name; they are to be built before.
  Map<String, FilterTable.Turn> filtering(List<Engine> engines, int ef) throws IOException {
    Map<String, FilterTable.Turn> turns = new LinkedHashMap<>();
    for (Engine engine : engines) {
      if (engine instanceof Peer peer && peer.filters) {
        turns.put(peer.name, (asked, passes) -> askFiltered(peer.name, ef, asked, passes));
      }
    }
    return turns;
  }

  private Engine.Round askFiltered(String name, int ef, Accepted asked, int passes)
      throws IOException {
    if (accepted.isEmpty() || accepted.get() != asked) {
      asked.write(filters);
      ask(
          JSON.writeValueAsString(
              Map.of("accept", filters.toString(), "queries", asked.queries())));
      accepted = Optional.of(asked);
    }
    return round(ask("{\"filtered\":\"%s\",\"ef\":%d,\"passes\":%d}".formatted(name, ef, passes)));
  }

  private static Engine.Round round(JsonNode answer) {
    List<int[]> found = new ArrayList<>();
    for (JsonNode ids : answer.path("found")) {
      found.add(ids.valueStream().mapToInt(JsonNode::intValue).toArray());
    }
    return new Engine.Round(
        answer.path("cpu_us").doubleValue(),
        answer.path("wall_us").doubleValue(),
        found.toArray(int[][]::new));
  }

  private JsonNode ask(String request) throws IOException {
    in.write(request);
    in.newLine();
    in.flush();
    String line = out.readLine();
    if (line == null) {
      throw new IOException("the process of the other engines ended; its last words are above");
    }
    return JSON.readTree(line);
  }

  @Override
  public void close() {
    try {
      in.close(); // the end of its input ends it
      process.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
    }
  }

  private final class Peer implements Engine {
    private final String name;
    private final boolean filters;

    Peer(String name, boolean filters) {
      this.name = name;
      this.filters = filters;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public double build() throws IOException {
      return PeerProcess.this.ask("{\"build\":\"" + name + "\"}").path("cpu_seconds").doubleValue();
    }

    @Override
    public Round ask(int ef, int threads, int passes) throws IOException {
      return round(
          PeerProcess.this.ask(
              "{\"ask\":\"%s\",\"ef\":%d,\"threads\":%d,\"passes\":%d}"
                  .formatted(name, ef, threads, passes)));
    }

    @Override
    public void close() {}
  }
}
