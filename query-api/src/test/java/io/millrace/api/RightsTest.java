package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.api.auth.TestTokens;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What each kind of key and token may do over REST.
class RightsTest {
  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server =
        new Server(
            folder,
            ApiSettings.defaults()
                .withKeys(
                    new ApiSettings.Keys(
                        Optional.of("full"), Optional.of("other"), Optional.of("look"), true)));
    for (String name : new String[] {"mine", "yours"}) {
      server
          .as("full")
          .put("/collections/" + name, "{'vectors':{'size':1,'distance':'Dot'}}")
          .result();
    }
    server
        .put(
            "/collections/mine/points?wait=true",
            "{'points':[{'id':1,'vector':[1],'payload':{'user':'ann'}}]}")
        .result();
    server
        .post(
            "/collections/aliases",
            "{'actions':[{'create_alias':{'collection_name':'yours','alias_name':'a'}}]}")
        .result();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static String token(String claims) {
    return TestTokens.signed("full", claims);
  }

  @Test
  void only_the_root_and_the_probes_are_open() {
    server.as("");
    for (String open : new String[] {"/", "/healthz", "/livez", "/readyz"}) {
      assertThat(server.get(open).status()).as(open).isEqualTo(200);
    }
    assertThat(server.beside("GET", "/health", null).status()).isEqualTo(200);
    for (String closed : new String[] {"/collections", "/metrics", "/telemetry", "/nothing"}) {
      assertThat(server.get(closed).status()).as(closed).isEqualTo(401);
    }
    assertThat(server.as("look").beside("GET", "/nothing", null).status()).isEqualTo(404);
  }

  @Test
  void a_read_only_key_reads_everything_and_changes_nothing() {
    server.as("look");
    assertThat(server.get("/collections").result().path("collections").size()).isEqualTo(2);
    assertThat(
            server.post("/collections/mine/points/count", "{}").result().path("count").intValue())
        .isEqualTo(1);
    String forbidden = "403 Forbidden: Global manage access is required";
    assertThat(server.put("/collections/mine/points", "{'points':[{'id':1,'vector':[1]}]}").error())
        .isEqualTo(forbidden);
    assertThat(server.put("/collections/new", "{}").error()).isEqualTo(forbidden);
    assertThat(server.put("/collections/mine/index", "{'field_name':'a'}").error())
        .isEqualTo(forbidden);
    assertThat(server.delete("/issues").error()).isEqualTo(forbidden);
    assertThat(server.put("/quotas", "{}").error()).isEqualTo(forbidden);
    assertThat(server.get("/quotas").status()).isEqualTo(200);
    assertThat(server.post("/cluster/recover", null).error()).isEqualTo(forbidden);
  }

  @Test
  void a_token_of_one_collection_sees_that_one() {
    server.as(token("{'access':[{'collection':'mine','access':'rw'}]}"));
    assertThat(server.get("/collections").result().path("collections").toString())
        .isEqualTo("[{\"name\":\"mine\"}]");
    assertThat(server.get("/aliases").result().path("aliases").isEmpty()).isTrue();
    assertThat(server.get("/collections/mine").status()).isEqualTo(200);
    assertThat(server.get("/collections/yours").error())
        .isEqualTo("403 Forbidden: Access to collection yours is required");
    assertThat(server.get("/metrics").error())
        .isEqualTo("403 Forbidden: Global access is required");
    JsonNode told = server.get("/telemetry?details_level=2").result();
    assertThat(told.propertyNames())
        .containsExactlyInAnyOrder("id", "app", "collections", "hardware");
    assertThat(told.path("collections").path("number_of_collections").asInt()).isEqualTo(1);
    assertThat(told.path("collections").path("collections").findValuesAsString("id"))
        .containsExactly("mine");
    server
        .put("/collections/mine/index?wait=true", "{'field_name':'user','field_schema':'keyword'}")
        .result();
    server
        .put("/collections/mine/vectors/more?wait=true", "{'dense':{'size':2,'distance':'Dot'}}")
        .result();
    assertThat(server.delete("/collections/mine").error())
        .isEqualTo("403 Forbidden: Global access is required");
  }

  @Test
  void a_token_for_points_neither_sees_nor_makes_snapshots() {
    String only = "403 Forbidden: Only points access is allowed for collection mine";
    server.as(token("{'access':[{'collection':'mine','access':'prw'}]}"));
    server.put("/collections/mine/points", "{'points':[{'id':2,'vector':[1]}]}").result();
    assertThat(server.get("/collections/mine/snapshots").error()).isEqualTo(only);
    assertThat(server.post("/collections/mine/snapshots", null).error()).isEqualTo(only);
    assertThat(server.put("/collections/mine/index", "{'field_name':'a'}").error()).isEqualTo(only);
    assertThat(server.delete("/collections/mine/vectors/more").error()).isEqualTo(only);
    server.as(token("{'access':[{'collection':'mine','access':'r'}]}"));
    assertThat(server.get("/collections/mine/snapshots").result().isEmpty()).isTrue();
    assertThat(server.post("/collections/mine/snapshots", null).error())
        .isEqualTo("403 Forbidden: Write access to collection mine is required");
  }

  @Test
  void a_query_looks_up_vectors_only_where_its_sender_may_read() {
    server.as(token("{'access':[{'collection':'mine','access':'r'}]}"));
    String query = "{'query':1,'lookup_from':{'collection':'%s'}}";
    String refused = "403 Forbidden: Access to collection yours is required";
    assertThat(server.post("/collections/mine/points/query", query.formatted("mine")).status())
        .isEqualTo(200);
    assertThat(server.post("/collections/mine/points/query", query.formatted("yours")).error())
        .isEqualTo(refused);
    assertThat(
            server
                .post(
                    "/collections/mine/points/query",
                    "{'prefetch':{'query':1,'lookup_from':{'collection':'yours'}},'query':[1]}")
                .error())
        .isEqualTo(refused);
    assertThat(
            server
                .post(
                    "/collections/mine/points/query/groups",
                    "{'query':[1],'group_by':'user','with_lookup':'yours'}")
                .error())
        .isEqualTo(refused);
  }

  @Test
  void a_token_may_depend_on_a_point() {
    String claims =
        "{'access':'r','value_exists':{'collection':'mine','matches':[{'key':'user','value':'%s'}]}}";
    assertThat(server.as(token(claims.formatted("ann"))).get("/collections/mine").status())
        .isEqualTo(200);
    Server.Got refused = server.as(token(claims.formatted("bob"))).get("/collections/mine");
    assertThat(refused.status() + " " + refused.text())
        .isEqualTo("401 Invalid JWT, stateful validation failed");
  }

  @Test
  void a_query_reads_no_collection_that_the_token_does_not_open() {
    server.as(token("{'access':[{'collection':'mine','access':'r'}]}"));
    String points = "/collections/mine/points";
    assertThat(server.post(points + "/query", "{'query':[1]}").status()).isEqualTo(200);
    String foreign = "'lookup_from':{'collection':'yours'}";
    for (String query :
        new String[] {
          "{'query':1," + foreign + "}",
          "{'query':[1],'prefetch':{'prefetch':{'query':1," + foreign + "},'query':[1]}}"
        }) {
      assertThat(server.post(points + "/query", query).error())
          .isEqualTo("403 Forbidden: Access to collection yours is required");
    }
    assertThat(
            server
                .post(
                    points + "/query/groups",
                    "{'query':[1],'group_by':'user','with_lookup':'yours'}")
                .error())
        .isEqualTo("403 Forbidden: Access to collection yours is required");
  }
}
