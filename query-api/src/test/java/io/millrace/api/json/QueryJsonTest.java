package io.millrace.api.json;

import static io.millrace.api.json.PointJsonTest.fault;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.Fetch;
import io.millrace.model.Fetch.PayloadPart;
import io.millrace.model.Fetch.VectorPart;
import io.millrace.model.Filter;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.VectorValue;
import io.millrace.model.query.Example;
import io.millrace.model.query.Query;
import io.millrace.model.query.QueryRequest;
import io.millrace.model.query.Stage;
import io.millrace.model.query.Stage.LookupFrom;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class QueryJsonTest {
  private static QueryRequest query(String json) {
    return JsonIn.read(json, QueryJson::query);
  }

  private static Query kind(String query) {
    return query("{\"query\":" + query + "}").root().query().orElseThrow();
  }

  private static Query nearest(float... vector) {
    return Query.Nearest.to(new Example.OfVector(new VectorValue.Dense(vector)));
  }

  @Test
  void nothing_given_means_ten_points_in_order() {
    assertThat(query("{}"))
        .isEqualTo(
            new QueryRequest(
                new Stage(
                    List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Filter.ALL,
                    SearchParams.DEFAULT,
                    OptionalDouble.empty(),
                    10,
                    Optional.empty()),
                0,
                Fetch.ID_ONLY));
  }

  @Test
  void a_query_is_told_by_its_form() {
    assertThat(kind("[1,2]")).isEqualTo(nearest(1, 2));
    assertThat(kind("{\"nearest\":[1,2]}")).isEqualTo(nearest(1, 2));
    assertThat(kind("18446744073709551615"))
        .isEqualTo(Query.Nearest.to(new Example.OfPoint(PointId.of(-1))));
    assertThat(kind("{\"nearest\":\"936DA01F9ABD4d9d80c702af85c822a8\"}"))
        .isEqualTo(
            Query.Nearest.to(
                new Example.OfPoint(
                    PointId.parseUuid("936da01f9abd4d9d80c702af85c822a8").orElseThrow())));
    assertThat(kind("{\"values\":[2,1],\"indices\":[9,5]}"))
        .isEqualTo(
            Query.Nearest.to(
                new Example.OfVector(
                    new VectorValue.Sparse(new int[] {5, 9}, new float[] {1, 2}))));
    assertThat(kind("[[1],[2]]"))
        .isEqualTo(
            Query.Nearest.to(new Example.OfVector(new VectorValue.Multi(1, new float[] {1, 2}))));
    assertThat(kind("{\"fusion\":\"rrf\"}")).isEqualTo(new Query.Rrf(2, List.of()));
    assertThat(kind("{\"nearest\":[1],\"mmr\":{}}"))
        .isEqualTo(
            new Query.Nearest(
                new Example.OfVector(new VectorValue.Dense(1)),
                Optional.of(new Query.Mmr(0.5f, Optional.empty()))));
    for (String bad : List.of("{}", "{\"x\":1}", "true", "\"x\"", "-1")) {
      assertThat(fault("{\"query\":" + bad + "}", QueryJson::query)).as(bad).startsWith("FORMAT ");
    }
  }

  @Test
  void all_other_fields_are_read() {
    assertThat(
            query(
                "{\"query\":[1],\"using\":\"a\",\"limit\":18446744073709551615,\"offset\":3,"
                    + "\"score_threshold\":0.1,\"with_payload\":[\"a\",\"b.c\"],"
                    + "\"with_vectors\":[\"v\"],\"lookup_from\":{\"collection\":\"o\"},"
                    + "\"params\":{\"hnsw_ef\":64,\"exact\":true,\"indexed_only\":true,"
                    + "\"quantization\":{\"ignore\":true,\"rescore\":false,\"oversampling\":2},"
                    + "\"acorn\":{\"enable\":true}},\"shard_key\":null}"))
        .isEqualTo(
            new QueryRequest(
                new Stage(
                    List.of(),
                    Optional.of(nearest(1)),
                    Optional.of("a"),
                    Filter.ALL,
                    new SearchParams(
                        OptionalInt.of(64),
                        true,
                        true,
                        true,
                        SearchParams.Rescore.OFF,
                        OptionalDouble.of(2)),
                    OptionalDouble.of(0.1f),
                    -1,
                    Optional.of(new LookupFrom("o", Optional.empty()))),
                3,
                new Fetch(
                    new PayloadPart.Include(
                        List.of(PayloadPath.parse("a"), PayloadPath.parse("b.c"))),
                    new VectorPart.Names(List.of("v")))));
  }

  @Test
  void values_out_of_range_carry_the_wrapper_in_their_path() {
    assertThat(fault("{\"limit\":0}", QueryJson::query))
        .isEqualTo("VALIDATION internal.limit: value 0 invalid, must be 1 or larger");
    assertThat(fault("{\"params\":{\"hnsw_ef\":0}}", QueryJson::query))
        .isEqualTo("VALIDATION internal.params.hnsw_ef: value 0 invalid, must be 1 or larger");
    assertThat(fault("{\"params\":{\"quantization\":{\"oversampling\":0.5}}}", QueryJson::query))
        .isEqualTo(
            "VALIDATION internal.params.quantization.oversampling: value 0.5 invalid, must be 1.0"
                + " or larger");
    assertThat(fault("{\"vector\":[1],\"limit\":0}", QueryJson::search))
        .isEqualTo("VALIDATION search_request.limit: value 0 invalid, must be 1 or larger");
    assertThat(fault("{\"searches\":[{\"limit\":0}]}", QueryJson::queryBatch))
        .isEqualTo("VALIDATION searches[0].internal.limit: value 0 invalid, must be 1 or larger");
    for (String prefetch : List.of("{\"limit\":0}", "[{\"limit\":0}]")) {
      assertThat(fault("{\"prefetch\":" + prefetch + "}", QueryJson::query))
          .isEqualTo("VALIDATION internal.prefetch[0].limit: value 0 invalid, must be 1 or larger");
    }
    String pair = "{\"positive\":[[]],\"negative\":1}";
    for (String context : List.of(pair, "[" + pair + "]")) {
      assertThat(fault("{\"query\":{\"context\":" + context + "}}", QueryJson::query))
          .startsWith("VALIDATION internal.query.context[0].positive");
    }
    assertThat(fault("{\"limit\":0}", ReadJson::scroll))
        .isEqualTo("VALIDATION scroll_request.limit: value 0 invalid, must be 1 or larger");
    assertThat(fault("{\"limit\":-1}", QueryJson::query))
        .startsWith("FORMAT invalid value: integer `-1`, expected u64");
  }

  @Test
  void the_older_form_is_read_into_the_same_request() {
    QueryRequest named =
        JsonIn.read(
            "{\"vector\":{\"name\":\"a\",\"vector\":[1,2]},\"top\":5,\"with_payload\":true}",
            QueryJson::search);

    assertThat(named.root().using()).contains("a");
    assertThat(named.root().query()).contains(nearest(1, 2));
    assertThat(named.root().limit()).isEqualTo(5);
    assertThat(named.fetch().payload()).isEqualTo(new PayloadPart.All());
    assertThat(JsonIn.read("{\"vector\":[1],\"limit\":1}", QueryJson::search).root().using())
        .isEmpty();
    assertThat(fault("{\"vector\":[1]}", QueryJson::search))
        .startsWith("FORMAT missing field `limit`");
    assertThat(fault("{\"limit\":1}", QueryJson::search))
        .startsWith("FORMAT missing field `vector`");
    assertThat(fault("{\"vector\":[1],\"limit\":1,\"top\":1}", QueryJson::search))
        .isEqualTo("none");
  }

  @Test
  void payload_selectors_are_closed_to_unknown_keys() {
    for (String bad :
        List.of("{\"include\":[\"a\"],\"exclude\":[\"b\"]}", "{\"inc\":[]}", "5", "[5]")) {
      assertThat(fault("{\"with_payload\":" + bad + "}", QueryJson::query))
          .as(bad)
          .startsWith("FORMAT ");
    }
    assertThat(query("{\"with_payload\":{\"exclude\":[\"a\"]}}").fetch().payload())
        .isEqualTo(new PayloadPart.Exclude(List.of(PayloadPath.parse("a"))));
  }
}
