package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Shard keys: one node has none, and who asks for one shall not get everything.
class ShardKeyRestTest {
  private static final String P = "/collections/c/points";

  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server = Server.over(folder);
    server.put("/collections/c", "{'vectors':{'size':1,'distance':'Dot'}}").result();
    server.put(P + "?wait=true", "{'points':[{'id':1,'vector':[1]}]}").result();
    server.put("/collections/c/index?wait=true", "{'field_name':'k','field_schema':'keyword'}");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/points/query          | {'query':[1],'shard_key':%s}",
        "/points/query/batch    | {'searches':[{},{'shard_key':%s}]}",
        "/points/query/groups   | {'group_by':'k','shard_key':%s}",
        "/points/scroll         | {'shard_key':%s}",
        "/points/count          | {'shard_key':%s}",
        "/points                | {'ids':[1],'shard_key':%s}",
        "/points/search         | {'vector':[1],'limit':1,'shard_key':%s}",
        "/points/recommend      | {'positive':[1],'limit':1,'shard_key':%s}",
        "/points/search/groups  | {'vector':[1],'limit':1,'group_size':1,'group_by':'k','shard_key':%s}",
        "/points/search/matrix/pairs | {'shard_key':%s}",
        "/facet                 | {'key':'k','shard_key':%s}",
        "/points/query | {'query':1,'lookup_from':{'collection':'c','shard_key':%s}}",
      })
  void reads_by_a_key_are_refused(String route, String body) {
    String path = "/collections/c" + route;
    assertThat(server.post(path, body.formatted("'a'")).error())
        .isEqualTo("400 Bad request: Shard key \"a\" not found");
    assertThat(server.post(path, body.formatted("[7,'a']")).error())
        .isEqualTo("400 Bad request: Shard key 7 not found");
    assertThat(server.post(path, body.formatted("{'target':'a','fallback':8}")).error())
        .isEqualTo("404 Not found: Neither target shard key \"a\" nor fallback shard key 8 exist");
    assertThat(server.post(path, body.formatted("true")).error())
        .startsWith("400 Format error in JSON body: ");
    assertThat(server.post(path, body.formatted("null")).status()).isEqualTo(200);
    assertThat(server.post(path + "?timeout=abc", body.formatted("'a'")).error())
        .isEqualTo("400 Deserialize error in query parameters: invalid digit found in string");
    assertThat(server.post("/collections/none" + route, body.formatted("'a'")).error())
        .isEqualTo("404 Not found: Collection `none` doesn't exist!");
    limitTimeout();
    assertThat(server.post(path + "?timeout=9", body.formatted("'a'")).error())
        .startsWith("400 Bad request: Limit exceeded 9 > 1 for \"timeout\"");
  }

  private void limitTimeout() {
    server
        .patch("/collections/c", "{'strict_mode_config':{'enabled':true,'max_timeout':1}}")
        .result();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "PUT  |                 | {'points':[{'id':2,'vector':[1]}],'shard_key':'a'}",
        "PUT  | /vectors        | {'points':[{'id':1,'vector':[2]}],'shard_key':'a'}",
        "POST | /vectors/delete | {'points':[1],'vector':[''],'shard_key':'a'}",
        "POST | /payload        | {'points':[1],'payload':{'a':1},'shard_key':'a'}",
        "PUT  | /payload        | {'points':[1],'payload':{'a':1},'shard_key':'a'}",
        "POST | /payload/delete | {'points':[1],'keys':['a'],'shard_key':'a'}",
        "POST | /payload/clear  | {'points':[1],'shard_key':'a'}",
        "POST | /delete         | {'filter':{},'shard_key':'a'}",
        "POST | /batch          | {'operations':[{'delete':{'points':[1],'shard_key':'a'}}]}",
      })
  void writes_by_a_key_are_refused_and_change_nothing(String method, String route, String body) {
    String path = P + (route == null ? "" : route) + "?wait=true";
    assertThat(send(method, path, body).error())
        .isEqualTo("400 Wrong input: Shard key \"a\" not found");
    assertThat(server.post(P + "/scroll", "{'with_vector':true}").result().path("points"))
        .hasToString("[{\"id\":1,\"payload\":{},\"vector\":[1.0]}]");
    assertThat(send(method, path + "&timeout=abc", body).error())
        .isEqualTo("400 Deserialize error in query parameters: invalid digit found in string");
    assertThat(send(method, path.replace("/c/", "/none/"), body).error())
        .isEqualTo("404 Not found: Collection `none` doesn't exist!");
    limitTimeout();
    assertThat(send(method, path + "&timeout=9", body).error())
        .startsWith("400 Bad request: Limit exceeded 9 > 1 for \"timeout\"");
  }

  private Server.Got send(String method, String path, String body) {
    return method.equals("PUT") ? server.put(path, body) : server.post(path, body);
  }

  @Test
  void keys_are_listed_where_there_could_be_some() {
    assertThat(server.get("/collections/c/shards").result()).hasToString("{}");
    server
        .put("/collections/k", "{'vectors':{'size':1,'distance':'Dot'},'sharding_method':'custom'}")
        .result();
    assertThat(server.get("/collections/k/shards").result()).hasToString("{\"shard_keys\":[]}");
  }

  @Test
  void what_else_is_wrong_is_said_first_and_prefetches_have_no_key() {
    assertThat(server.post(P + "/query", "{'shard_key':'a','limit':0}").error())
        .startsWith("422 Validation error in JSON body: [internal.limit: ");
    assertThat(
            server
                .post(P + "/query", "{'prefetch':{'query':[1],'shard_key':'a'},'query':[1]}")
                .status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "query     | {'shard_key':'a'}                          | {'limit':'x'}",
        "recommend | {'limit':1,'positive':[1],'shard_key':'a'} | {'limit':'x'}",
        "recommend | {'limit':1}                                | {'limit':'x'}",
        "recommend | {'limit':0}                                | {'limit':'x'}",
        "discover  | {'limit':1,'target':1,'shard_key':'a'}     | {'limit':'x'}",
        "discover  | {'limit':1}                                | {'limit':'x'}",
      })
  void what_is_wrong_with_a_later_search_of_a_batch_is_said_first(
      String route, String first, String second) {
    String body = "{'searches':[" + first + "," + second + "]}";
    assertThat(server.post(P + "/" + route + "/batch", body).error())
        .startsWith("400 Format error in JSON body: ");
  }

  @Test
  void a_refused_read_costs_no_tokens() {
    server
        .patch("/collections/c", "{'strict_mode_config':{'enabled':true,'read_rate_limit':1}}")
        .result();
    for (int i = 0; i < 3; i++) {
      assertThat(server.post(P + "/query", "{'query':[1],'shard_key':'a'}").error())
          .isEqualTo("400 Bad request: Shard key \"a\" not found");
    }
    assertThat(server.post(P + "/query", "{'query':[1]}").status()).isEqualTo(200);
  }
}
