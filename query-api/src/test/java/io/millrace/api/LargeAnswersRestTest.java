package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Answers of more than 8 MiB are read while they are written; they say what smaller ones do.
class LargeAnswersRestTest {
  private static final String C = "/collections/c";
  private static final String P = C + "/points";
  private static final int POINTS = 600;

  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server = Server.over(folder);
    server.put(C, "{'vectors':{'size':2,'distance':'Dot'}}").result();
    for (int first = 0; first < POINTS; first += 50) {
      List<String> points = new ArrayList<>();
      for (int id = first; id < first + 50; id++) {
        points.add(
            "{'id':%d,'vector':[%d,1],'payload':{'rank':%d,'text':'%s'}}"
                .formatted(id, id % 7, POINTS - id, (id + " ").repeat(8_000)));
      }
      server.put(P + "?wait=true", "{'points':[" + String.join(",", points) + "]}").result();
    }
    server.put(C + "/index?wait=true", "{'field_name':'rank','field_schema':'integer'}").result();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void a_query_has_the_hits_of_its_pages() {
    for (String query :
        List.of(
            "'query':[1,0.5]",
            "'query':3",
            "'query':{'order_by':'rank'}",
            "'query':{'recommend':{'positive':[1,2],'strategy':'best_score'}}",
            "'filter':{'must':[{'key':'rank','range':{'gte':50}}]}")) {
      List<JsonNode> pages = new ArrayList<>();
      for (int offset = 0; offset < POINTS; offset += 100) {
        pages.addAll(
            points(server.post(P + "/query", body(query, 100, offset)).result().path("points")));
      }
      List<JsonNode> whole =
          points(server.post(P + "/query", body(query, POINTS, 0)).result().path("points"));
      assertThat(whole).as(query).hasSizeGreaterThan(500).isEqualTo(pages);
    }
  }

  @Test
  void batches_and_older_routes_have_what_each_search_has_alone() {
    String all = "{'vector':[1,1],'limit':300,'with_payload':true,'with_vector':true}";
    String few = "{'vector':[0,1],'limit':3,'with_payload':['rank']}";
    List<JsonNode> batch =
        points(
            server
                .post(P + "/search/batch", "{'searches':[" + all + "," + few + "," + all + "]}")
                .result());
    assertThat(batch).hasSize(3);
    assertThat(batch.get(0)).isEqualTo(server.post(P + "/search", all).result()).hasSize(300);
    assertThat(batch.get(1)).isEqualTo(server.post(P + "/search", few).result()).hasSize(3);
    assertThat(batch.get(2)).isEqualTo(batch.get(0));
  }

  @Test
  void what_is_wrong_with_one_search_is_told_before_anything_is_sent() {
    String right = "{'query':[1,1],'limit':300,'with_payload':true}";
    for (String wrong :
        List.of(
            "{'query':[1,1,1],'limit':300,'with_payload':true}",
            "{'query':99999,'limit':300,'with_payload':true}",
            "{'query':[1,1],'limit':300,'with_payload':true,'with_vector':['other']}")) {
      String alone = server.post(P + "/query", wrong).error();
      assertThat(alone).startsWith("40");
      assertThat(
              server.post(P + "/query/batch", "{'searches':[" + right + "," + wrong + "]}").error())
          .isEqualTo(alone);
      assertThat(server.post(P + "/query", wrong.replace("300", "3")).error()).isEqualTo(alone);
    }
  }

  @Test
  void points_by_id_come_once_in_the_order_asked_for() {
    StringBuilder ids = new StringBuilder("7,99999,7");
    for (int id = POINTS - 1; id >= 0; id--) {
      ids.append(',').append(id);
    }
    List<JsonNode> found =
        points(server.post(P, "{'ids':[" + ids + "],'with_payload':true}").result());
    assertThat(found).hasSize(POINTS);
    assertThat(found.get(0).path("id").intValue()).isEqualTo(7);
    assertThat(found.get(1).path("id").intValue()).isEqualTo(POINTS - 1);
    assertThat(found.getLast().path("payload"))
        .isEqualTo(server.get(P + "/0").result().path("payload"));
  }

  @Test
  void searches_that_are_small_each_may_be_too_much_together() {
    String search = "{'query':[1,1],'limit':250,'with_payload':true}";
    assertThat(
            server
                .post(
                    P + "/query/batch",
                    "{'searches':[" + String.join(",", Collections.nCopies(60, search)) + "]}")
                .error())
        .startsWith("400 Bad request: The answer would hold about ");
  }

  private static String body(String query, int limit, int offset) {
    return "{%s,'limit':%d,'offset':%d,'with_payload':true,'with_vector':true}"
        .formatted(query, limit, offset);
  }

  private static List<JsonNode> points(JsonNode list) {
    List<JsonNode> points = new ArrayList<>();
    list.forEach(points::add);
    return points;
  }
}
