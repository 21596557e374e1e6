package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Sparse vectors, multivectors, datatypes and vectors that come and go, over HTTP.
class VectorKindsTest {
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

  private void create(String config) {
    assertThat(server.put(C, config).result().booleanValue()).isTrue();
  }

  private void upsert(String points) {
    assertThat(server.put(P + "?wait=true", "{'points':" + points + "}").result().path("status"))
        .hasToString("\"completed\"");
  }

  private JsonNode point(int id) {
    return server.get(P + "/" + id).result().path("vector");
  }

  private List<String> query(String body) {
    List<String> hits = new ArrayList<>();
    for (JsonNode hit : server.post(P + "/query", body).result().path("points")) {
      hits.add(hit.path("id") + "=" + hit.path("score"));
    }
    return hits;
  }

  private String params() {
    return server.get(C).result().path("config").path("params").toString().replace('"', '\'');
  }

  @Test
  void a_sparse_vector_is_kept_found_changed_and_deleted() {
    create("{'sparse_vectors':{'s':{'index':{'on_disk':true,'datatype':'float16'}}}}");
    assertThat(params())
        .contains("'vectors':{}")
        .contains("'sparse_vectors':{'s':{'index':{'on_disk':true,'datatype':'float16'}}}");
    upsert(
        "[{'id':1,'vector':{'s':{'indices':[4294967295,3],'values':[2,0.5]}},'payload':{'a':1}},"
            + "{'id':2,'vector':{'s':{'indices':[3],'values':[4]}}},"
            + "{'id':3,'vector':{'s':{'indices':[],'values':[]}}},"
            + "{'id':4,'vector':{'s':{'indices':[7],'values':[9]}}}]");
    assertThat(point(1).toString())
        .isEqualTo("{\"s\":{\"indices\":[3,4294967295],\"values\":[0.5,2.0]}}");
    assertThat(point(3).toString()).isEqualTo("{\"s\":{\"indices\":[],\"values\":[]}}");
    String q = "{'query':{'indices':[4294967295,3],'values':[1,1]},'using':'s'";
    assertThat(query(q + "}")).containsExactly("2=4.0", "1=2.5");
    assertThat(query(q + ",'filter':{'must':[{'key':'a','match':{'value':1}}]}}"))
        .containsExactly("1=2.5");
    assertThat(query(q + ",'score_threshold':2.5}")).containsExactly("2=4.0");
    assertThat(query("{'query':1,'using':'s'}")).containsExactly("2=2.0");
    JsonNode older =
        server
            .post(
                P + "/search",
                "{'vector':{'name':'s','vector':{'indices':[3],'values':[1]}},'limit':5}")
            .result();
    assertThat(older.get(0).path("id").intValue()).isEqualTo(2);
    assertThat(server.get(C).result().path("indexed_vectors_count").intValue()).isEqualTo(4);

    server.put(
        P + "/vectors?wait=true",
        "{'points':[{'id':2,'vector':{'s':{'indices':[9],'values':[1]}}}]}");
    assertThat(query(q + "}")).containsExactly("1=2.5");
    server.post(P + "/vectors/delete?wait=true", "{'points':[1],'vector':['s']}");
    assertThat(query(q + "}")).isEmpty();
    assertThat(
            server
                .post(P + "/count", "{'filter':{'must':[{'has_vector':'s'}]}}")
                .result()
                .path("count")
                .intValue())
        .isEqualTo(3);
  }

  @Test
  void rare_indices_weigh_more_with_idf_and_a_patch_changes_that_at_once() {
    create("{'sparse_vectors':{'s':{'modifier':'idf'}}}");
    upsert(
        "[{'id':1,'vector':{'s':{'indices':[1,2],'values':[1,1]}},'payload':{'a':1}},"
            + "{'id':2,'vector':{'s':{'indices':[1],'values':[1]}},'payload':{'a':1}},"
            + "{'id':3,'vector':{'s':{'indices':[1],'values':[1]}}}]");
    String q = "{'query':{'indices':[2],'values':[1]},'using':'s'";
    assertThat(query(q + "}")).containsExactly("1=" + idf(3, 1));
    assertThat(query(q + ",'params':{'idf':'global'}}")).containsExactly("1=" + idf(3, 1));
    String corpus = ",'params':{'idf':{'corpus':{'must':[{'key':'a','match':{'value':1}}]}}}}";
    assertThat(query(q + corpus)).containsExactly("1=" + idf(2, 1));
    String none = ",'params':{'idf':{'corpus':{'must':[{'key':'a','match':{'value':5}}]}}}}";
    assertThat(query(q + none)).containsExactly("1=" + idf(0, 0));
    server.post(P + "/delete?wait=true", "{'points':[3]}");
    assertThat(query(q + "}")).containsExactly("1=" + idf(2, 1));

    assertThat(server.patch(C, "{'sparse_vectors':{'s':{'modifier':'none'}}}").status())
        .isEqualTo(200);
    assertThat(query(q + "}")).containsExactly("1=1.0");
    assertThat(server.post(P + "/query", q + ",'params':{'idf':'global'}}").error())
        .startsWith("400 ")
        .contains("idf");
    server.put(C + "/vectors/d?wait=true", "{'dense':{'size':1,'distance':'Dot'}}").result();
    String dense = "{'query':%s,'using':'d','params':{'idf':'global'}}";
    for (String kind : List.of("[1]", "{'recommend':{'positive':[[1]],'strategy':'sum_scores'}}")) {
      assertThat(server.post(P + "/query", dense.formatted(kind)).error())
          .startsWith("400 ")
          .contains("idf");
    }
    assertThat(server.patch(C, "{'sparse_vectors':{'x':{}}}").error())
        .isEqualTo("400 Wrong input: Sparse vector `x` is not specified in collection config");
  }

  private static String idf(float n, float df) {
    return Float.toString((float) Math.log((n - df + 0.5f) / (df + 0.5f) + 1.0f));
  }

  @Test
  void every_kind_of_query_takes_every_kind_of_vector() {
    create(
        "{'vectors':{'d':{'size':2,'distance':'Dot'},"
            + "'m':{'size':2,'distance':'Dot','multivector_config':{'comparator':'max_sim'}}},"
            + "'sparse_vectors':{'s':{}}}");
    List<String> points = new ArrayList<>();
    for (int i = 1; i <= 6; i++) {
      points.add(
          "{'id':%d,'vector':{'d':[%d,1],'m':[[%d,0],[0,1]],'s':{'indices':[1,%d],'values':[%d,1]}}}"
              .formatted(i, i, i, 10 + i, i));
    }
    upsert(points.toString());
    String sparse = "{'indices':[1],'values':[1]}";
    assertThat(
            query(
                "{'prefetch':[{'query':[1,0],'using':'d','limit':3},{'query':"
                    + sparse
                    + ",'using':'s','limit':2}],'query':{'fusion':'rrf'}}"))
        .containsExactly("6=1.0", "5=0.6666667", "4=0.25");
    assertThat(
            query(
                "{'prefetch':{'query':[1,0],'using':'d','limit':3},'query':"
                    + "{'indices':[14],'values':[2]},'using':'s'}"))
        .containsExactly("4=2.0");
    assertThat(
            query(
                "{'prefetch':{'query':"
                    + sparse
                    + ",'using':'s','limit':3},'query':[[-1,0],[0,2]],'using':'m'}"))
        .containsExactly("4=2.0", "5=2.0", "6=2.0");
    for (String strategy : List.of("average_vector", "best_score", "sum_scores")) {
      for (String using : List.of("s", "m")) {
        assertThat(
                query(
                    "{'query':{'recommend':{'positive':[6],'negative':[1],'strategy':'"
                        + strategy
                        + "'}},'using':'"
                        + using
                        + "','limit':2}"))
            .as(strategy + " " + using)
            .hasSize(2)
            .first()
            .asString()
            .startsWith("5=");
      }
    }
    assertThat(
            query(
                "{'query':{'discover':{'target':2,'context':[{'positive':6,'negative':1}]}},"
                    + "'using':'s','limit':1}"))
        .first()
        .asString()
        .startsWith("5=");
    assertThat(query("{'query':{'context':[{'positive':6,'negative':1}]},'using':'m','limit':1}"))
        .hasSize(1);
    assertThat(query("{'query':{'nearest':6,'mmr':{'diversity':0.5}},'using':'m','limit':3}"))
        .hasSize(3);
    assertThat(query("{'query':{'nearest':6,'mmr':{'diversity':0.5}},'using':'s','limit':3}"))
        .hasSize(3);
    JsonNode groups =
        server
            .post(
                P + "/query/groups",
                "{'query':" + sparse + ",'using':'s','group_by':'none','limit':2}")
            .result();
    assertThat(groups.path("groups")).isEmpty();
    assertThat(
            server.post(P + "/search/matrix/pairs", "{'using':'m','sample':4,'limit':2}").status())
        .isEqualTo(200);
    assertThat(
            server.post(P + "/search/matrix/pairs", "{'using':'s','sample':4,'limit':2}").status())
        .isEqualTo(200);
  }

  @Test
  void diversity_compares_a_candidate_with_what_was_picked_and_not_the_other_way_round() {
    create("{'vectors':{'size':2,'distance':'Dot','multivector_config':{'comparator':'max_sim'}}}");
    upsert(
        "[{'id':1,'vector':[[1,0]]},{'id':2,'vector':[[0.5,0],[0.75,0.5]]},"
            + "{'id':3,'vector':[[0.875,0]]}]");
    // To point 1, point 2 is 0.5 + 0.75 and point 3 is 0.875; the other way round it is 0.75.
    assertThat(query("{'query':{'nearest':[[1,0]],'mmr':{'diversity':1.0}}}"))
        .containsExactly("1=1.0", "3=0.875", "2=0.75");
  }

  @Test
  void diversity_leaves_the_rarity_of_indices_out() {
    create("{'sparse_vectors':{'s':{'modifier':'idf'}}}");
    upsert(
        "[{'id':1,'vector':{'s':{'indices':[1],'values':[1.5]}}},"
            + "{'id':2,'vector':{'s':{'indices':[2],'values':[1]}}},"
            + "{'id':3,'vector':{'s':{'indices':[1],'values':[0.5]}}}]");
    String q = "{'query':{'nearest':{'indices':[1,2],'values':[1,1]}";
    assertThat(query(q + "},'using':'s','limit':2}").getFirst()).startsWith("2=");
    List<String> picked = query(q + ",'mmr':{'diversity':0.0}},'using':'s','limit':2}");
    assertThat(picked.get(0)).startsWith("1=");
    assertThat(picked.get(1)).isEqualTo("2=" + idf(3, 1));
  }

  @Test
  void wrong_sparse_vectors_are_told_in_qdrants_words() {
    create("{'vectors':{'d':{'size':2,'distance':'Dot'}},'sparse_vectors':{'s':{}}}");
    assertThat(sparse("'indices':[1,1],'values':[1,2]"))
        .isEqualTo(
            "422 Validation error in JSON body: [points[0].vector.?.indices: Validation error:"
                + " must be unique [{}]]");
    assertThat(sparse("'indices':[1],'values':[1,2]"))
        .isEqualTo(
            "422 Validation error in JSON body: [points[0].vector.?.values: Validation error: must"
                + " be the same length as indices [{}]]");
    assertThat(sparse("'indices':[-1],'values':[1]")).startsWith("400 Format error in JSON body: ");
    String mixed = "400 Wrong input: Conversion between sparse and regular vectors failed";
    assertThat(error("{'s':[1,2]}")).isEqualTo(mixed);
    assertThat(error("{'d':{'indices':[1],'values':[1]}}")).isEqualTo(mixed);
    assertThat(error("{'s':[[1,2]]}")).isEqualTo(mixed);
    assertThat(error("{'d':[[1,2]]}"))
        .isEqualTo("400 Wrong input: Conversion between multi and regular vectors failed");
    assertThat(server.post(P + "/query", "{'query':[1,2],'using':'s'}").error()).isEqualTo(mixed);
    assertThat(
            server.post(P + "/query", "{'query':{'indices':[1],'values':[1]},'using':'d'}").error())
        .isEqualTo(mixed);
    assertThat(server.post(P + "/query", "{'query':[1,2]}").error())
        .isEqualTo(
            "400 Wrong input: Collection requires specified vector name in the request, available"
                + " names: d, s");
    assertThat(server.put("/collections/e", "{'sparse_vectors':{'':{}}}").error())
        .isEqualTo("400 Wrong input: Sparse vector name cannot be empty");
    assertThat(
            server
                .put(
                    "/collections/e",
                    "{'vectors':{'a':{'size':2,'distance':'Dot'}},'sparse_vectors':{'a':{}}}")
                .error())
        .isEqualTo(
            "400 Wrong input: Dense and sparse vector names must be unique - duplicate found with"
                + " 'a'");
    assertThat(
            server
                .put("/collections/e", "{'sparse_vectors':{'a':{'index':{'datatype':'turbo4'}}}}")
                .error())
        .startsWith("422 ")
        .contains("sparse vectors do not support the `turbo4` datatype");
  }

  private String sparse(String parts) {
    return error("{'s':{" + parts + "}}");
  }

  private String error(String vector) {
    return server.put(P, "{'points':[{'id':1,'vector':" + vector + "}]}").error();
  }

  @Test
  void a_multivector_is_compared_row_by_row() {
    create(
        "{'vectors':{'size':2,'distance':'Euclid','multivector_config':{'comparator':'max_sim'}}}");
    assertThat(params())
        .contains(
            "'vectors':{'size':2,'distance':'Euclid','multivector_config':{'comparator':'max_sim'}}");
    upsert(
        "[{'id':1,'vector':[[0,0],[3,4]]},{'id':2,'vector':[1,0]},{'id':3,'vector':[[6,8]]},"
            + "{'id':4,'vector':{}}]");
    assertThat(point(1).toString()).isEqualTo("[[0.0,0.0],[3.0,4.0]]");
    assertThat(point(2).toString()).isEqualTo("[[1.0,0.0]]");
    assertThat(query("{'query':[[0,0],[3,4]]}"))
        .containsExactly("1=0.0", "2=" + (float) Math.sqrt(1 + 20), "3=" + (float) Math.sqrt(125));
    assertThat(query("{'query':[6,8]}"))
        .containsExactly("3=0.0", "1=5.0", "2=" + (float) Math.sqrt(89));
    assertThat(query("{'query':1}")).hasSize(2);
    assertThat(error("[[1,2],[1]]"))
        .isEqualTo(
            "422 Validation error in JSON body: [points[0].vector.data: all vectors must have the"
                + " same dimension, found vector with dimension 1]");
    assertThat(error("[[1,2,3]]"))
        .isEqualTo("400 Wrong input: Vector dimension error: expected dim: 2, got 3");
    assertThat(error("[[]]")).startsWith("422 ").contains("all vectors must be non-empty");
    assertThat(error("[]")).startsWith("422 ").contains("dense vector must not be empty");
    for (String asked :
        List.of(
            "/search {'vector':[],'limit':1}",
            "/recommend {'positive':[[]],'limit':1}",
            "/recommend {'positive':[[]],'strategy':'best_score','limit':1}",
            "/discover {'target':[],'limit':1}",
            "/query {'query':[]}")) {
      String[] words = asked.split(" ");
      assertThat(server.post(P + words[0], words[1]).error())
          .as(asked)
          .isEqualTo("400 Wrong input: Vector dimension error: expected dim: 2, got 0");
    }
  }

  @Test
  void datatypes_round_what_is_kept_and_compared() {
    create(
        "{'vectors':{'h':{'size':2,'distance':'Dot','datatype':'float16'},"
            + "'u':{'size':3,'distance':'Dot','datatype':'uint8'},"
            + "'c':{'size':2,'distance':'Cosine','datatype':'uint8'},"
            + "'t':{'size':2,'distance':'Dot','datatype':'turbo4'}}}");
    upsert(
        "[{'id':1,'vector':{'h':[0.1,1],'u':[256.19,1.81,-3],'c':[3,4],'t':[0.25,0.1]}},"
            + "{'id':2,'vector':{'c':[30,40]}}]");
    assertThat(point(1).toString())
        .isEqualTo(
            "{\"c\":[3.0,4.0],\"h\":[0.099975586,1.0],\"t\":[0.25,0.1],\"u\":[255.0,1.0,0.0]}");
    assertThat(query("{'query':[2.9,1.5,0],'using':'u'}")).containsExactly("1=511.0");
    assertThat(query("{'query':[3,4],'using':'c'}")).containsExactly("1=1.0", "2=1.0");
    server.post(P + "/payload?wait=true", "{'payload':{'a':1},'points':[1]}");
    assertThat(point(1).path("h").toString()).isEqualTo("[0.099975586,1.0]");
  }

  @Test
  void quantizations_are_echoed_as_given_and_taken_away_by_name() {
    create(
        "{'vectors':{'a':{'size':4,'distance':'Dot','on_disk':true,"
            + "'hnsw_config':{'m':8},'quantization_config':{'turbo':{'bits':'bits1_5'}}}},"
            + "'quantization_config':{'binary':{'encoding':'one_and_half_bits','always_ram':true}}}");
    JsonNode config = server.get(C).result().path("config");
    assertThat(config.path("quantization_config").toString())
        .isEqualTo("{\"binary\":{\"always_ram\":true,\"encoding\":\"one_and_half_bits\"}}");
    assertThat(config.path("params").path("vectors").path("a").path("quantization_config"))
        .hasToString("{\"turbo\":{\"bits\":\"bits1_5\"}}");
    assertThat(
            server
                .patch(
                    C,
                    "{'quantization_config':'Disabled','vectors':{'a':{'quantization_config':"
                        + "{'product':{'compression':'x16'}},'on_disk':false}}}")
                .status())
        .isEqualTo(200);
    config = server.get(C).result().path("config");
    assertThat(config.path("quantization_config").isNull()).isTrue();
    assertThat(params().replace("'", ""))
        .contains("quantization_config:{product:{compression:x16}}")
        .contains("on_disk:false");
    assertThat(server.patch(C, "{'vectors':{'x':{'on_disk':true}}}").error())
        .isEqualTo("400 Wrong input: Not existing vector name error: x");
    assertThat(server.patch(C, "{'quantization_config':'disabled'}").status()).isEqualTo(400);
  }

  @Test
  void vectors_come_and_go_and_nothing_of_them_comes_back() {
    create("{'vectors':{'size':2,'distance':'Dot'}}");
    upsert("[{'id':1,'vector':[1,2]}]");
    String v = C + "/vectors/x";
    assertThat(server.put(v, "{'dense':{'size':0,'distance':'Dot'}}").error())
        .startsWith("422 ")
        .contains("size");
    assertThat(
            server
                .put(v + "?wait=true", "{'dense':{'size':3,'distance':'Dot'}}")
                .result()
                .path("status")
                .asString())
        .isEqualTo("completed");
    assertThat(params()).contains("'vectors':{'':{'size':2,'distance':'Dot'},'x':{'size':3,");
    assertThat(params()).doesNotContain("since");
    assertThat(server.put(v, "{'dense':{'size':3,'distance':'Dot'}}").status()).isEqualTo(200);
    assertThat(server.put(v, "{'dense':{'size':4,'distance':'Dot'}}").error())
        .startsWith("400 ")
        .endsWith("already exists with a different configuration");
    assertThat(point(1).toString()).isEqualTo("[1.0,2.0]");
    server.put(P + "/vectors?wait=true", "{'points':[{'id':1,'vector':{'x':[1,1,1]}}]}");
    assertThat(query("{'query':[1,0,0],'using':'x'}")).containsExactly("1=1.0");

    assertThat(server.delete(v + "?wait=true").status()).isEqualTo(200);
    assertThat(server.delete(v).error())
        .isEqualTo("400 Wrong input: Not existing vector name error: x");
    assertThat(point(1).toString()).isEqualTo("[1.0,2.0]");
    assertThat(holders("x")).isZero();
    assertThat(server.put(v + "?wait=true", "{'dense':{'size':5,'distance':'Dot'}}").status())
        .isEqualTo(200);
    assertThat(holders("x")).isZero();
    assertThat(point(1).toString()).isEqualTo("[1.0,2.0]");
    server.put(P + "/vectors?wait=true", "{'points':[{'id':1,'vector':{'x':[1,1,1,1,2]}}]}");
    assertThat(query("{'query':[0,0,0,0,1],'using':'x'}")).containsExactly("1=2.0");
    assertThat(holders("x")).isEqualTo(1);
    server.close();
    server = Server.over(folder);
    assertThat(query("{'query':[0,0,0,0,1],'using':'x'}")).containsExactly("1=2.0");
    assertThat(server.delete(v + "?wait=true").status()).isEqualTo(200);
    assertThat(server.put(v + "?wait=true", "{'sparse':{'modifier':'idf'}}").status())
        .isEqualTo(200);
    assertThat(holders("x")).isZero();
    server.put(
        P + "/vectors?wait=true",
        "{'points':[{'id':1,'vector':{'x':{'indices':[1],'values':[2]}}}]}");
    assertThat(query("{'query':{'indices':[1],'values':[1]},'using':'x'}"))
        .containsExactly("1=" + 2 * (float) Math.log(0.5f / 1.5f + 1.0f));
  }

  private int holders(String name) {
    return server
        .post(P + "/count", "{'filter':{'must':[{'has_vector':'" + name + "'}]}}")
        .result()
        .path("count")
        .intValue();
  }
}
