package io.millrace.search.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.index.PayloadFields;
import io.millrace.model.Condition;
import io.millrace.model.Deadline;
import io.millrace.model.Filter;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.payload.FilterEvaluator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The shape of compiled queries, and filters at the limits of size. That they match the right
/// points is the business of [FilterPropertyTest].
class FilterCompilerTest {
  private static final PayloadPath A = PayloadPath.parse("a");
  private static final int POINTS = 3_000;

  private final ByteBuffersDirectory directory = new ByteBuffersDirectory();
  private DirectoryReader reader;

  @BeforeEach
  void index() throws IOException {
    try (var writer = new IndexWriter(directory, new IndexWriterConfig(null))) {
      PayloadFields fields = new PayloadFields();
      for (int i = 0; i < POINTS; i++) {
        Document document = new Document();
        PayloadFields.addIdentity(document, PointId.of(i), List.of());
        fields.addTo(document, PayloadBytes.of("{\"a\":" + i + ",\"t\":\"text " + i + "\"}"));
        writer.addDocument(document);
      }
    }
    reader = DirectoryReader.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    reader.close();
    directory.close();
  }

  private int count(Filter filter) throws IOException {
    MatchingDocs.Matches matches = new MatchingDocs(0).of(filter, Deadline.NONE);
    int count = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      count += matches.matching(leaf).cardinality();
    }
    return count;
  }

  private static Condition is(long n) {
    return new Condition.MatchValue(A, new Scalar.Whole(n));
  }

  private static Query compiled(Condition condition) {
    return FilterCompiler.compile(Filter.must(condition));
  }

  @Test
  void what_the_leaves_answer_reads_no_payload() {
    assertThat(compiled(is(1))).isInstanceOf(TermQuery.class);
    assertThat(compiled(new Condition.MatchPrefix(A, "x"))).isInstanceOf(PrefixQuery.class);
    assertThat(compiled(new Condition.MatchText(A, ""))).isInstanceOf(PrefixQuery.class);
    assertThat(compiled(new Condition.MatchPrefix(A, "x".repeat(300))))
        .isInstanceOf(EvaluatedQuery.class);
    assertThat(compiled(new Condition.MatchValue(PayloadPath.parse("a[0]"), new Scalar.Whole(1))))
        .isInstanceOf(EvaluatedQuery.class);
    assertThat(FilterCompiler.compile(Filter.ALL)).isInstanceOf(MatchAllDocsQuery.class);
  }

  @Test
  void value_matches_of_a_should_become_one_set() {
    List<Condition> many = new ArrayList<>();
    LongStream.range(0, 2_000).forEach(n -> many.add(is(n)));
    Filter filter = new Filter(List.of(), many, List.of(), Optional.empty());

    assertThat(FilterCompiler.compile(filter)).isInstanceOf(TermInSetQuery.class);
  }

  @Test
  void thousands_of_clauses_are_answered() throws IOException {
    List<Condition> many = new ArrayList<>();
    LongStream.range(0, 2_000).forEach(n -> many.add(is(n)));

    assertThat(count(new Filter(List.of(), many, List.of(), Optional.empty()))).isEqualTo(2_000);
    assertThat(count(new Filter(List.of(), List.of(), many, Optional.empty())))
        .isEqualTo(POINTS - 2_000);
    assertThat(count(new Filter(many, List.of(), List.of(), Optional.empty()))).isZero();
    var one = Optional.of(new Filter.MinShould(many, 1));
    assertThat(count(new Filter(List.of(), List.of(), List.of(), one))).isEqualTo(2_000);
    var two = Optional.of(new Filter.MinShould(many, 2));
    assertThat(count(new Filter(List.of(), List.of(), List.of(), two))).isZero();
  }

  @Test
  void lists_of_65_536_values_are_answered() throws IOException {
    List<Scalar> values = new ArrayList<>();
    LongStream.range(1_000, 66_536).forEach(n -> values.add(new Scalar.Whole(n)));
    Set<PointId> ids =
        LongStream.range(2_000, 67_536).mapToObj(PointId::of).collect(Collectors.toSet());

    assertThat(count(Filter.must(new Condition.MatchAny(A, values)))).isEqualTo(POINTS - 1_000);
    assertThat(count(Filter.must(new Condition.MatchExcept(A, values)))).isEqualTo(1_000);
    assertThat(count(Filter.must(new Condition.HasId(ids)))).isEqualTo(POINTS - 2_000);
    assertThat(count(Filter.mustNot(new Condition.HasId(ids)))).isEqualTo(2_000);
  }

  @Test
  void filters_nest_32_levels() throws IOException {
    Filter filter = Filter.must(is(7));
    for (int i = 0; i < 32; i++) {
      Condition inner = new Condition.Clause(filter);
      filter =
          i % 2 == 0
              ? Filter.mustNot(inner, new Condition.MatchText(A, "x"))
              : new Filter(
                  List.of(inner),
                  List.of(inner, is(-1)),
                  List.of(is(-2)),
                  Optional.of(new Filter.MinShould(List.of(is(-3), inner, inner), 2)));
      if (i > 8) {
        filter = i % 2 == 0 ? Filter.mustNot(inner) : Filter.must(inner);
      }
    }

    assertThat(count(filter)).isEqualTo(1);
  }

  @Test
  void min_should_counts_equal_conditions_each() throws IOException {
    var twice = Optional.of(new Filter.MinShould(List.of(is(1), is(1), is(2)), 2));

    assertThat(count(new Filter(List.of(), List.of(), List.of(), twice))).isEqualTo(1);
  }

  @Test
  void an_unsigned_min_count_above_all_matches_nothing() throws IOException {
    var all = Optional.of(new Filter.MinShould(List.of(is(1)), -1));

    assertThat(count(new Filter(List.of(), List.of(), List.of(), all))).isZero();
  }

  @Test
  void except_sees_the_values_of_all_elements() throws IOException {
    PayloadPath key = PayloadPath.parse("a[].b");
    Filter except = Filter.must(new Condition.MatchExcept(key, List.of(new Scalar.Text("x"))));
    try (var other = new ByteBuffersDirectory()) {
      try (var writer = new IndexWriter(other, new IndexWriterConfig(null))) {
        PayloadFields fields = new PayloadFields();
        for (String payload :
            new String[] {
              "{\"a\":[{\"b\":[\"x\"]},{\"b\":[\"z\"]}]}", // one value each, one not listed
              "{\"a\":[{\"b\":\"x\"},{\"b\":\"z\"}]}",
              "{\"a\":[{\"b\":\"x\"},{\"b\":[\"x\"]}]}", // all listed
              "{\"a\":[{\"b\":null},{\"c\":1}]}"
            }) {
          Document document = new Document();
          fields.addTo(document, PayloadBytes.of(payload));
          writer.addDocument(document);
        }
      }
      try (var two = DirectoryReader.open(other)) {
        var matches = new MatchingDocs(0).of(except, Deadline.NONE);
        assertThat(matches.matching(two.leaves().getFirst()).cardinality()).isEqualTo(2);
      }
    }
  }

  @Test
  void circles_find_what_lies_beyond_the_date_line_and_the_poles() throws IOException {
    double[] lats = {-90, -89.9, -45, 0, 0.5, 60, 89.5, 90};
    double[] lons = {-180, -179.9, -90, 0, 0.2, 90, 179.9, 180};
    List<PayloadBytes> payloads = new ArrayList<>();
    for (double lat : lats) {
      for (double lon : lons) {
        payloads.add(PayloadBytes.of("{\"a\":{\"lat\":" + lat + ",\"lon\":" + lon + "}}"));
      }
    }
    try (var other = new ByteBuffersDirectory()) {
      try (var writer = new IndexWriter(other, new IndexWriterConfig(null))) {
        PayloadFields fields = new PayloadFields();
        for (PayloadBytes payload : payloads) {
          Document document = new Document();
          fields.addTo(document, payload);
          writer.addDocument(document);
        }
      }
      try (var places = DirectoryReader.open(other)) {
        for (double lat : lats) {
          for (double lon : lons) {
            for (double radius : new double[] {1, 12_000, 25_000, 60_000, 1e6, 1.1e7, 2.01e7}) {
              Filter circle = Filter.must(new Condition.GeoRadius(A, lat, lon, radius));
              var found =
                  new MatchingDocs(0)
                      .of(circle, Deadline.NONE)
                      .matching(places.leaves().getFirst());
              for (int i = 0; i < payloads.size(); i++) {
                assertThat(found.get(i))
                    .as("%s in %s", payloads.get(i), circle)
                    .isEqualTo(
                        FilterEvaluator.matches(circle, payloads.get(i), PointId.of(i), Set.of()));
              }
            }
          }
        }
      }
    }
  }

  @Test
  void pure_negation_starts_from_all() {
    assertThat(FilterCompiler.compile(Filter.mustNot(is(1))).toString()).contains("*:*");
    assertThat(FilterCompiler.compile(Filter.mustNot(is(1)))).isInstanceOf(BooleanQuery.class);
  }
}
