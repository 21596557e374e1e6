package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Payload indexes over REST: their shapes and counts, what they change, facets, and that all of it
/// is there after a restart.
class PayloadIndexRestTest {
  private static final String C = "/collections/c";
  private static final String P = C + "/points";

  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server = Server.over(folder);
    server.put(C, "{'vectors':{'size':2,'distance':'Dot'}}").result();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void restart() {
    server.close();
    server = Server.over(folder);
  }

  private void awaitGreen() {
    long end = System.nanoTime() + 30_000_000_000L;
    while (!server.get(C).result().path("status").asString().equals("green")) {
      assertThat(System.nanoTime()).isLessThan(end);
      LockSupport.parkNanos(10_000_000);
    }
  }

  private JsonNode index(String path, String schema) {
    return server
        .put(C + "/index?wait=true", "{'field_name':'" + path + "','field_schema':" + schema + "}")
        .result();
  }

  private void upsert(String... payloads) {
    StringBuilder points = new StringBuilder("{'points':[");
    for (int i = 0; i < payloads.length; i++) {
      points
          .append(i == 0 ? "" : ",")
          .append("{'id':" + (i + 1) + ",'vector':[1,0],'payload':" + payloads[i] + "}");
    }
    server.put(P + "?wait=true", points + "]}").result();
  }

  private List<Integer> matching(String condition) {
    List<Integer> ids = new ArrayList<>();
    server
        .post(P + "/scroll", "{'limit':1000,'filter':{'must':[" + condition + "]}}")
        .result()
        .path("points")
        .forEach(p -> ids.add(p.path("id").intValue()));
    return ids;
  }

  private List<Integer> text(String kind, String text) {
    return matching("{'key':'t','match':{'" + kind + "':'" + text + "'}}");
  }

  private String schema(String path) {
    return server.get(C).result().path("payload_schema").path(path).toString();
  }

  private String facet(String body) {
    List<String> hits = new ArrayList<>();
    server
        .post(C + "/facet", body)
        .result()
        .path("hits")
        .forEach(h -> hits.add(h.path("value").asString() + ":" + h.path("count")));
    return String.join(" ", hits);
  }

  @Test
  void every_type_is_echoed_in_its_shape_and_counts_its_points() {
    upsert(
        "{'k':'a','i':1,'f':1,'b':true,'g':{'lon':1,'lat':2},'d':'2020-01-01','t':'x y',"
            + "'u':'98A9A4B14EF246FB8315A97D874FE1D7'}",
        "{'k':['b',1],'i':5.0,'f':0.5,'b':[false],'g':{'lon':999,'lat':2},'d':'nope','t':['z'],"
            + "'u':'no'}",
        "{'k':1,'i':1.5,'f':'1','b':1,'g':[{'lon':1,'lat':2}],'d':7,'t':1}");

    index("k", "'keyword'");
    index("i", "{'type':'integer','range':false}");
    index("f", "{'type':'float'}");
    index("b", "'bool'");
    index("g", "{'type':'geo','on_disk':true}");
    index("d", "{'type':'datetime','is_principal':true}");
    index("u", "{'type':'uuid','is_tenant':true,'enable_hnsw':false}");
    index(
        "t",
        "{'type':'text','min_token_len':1,'stopwords':{'languages':['english'],'custom':['q']},"
            + "'stemmer':{'type':'snowball','language':'english'}}");
    index(
        "c",
        "{'type':'text','stopwords':{'languages':['de','hi-en']},"
            + "'stemmer':{'type':'snowball','language':'hy'}}");
    index("none.of[].with", "'keyword'");
    awaitGreen();

    for (int round = 0; round < 2; round++) {
      assertThat(schema("k")).isEqualTo("{\"data_type\":\"keyword\",\"points\":2}");
      assertThat(schema("i"))
          .isEqualTo(
              "{\"data_type\":\"integer\",\"params\":{\"type\":\"integer\",\"range\":false,"
                  + "\"lookup\":null,\"is_principal\":null},\"points\":2}");
      assertThat(schema("f"))
          .isEqualTo(
              "{\"data_type\":\"float\",\"params\":{\"type\":\"float\",\"is_principal\":null},"
                  + "\"points\":2}");
      assertThat(schema("b")).isEqualTo("{\"data_type\":\"bool\",\"points\":2}");
      assertThat(schema("g"))
          .isEqualTo(
              "{\"data_type\":\"geo\",\"params\":{\"type\":\"geo\",\"on_disk\":true},\"points\":2}");
      assertThat(schema("d")).endsWith("\"is_principal\":true},\"points\":1}");
      assertThat(schema("u")).contains("\"is_tenant\":true").endsWith("\"points\":1}");
      assertThat(schema("t"))
          .contains("\"tokenizer\":\"word\"")
          .contains("\"stopwords\":{\"languages\":[\"english\"],\"custom\":[\"q\"]}")
          .endsWith("\"points\":2}");
      assertThat(schema("c"))
          .as("a code is shown as the language")
          .contains("{\"languages\":[\"german\",\"hinglish\"]}")
          .contains("{\"type\":\"snowball\",\"language\":\"armenian\"}");
      assertThat(schema("none.of[].with")).isEqualTo("{\"data_type\":\"keyword\",\"points\":0}");
      restart();
    }
  }

  @Test
  void an_index_takes_two_operation_numbers_and_is_listed_at_once() {
    upsert("{}");

    JsonNode made =
        server.put(C + "/index", "{'field_name':'a','field_schema':'keyword'}").result();
    assertThat(made.toString()).isEqualTo("{\"operation_id\":2,\"status\":\"acknowledged\"}");
    assertThat(schema("a")).isEqualTo("{\"data_type\":\"keyword\",\"points\":0}");
    assertThat(index("a", "'integer'").toString())
        .isEqualTo("{\"operation_id\":4,\"status\":\"completed\"}");
    assertThat(schema("a")).contains("integer");
    assertThat(server.delete(C + "/index/a?wait=true").result().path("operation_id").intValue())
        .isEqualTo(6);
    server.delete(C + "/index/a").result();
    assertThat(schema("a")).isEmpty();
    index("123", "'keyword'");
    server.delete(C + "/index/123?wait=true").result();
    assertThat(server.delete(C + "/index/a..b").error())
        .isEqualTo("400 Deserialize error in path parameters: Invalid json path: 'a..b'");
    assertThat(server.delete("/collections/x/index/a%5B").status()).isEqualTo(400);
  }

  @Test
  void only_a_text_index_over_points_is_a_job_which_is_done_once_the_collection_is_green() {
    upsert("{'k':'a','t':'red fox'}", "{'k':'b','t':'blue hen'}", "{'k':'b'}");

    index("k", "'keyword'");
    assertThat(schema("k")).endsWith("\"points\":3}");
    assertThat(facet("{'key':'k'}")).isEqualTo("b:2 a:1");
    assertThat(server.beside("GET", "/jobs", null).result().path("jobs")).isEmpty();

    index("t", "'text'");
    assertThat(schema("t")).endsWith("\"points\":2}");
    assertThat(text("text", "FOX")).containsExactly(1);
    awaitGreen();
    JsonNode jobs = server.beside("GET", "/jobs", null).result().path("jobs");
    assertThat(jobs).hasSize(1);
    JsonNode job = jobs.get(0);
    assertThat(job.path("kind").asString()).isEqualTo("index");
    assertThat(job.path("collection").asString()).isEqualTo("c");
    assertThat(job.path("field").asString()).isEqualTo("t");
    assertThat(job.path("state").asString()).isEqualTo("done");
    assertThat(job.path("points").intValue()).isEqualTo(2);
    assertThat(job.path("of_points").intValue()).isEqualTo(2);
    assertThat(text("text", "FOX")).containsExactly(1);
  }

  @Test
  void a_wrong_declaration_is_refused_with_its_reason() {
    assertThat(server.put(C + "/index", "{'field_name':'a'}").error())
        .isEqualTo(
            "400 Bad request: Can't auto-detect field type, please specify `field_schema` in the"
                + " request");
    assertThat(
            server
                .put(
                    C + "/index",
                    "{'field_name':'a','field_schema':{'type':'integer','lookup':false,'range':false}}")
                .error())
        .startsWith("422 Validation error in JSON body: [")
        .endsWith(
            "Validation error: the 'lookup' and 'range' capabilities can't be both disabled [{}]]");
    for (String wrong :
        List.of(
            "'nothing'",
            "{'type':'nothing'}",
            "{'type':'text','tokenizer':'x'}",
            "{'type':'text','stemmer':{'type':'snowball','language':'klingon'}}",
            "{'type':'text','stopwords':'klingon'}",
            "{'type':'text','stopwords':{'languages':['klingon']}}",
            "{'type':'keyword','memory':'hot'}")) {
      assertThat(
              server.put(C + "/index", "{'field_name':'a','field_schema':" + wrong + "}").error())
          .as(wrong)
          .startsWith("400 Format error in JSON body: ");
    }
    assertThat(server.put(C + "/index", "{'field_name':'a..b','field_schema':'keyword'}").error())
        .contains("Invalid json path: 'a..b'");
    assertThat(
            server
                .put("/collections/x/index", "{'field_name':'a','field_schema':'keyword'}")
                .error())
        .isEqualTo("404 Not found: Collection `x` doesn't exist!");
  }

  @Test
  void text_is_matched_by_substring_without_and_by_tokens_with_an_index() {
    upsert(
        "{'t':'The quick brown Fox'}",
        "{'t':['brown bear','quick hare']}",
        "{'t':'foxes quickly'}",
        "{'t':7}");
    assertThat(text("text", "quick")).containsExactly(1, 2, 3);
    assertThat(text("text", "fox")).containsExactly(3);
    assertThat(text("text_any", "bear foxes")).containsExactly(2, 3);
    assertThat(text("phrase", "quick brown")).containsExactly(1);

    index("t", "'text'");
    for (int round = 0; round < 2; round++) {
      assertThat(text("text", "quick")).containsExactly(1, 2);
      assertThat(text("text", "FOX the")).containsExactly(1);
      assertThat(text("text", "bear hare")).containsExactly(2);
      assertThat(text("text", "bear wolf")).isEmpty();
      assertThat(text("text", "")).isEmpty();
      assertThat(text("text_any", "wolf bear FOXES")).containsExactly(2, 3);
      assertThat(text("phrase", "quick brown")).isEmpty();
      restart();
    }

    index("t", "{'type':'text','phrase_matching':true}");
    assertThat(text("phrase", "quick Brown")).containsExactly(1);
    assertThat(text("phrase", "bear quick")).isEmpty();
    index("t", "{'type':'text','stemmer':{'type':'snowball','language':'english'}}");
    assertThat(text("text", "fox")).containsExactly(1, 3);
    upsert("{'t':'no more of it'}");
    server.post(P + "/payload?wait=true", "{'payload':{'t':'a FOX again'},'points':[4]}").result();
    assertThat(text("text", "foxes")).containsExactly(3, 4);
    server.delete(C + "/index/t?wait=true").result();
    assertThat(text("text", "quick")).containsExactly(2, 3);
  }

  @Test
  void a_text_index_is_filled_in_the_background_and_counts_all_its_points_at_once() {
    StringBuilder points = new StringBuilder("{'points':[");
    for (int i = 0; i < 3_000; i++) {
      points.append(i == 0 ? "" : ",");
      points.append("{'id':" + i + ",'vector':[1,0],'payload':{'t':'word " + i + "'}}");
    }
    server.put(P + "?wait=true", points + "]}").result();
    index("t", "'text'");

    assertThat(schema("t")).endsWith("\"points\":3000}");
    assertThat(text("text", "2999 WORD")).containsExactly(2_999);
    awaitGreen();
    assertThat(schema("t")).endsWith("\"points\":3000}");
    assertThat(text("text", "2999 WORD")).containsExactly(2_999);
    assertThat(
            server
                .post(P + "/query", "{'filter':{'must':[{'has_id':[7]}]},'query':[1,0]}")
                .result()
                .at("/points/0/version")
                .intValue())
        .isZero();
  }

  @Test
  void a_filtered_delete_before_an_index_is_replayed_as_it_was_applied() {
    upsert("{'t':'Fox'}", "{'t':'foxes'}", "{'t':'wolf'}");
    server
        .post(P + "/delete?wait=true", "{'filter':{'must':[{'key':'t','match':{'text':'fox'}}]}}")
        .result();
    index("t", "'text'");
    restart();

    assertThat(matching("{'key':'t','match':{'text':'fox'}}")).containsExactly(1);
    assertThat(server.post(P + "/count", "{}").result().path("count").intValue()).isEqualTo(2);
  }

  @Test
  void integer_uuid_and_null_conditions_know_their_index() {
    upsert(
        "{'n':5,'u':'98a9a4b1-4ef2-46fb-8315-a97d874fe1d7','z':[1,null]}",
        "{'n':5.0,'u':'{98A9A4B1-4EF2-46FB-8315-A97D874FE1D7}','z':null}",
        "{'n':'5','u':'x','z':[]}");
    String five = "{'key':'n','match':{'value':5}}";
    String uuid = "{'key':'u','match':{'value':'98a9a4b14ef246fb8315a97d874fe1d7'}}";
    String isNull = "{'is_null':{'key':'z'}}";
    String except = "{'key':'n','match':{'except':[6]}}";
    assertThat(matching(five)).containsExactly(1);
    assertThat(matching(uuid)).isEmpty();
    assertThat(matching(isNull)).containsExactly(2);
    assertThat(matching(except)).containsExactly(1, 2, 3);

    index("n", "'integer'");
    index("u", "'uuid'");
    index("z", "'integer'");
    assertThat(matching(five)).containsExactly(1, 2);
    assertThat(matching(uuid)).containsExactly(1, 2);
    assertThat(matching(isNull)).containsExactly(1, 2);
    assertThat(matching(except)).containsExactly(1, 2);
  }

  @Test
  void an_empty_except_wants_a_value_that_the_index_holds() {
    upsert("{'v':'a'}", "{'v':5}", "{'v':['98a9a4b1-4ef2-46fb-8315-a97d874fe1d7',5]}", "{'v':[]}");
    String except = "{'key':'v','match':{'except':[]}}";
    assertThat(matching(except)).containsExactly(1, 2, 3);

    index("v", "'keyword'");
    assertThat(matching(except)).containsExactly(1, 3);
    assertThat(matching("{'key':'v','match':{'any':[]}}")).isEmpty();
    index("v", "'uuid'");
    assertThat(matching(except)).containsExactly(3);
    assertThat(matching("{'key':'v','match':{'any':[]}}")).isEmpty();
    index("v", "'integer'");
    assertThat(matching(except)).containsExactly(1, 2, 3);
  }

  @Test
  void facets_count_points_by_value() {
    String longText = "long ".repeat(80);
    upsert(
        "{'k':['a','b','a'],'n':1,'b':true,'u':'98A9A4B14EF246FB8315A97D874FE1D7'}",
        "{'k':'b','n':1.0,'b':[true,false],'u':['98a9a4b1-4ef2-46fb-8315-a97d874fe1d7',"
            + "'98A9A4B14EF246FB8315A97D874FE1D7']}",
        "{'k':'c','n':-2,'b':1,'u':'x'}",
        "{'k':'" + longText + "','n':1.5}",
        "{'k':7}");
    assertThat(server.post(C + "/facet", "{'key':'k'}").error())
        .startsWith("400 Wrong input: No appropriate index for faceting: `k`");
    index("k", "'float'");
    assertThat(server.post(C + "/facet", "{'key':'k'}").status()).isEqualTo(400);

    index("k", "'keyword'");
    index("n", "'integer'");
    index("b", "'bool'");
    index("u", "'uuid'");
    assertThat(facet("{'key':'k'}")).isEqualTo("b:2 a:1 c:1 " + longText + ":1");
    assertThat(facet("{'key':'k','limit':1,'exact':true}")).isEqualTo("b:2");
    assertThat(facet("{'key':'k','limit':18446744073709551615}")).startsWith("b:2 a:1");
    assertThat(facet("{'key':'k','filter':{'must':[{'has_id':[1,3,4]}]}}"))
        .isEqualTo("a:1 b:1 c:1 " + longText + ":1");
    assertThat(facet("{'key':'n'}")).isEqualTo("1:2 -2:1");
    assertThat(facet("{'key':'b'}")).isEqualTo("true:2 false:1");
    assertThat(facet("{'key':'u'}")).isEqualTo("98a9a4b1-4ef2-46fb-8315-a97d874fe1d7:2");
    server.post(P + "/delete?wait=true", "{'points':[2]}").result();
    assertThat(facet("{'key':'k'}")).isEqualTo("a:1 b:1 c:1 " + longText + ":1");

    assertThat(server.post(C + "/facet", "{'key':'k','limit':0}").error())
        .isEqualTo(
            "422 Validation error in JSON body: [facet_request.limit: value 0 invalid, must be 1 or"
                + " larger]");
    assertThat(server.post(C + "/facet", "{}").error()).contains("missing field `key`");
    assertThat(server.post("/collections/x/facet", "{'key':'k'}").status()).isEqualTo(404);
  }
}
