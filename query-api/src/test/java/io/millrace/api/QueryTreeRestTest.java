package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Every kind of query over REST, with its errors; every answer is held against the contract.
class QueryTreeRestTest {
  private static final String C = "/collections/c";
  private static final String P = C + "/points";

  @TempDir Path folder;
  private Server server;

  /// Eight points on a line, the numbers of the points their places; Dot with (1, 0) is the place.
  @BeforeEach
  void start() {
    server = Server.over(folder);
    server.put(C, "{'vectors':{'size':2,'distance':'Dot'}}").result();
    StringBuilder points = new StringBuilder();
    for (int i = 1; i <= 8; i++) {
      points.append(
          """
          %s{'id':%d,'vector':[%d,%d],'payload':{'n':%d,'even':%b,'tag':['%s','all'],\
          'when':'2024-01-0%dT00:00:00Z','place':{'lat':0,'lon':%d}}}\
          """
              .formatted(
                  i == 1 ? "" : ",", i, i, 9 - i, i, i % 2 == 0, i < 4 ? "low" : "high", i, i));
    }
    server.put(P + "?wait=true", "{'points':[" + points + "]}").result();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private JsonNode query(String body) {
    return server.post(P + "/query", body).result().path("points");
  }

  private String error(String body) {
    return server.post(P + "/query", body).error();
  }

  private static List<Long> ids(JsonNode points) {
    List<Long> ids = new ArrayList<>();
    points.forEach(p -> ids.add(p.path("id").longValue()));
    return ids;
  }

  private static List<Double> scores(JsonNode points) {
    List<Double> scores = new ArrayList<>();
    points.forEach(p -> scores.add(p.path("score").doubleValue()));
    return scores;
  }

  @Test
  void a_query_ranks_the_union_of_its_prefetches() {
    String body =
        """
        {'prefetch':[{'query':[1,0],'limit':2},{'query':[0,1],'limit':2}],'query':[1,0],'limit':9}\
        """;
    assertThat(ids(query(body))).containsExactly(8L, 7L, 2L, 1L);
    assertThat(scores(query(body))).containsExactly(8.0, 7.0, 2.0, 1.0);
    assertThat(
            ids(
                query(
                    """
                    {'prefetch':{'prefetch':{'query':[1,0],'limit':4},'query':[0,1],'limit':3},
                     'query':[1,0],'limit':9,'offset':1}\
                    """)))
        .containsExactly(6L, 5L);
  }

  @Test
  void the_outer_filter_reaches_every_prefetch() {
    assertThat(
            ids(
                query(
                    """
                    {'prefetch':{'prefetch':{'query':[1,0],'limit':2},'query':[1,0],'limit':2,
                       'filter':{'must':{'key':'n','range':{'lte':7}}}},
                     'query':[1,0],'filter':{'must':{'key':'even','match':{'value':true}}}}\
                    """)))
        .containsExactly(6L, 4L);
  }

  @Test
  void ranks_are_fused_and_thresholds_of_fusions_are_inclusive() {
    String prefetch = "'prefetch':[{'query':[1,0],'limit':3},{'query':[1,0],'limit':1}]";
    JsonNode fused = query("{" + prefetch + ",'query':{'fusion':'rrf'}}");
    assertThat(ids(fused)).containsExactly(8L, 7L, 6L);
    assertThat(scores(fused).get(0)).isEqualTo(1.0);
    assertThat(scores(fused).get(1)).isCloseTo(1 / 3.0, within(1e-6));
    assertThat(scores(fused).get(2)).isEqualTo(0.25);
    assertThat(ids(query("{" + prefetch + ",'query':{'fusion':'rrf'},'score_threshold':0.25}")))
        .hasSize(3);
    assertThat(
            scores(query("{" + prefetch + ",'query':{'rrf':{'k':1,'weights':[2,0]}},'limit':2}")))
        .containsExactly(2.0, 1.0);
    JsonNode distributed = query("{" + prefetch + ",'query':{'fusion':'dbsf'}}");
    assertThat(ids(distributed)).containsExactly(8L, 7L, 6L);
    assertThat(scores(distributed).get(0)).isCloseTo(0.5 + 4 / 6.0, within(1e-6));
    assertThat(error("{" + prefetch + ",'query':{'rrf':{'weights':[1]}}}"))
        .isEqualTo(
            "400 Wrong input: RRF weights length (1) does not match number of prefetches (2)");
    assertThat(error("{" + prefetch + ",'query':{'rrf':{'k':0}}}"))
        .startsWith("422 Validation error in JSON body: [internal.query.rrf.k: value 0 invalid");
  }

  @Test
  void parts_that_do_not_go_together_are_refused() {
    assertThat(error("{'prefetch':{}}"))
        .isEqualTo(
            "400 Bad request: A query is needed to merge the prefetches."
                + " Can't have prefetches without defining a query.");
    assertThat(error("{'score_threshold':1}"))
        .isEqualTo(
            "400 Bad request: A query is needed to use the score_threshold."
                + " Can't have score_threshold without defining a query.");
    assertThat(error("{'query':{'order_by':'n'},'score_threshold':1}"))
        .isEqualTo("400 Bad request: Can't use score_threshold with an order_by query.");
    assertThat(ids(query("{'query':{'fusion':'rrf'},'prefetch':{'query':[1,0]},'using':''}")))
        .hasSize(8);
    assertThat(error("{'query':{'fusion':'rrf'},'prefetch':{},'using':'v'}"))
        .isEqualTo("400 Bad request: Fusion queries cannot be combined with the 'using' field.");
    assertThat(error("{'query':{'fusion':'rrf'}}"))
        .isEqualTo("400 Bad request: cannot apply Fusion without prefetches");
    assertThat(error("{'query':{'formula':1}}"))
        .isEqualTo("400 Bad request: cannot apply Formula without prefetches");
    assertThat(error("{'query':{'fusion':'best'},'prefetch':{}}"))
        .startsWith("400 Format error in JSON body: unknown variant `best`");
    assertThat(error("{'query':{'fusion':'rrf'},'prefetch':{'query':99}}"))
        .isEqualTo("404 Not found: No point with id 99 found");
    assertThat(error("{'query':[1,2,3]}"))
        .isEqualTo("400 Wrong input: Vector dimension error: expected dim: 2, got 3");
    assertThat(error("{'query':[]}"))
        .isEqualTo("400 Wrong input: Vector dimension error: expected dim: 2, got 0");
    assertThat(error("{'query':{'recommend':{'positive':[[]]}}}"))
        .isEqualTo("400 Wrong input: Vector dimension error: expected dim: 2, got 0");
    assertThat(error("{'query':[1,2],'using':'x'}"))
        .isEqualTo("400 Wrong input: Vector with name x is not configured in this collection");
    assertThat(error("{'query':1,'lookup_from':{'collection':'d'}}"))
        .isEqualTo("404 Not found: Collection d not found");
    assertThat(error("{'query':1,'lookup_from':{'collection':'c','vector':'x'}}"))
        .isEqualTo("400 Wrong input: Not existing vector name error: x");
  }

  @Test
  void examples_are_no_hits_anywhere_in_the_tree() {
    assertThat(ids(query("{'query':8,'limit':2}"))).containsExactly(7L, 6L);
    assertThat(ids(query("{'prefetch':{'query':8,'limit':3},'query':7}")))
        .containsExactly(6L, 5L, 4L);
    server.put("/collections/d", "{'vectors':{'o':{'size':2,'distance':'Dot'}}}").result();
    server
        .put(
            "/collections/d/points?wait=true",
            "{'points':[{'id':8,'vector':{'o':[1,0]}},{'id':2,'vector':{}}]}")
        .result();
    String from = ",'lookup_from':{'collection':'d','vector':'o'}}";
    assertThat(ids(query("{'query':8,'limit':2" + from))).containsExactly(8L, 7L);
    assertThat(error("{'query':2" + from))
        .isEqualTo("404 Not found: Vector with name \"o\" for point not found");
    String unknown = ",'lookup_from':{'collection':'d','vector':'x'}}";
    assertThat(error("{'query':2" + unknown))
        .isEqualTo("400 Wrong input: Not existing vector name error: x");
    assertThat(error("{'query':99" + unknown))
        .isEqualTo("404 Not found: No point with id 99 found");
  }

  @Test
  void recommendations_follow_their_strategy() {
    assertThat(ids(query("{'query':{'recommend':{'positive':[8,6]}},'limit':2}")))
        .containsExactly(7L, 5L);
    assertThat(
            scores(
                query("{'query':{'recommend':{'positive':[[1,0]],'negative':[[0,1]]}},'limit':1}")))
        .containsExactly(2.0 * 8 - 1);
    JsonNode best =
        query(
            "{'query':{'recommend':{'positive':[[1,0]],'negative':[[0,1]],"
                + "'strategy':'best_score'}},'limit':8}");
    assertThat(ids(best)).startsWith(8L, 7L, 6L, 5L).endsWith(1L);
    assertThat(scores(best).getFirst()).isCloseTo(0.5 * (8 / 9.0 + 1), within(1e-6));
    assertThat(scores(best).getLast()).isCloseTo(-0.5 * (8 / 9.0 + 1), within(1e-6));
    assertThat(
            scores(
                query(
                    "{'query':{'recommend':{'positive':[[1,0]],'negative':[[0,1]],"
                        + "'strategy':'sum_scores'}},'limit':2,'score_threshold':5}")))
        .containsExactly(7.0);
    assertThat(error("{'query':{'recommend':{}}}"))
        .startsWith("422 ")
        .contains("At least one positive or negative vector/id must be provided");
    assertThat(error("{'query':{'recommend':{'negative':[1]}}}"))
        .startsWith("400 Wrong input: Positive vectors should not be empty");
    assertThat(error("{'query':{'recommend':{'positive':[99]}}}"))
        .isEqualTo("404 Not found: No point with id 99 found");
  }

  @Test
  void the_older_routes_answer_bare_lists() {
    assertThat(ids(server.post(P + "/recommend", "{'positive':[8],'limit':2}").result()))
        .containsExactly(7L, 6L);
    JsonNode batch =
        server
            .post(
                P + "/recommend/batch",
                "{'searches':[{'positive':[8],'top':1},{'positive':[[0,1]],'limit':1}]}")
            .result();
    assertThat(ids(batch.get(0))).containsExactly(7L);
    assertThat(ids(batch.get(1))).containsExactly(1L);
    assertThat(server.post(P + "/recommend", "{'negative':[8],'limit':2}").error())
        .isEqualTo("400 Bad request: At least one positive vector ID required with this strategy");
    assertThat(server.post(P + "/recommend", "{'positive':[8]}").error())
        .startsWith("400 Format error in JSON body: missing field `limit`");
    assertThat(
            ids(
                server
                    .post(
                        P + "/discover",
                        "{'target':[1,0],'context':[{'positive':8,'negative':1}],'limit':2}")
                    .result()))
        .containsExactly(7L, 6L);
    assertThat(server.post(P + "/discover", "{'limit':1}").error())
        .isEqualTo("400 Bad request: target and/or context must be specified");
    JsonNode discovered =
        server
            .post(
                P + "/discover/batch",
                "{'searches':[{'context':{'positive':8,'negative':1},'limit':3}]}")
            .result();
    assertThat(discovered.get(0)).hasSize(3);
  }

  @Test
  void discovery_and_context_rank_by_the_sides_of_pairs() {
    JsonNode found =
        query(
            "{'query':{'discover':{'target':[1,0],"
                + "'context':[{'positive':[0,1],'negative':[1,0]}]}},'limit':8}");
    assertThat(ids(found)).containsExactly(4L, 3L, 2L, 1L, 8L, 7L, 6L, 5L);
    assertThat(scores(found).getFirst()).isCloseTo(1 + 0.5 * (4 / 5.0 + 1), within(1e-6));
    assertThat(ids(query("{'query':{'discover':{'target':[1,0],'context':null}},'limit':2}")))
        .containsExactly(8L, 7L);
    assertThat(error("{'query':{'discover':{'target':[1,0]}}}"))
        .startsWith("400 Format error in JSON body: missing field `context`");
    JsonNode context = query("{'query':{'context':{'positive':[1,0],'negative':[0,1]}},'limit':8}");
    assertThat(ids(context)).containsExactly(5L, 6L, 7L, 8L, 4L, 3L, 2L, 1L);
    assertThat(scores(context).get(3)).isEqualTo(0.0);
    assertThat(scores(context).get(4)).isCloseTo(-0.5, within(1e-6));
    JsonNode none = query("{'query':{'context':null},'limit':8}");
    assertThat(none).isEqualTo(query("{'query':{'context':[]},'limit':8}"));
    assertThat(scores(none)).hasSize(8).containsOnly(0.0);
  }

  @Test
  void points_come_in_the_order_of_a_payload_value() {
    assertThat(error("{'query':{'order_by':'n'}}"))
        .startsWith(
            "400 Wrong input: No range index for `order_by` key: `n`. Please create one to use");
    server.put(C + "/index?wait=true", "{'field_name':'n','field_schema':'integer'}").result();
    server.put(C + "/index?wait=true", "{'field_name':'when','field_schema':'datetime'}").result();
    JsonNode ordered =
        query("{'query':{'order_by':{'key':'n','direction':'desc'}},'limit':2,'offset':1}");
    assertThat(ids(ordered)).containsExactly(7L, 6L);
    assertThat(ordered.get(0).path("order_value").toString()).isEqualTo("7");
    assertThat(scores(ordered)).containsExactly(1.0, 1.0);
    JsonNode page =
        server
            .post(
                P + "/scroll",
                "{'order_by':{'key':'when','start_from':'2024-01-03'},'limit':2,"
                    + "'filter':{'must_not':{'has_id':[3]}}}")
            .result();
    assertThat(ids(page.path("points"))).containsExactly(4L, 5L);
    assertThat(page.path("points").get(0).path("order_value").longValue())
        .isEqualTo(1_704_326_400_000_000L);
    assertThat(page.path("next_page_offset").isNull()).isTrue();
    assertThat(page.path("points").get(0).has("score")).isFalse();
    assertThat(server.post(P + "/scroll", "{'order_by':'n','offset':3}").error())
        .startsWith("400 Wrong input: Cannot use an `offset` when using `order_by`");
    assertThat(server.post(P + "/scroll", "{'order_by':{'key':'n','direction':'up'}}").status())
        .isEqualTo(400);
    server.post(P + "/payload?wait=true", "{'payload':{'n':[9,0,9]},'points':[1]}").result();
    assertThat(ids(query("{'query':{'order_by':'n'},'limit':20}")))
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 1L);
  }

  @Test
  void an_ordered_page_of_many_chunks_holds_each_occurrence_with_its_point() {
    server.put(C + "/index?wait=true", "{'field_name':'rank','field_schema':'integer'}").result();
    String points =
        IntStream.rangeClosed(1_001, 1_600)
            .mapToObj(id ->
                "{'id':%d,'vector':[1,%d],'payload':{'rank':%s}}"
                    .formatted(id, id, id == 1_001 ? "[0,600]" : "" + (1_600 - id)))
            .collect(Collectors.joining(",", "{'points':[", "]}"));
    server.put(P + "?wait=true", points).result();

    JsonNode page =
        server
            .post(P + "/scroll", "{'order_by':'rank','limit':999999999,'with_vector':true}")
            .result()
            .path("points");

    assertThat(ids(page))
        .hasSize(601)
        .startsWith(1_001L, 1_600L, 1_599L)
        .endsWith(1_003L, 1_002L, 1_001L);
    for (JsonNode record : page) {
      long id = record.path("id").longValue();
      assertThat(record.path("vector").get(1).longValue()).isEqualTo(id);
      if (id != 1_001) {
        assertThat(record.path("order_value").longValue()).isEqualTo(1_600 - id);
        assertThat(record.at("/payload/rank").longValue()).isEqualTo(1_600 - id);
      }
    }
    assertThat(page.get(0).path("order_value").longValue()).isEqualTo(0);
    assertThat(page.get(600).path("order_value").longValue()).isEqualTo(600);
  }

  @Test
  void a_sample_is_a_random_subset_of_what_matches() {
    JsonNode sample =
        query(
            "{'query':{'sample':'random'},'limit':3,'offset':100,"
                + "'filter':{'must':{'key':'even','match':{'value':true}}}}");
    assertThat(ids(sample)).hasSize(3).doesNotHaveDuplicates();
    assertThat(ids(sample)).allMatch(id -> id % 2 == 0);
    assertThat(error("{'query':{'sample':'best'}}")).startsWith("400 Format error");
  }

  @Test
  void formulas_compute_with_scores_payload_and_conditions() {
    String from = "'prefetch':[{'query':[1,0],'limit':4},{'query':[0,1],'limit':8}]";
    JsonNode boosted =
        query(
            """
            {%s,'query':{'formula':{'sum':['$score',{'mult':[100,
               {'key':'even','match':{'value':false}}]},{'neg':'n'}]}},'limit':3}\
            """
                .formatted(from));
    assertThat(ids(boosted)).containsExactly(5L, 7L, 1L);
    assertThat(scores(boosted)).containsExactly(100.0, 100.0, 99.0);
    assertThat(
            scores(
                query(
                    """
                    {%s,'query':{'formula':{'sum':['$score[1]','weight',
                      {'div':{'left':1,'right':0,'by_zero_default':5}}]},
                      'defaults':{'weight':10}},'limit':1}\
                    """
                        .formatted(from))))
        .containsExactly(23.0);
    assertThat(
            scores(
                query(
                    """
                    {%s,'query':{'formula':{'sum':[{'max':['n',{'min':[3,'$score']},-1]},
                      {'acosh':1}]}},'limit':8}\
                    """
                        .formatted(from))))
        .containsExactly(8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0);
    assertThat(scores(query("{%s,'query':{'formula':{'acosh':2}},'limit':1}".formatted(from))))
        .containsExactly(1.316958);
    JsonNode near =
        query(
            """
            {%s,'query':{'formula':{'exp_decay':{'x':{'geo_distance':
              {'origin':{'lat':0,'lon':3},'to':'place'}},'scale':111195.08023353292}}},'limit':2,
             'score_threshold':0.5}\
            """
                .formatted(from));
    assertThat(ids(near).getFirst()).isEqualTo(3L);
    assertThat(scores(near).getFirst()).isEqualTo(1.0);
    assertThat(scores(near).get(1)).isCloseTo(0.5, within(1e-6));
    JsonNode fresh =
        query(
            """
            {%s,'query':{'formula':{'lin_decay':{'x':{'datetime_key':'when'},
              'target':{'datetime':'2024-01-08'},'scale':86400}}},'limit':2}\
            """
                .formatted(from));
    assertThat(scores(fresh)).containsExactly(1.0, 0.5);
    assertThat(error("{%s,'query':{'formula':'weight'}}".formatted(from)))
        .isEqualTo(
            "400 Wrong input: Expected number value for weight in the payload and/or in the"
                + " formula defaults. Error: No value found in a payload nor defaults");
    assertThat(error("{%s,'query':{'formula':'even'}}".formatted(from)))
        .startsWith("400 Wrong input: Expected number value for even in the payload");
    for (String[] formula :
        new String[][] {
          {"{'ln':0}", "ln(0) = -inf"},
          {"{'sqrt':-0.25}", "√-0.25 = NaN"},
          {"{'acosh':0.5}", "acosh(0.5) = NaN"},
          {"{'div':{'left':1,'right':0}}", "1/0 = inf"},
          {"1e39", "1000000000000000000000000000000000000000 as f32 = inf"}
        }) {
      assertThat(error("{%s,'query':{'formula':%s}}".formatted(from, formula[0])))
          .isEqualTo(
              "400 Wrong input: The expression " + formula[1] + " produced a non-finite number");
    }
    for (String operator : List.of("max", "min")) {
      assertThat(error("{%s,'query':{'formula':{'%s':[]}}}".formatted(from, operator)))
          .isEqualTo("400 Wrong input: `" + operator + "` needs at least one operand");
    }
    assertThat(error("{%s,'query':{'formula':'$x'}}".formatted(from))).startsWith("400 ");
    assertThat(error("{%s,'query':{'formula':1,'defaults':{'$x':1}}}".formatted(from)))
        .startsWith("422 ");
    assertThat(error("{%s,'query':{'formula':1,'defaults':{'$score':'a'}}}".formatted(from)))
        .startsWith("422 ");
    String noted = "{%s,'query':{'formula':{'note':'turned','neg':2}},'limit':1}".formatted(from);
    assertThat(scores(query(noted))).containsExactly(-2.0);
    assertThat(error("{%s,'query':{'formula':{'nothing':1}}}".formatted(from)))
        .startsWith("400 Format error in JSON body: data did not match any variant");
    assertThat(error("{%s,'query':{'formula':{'exp_decay':{'x':1,'midpoint':1}}}}".formatted(from)))
        .startsWith("400 ");
  }

  @Test
  void an_index_hides_from_formulas_what_it_does_not_hold() {
    server.put(P + "/payload?wait=true", "{'payload':{'price':null},'points':[1]}").result();
    String priced =
        "{'prefetch':{'filter':{'must':{'has_id':[1]}}},"
            + "'query':{'formula':'price','defaults':{'price':7}}}";
    assertThat(error(priced))
        .isEqualTo(
            "400 Wrong input: Expected number value for price in the payload and/or in the formula"
                + " defaults. Error: Value is not a number");

    server.put(C + "/index?wait=true", "{'field_name':'price','field_schema':'float'}").result();

    assertThat(scores(query(priced))).containsExactly(7.0);
  }

  @Test
  void diversity_decides_the_order_and_not_the_scores() {
    JsonNode plain = query("{'query':{'nearest':[1,0],'mmr':{'diversity':0}},'limit':3}");
    assertThat(ids(plain)).containsExactly(8L, 7L, 6L);
    JsonNode diverse =
        query("{'query':{'nearest':[1,0],'mmr':{'diversity':1,'candidates_limit':8}},'limit':2}");
    assertThat(ids(diverse)).containsExactly(8L, 1L);
    assertThat(scores(diverse)).containsExactly(8.0, 1.0);
    assertThat(error("{'query':{'nearest':[1,0],'mmr':{'diversity':2}}}"))
        .startsWith("422 Validation error in JSON body: [internal.query.mmr.diversity: value 2.0");
    assertThat(error("{'query':{'nearest':[1,0],'mmr':{'candidates_limit':16385}}}"))
        .startsWith("422 ");
  }

  /// Beside the first, the three are equal; the last of all takes the place of a picked one, so
  /// that the order of what is left becomes 4, 2, 3.
  @Test
  void of_equally_diverse_candidates_the_last_is_picked() {
    server.put("/collections/d", "{'vectors':{'size':4,'distance':'Dot'}}").result();
    server
        .put(
            "/collections/d/points?wait=true",
            "{'points':[{'id':1,'vector':[2,1,0,0]},{'id':2,'vector':[1,0,0,0]},"
                + "{'id':3,'vector':[0.5,0.5,0,0]},{'id':4,'vector':[0.25,0.75,0,0]}]}")
        .result();
    JsonNode picked =
        server
            .post("/collections/d/points/query", "{'query':{'nearest':[1,0,0,0],'mmr':{}}}")
            .result()
            .path("points");
    assertThat(ids(picked)).containsExactly(1L, 3L, 2L, 4L);
  }

  @Test
  void feedback_moves_the_ranking_towards_what_was_rated_high() {
    String feedback =
        "{'query':{'relevance_feedback':{'target':[1,0],'feedback':%s,'strategy':{'naive':%s}}}}";
    JsonNode one = query(feedback.formatted("[{'example':8,'score':1}]", "{'a':1,'b':1,'c':1}"));
    assertThat(ids(one)).startsWith(7L, 6L);
    JsonNode two =
        query(
            feedback.formatted(
                "[{'example':[0,1],'score':3},{'example':[1,0],'score':1}]",
                "{'a':1,'b':2,'c':1}"));
    assertThat(ids(two)).startsWith(1L, 2L);
    assertThat(scores(two).getFirst()).isEqualTo(1 + 4.0 * (8 - 1));
    assertThat(error(feedback.formatted("[]", "{'a':1,'b':1,'c':1}")))
        .startsWith("422 ")
        .contains("feedback elements must be non-empty");
    assertThat(error(feedback.formatted("[{'example':8,'score':1}]", "{'a':1,'b':-1,'c':1}")))
        .isEqualTo(
            "422 Validation error in JSON body: [internal.query.relevance_feedback.strategy.naive"
                + ".b: value -1.0 invalid, must be 0.0 or larger]");
  }

  @Test
  void hits_are_gathered_by_a_value() {
    JsonNode groups =
        server
            .post(
                P + "/query/groups",
                "{'query':[1,0],'group_by':'tag','group_size':2,'limit':10,'with_payload':['n']}")
            .result()
            .path("groups");
    assertThat(groups).hasSize(3);
    assertThat(groups.get(0).path("id").asString()).isEqualTo("high");
    assertThat(ids(groups.get(0).path("hits"))).containsExactly(8L, 7L);
    assertThat(groups.get(1).path("id").asString()).isEqualTo("all");
    assertThat(groups.get(2).path("id").asString()).isEqualTo("low");
    assertThat(ids(groups.get(2).path("hits"))).containsExactly(3L, 2L);

    server.put("/collections/d", "{}").result();
    server
        .put(
            "/collections/d/points?wait=true",
            "{'points':[{'id':8,'vector':{},'payload':{'x':1}}]}")
        .result();
    JsonNode described =
        server
            .post(
                P + "/search/groups",
                "{'vector':[1,0],'group_by':'n','group_size':1,'limit':2,'with_lookup':'d'}")
            .result()
            .path("groups");
    assertThat(described.get(0).path("lookup").path("payload").path("x").intValue()).isEqualTo(1);
    assertThat(described.get(1).has("lookup")).isFalse();
    assertThat(
            server
                .post(
                    P + "/recommend/groups",
                    "{'positive':[8],'group_by':'n','group_size':1,'limit':1}")
                .result()
                .path("groups")
                .get(0)
                .path("id")
                .intValue())
        .isEqualTo(7);
    assertThat(
            server
                .post(P + "/query/groups", "{'query':[1,0],'group_by':'none'}")
                .result()
                .path("groups")
                .isEmpty())
        .isTrue();
    assertThat(
            server
                .post(
                    P + "/query/groups",
                    "{'prefetch':{'query':[1,0],'limit':2},'query':{'fusion':'rrf'},"
                        + "'group_by':'even'}")
                .result()
                .path("groups")
                .isEmpty())
        .isTrue();
    assertThat(
            server
                .post(P + "/query/groups", "{'query':[1,0],'group_by':'n','with_lookup':'no'}")
                .error())
        .isEqualTo("404 Not found: Collection no not found");
    assertThat(server.post(P + "/query/groups", "{'query':[1,0]}").error())
        .startsWith("400 Format error in JSON body: missing field `group_by`");
    assertThat(
            server
                .post(P + "/query/groups", "{'query':[1,0],'group_by':'n','group_size':0}")
                .error())
        .startsWith("422 ");
    assertThat(server.post(P + "/search/groups", "{'vector':[1,0],'group_by':'n'}").status())
        .isEqualTo(400);
  }

  @Test
  void few_candidates_of_mmr_are_no_end_of_the_groups() {
    String body =
        """
        {'query':{'nearest':[1,0],'mmr':{'diversity':0.5,'candidates_limit':2}},\
        'group_by':'n','group_size':1,'limit':5}\
        """;
    JsonNode groups = server.post(P + "/query/groups", body).result().path("groups");
    assertThat(groups.valueStream().map(g -> g.path("id").longValue())).hasSize(5);
    String tags = body.replace("'n'", "'tag'").replace("'group_size':1", "'group_size':2");
    JsonNode tagged = server.post(P + "/query/groups", tags).result().path("groups");
    assertThat(tagged.valueStream().map(g -> g.path("id").asString()))
        .containsExactlyInAnyOrder("high", "all", "low");
    assertThat(tagged.valueStream()).allMatch(group -> group.path("hits").size() == 2);
  }

  @Test
  void prefetches_of_groups_bring_only_points_that_have_the_key() {
    server.post(P + "/payload/delete?wait=true", "{'keys':['n'],'points':[7,8]}").result();
    String body =
        """
        {'prefetch':{'query':[1,0],'limit':1},'query':[1,0],'group_by':'n','group_size':2}\
        """;
    JsonNode groups = server.post(P + "/query/groups", body).result().path("groups");
    assertThat(groups.valueStream().map(g -> g.path("id").longValue())).containsExactly(6L, 5L);
  }

  @Test
  void a_group_beyond_signed_numbers_is_filled_from_below_the_front() {
    StringBuilder points = new StringBuilder("{'id':1000,'vector':[1000,0],'payload':{'g':%s}}");
    for (int i = 100; i < 300; i++) {
      points.append(",{'id':%d,'vector':[%d,0],'payload':{'g':1}}".formatted(i, i));
    }
    points.append(",{'id':1001,'vector':[1,0],'payload':{'g':%s}}");
    String largest = "18446744073709551615";
    server
        .put(P + "?wait=true", "{'points':[" + points.toString().formatted(largest, largest) + "]}")
        .result();
    JsonNode groups =
        server
            .post(P + "/query/groups", "{'query':[1,0],'group_by':'g','group_size':2,'limit':2}")
            .result()
            .path("groups");
    assertThat(groups.get(0).path("id").bigIntegerValue()).isEqualTo(largest);
    assertThat(ids(groups.get(0).path("hits"))).containsExactly(1000L, 1001L);
  }

  @Test
  void a_recommendation_does_without_points_that_lack_the_vector() {
    server.post(P + "/vectors/delete?wait=true", "{'points':[2,3],'vector':['']}").result();
    for (String strategy : List.of("average_vector", "best_score", "sum_scores")) {
      String recommend = "{'query':{'recommend':{'positive':%s,'negative':%s,'strategy':'%s'}}}";
      JsonNode found = query(recommend.formatted("[8,2]", "[3]", strategy));
      assertThat(ids(found)).as(strategy).startsWith(7L).doesNotContain(2L, 3L, 8L);
      assertThat(found)
          .as(strategy)
          .hasSize(5)
          .isEqualTo(query(recommend.formatted("[8]", "[]", strategy)));
      assertThat(error(recommend.formatted("[2]", "[3]", strategy)))
          .isEqualTo("404 Not found: Vector with name \"\" for point not found");
    }
    assertThat(error("{'query':{'recommend':{'positive':[2],'negative':[8]}}}"))
        .startsWith("400 Wrong input: Positive vectors should not be empty");
    assertThat(error("{'query':{'recommend':{'positive':[8]}},'using':'x'}"))
        .isEqualTo("400 Wrong input: Vector with name x is not configured in this collection");
    assertThat(error("{'query':{'recommend':{'positive':[2,99]}}}"))
        .isEqualTo("404 Not found: No point with id 99 found");
  }

  @Test
  void a_sample_is_compared_with_itself() {
    JsonNode pairs =
        server.post(P + "/search/matrix/pairs", "{'sample':8,'limit':2}").result().path("pairs");
    assertThat(pairs).hasSize(16);
    assertThat(pairs.get(0).path("a").intValue()).isEqualTo(1);
    assertThat(pairs.get(0).path("b").intValue()).isEqualTo(2);
    assertThat(pairs.get(0).path("score").doubleValue()).isEqualTo(2.0 + 8 * 7);
    JsonNode offsets = server.post(P + "/search/matrix/offsets", "{'sample':8}").result();
    assertThat(offsets.path("ids")).hasSize(8);
    assertThat(offsets.path("offsets_row")).hasSize(24);
    assertThat(offsets.path("offsets_col")).hasSize(24);
    assertThat(offsets.path("scores")).hasSize(24);
    assertThat(
            server
                .post(P + "/search/matrix/pairs", "{'filter':{'must':{'has_id':[1]}},'sample':5}")
                .result()
                .path("pairs")
                .isEmpty())
        .isTrue();
    assertThat(server.post(P + "/search/matrix/pairs", "{'sample':1}").status()).isEqualTo(422);
    assertThat(server.post(P + "/search/matrix/pairs", "{'using':'x'}").error())
        .startsWith("400 Wrong input: Vector with name x is not configured");
  }

  @Test
  void a_batch_answers_in_order_and_fails_as_a_whole() {
    JsonNode batch =
        server
            .post(
                P + "/query/batch",
                "{'searches':[{'query':[1,0],'limit':1},{'query':{'recommend':"
                    + "{'positive':[1]}},'limit':1},{'limit':1}]}")
            .result();
    assertThat(ids(batch.get(0).path("points"))).containsExactly(8L);
    assertThat(ids(batch.get(1).path("points"))).containsExactly(2L);
    assertThat(ids(batch.get(2).path("points"))).containsExactly(1L);
    assertThat(
            server.post(P + "/query/batch", "{'searches':[{'query':[1,0]},{'query':99}]}").error())
        .isEqualTo("404 Not found: No point with id 99 found");
  }

  @Test
  void sparse_examples_without_a_common_index_count_as_zero() {
    server.put("/collections/s", "{'sparse_vectors':{'w':{}}}").result();
    server
        .put(
            "/collections/s/points?wait=true",
            """
            {'points':[
              {'id':1,'vector':{'w':{'indices':[1],'values':[2]}}},
              {'id':2,'vector':{'w':{'indices':[1,2],'values':[1,1]}}},
              {'id':3,'vector':{'w':{'indices':[3],'values':[1]}}},
              {'id':4,'vector':{}}]}\
            """)
        .result();
    JsonNode best =
        server
            .post(
                "/collections/s/points/query",
                """
                {'query':{'recommend':{'positive':[{'indices':[1],'values':[1]}],
                  'negative':[{'indices':[2],'values':[1]}],'strategy':'sum_scores'}},'using':'w'}\
                """)
            .result()
            .path("points");
    assertThat(ids(best)).containsExactly(1L, 2L, 3L);
    assertThat(scores(best)).containsExactly(2.0, 0.0, 0.0);
    JsonNode pairs =
        server
            .post("/collections/s/points/search/matrix/pairs", "{'using':'w'}")
            .result()
            .path("pairs");
    assertThat(pairs).hasSize(2);
  }

  @Test
  void integers_beyond_float64_keep_their_order_and_their_digits() {
    server.put(C + "/index?wait=true", "{'field_name':'big','field_schema':'integer'}").result();
    long base = 1L << 60;
    for (int i = 1; i <= 8; i++) {
      server
          .post(
              P + "/payload?wait=true",
              "{'payload':{'big':%d},'points':[%d]}".formatted(base + 9 - i, i))
          .result();
    }
    JsonNode ordered = query("{'query':{'order_by':'big'},'limit':3}");
    assertThat(ids(ordered)).containsExactly(8L, 7L, 6L);
    assertThat(ordered.get(0).path("order_value").longValue()).isEqualTo(base + 1);
    JsonNode from =
        query(
            "{'query':{'order_by':{'key':'big','direction':'desc','start_from':%d}},'limit':2}"
                .formatted(base + 4));
    assertThat(ids(from)).containsExactly(5L, 6L);
    assertThat(ids(query("{'query':{'order_by':{'key':'big','direction':'desc'}},'limit':2}")))
        .containsExactly(1L, 2L);
    server.post(P + "/payload?wait=true", "{'payload':{'big':0},'points':[1]}").result();
    assertThat(ids(query("{'query':{'order_by':{'key':'big','direction':'desc'}},'limit':2}")))
        .containsExactly(2L, 3L);
  }

  @Test
  void strict_mode_holds_every_stage() {
    server.patch(C, "{'strict_mode_config':{'enabled':true,'max_query_limit':5}}").result();
    assertThat(error("{'query':[1,0],'limit':5,'prefetch':{'query':[1,0],'limit':6}}"))
        .startsWith("400 Bad request: Limit exceeded 6 > 5 for \"limit\"");
    assertThat(server.post(P + "/query/groups", "{'query':[1,0],'group_by':'n','limit':2}").error())
        .startsWith("400 Bad request: Limit exceeded 6 > 5 for \"limit\"");
    assertThat(server.post(P + "/search/matrix/pairs", "{'limit':2,'sample':3}").error())
        .startsWith("400 Bad request: Limit exceeded 6 > 5 for \"limit\"");

    server
        .patch(
            C,
            "{'strict_mode_config':{'max_query_limit':100,'search_allow_exact':false,"
                + "'unindexed_filtering_retrieve':false},'hnsw_config':{'m':0}}")
        .result();
    assertThat(error("{'query':[1,0]}"))
        .startsWith("400 Bad request: Request is forbidden because vector indexing is disabled");
    assertThat(error("{'query':[1,0],'prefetch':{'query':[1,0]}}"))
        .startsWith("400 Bad request: Request is forbidden because vector indexing is disabled");
    assertThat(ids(query("{'query':[1,0],'prefetch':{'limit':3}}"))).containsExactly(3L, 2L, 1L);
    assertThat(error("{'query':{'formula':'n'},'prefetch':{'limit':3}}"))
        .startsWith("400 Bad request: Index required but not found for \"n\"")
        .endsWith("use a different formula expression.");
    assertThat(server.post(P + "/query/groups", "{'group_by':'n','limit':2}").error())
        .startsWith("400 Bad request: Index required but not found for \"n\"");
  }
}
