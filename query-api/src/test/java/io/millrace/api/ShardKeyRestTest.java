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
    Server.Got got = method.equals("PUT") ? server.put(path, body) : server.post(path, body);
    assertThat(got.error()).isEqualTo("400 Wrong input: Shard key \"a\" not found");
    assertThat(server.post(P + "/scroll", "{'with_vector':true}").result().path("points"))
        .hasToString("[{\"id\":1,\"payload\":{},\"vector\":[1.0]}]");
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
}
