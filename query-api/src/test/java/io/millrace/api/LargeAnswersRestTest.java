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

  /// Two spellings of one point's id.
  private static final List<String> UUIDS =
      List.of("0d3ad4c2-3a2b-4e0b-9d0e-5a8f0c7f1b11", "0D3AD4C23A2B4E0B9D0E5A8F0C7F1B11");

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
            "{'id':%d,'vector':[%d,1],'payload':{'rank':%d,'tags':['a%d','b%d'],'of':[%d,'%s'],"
                    .formatted(
                        id, id % 7, POINTS - id, id % 5, id % 3, POINTS - id, UUIDS.get(id % 2))
                + "'text':'%s'}}".formatted((id + " ").repeat(8_000)));
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

  @Test
  void groups_have_the_hits_of_a_search_for_each() {
    List<String> tags = List.of("a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2");
    String shown = "'with_payload':true,'with_vector':true";
    String large = ",'group_by':'tags','limit':10,'group_size':60," + shown + "}";
    String few = "{%s,'filter':{'must':[{'key':'tags','match':{'value':'%s'}}]},'limit':60,%s}";
    for (List<String> route :
        List.of(
            List.of("/query/groups", "{'query':[1,0.5]", "'query':[1,0.5]"),
            List.of("/query/groups", "{'query':{'order_by':'rank'}", "'query':{'order_by':'rank'}"),
            List.of("/search/groups", "{'vector':[1,0.5]", "'query':[1,0.5]"),
            List.of(
                "/recommend/groups",
                "{'positive':[3],'negative':[1]",
                "'query':{'recommend':{'positive':[3],'negative':[1]}}"))) {
      int before = searches();
      JsonNode groups = server.post(P + route.get(0), route.get(1) + large).result().path("groups");
      // 480 hits of nearly 30 kB each.
      assertThat(searches() - before).as("reads for " + route).isGreaterThan(8);
      assertThat(points(groups).stream().map(group -> group.path("id").asString()))
          .containsExactlyInAnyOrderElementsOf(tags);
      for (JsonNode group : groups) {
        String alone = few.formatted(route.get(2), group.path("id").asString(), shown);
        assertThat(points(group.path("hits")))
            .hasSize(60)
            .isEqualTo(points(server.post(P + "/query", alone).result().path("points")));
      }
    }
  }

  @Test
  void groups_are_the_same_to_the_byte_however_they_are_read() {
    describe();
    // With so many groups asked for the answer may be large, though it is not.
    String large = "1000000000";
    for (String shown :
        List.of(
            "'with_payload':true",
            "'with_payload':['rank'],'with_vector':true",
            "'with_payload':true,'with_lookup':'d'",
            "'with_lookup':{'collection':'d','with_vectors':true,'with_payload':['x']}")) {
      for (List<String> route :
          List.of(
              List.of("/query/groups", "'query':[1,0.5]"),
              List.of("/search/groups", "'vector':[1,0.5]"),
              List.of("/recommend/groups", "'positive':[3]"))) {
        String body =
            "{%s,'filter':{'must':[{'key':'rank','range':{'lte':40}}]},'group_by':'of',"
                + "'limit':%s,'group_size':3,%s}";
        int first = searches();
        String held =
            server.post(P + route.get(0), body.formatted(route.get(1), "80", shown)).text();
        int second = searches();
        String read =
            server.post(P + route.get(0), body.formatted(route.get(1), large, shown)).text();
        // Beside the search, the matching points are counted and the hits are read.
        assertThat(searches() - second).isGreaterThanOrEqualTo(second - first + 2);
        assertThat(result(read)).isEqualTo(result(held)).contains("\"id\":\"" + UUIDS.get(1));
        assertThat(read.split("\"lookup\"", -1).length - 1)
            .as(shown)
            .isEqualTo(shown.contains("lookup") ? 32 : 0);
      }
    }
  }

  /// Without the envelope, which tells the time.
  private static String result(String text) {
    return text.substring(text.indexOf("{\"groups\""), text.lastIndexOf("]}") + 2);
  }

  /// 30 points that describe groups by rank, and one that two spellings of its id name.
  private void describe() {
    server.put("/collections/d", "{'vectors':{'size':2,'distance':'Dot'}}").result();
    List<String> points = new ArrayList<>();
    for (int id = 1; id <= 30; id++) {
      points.add("{'id':%d,'vector':[1,%d],'payload':{'x':%d,'y':1}}".formatted(id, id, id));
    }
    points.add("{'id':'%s','vector':[1,2],'payload':{'x':0}}".formatted(UUIDS.get(0)));
    server
        .put("/collections/d/points?wait=true", "{'points':[" + String.join(",", points) + "]}")
        .result();
  }

  @Test
  void points_that_describe_groups_are_read_while_they_are_sent() {
    int before = searches();
    JsonNode groups =
        server
            .post(
                P + "/query/groups",
                "{'query':[1,1],'group_by':'rank','limit':600,'group_size':1,'with_lookup':'c'}")
            .result()
            .path("groups");
    assertThat(searches() - before).isGreaterThan(12);
    assertThat(groups).hasSize(POINTS);
    for (JsonNode group : groups) {
      long rank = group.path("id").longValue();
      if (rank == POINTS) {
        assertThat(group.has("lookup")).isFalse();
      } else {
        assertThat(group.path("lookup").path("id").longValue()).isEqualTo(rank);
        assertThat(group.path("lookup").path("payload").path("rank").longValue())
            .isEqualTo(POINTS - rank);
      }
    }
  }

  @Test
  void what_is_wrong_with_groups_is_told_before_anything_is_sent() {
    describe();
    for (String wrong :
        List.of(
            "'query':[1,1,1]",
            "'query':99999",
            "'query':[1,1],'with_vector':['other']",
            "'query':[1,1],'with_lookup':'none'",
            "'query':[1,1],'with_lookup':{'collection':'d','with_vectors':['other']}")) {
      String body =
          "{" + wrong + ",'group_by':'tags','limit':%d,'group_size':60,'with_payload':true}";
      String alone = server.post(P + "/query/groups", body.formatted(3)).error();
      assertThat(alone).startsWith("40");
      assertThat(server.post(P + "/query/groups", body.formatted(10)).error()).isEqualTo(alone);
    }
  }

  /// Pieces of work that searches were so far, each chunk that was read being one.
  private int searches() {
    String name = "millrace_request_queue_seconds_count ";
    return server
        .get("/metrics")
        .text()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToInt(line -> Integer.parseInt(line.substring(name.length())))
        .sum();
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
