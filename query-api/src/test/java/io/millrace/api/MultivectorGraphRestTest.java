package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A collection whose multivectors get a graph, over HTTP.
class MultivectorGraphRestTest {
  private static final String C = "/collections/c";
  private static final String P = C + "/points";
  private static final int DIM = 32;
  private static final int POINTS = 3_000;
  private static final int ROWS = 6;
  private static final int TOPICS = 60;

  @TempDir Path folder;
  private Server server;
  private final SplittableRandom random = new SplittableRandom(12);
  private final double[][] centers =
      random
          .ints(TOPICS)
          .mapToObj(i -> random.doubles(DIM, -1, 1).toArray())
          .toArray(double[][]::new);

  @BeforeEach
  void start() {
    server = Server.over(folder);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private String rows(int topic, int count) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double[] center = centers[(topic + 7 * random.nextInt(4)) % TOPICS];
      List<String> row = new ArrayList<>();
      for (double component : center) {
        row.add("%.3f".formatted(component + random.nextDouble(-0.5, 0.5)));
      }
      rows.add("[" + String.join(",", row) + "]");
    }
    return "[" + String.join(",", rows) + "]";
  }

  private void upsert(int from, int to) {
    List<String> points = new ArrayList<>();
    for (int id = from; id < to; id++) {
      points.add(
          "{'id':%d,'vector':{'m':%s},'payload':{'g':%d}}"
              .formatted(id, rows(random.nextInt(TOPICS), ROWS), id % 3));
    }
    server.put(P + "?wait=true", "{'points':[" + String.join(",", points) + "]}").result();
  }

  private void awaitIndexed(String collection, int vectors) {
    long end = System.nanoTime() + 60_000_000_000L;
    JsonNode info = server.get(collection).result();
    while (!info.path("status").asString().equals("green")
        || info.path("indexed_vectors_count").intValue() != vectors) {
      assertThat(System.nanoTime()).as("%s", info).isLessThan(end);
      LockSupport.parkNanos(20_000_000);
      info = server.get(collection).result();
    }
  }

  private List<String> query(String rows, String more) {
    List<String> hits = new ArrayList<>();
    String body = "{'query':" + rows + ",'using':'m'" + more + "}";
    for (JsonNode hit : server.post(P + "/query", body).result().path("points")) {
      hits.add(hit.path("id") + "=" + hit.path("score"));
    }
    return hits;
  }

  /// Hits and scores of scans of everything.
  private void compare(String filter) {
    int found = 0;
    for (int i = 0; i < 20; i++) {
      String rows = rows(i, 5);
      List<String> exact = query(rows, filter + ",'params':{'exact':true}");
      List<String> hits = query(rows, filter);
      assertThat(hits).hasSize(10);
      found += (int) hits.stream().filter(exact::contains).count();
    }
    assertThat(found).as("of 200").isGreaterThanOrEqualTo(194);
  }

  @Test
  void multivectors_get_a_graph_that_finds_what_a_scan_finds() throws IOException {
    server
        .put(
            C,
            "{'vectors':{'m':{'size':32,'distance':'Cosine','multivector_config':"
                + "{'comparator':'max_sim'}}},'optimizers_config':{'indexing_threshold':200}}")
        .result();
    for (int from = 0; from < POINTS; from += 500) {
      upsert(from, from + 500);
    }
    awaitIndexed(C, POINTS);
    compare("");
    compare(",'filter':{'must':[{'key':'g','match':{'value':1}}]}");

    server.post(P + "/delete?wait=true", "{'filter':{'must':[{'key':'g','match':{'value':2}}]}}");
    compare("");
    assertThat(query(rows(3, 4), ",'limit':5000")).hasSize(POINTS * 2 / 3);

    server.close();
    server = Server.over(folder);
    compare("");

    String file = server.post(C + "/snapshots", null).result().path("name").asString();
    Path snapshot = folder.resolve("snapshots").toRealPath().resolve("c").resolve(file);
    server
        .put("/collections/copy/snapshots/recover", "{'location':'file://" + snapshot + "'}")
        .result();
    awaitIndexed("/collections/copy", POINTS * 2 / 3);

    server.patch(C, "{'hnsw_config':{'m':0}}").result();
    awaitIndexed(C, 0);
    compare("");
  }
}
