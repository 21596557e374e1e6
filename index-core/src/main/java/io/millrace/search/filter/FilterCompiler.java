package io.millrace.search.filter;

import io.millrace.index.Fields;
import io.millrace.index.LeafTerms;
import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.model.Unicode;
import io.millrace.payload.Equality;
import io.millrace.payload.IndexMeanings;
import io.millrace.payload.LeafPath;
import io.millrace.payload.Leaves.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;

/// Turns a filter into a Lucene query that matches exactly the points for which [FilterEvaluator]
/// says yes.
///
/// A condition whose path the index knows and whose question the leaves answer becomes a query over
/// terms or points. Every other one becomes an [EvaluatedQuery]: the plain evaluator over the
/// payloads of candidates, which [Candidates] finds by the index.
public final class FilterCompiler {
  static {
    // The size of a request bounds the clauses; Lucene's own bound of 1,024 would refuse filters
    // that
    // are answered well. Value lists are one clause each, however long.
    IndexSearcher.setMaxClauseCount(1 << 24);
  }

  private FilterCompiler() {}

  /// As without any declared index.
  public static Query compile(Filter filter) {
    return compile(filter, IndexMeanings.NONE);
  }

  public static Query compile(Filter filter, IndexMeanings indexes) {
    if (filter.isEmpty()) {
      return MatchAllDocsQuery.INSTANCE;
    }
    List<Query> all = new ArrayList<>();
    for (Condition c : filter.must()) {
      all.add(compile(c, indexes));
    }
    if (!filter.should().isEmpty()) {
      all.add(anyOf(filter.should(), indexes));
    }
    filter.minShould().ifPresent(m -> all.add(atLeast(m, indexes)));
    if (filter.mustNot().isEmpty()) {
      return and(all);
    }
    return butNot(and(all), anyOf(filter.mustNot(), indexes));
  }

  static Query compile(Condition condition, IndexMeanings indexes) {
    return switch (condition) {
      case Condition.Clause(Filter filter) -> compile(filter, indexes);
      case Condition.MatchValue(var key, var value) ->
          LeafPath.of(key)
              .map(path -> equal(path, List.of(value), key, indexes))
              .orElseGet(() -> evaluated(condition, indexes));
      case Condition.MatchAny(var key, var values) ->
          LeafPath.of(key)
              .map(path -> equal(path, values, key, indexes))
              .orElseGet(() -> evaluated(condition, indexes));
      case Condition.MatchExcept(var key, var values) ->
          LeafPath.of(key)
              .map(path -> except(condition, path, values, key, indexes))
              .orElseGet(() -> evaluated(condition, indexes));
      case Condition.MatchPrefix(var key, var prefix) ->
          LeafPath.of(key)
              .filter(path -> isTermPrefix(prefix))
              .map(path -> prefix(path, prefix))
              .orElseGet(() -> evaluated(condition, indexes));
      case Condition.MatchSubstring(var key, var text) -> substring(condition, key, text, indexes);
      case Condition.Contains ignored -> evaluated(condition, indexes);
      case Condition.Regex ignored -> evaluated(condition, indexes);
      case Condition.MatchText(var key, var text) ->
          indexes.text(key).isPresent()
              ? TokenQueries.all(condition, key, text, indexes)
              : substring(condition, key, text, indexes);
      case Condition.MatchPhrase(var key, var text) ->
          indexes.text(key).isPresent()
              ? TokenQueries.phrase(condition, key, text, indexes)
              : substring(condition, key, text, indexes);
      case Condition.MatchTextAny(var key, var text) ->
          indexes.text(key).isPresent()
              ? TokenQueries.any(condition, key, text, indexes)
              : evaluated(condition, indexes);
      case Condition.NumberRange range ->
          LeafPath.of(range.key())
              .map(path -> Ranges.numbers(path, range))
              .orElseGet(() -> evaluated(condition, indexes));
      case Condition.DateRange(var key, var gt, var gte, var lt, var lte) ->
          LeafPath.of(key)
              .map(path -> Ranges.of(gt, gte, lt, lte).query(Fields.DATE, path))
              .orElseGet(() -> evaluated(condition, indexes));
      case Condition.ValuesCount(var key, var gt, var gte, var lt, var lte) ->
          LeafPath.of(key)
              .map(path -> count(path, Ranges.of(gt, gte, lt, lte)))
              .orElseGet(() -> evaluated(condition, indexes));
      case Condition.IsEmpty(var key) ->
          LeafPath.of(key)
              .map(path -> not(holdsSomething(path)))
              .orElseGet(() -> evaluated(condition, indexes));
      case Condition.IsNull(var key) ->
          LeafPath.of(key)
              .map(path -> indexes.of(key).isPresent() ? holdsNull(path) : kinds(path, Kind.NULL))
              .orElseGet(() -> evaluated(condition, indexes));
      case Condition.FieldIsEmpty(var key, var expected) ->
          LeafPath.of(key)
              .map(path ->
                  expected ? fieldIsEmpty(path, indexes.of(key).isPresent()) : holdsSomething(path))
              .orElseGet(() -> evaluated(condition, indexes));
      case Condition.FieldIsNull(var key, var expected) ->
          LeafPath.of(key)
              .map(path ->
                  expected ? holdsNull(path) : fieldIsNotNull(path, indexes.of(key).isPresent()))
              .orElseGet(() -> evaluated(condition, indexes));
      case Condition.GeoBox ignored -> evaluated(condition, indexes);
      case Condition.GeoRadius ignored -> evaluated(condition, indexes);
      case Condition.GeoPolygon ignored -> evaluated(condition, indexes);
      case Condition.HasId(var ids) -> {
        List<BytesRef> terms = new ArrayList<>(ids.size());
        ids.forEach(id -> terms.add(new BytesRef(id.bytes())));
        yield anyTerm(Fields.ID, terms);
      }
      case Condition.HasVector(var name) ->
          new TermQuery(new Term(Fields.VECTORS, Fields.vectorTerm(name)));
      case Condition.Nested ignored -> evaluated(condition, indexes);
      case Condition.Slice ignored -> evaluated(condition, indexes);
    };
  }

  /// Reads payloads, of those points only that the index can not rule out.
  static Query evaluated(Condition condition, IndexMeanings indexes) {
    Query candidates =
        Candidates.of(condition, List.of(), indexes).orElse(MatchAllDocsQuery.INSTANCE);
    return candidates instanceof MatchNoDocsQuery
        ? candidates
        : new EvaluatedQuery(condition, candidates, indexes);
  }

  private static Query substring(
      Condition condition, PayloadPath key, String text, IndexMeanings indexes) {
    return text.isEmpty()
        ? compile(new Condition.MatchPrefix(key, ""), indexes)
        : evaluated(condition, indexes);
  }

  private static Query equal(
      LeafPath path, List<Scalar> values, PayloadPath key, IndexMeanings indexes) {
    return anyLeaf(terms(path, values, Equality.kind(indexes.of(key), values)));
  }

  /// Where some value stands that counts, and no value of the list, some value is outside of the
  /// list. Where a value of the list stands, only a field of several values can hold another one.
  private static Query except(
      Condition condition,
      LeafPath path,
      List<Scalar> values,
      PayloadPath key,
      IndexMeanings indexes) {
    Equality.Kind kind = Equality.kind(indexes.of(key), values);
    Query strings = startsWith(LeafTerms.prefix(path, 's'));
    if (kind == Equality.Kind.UUIDS) {
      return new EvaluatedQuery(condition, strings, indexes);
    }
    Query present =
        switch (kind) {
          case PLAIN, UUIDS -> holdsValue(path);
          case STRINGS -> strings;
          case WHOLE ->
              or(startsWith(LeafTerms.prefix(path, 'i')), startsWith(LeafTerms.prefix(path, 'f')));
        };
    if (values.isEmpty()) {
      return present;
    }
    Query listed = anyLeaf(terms(path, values, kind));
    Query both = and(List.of(present, listed, leaf(LeafTerms.several(path))));
    return or(butNot(present, listed), new EvaluatedQuery(condition, both, indexes));
  }

  private static Query count(LeafPath path, Ranges.Range range) {
    Query counted = someCount(path, range);
    return range.has(0)
        ? or(counted, kinds(path, Kind.NULL, Kind.EMPTY_ARRAY), not(exists(path)))
        : counted;
  }

  /// A value stands at the path and counts at least 1, within the range.
  static Query someCount(LeafPath path, Ranges.Range range) {
    Query lengths = range.query(Fields.LENGTH, path);
    return range.has(1) ? or(kinds(path, Kind.SINGLE), lengths) : lengths;
  }

  // Leaves

  static BytesRef term(LeafPath path, Scalar value) {
    return switch (value) {
      case Scalar.Text(var text) -> LeafTerms.text(path, text);
      case Scalar.Whole(long n) -> LeafTerms.whole(path, n);
      case Scalar.Bool(boolean b) -> LeafTerms.bool(path, b);
    };
  }

  /// Text that has no UTF-8 form is equal to no stored one.
  static List<BytesRef> terms(LeafPath path, List<Scalar> values, Equality.Kind kind) {
    List<BytesRef> terms = new ArrayList<>(values.size());
    for (Scalar value : values) {
      if (kind == Equality.Kind.WHOLE && value instanceof Scalar.Whole(long n)) {
        terms.add(LeafTerms.integral(path, n));
      }
      if (kind == Equality.Kind.UUIDS && value instanceof Scalar.Text(var spelled)) {
        PointId id = PointId.parseUuid(spelled).orElseThrow();
        terms.add(LeafTerms.uuid(path, id));
        terms.add(LeafTerms.text(path, id.toString()));
        continue;
      }
      if (!(value instanceof Scalar.Text(var text)) || Unicode.isWellFormed(text)) {
        terms.add(term(path, value));
      }
    }
    return terms;
  }

  static boolean isTermPrefix(String prefix) {
    return Unicode.isWellFormed(prefix)
        && prefix.getBytes(StandardCharsets.UTF_8).length <= LeafTerms.PREFIX_BYTES;
  }

  static Query prefix(LeafPath path, String prefix) {
    return startsWith(LeafTerms.textPrefix(path, prefix));
  }

  private static Query startsWith(BytesRef prefix) {
    return new PrefixQuery(new Term(Fields.LEAF, prefix));
  }

  static Query leaf(BytesRef term) {
    return new TermQuery(new Term(Fields.LEAF, term));
  }

  static Query anyLeaf(List<BytesRef> terms) {
    return anyTerm(Fields.LEAF, terms);
  }

  static Query anyTerm(String field, List<BytesRef> terms) {
    return switch (terms.size()) {
      case 0 -> none();
      case 1 -> new TermQuery(new Term(field, terms.getFirst()));
      default -> new TermInSetQuery(field, terms);
    };
  }

  static Query kinds(LeafPath path, Kind... kinds) {
    List<BytesRef> terms = new ArrayList<>();
    for (Kind kind : kinds) {
      terms.add(LeafTerms.kind(path, kind));
    }
    return anyLeaf(terms);
  }

  /// Some value, or some element of an array, is not null.
  static Query holdsValue(LeafPath path) {
    return kinds(path, Kind.SINGLE, Kind.ARRAY, Kind.ARRAY_WITH_NULL);
  }

  /// Some value is neither null nor `[]`.
  static Query holdsSomething(LeafPath path) {
    return kinds(path, Kind.SINGLE, Kind.ARRAY, Kind.ARRAY_WITH_NULL, Kind.ARRAY_OF_NULLS);
  }

  static Query holdsNull(LeafPath path) {
    return kinds(path, Kind.NULL, Kind.ARRAY_WITH_NULL, Kind.ARRAY_OF_NULLS);
  }

  private static Query exists(LeafPath path) {
    return kinds(path, Kind.values());
  }

  // Composition

  static Query none() {
    return MatchNoDocsQuery.INSTANCE;
  }

  private static Query fieldIsEmpty(LeafPath path, boolean indexed) {
    Query nothing = not(holdsSomething(path));
    return indexed ? nothing : or(kinds(path, Kind.NULL, Kind.EMPTY_ARRAY), nothing);
  }

  private static Query fieldIsNotNull(LeafPath path, boolean indexed) {
    return indexed
        ? not(holdsNull(path))
        : or(kinds(path, Kind.SINGLE, Kind.EMPTY_ARRAY, Kind.ARRAY), not(exists(path)));
  }

  private static Query not(Query query) {
    return butNot(MatchAllDocsQuery.INSTANCE, query);
  }

  static Query butNot(Query query, Query excluded) {
    return new BooleanQuery.Builder()
        .add(query, Occur.FILTER)
        .add(excluded, Occur.MUST_NOT)
        .build();
  }

  static Query and(List<Query> queries) {
    if (queries.size() == 1) {
      return queries.getFirst();
    }
    BooleanQuery.Builder all = new BooleanQuery.Builder();
    if (queries.isEmpty()) {
      return MatchAllDocsQuery.INSTANCE;
    }
    queries.forEach(q -> all.add(q, Occur.FILTER));
    return all.build();
  }

  static Query or(Query... queries) {
    return or(List.of(queries));
  }

  static Query or(List<Query> queries) {
    return switch (queries.size()) {
      case 0 -> none();
      case 1 -> queries.getFirst();
      default -> some(queries, 1);
    };
  }

  /// At least `count` match; equal queries count each.
  static Query some(List<Query> queries, int count) {
    BooleanQuery.Builder some = new BooleanQuery.Builder().setMinimumNumberShouldMatch(count);
    queries.forEach(q -> some.add(q, Occur.SHOULD));
    return some.build();
  }

  /// Value matches, of whatever keys, together are one set of terms.
  private static Query anyOf(List<Condition> conditions, IndexMeanings indexes) {
    List<Query> any = new ArrayList<>();
    List<BytesRef> terms = new ArrayList<>();
    for (Condition c : conditions) {
      Optional<List<BytesRef>> exact =
          switch (c) {
            case Condition.MatchValue(var key, var value) -> terms(key, List.of(value), indexes);
            case Condition.MatchAny(var key, var values) -> terms(key, values, indexes);
            default -> Optional.empty();
          };
      exact.ifPresentOrElse(terms::addAll, () -> any.add(compile(c, indexes)));
    }
    if (!terms.isEmpty()) {
      any.add(anyLeaf(terms));
    }
    return or(any);
  }

  private static Optional<List<BytesRef>> terms(
      PayloadPath key, List<Scalar> values, IndexMeanings indexes) {
    return LeafPath.of(key)
        .map(path -> terms(path, values, Equality.kind(indexes.of(key), values)));
  }

  private static Query atLeast(Filter.MinShould minShould, IndexMeanings indexes) {
    return atLeast(
        minShould.minCount(),
        minShould.conditions().stream().map(c -> compile(c, indexes)).toList());
  }

  static Query atLeast(long count, List<Query> queries) {
    if (count == 0) {
      return MatchAllDocsQuery.INSTANCE;
    }
    if (Long.compareUnsigned(count, queries.size()) > 0) {
      return none();
    }
    return count == queries.size() ? and(queries) : some(queries, (int) count);
  }

  /// The path that leads to at least the values of `prefix` and `key` together: numbers of elements
  /// become all elements.
  static Optional<LeafPath> loosePath(List<Step> prefix, PayloadPath key) {
    List<Step> steps = new ArrayList<>(prefix);
    steps.addAll(key.steps());
    steps.replaceAll(step -> step instanceof Step.Index ? new Step.All() : step);
    return LeafPath.of(new PayloadPath(steps));
  }
}
