package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// `prevent_unoptimized` where nothing may optimize: 1 KB of rows can be seen, which is 128 points
/// of two dimensions, the others wait.
@Timeout(60)
class DeferredPointsRestTest {
  private static final String C = "/collections/c";
  private static final String P = C + "/points";

  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server = Server.over(folder);
    server
        .put(
            C,
            "{'vectors':{'size':2,'distance':'Dot'},'optimizers_config':{'indexing_threshold':1,"
                + "'prevent_unoptimized':true,'max_optimization_threads':0}}")
        .result();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void upsert(int from, int to) {
    String points =
        IntStream.rangeClosed(from, to)
            .mapToObj(id -> "{'id':" + id + ",'vector':[1," + id + "],'payload':{'n':1}}")
            .collect(Collectors.joining(","));
    server.put(P, "{'points':[" + points + "]}").result();
  }

  private int scrolled() {
    return server.post(P + "/scroll", "{'limit':1000}").result().path("points").size();
  }

  private void awaitDeferred(int points) {
    JsonNode info;
    do {
      info = server.get(C).result();
    } while (info.at("/update_queue/deferred_points").intValue() != points);
    assertThat(info.path("points_count").intValue()).isEqualTo(128);
  }

  @Test
  void points_past_the_threshold_wait_until_they_may_be_optimized() {
    upsert(1, 300);

    assertThat(scrolled()).isEqualTo(128);
    awaitDeferred(172);
    server.post(P + "/payload?wait=true", "{'payload':{'n':2},'points':[1,300]}").result();
    upsert(301, 400);
    assertThat(scrolled()).isEqualTo(128);
    assertThat(server.post(P, "{'ids':[300],'with_payload':true}").result()).isEmpty();
    awaitDeferred(272);

    server.patch(C, "{'optimizers_config':{'max_optimization_threads':'auto'}}").result();
    server.put(P + "?wait=true", "{'points':[{'id':401,'vector':[1,1]}]}").result();

    assertThat(scrolled()).isEqualTo(401);
    assertThat(
            server
                .post(P, "{'ids':[300],'with_payload':true}")
                .result()
                .at("/0/payload/n")
                .intValue())
        .isEqualTo(2);
    assertThat(server.get(C).result().at("/update_queue/deferred_points").intValue()).isZero();
  }

  @Test
  void sparse_vectors_make_no_room() {
    server
        .put(
            "/collections/s",
            "{'vectors':{'d':{'size':2,'distance':'Dot'}},'sparse_vectors':{'s':{}},"
                + "'optimizers_config':{'indexing_threshold':1,'prevent_unoptimized':true,"
                + "'max_optimization_threads':0}}")
        .result();
    for (int from = 1; from < 300; from += 100) {
      String points =
          IntStream.range(from, from + 100)
              .mapToObj(id ->
                  "{'id':%d,'vector':{'d':[1,1],'s':{'indices':[1],'values':[1]}}}".formatted(id))
              .collect(Collectors.joining(","));
      server.put("/collections/s/points?wait=true", "{'points':[" + points + "]}").result();
    }

    assertThat(
            server
                .post("/collections/s/points/scroll", "{'limit':1000}")
                .result()
                .path("points")
                .size())
        .isEqualTo(128);
  }

  @Test
  void a_new_index_shows_what_waited() {
    upsert(1, 300);
    assertThat(scrolled()).isEqualTo(128);

    server.put(C + "/index?wait=true", "{'field_name':'n','field_schema':'integer'}").result();

    assertThat(scrolled()).isEqualTo(300);
  }
}
