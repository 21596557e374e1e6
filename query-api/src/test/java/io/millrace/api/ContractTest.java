package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The checker itself: it must refuse what is wrong, or every other test proves nothing.
class ContractTest {
  private static final Contract CONTRACT = new Contract();

  private static List<String> faults(String method, String path, int status, String body) {
    return CONTRACT.faults(method, path, status, "application/json", body);
  }

  @Test
  void right_answers_pass() {
    assertThat(
            faults(
                "POST",
                "/collections/c/points/query",
                200,
                "{\"result\":{\"points\":[{\"id\":1,\"version\":0,\"score\":1.5}]},"
                    + "\"status\":\"ok\",\"time\":0.1}"))
        .isEmpty();
    assertThat(faults("GET", "/collections/c", 404, "{\"status\":{\"error\":\"x\"},\"time\":0.0}"))
        .isEmpty();
  }

  @Test
  void searches_of_older_clients_have_bare_lists() {
    String hit = "{\"id\":1,\"version\":0,\"score\":1.5}";
    String list = "[" + hit + "]";
    String groups = "{\"groups\":[{\"id\":\"a\",\"hits\":" + list + "}]}";
    Map<String, String> routes =
        Map.of(
            "search", list,
            "search/batch", "[" + list + ",[]]",
            "search/groups", groups,
            "recommend", list,
            "recommend/batch", "[" + list + "]",
            "recommend/groups", groups,
            "discover", list,
            "discover/batch", "[" + list + "]");
    String answer = "{\"result\":%s,\"status\":\"ok\",\"time\":0.1}";
    routes.forEach((route, result) -> {
      String path = "/collections/c/points/" + route;
      assertThat(faults("POST", path, 200, answer.formatted(result))).as(route).isEmpty();
      for (String wrong :
          List.of("{\"points\":" + list + "}", hit, result.replace("\"score\"", "\"rank\""))) {
        assertThat(faults("POST", path, 200, answer.formatted(wrong))).as(route).isNotEmpty();
      }
      assertThat(faults("POST", path, 404, "{\"status\":{\"error\":\"x\"},\"time\":0}"))
          .as(route)
          .isEmpty();
      assertThat(faults("POST", path, 404, answer.formatted(result))).as(route).isNotEmpty();
    });
  }

  @Test
  void a_mistyped_path_or_method_is_found() {
    String ok = "{\"result\":true,\"status\":\"ok\",\"time\":0}";
    for (String path :
        List.of("/colections", "/collections/c/pionts", "/collections/c/points/a/b")) {
      assertThat(faults("GET", path, 200, ok)).as(path).isNotEmpty();
    }
    assertThat(faults("POST", "/collections/c/points/serch", 404, "")).isNotEmpty();
    assertThat(faults("PATCH", "/collections", 404, "")).isNotEmpty();
  }

  @Test
  void wrong_answers_are_found() {
    String point = "{\"result\":{\"points\":[%s]},\"status\":\"ok\",\"time\":0.1}";
    for (String hit :
        List.of(
            "{\"id\":1,\"version\":0}",
            "{\"id\":1,\"version\":0,\"score\":1,\"payload\":\"x\"}",
            "{\"id\":1,\"version\":0,\"score\":1,\"extra\":1}",
            "{\"id\":\"936DA01F-9ABD-4d9d-80c7-02af85c822a8\",\"version\":0,\"score\":1}")) {
      assertThat(faults("POST", "/collections/c/points/query", 200, point.formatted(hit)))
          .as(hit)
          .isNotEmpty();
    }
    assertThat(
            faults(
                "GET",
                "/collections/c",
                404,
                "{\"result\":null,\"status\":{\"error\":\"x\"},\"time\":0}"))
        .isNotEmpty();
    assertThat(faults("GET", "/collections", 200, "{\"status\":\"ok\",\"time\":0}")).isNotEmpty();
    assertThat(faults("GET", "/collections", 202, "{}")).isNotEmpty();
    assertThat(CONTRACT.faults("GET", "/collections", 200, "text/plain", "{}")).isNotEmpty();
  }
}
