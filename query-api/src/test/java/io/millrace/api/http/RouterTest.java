package io.millrace.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.api.auth.Access;
import io.millrace.api.endpoint.Answer;
import io.millrace.api.http.Router.Route;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RouterTest {
  private static Route route(String method, String template) {
    return new Route(method, template, Access.READ, call -> Answer.result(true));
  }

  private final Router router =
      new Router(
          List.of(
              route("GET", "/"),
              route("POST", "/collections/aliases"),
              route("GET", "/collections/{name}"),
              route("PUT", "/collections/{name}/points"),
              route("GET", "/collections/{name}/points/{id}"),
              route("POST", "/collections/{name}/points/search")));

  private String found(String method, String path) {
    return router
        .find(method, path)
        .map(m -> m.route().template() + " " + m.parameters())
        .orElse("none");
  }

  @Test
  void slashes_at_the_end_and_doubled_ones_do_not_count() {
    assertThat(found("GET", "/")).isEqualTo("/ {}");
    assertThat(found("GET", "")).isEqualTo("/ {}");
    assertThat(found("GET", "//collections//a/")).isEqualTo("/collections/{name} {name=a}");
  }

  @Test
  void a_literal_segment_wins_and_a_parameter_takes_over_where_it_leads_nowhere() {
    assertThat(found("POST", "/collections/aliases")).isEqualTo("/collections/aliases {}");
    assertThat(found("GET", "/collections/aliases"))
        .isEqualTo("/collections/{name} {name=aliases}");
    assertThat(found("GET", "/collections/c/points/search"))
        .isEqualTo("/collections/{name}/points/{id} {name=c, id=search}");
  }

  @Test
  void segments_are_decoded_after_they_were_cut() {
    assertThat(found("GET", "/collections/a%2Fb%2E%2e%20%C3%A4%zz+"))
        .isEqualTo("/collections/{name} {name=a/b.. ä%zz+}");
  }

  @Test
  void unknown_paths_and_methods_lead_nowhere() {
    assertThat(found("GET", "/collections")).isEqualTo("none");
    assertThat(found("PUT", "/collections/c")).isEqualTo("none");
    assertThat(found("GET", "/collections/c/points/1/2")).isEqualTo("none");
  }

  @Test
  void of_equal_query_parameters_the_last_counts() {
    assertThat(Router.query("a=1&a=2&b&c=x%26y+z&=5"))
        .isEqualTo(Map.of("a", "2", "b", "", "c", "x&y z"));
  }

  @Test
  void two_routes_for_one_path_and_method_are_refused() {
    assertThatThrownBy(() -> new Router(List.of(route("GET", "/a"), route("GET", "/a/"))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
