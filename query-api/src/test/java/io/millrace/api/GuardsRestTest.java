package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.Unicode;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Requests that ask for too much, and what a collection says about itself.
class GuardsRestTest {
  private static final String C = "/collections/c";
  private static final String P = C + "/points";

  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server = Server.over(folder);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void a_url_that_is_too_long_is_told_so() {
    String long8k = "x".repeat(8_200);

    assertThat(server.get("/collections/" + long8k).error())
        .startsWith("414 The URL has ")
        .endsWith(" characters, at most 8192 are read");
    assertThat(server.get("/collections?x=" + long8k).error()).startsWith("414 ");
    assertThat(server.get("/collections?x=" + "x".repeat(8_000)).status()).isEqualTo(200);
  }

  @Test
  void json_is_read_to_a_depth_and_no_further() {
    server.put(C, "{'vectors':{'size':2,'distance':'Dot'}}").result();
    String point = "{'points':[{'id':1,'vector':[1,0],'payload':%s}]}";

    assertThat(server.put(P, point.formatted("{'a':".repeat(200) + "1" + "}".repeat(200))).error())
        .startsWith("400 Format error in JSON body: ");
    assertThat(
            server
                .put(P + "?wait=true", point.formatted("{'a':".repeat(60) + "1" + "}".repeat(60)))
                .status())
        .isEqualTo(200);
    String deep = "{'must':[".repeat(40) + "]}".repeat(40);
    assertThat(server.post(P + "/scroll", "{'filter':" + deep + "}").error())
        .startsWith("400 Bad request: Filter is nested deeper than 32 levels");
    assertThat(server.post(P + "/scroll", "{'filter':" + "[".repeat(100_000) + "}").error())
        .startsWith("400 Format error in JSON body: ");
  }

  @Test
  void a_string_may_fill_the_whole_body() {
    server.put(C, "{'vectors':{'size':2,'distance':'Dot'}}").result();
    String text = "ä".repeat(12 << 20);

    server
        .put(
            P + "?wait=true", "{'points':[{'id':1,'vector':[1,0],'payload':{'t':'" + text + "'}}]}")
        .result();

    assertThat(server.get(P + "/1").result().at("/payload/t").asString()).isEqualTo(text);
    assertThat(
            server
                .post(P + "/count", "{'filter':{'must':{'key':'t','match':{'text':'ää'}}}}")
                .result()
                .path("count")
                .intValue())
        .isEqualTo(1);
    assertThat(server.put(P, "{'points':'" + "x".repeat(33 << 20) + "'}").error())
        .isEqualTo(
            "400 JSON payload (34603021 bytes) is larger than allowed (limit: 33554432 bytes).");
  }

  @Test
  void an_answer_that_nobody_reads_is_refused_before_it_is_made() {
    server.put(C, "{'vectors':{'size':65536,'distance':'Dot'}}").result();
    String vector = "[" + "1,".repeat(65_535) + "1]";
    for (int i = 0; i < 400; i += 50) {
      StringBuilder points = new StringBuilder("{'points':[");
      for (int id = i; id < i + 50; id++) {
        points.append(id == i ? "" : ",").append("{'id':" + id + ",'vector':" + vector + "}");
      }
      server.put(P + "?wait=true", points + "]}").result();
    }

    assertThat(server.post(P + "/scroll", "{'limit':400,'with_vector':true}").error())
        .isEqualTo(
            "400 Bad request: The answer would hold about 300 MiB, at most 256 MiB are sent. Help:"
                + " Reduce the \"limit\" parameter to or below 341, or ask for less of each"
                + " point.");
    assertThat(
            server
                .post(P + "/query", "{'query':1,'limit':18446744073709551615,'with_vector':true}")
                .error())
        .startsWith("400 Bad request: The answer would hold about 300 MiB");
    assertThat(
            server
                .post(P + "/scroll", "{'limit':400,'with_vector':true,'order_by':'rank'}")
                .error())
        .startsWith("400 Bad request: The answer would hold about 300 MiB");
    assertThat(
            server
                .post(
                    P + "/query/groups",
                    "{'query':1,'group_by':'rank','limit':9999999999,'group_size':9999999999,"
                        + "'with_vector':true}")
                .error())
        .startsWith("400 Bad request: The answer would hold about 300 MiB");
    assertThat(server.post(P + "/scroll", "{'limit':18446744073709551615}").status())
        .isEqualTo(200);
    assertThat(
            server
                .post(
                    P + "/scroll",
                    "{'limit':400,'with_vector':true,'filter':{'must':[{'has_id':[1]}]}}")
                .status())
        .isEqualTo(200);
  }

  @Test
  void a_graph_is_asked_for_without_bounds_and_made_within_them() {
    server
        .put(
            C,
            "{'vectors':{'size':2,'distance':'Dot'},'optimizers_config':{'indexing_threshold':1},"
                + "'hnsw_config':{'m':1000,'ef_construct':4294967296}}")
        .result();
    for (int round = 0; round < 3; round++) {
      int first = round * 200;
      String points =
          IntStream.range(first, first + 200)
              .mapToObj(i -> "{'id':" + i + ",'vector':[" + i + ",1]}")
              .collect(Collectors.joining(","));
      server.put(P + "?wait=true", "{'points':[" + points + "]}").result();
    }
    server.patch(C, "{'hnsw_config':{'payload_m':9}}").result();
    JsonNode info = server.get(C).result();
    for (int i = 0; i < 600 && info.path("indexed_vectors_count").intValue() < 600; i++) {
      LockSupport.parkNanos(50_000_000);
      info = server.get(C).result();
    }
    assertThat(info.path("indexed_vectors_count").intValue()).isEqualTo(600);
    assertThat(info.path("status").asString()).isNotEqualTo("red");
    assertThat(info.at("/config/hnsw_config/m").intValue()).isEqualTo(1000);
  }

  @Test
  void shards_are_only_listed_and_not_without_end() {
    assertThat(server.put(C, "{'shard_number':4097}").error())
        .isEqualTo("400 Bad request: A collection has at most 4096 shards, got 4097");
    server.put(C, "{'shard_number':4096}").result();
    assertThat(server.get(C + "/cluster").result().path("local_shards")).hasSize(4096);
  }

  @Test
  void half_a_surrogate_pair_comes_neither_in_nor_out() {
    server.put(C, "{'vectors':{'size':2,'distance':'Dot'}}").result();
    for (Server.Got got :
        List.of(
            server.patch(C, "{'metadata':{'a':['x','\\ud800']}}"),
            server.post(P + "/count", "{'filter':{'must':{'has_vector':'\\udc00x'}}}"),
            server.post(P + "/query", "{'query':[1,2],'using':'\\ud83d'}"),
            server.put(C + "/index", "{'field_name':'\\ud800','field_schema':'keyword'}"),
            server.post(P + "/delete", "{'\\ud800':1}"))) {
      assertThat(got.error())
          .startsWith(
              "400 Format error in JSON body: lone leading surrogate in hex escape at line 1");
    }
    server.patch(C, "{'metadata':{'a':'\\ud83d\\ude00'}}").result();
    assertThat(server.get(C).result().at("/config/metadata/a").asString())
        .isEqualTo("\ud83d\ude00");

    String cutWithinOne = "x" + "\ud83d\ude00".repeat(60);
    assertThat(Unicode.isWellFormed(server.post(P + "/count", "'" + cutWithinOne + "'").error()))
        .isTrue();
  }

  @Test
  void metadata_is_kept_changed_key_by_key_and_echoed() {
    server
        .put(C, "{'vectors':{'size':2,'distance':'Dot'},'metadata':{'a':1,'b':{'c':[1]}}}")
        .result();
    assertThat(server.get(C).result().at("/config/metadata").toString())
        .isEqualTo("{\"a\":1,\"b\":{\"c\":[1]}}");
    server.patch(C, "{'metadata':{'a':null,'d':'x','b':{'e':2}}}").result();
    server.close();
    server = Server.over(folder);
    assertThat(server.get(C).result().at("/config/metadata").toString())
        .isEqualTo("{\"b\":{\"e\":2},\"d\":\"x\"}");
  }

  @Test
  void options_without_effect_are_warned_about() {
    server
        .put(
            C,
            "{'vectors':{'a':{'size':2,'distance':'Dot','hnsw_config':{'inline_storage':true}},"
                + "'b':{'size':2,'distance':'Dot'}}}")
        .result();
    var warnings = server.get(C).result().path("warnings");
    assertThat(warnings.size()).isEqualTo(1);
    assertThat(warnings.get(0).path("message").asString()).contains("'a'").contains("quantization");

    server.patch(C, "{'quantization_config':{'scalar':{'type':'int8'}}}").result();
    assertThat(server.get(C).result().has("warnings")).isFalse();
  }
}
