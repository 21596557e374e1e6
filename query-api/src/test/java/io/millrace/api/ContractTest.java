package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
