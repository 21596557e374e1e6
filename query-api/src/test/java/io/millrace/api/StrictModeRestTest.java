package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.api.Server.Got;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Strict mode over REST: each limit, its text and its status.
class StrictModeRestTest {
  private static final String C = "/collections/c";
  private static final String P = C + "/points";
  private static final String PNG = "{'vector':[1,0],'limit':1}";

  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server = Server.over(folder);
    server.put(C, "{'vectors':{'size':2,'distance':'Dot'}}").result();
    server
        .put(
            P + "?wait=true",
            """
            {'points':[
              {'id':1,'vector':[1,0],'payload':{'city':'Berlin','n':1,'a':[{'b':1}]}},
              {'id':2,'vector':[0,1],'payload':{'city':'London','n':2}}
            ]}\
            """)
        .result();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void strict(String settings) {
    server.patch(C, "{'strict_mode_config':{'enabled':true," + settings + "}}").result();
  }

  private static String filter(String condition) {
    return "{'filter':{'must':[" + condition + "]}}";
  }

  private void index(String path, String schema) {
    server
        .put(C + "/index?wait=true", "{'field_name':'" + path + "','field_schema':" + schema + "}")
        .result();
  }

  @Test
  void limits_count_only_when_they_are_enabled_and_are_echoed() {
    server.patch(C, "{'strict_mode_config':{'enabled':false,'max_query_limit':1}}").result();
    server.post(P + "/scroll", "{'limit':5}").result();
    strict("'max_timeout':5");

    assertThat(server.get(C).result().at("/config/strict_mode_config").toString())
        .isEqualTo("{\"enabled\":true,\"max_query_limit\":1,\"max_timeout\":5}");
    String text =
        "400 Bad request: Limit exceeded 5 > 1 for \"limit\". Help: Reduce the \"limit\" parameter"
            + " to or below 1.";
    assertThat(server.post(P + "/scroll", "{'limit':5}").error()).isEqualTo(text);
    assertThat(server.post(P + "/query", "{'query':[1,0],'limit':5}").error()).isEqualTo(text);
    assertThat(server.post(P + "/search", "{'vector':[1,0],'limit':5}").error()).isEqualTo(text);
    assertThat(server.post(P + "/scroll?timeout=6", "{'limit':1}").error())
        .startsWith("400 Bad request: Limit exceeded 6 > 5 for \"timeout\". Help: ");
    assertThat(server.put(P + "?timeout=6", "{'points':[{'id':1,'vector':[1,0]}]}").error())
        .startsWith("400 Bad request: Limit exceeded 6 > 5 for \"timeout\"");
    server.post(P + "/scroll?timeout=5", "{'limit':1}").result();
  }

  @Test
  void the_largest_limits_forbid_nothing() {
    String most = "18446744073709551615";
    strict(
        "'max_query_limit':M,'max_points_count':M,'read_rate_limit':M,'write_rate_limit':M,"
                .replace("M", most)
            + "'filter_max_conditions':M,'condition_max_size':M,'max_payload_index_count':M,"
                .replace("M", most)
            + "'multivector_config':{'m':{'max_vectors':M}},".replace("M", most)
            + "'upsert_max_batchsize':M,'max_collection_vector_size_bytes':M".replace("M", most));

    server.put(P + "?wait=true", "{'points':[{'id':3,'vector':[1,0]}]}").result();
    server
        .post(
            P + "/query",
            "{'query':[1,0],'limit':" + most + ",'filter':{'must':[{'has_id':[1,2,3]}]}}")
        .result();
    index("city", "'keyword'");
    assertThat(server.get(C).result().at("/config/strict_mode_config/max_points_count").toString())
        .isEqualTo(most);
  }

  @Test
  void search_parameters_and_batches_are_bounded() {
    strict(
        "'search_max_hnsw_ef':10,'search_max_oversampling':2,'search_allow_exact':false,"
            + "'search_max_batchsize':1");

    assertThat(server.post(P + "/query", "{'query':[1,0],'params':{'hnsw_ef':11}}").error())
        .isEqualTo(
            "400 Bad request: Limit exceeded 11 > 10 for \"hnsw_ef\". Help: Reduce the \"hnsw_ef\""
                + " parameter to or below 10.");
    assertThat(
            server
                .post(
                    P + "/query", "{'query':[1,0],'params':{'quantization':{'oversampling':2.5}}}")
                .error())
        .startsWith("400 Bad request: Limit exceeded 2.5 > 2 for \"oversampling\"");
    String exact = "400 Bad request: Exact search disabled!. Help: Set exact=false.";
    assertThat(server.post(P + "/query", "{'query':[1,0],'params':{'exact':true}}").error())
        .isEqualTo(exact);
    assertThat(server.post(P + "/count", "{}").error()).isEqualTo(exact);
    server.post(P + "/count", "{'exact':false}").result();
    assertThat(server.post(P + "/search/batch", "{'searches':[" + PNG + "," + PNG + "]}").error())
        .startsWith("400 Bad request: Limit exceeded 2 > 1 for \"search batch size\"");
  }

  @Test
  void filters_are_bounded() {
    strict("'filter_max_conditions':2,'condition_max_size':2");

    String one = "{'key':'n','match':{'value':1}}";
    assertThat(
            server.post(P + "/scroll", filter(one + "," + one + ",{'must':[" + one + "]}")).error())
        .isEqualTo(
            "400 Bad request: Filter condition limit reached (3 > 2). Help: Reduce the amount of"
                + " conditions of your filter.");
    assertThat(server.post(P + "/delete", filter("{'key':'n','match':{'any':[1,2,3]}}")).error())
        .isEqualTo(
            "400 Bad request: Condition size limit reached (3 > 2). Help: Reduce the size of your"
                + " condition.");
    server.post(P + "/scroll", filter(one + "," + one)).result();
  }

  @Test
  void keys_without_a_fitting_index_are_refused_for_reads_and_writes() {
    strict("'unindexed_filtering_retrieve':false,'unindexed_filtering_update':false");

    String city = filter("{'key':'city','match':{'value':'Berlin'}}");
    assertThat(server.post(P + "/scroll", city).error())
        .isEqualTo(
            "400 Bad request: Index required but not found for \"city\" of one of the following"
                + " types: [keyword]. Help: Create an index for this key or use a different"
                + " filter.");
    assertThat(server.post(P + "/payload/clear", city).error())
        .contains("for \"city\" of one of the following types: [keyword]");
    index("city", "'integer'");
    assertThat(server.post(P + "/scroll", city).status()).isEqualTo(400);
    index("city", "'keyword'");
    server.post(P + "/scroll", city).result();

    assertThat(need("{'key':'n','range':{'gt':1}}")).isEqualTo("n [float, integer]");
    assertThat(need("{'key':'n','range':{'gt':'2020-01-01'}}")).isEqualTo("n [datetime]");
    assertThat(need("{'key':'n','match':{'value':1}}")).isEqualTo("n [integer]");
    assertThat(need("{'key':'n','match':{'value':true}}")).isEqualTo("n [bool]");
    assertThat(need("{'key':'n','match':{'any':['a']}}")).isEqualTo("n [keyword]");
    assertThat(need("{'key':'n','match':{'any':['5a3a3f3e-7c3d-4bde-9b7a-1f1f0c6a4d11']}}"))
        .isEqualTo("n [keyword, uuid]");
    assertThat(need("{'key':'n','match':{'text':'a'}}")).isEqualTo("n [text]");
    assertThat(need("{'key':'n','match':{'phrase':'a'}}"))
        .isEqualTo("n [text (with phrase_matching: true)]");
    assertThat(need("{'key':'city','match':{'prefix':'a'}}"))
        .isEqualTo("city [keyword (with prefix: true)]");
    assertThat(need("{'key':'city','match':{'substring':'a'}}"))
        .isEqualTo("city [keyword (with prefix: true)]");
    assertThat(need("{'is_empty':{'key':'n'}}"))
        .isEqualTo("n [bool, datetime, float, geo, integer, keyword, text, uuid]");
    assertThat(need("{'key':'g','geo_radius':{'center':{'lon':1,'lat':1},'radius':1}}"))
        .isEqualTo("g [geo]");
    assertThat(need("{'nested':{'key':'a','filter':{'must':[{'key':'b','match':{'value':1}}]}}}"))
        .isEqualTo("a[].b [integer]");
    index("n", "{'type':'integer','range':false}");
    assertThat(need("{'key':'n','range':{'gt':1}}")).isEqualTo("n [float, integer]");
    server.post(P + "/scroll", filter("{'key':'n','match':{'value':1}}")).result();
    server.post(P + "/scroll", filter("{'key':'x','match':{'any':[]}}")).result();
    server.post(P + "/scroll", filter("{'has_id':[1]},{'has_vector':''}")).result();
    server
        .put(
            P + "?wait=true",
            "{'points':[{'id':1,'vector':[1,0]}],'update_filter':{'must':[{'key':'zz','match':{'value':1}}]}}")
        .result();
  }

  private String need(String condition) {
    String error = server.post(P + "/scroll", filter(condition)).error();
    String start = "400 Bad request: Index required but not found for \"";
    assertThat(error).startsWith(start);
    return error
        .substring(start.length(), error.indexOf("]. Help") + 1)
        .replace("\" of one of the following types: ", " ");
  }

  @Test
  void writes_are_bounded_by_batch_points_and_bytes() {
    strict("'upsert_max_batchsize':2");
    String three =
        "{'points':[{'id':1,'vector':[1,0]},{'id':2,'vector':[1,0]},{'id':3,'vector':[1,0]}]}";
    assertThat(server.put(P, three).error())
        .startsWith("400 Bad request: Limit exceeded 3 > 2 for \"upsert limit\"");
    assertThat(server.put(P + "/vectors", three).error())
        .startsWith("400 Bad request: Limit exceeded 3 > 2 for \"update limit\"");
    assertThat(server.post(P + "/batch", "{'operations':[{'upsert':" + three + "}]}").status())
        .isEqualTo(400);

    String one = "{'points':[{'id':9,'vector':[1,0]}]}";
    strict("'upsert_max_batchsize':100,'max_points_count':2");
    assertThat(server.put(P, one).error())
        .isEqualTo("400 Bad request: Max points count limit of 2 reached!");
    server.post(P + "/delete?wait=true", "{'points':[1]}").result();
    server.put(P + "?wait=true", one).result();

    strict("'max_points_count':100,'max_collection_vector_size_bytes':16");
    assertThat(server.put(P, one).error())
        .startsWith("400 Bad request: Max vector storage size limit of 0.0000152")
        .endsWith("MB reached!");
    strict("'max_collection_vector_size_bytes':1048576,'max_collection_payload_size_bytes':20");
    assertThat(server.post(P + "/payload", "{'payload':{'x':1},'points':[2]}").error())
        .startsWith("400 Bad request: Max payload storage size limit of 0.0000190")
        .endsWith("MB reached!");
    server.post(P + "/delete?wait=true", "{'points':[2]}").result();
    server.put(P + "?wait=true", one).result();
  }

  @Test
  void vectors_without_a_graph_are_searched_within_a_tenant_or_not_at_all() {
    strict("'search_allow_exact':false");
    server.patch(C, "{'hnsw_config':{'m':0,'payload_m':0}}").result();
    String search = "{'query':[1,0],'limit':1%s}";
    assertThat(server.post(P + "/query", search.formatted("")).error())
        .isEqualTo(
            "400 Bad request: Request is forbidden because vector indexing is disabled"
                + " (hnsw_config.m = 0 and hnsw_config.payload_m = 0). Help: Enable vector"
                + " indexing, use a prefetch query with indexed vectors or enable strict mode"
                + " `search_allow_exact` option");
    server.patch(C, "{'hnsw_config':{'payload_m':16}}").result();
    String global =
        "400 Bad request: Request is forbidden because global vector indexing is disabled"
            + " (hnsw_config.m = 0). Help: Use tenant-specific filter, enable global vector"
            + " indexing or enable strict mode `search_allow_exact` option";
    String city = ",'filter':{'must':[{'key':'city','match':{'value':'Berlin'}}]}";
    assertThat(server.post(P + "/query", search.formatted(city)).error()).isEqualTo(global);
    assertThat(
            server
                .post(P + "/query", "{'query':[1,0],'limit':1,'prefetch':{'query':[0,1]}}")
                .error())
        .isEqualTo(global);
    index("city", "{'type':'keyword','is_tenant':true}");
    server.post(P + "/query", search.formatted(city)).result();
    server
        .post(P + "/query", "{'query':[1,0],'limit':1,'prefetch':{'query':[0,1]}" + city + "}")
        .result();
    assertThat(server.post(P + "/query", search.formatted("")).error()).isEqualTo(global);
    server.post(P + "/query", "{'limit':1}").result();
  }

  @Test
  void only_so_many_payload_indexes_are_made() {
    strict("'max_payload_index_count':1");
    index("n", "'integer'");

    assertThat(server.put(C + "/index", "{'field_name':'m','field_schema':'keyword'}").error())
        .isEqualTo(
            "400 Bad request: Collection already has the maximum number of payload indices (1)."
                + " Help: Please delete an existing index before creating a new one.");
    server.delete(C + "/index/n?wait=true").result();
    index("m", "'keyword'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1 | /query | {'query':[1,0]}",
        "1 | /query | {}",
        "2 | /query | {F}",
        "2 | /query | {'query':[1,0],F}",
        "3 | /query | {'query':1}",
        "4 | /query | {'query':1,F}",
        "5 | /query | {'query':{'recommend':{'positive':[1,2],'negative':[[1,0]]}},F}",
        "6 | /query | {'query':{'recommend':{'positive':[1,2,[1,0]],'strategy':'best_score'}}}",
        "3 | /query | {'query':{'discover':{'target':[1,0],'context':{'positive':[1,0],'negative':[0,1]}}}}",
        "1 | /query | {'query':[1,0],'prefetch':{'query':[0,1]}}",
        "8 | /query | {'query':{'fusion':'rrf'},'prefetch':[{'query':[0,1]},{F},{'query':[1,1],F}],F}",
        "2 | /query/batch | {'searches':[{'query':[1,0]},{}]}",
        "3 | /recommend | {'positive':[1],'limit':1}",
      })
  void a_query_costs_what_finding_its_points_takes(int cost, String route, String body) {
    String given = body.replace("F", "'filter':{'must':{'has_id':[1]}}");
    strict("'read_rate_limit':50");
    server.post(P + route, given).result();
    assertThat(server.post(P, "{'ids':" + IntStream.range(0, 50).boxed().toList() + "}").error())
        .contains("but only " + (50 - cost) + ".");
  }

  @Test
  void points_of_a_query_are_read_before_it() {
    strict("'read_rate_limit':2");
    assertThat(server.post(P + "/query", "{'query':1}").error())
        .startsWith(
            "429 Rate limiting exceeded: Read rate limit exceeded: Operation requires 2 tokens"
                + " but only 1.0 were available.");
  }

  @Test
  void rates_are_held_and_say_when_to_come_again() {
    strict("'read_rate_limit':3,'write_rate_limit':2");

    server.post(P, "{'ids':[1,2]}").result();
    Got refused = server.post(P + "/scroll", filter("{'has_id':[1]}"));
    assertThat(refused.error())
        .startsWith(
            "429 Rate limiting exceeded: Read rate limit exceeded: Operation requires 2 tokens"
                + " but only 1.0 were available. Retry after ");
    assertThat(refused.header("Retry-After").map(Integer::parseInt).orElseThrow())
        .isBetween(18, 20);
    assertThat(server.post(P, "{'ids':[1,2,3,4]}").error())
        .endsWith("request larger than rate limiter capacity, please try to split your request");
    server.post(P + "/delete", filter("{'has_id':[1,2]}")).result();
    assertThat(server.post(P + "/delete", "{'points':[1]}").error())
        .startsWith("429 Rate limiting exceeded: Write rate limit exceeded: Operation requires 1");
    server.get(C).result();

    index("n", "'integer'");
    assertThat(server.post(P + "/delete", "{'points':[1]}").status()).isEqualTo(429);
    strict("'write_rate_limit':3");
    server.post(P + "/delete", "{'points':[1]}").result();
  }

  @Test
  void a_write_by_a_key_without_index_costs_half_of_the_points() {
    for (int id = 3; id <= 10; id++) {
      server.put(P + "?wait=true", "{'points':[{'id':" + id + ",'vector':[1,1]}]}").result();
    }
    strict("'write_rate_limit':7");
    String nobody = filter("{'key':'city','match':{'value':'Paris'}}");

    server.post(P + "/delete", nobody).result();

    assertThat(server.post(P + "/delete", nobody).error())
        .startsWith("429 Rate limiting exceeded: Write rate limit exceeded: Operation requires 5");

    index("city", "'keyword'");
    server.post(P + "/delete", nobody).result();
  }

  @Test
  void a_replaced_payload_takes_its_block_until_the_next_commit() {
    strict("'max_collection_payload_size_bytes':1000");
    String again = "{'points':[{'id':1,'vector':[1,0],'payload':{'city':'Rome'}}]}";

    int taken = 0;
    while (server.put(P + "?wait=true", again).status() == 200) {
      taken++;
    }

    assertThat(taken).isBetween(5, 9);
    assertThat(server.put(P, again).error())
        .startsWith("400 Bad request: Max payload storage size limit of ");
  }
}
