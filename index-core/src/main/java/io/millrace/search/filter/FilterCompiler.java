package io.millrace.search.filter;

import io.millrace.index.Fields;
import io.millrace.index.LeafTerms;
import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.payload.Leaves.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.apache.lucene.document.BinaryPoint;
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

/// Filter → Lucene query. Where the leaves cannot answer a condition exactly, the query narrows
/// down as far as they can and a [VerifiedQuery] asks the payload.
public final class FilterCompiler {
  static {
    // Lucene's default of 1,024 is meant for text queries; ours are bounded when they are read.
    IndexSearcher.setMaxClauseCount(Integer.MAX_VALUE);
  }

  private static final Query ALL = new MatchAllDocsQuery();
  private static final Query NONE = new MatchNoDocsQuery();

  private FilterCompiler() {}

  public static Query compile(Filter filter) {
    if (filter.isEmpty()) {
      return ALL;
    }
    BooleanQuery.Builder all = new BooleanQuery.Builder();
    boolean positive = false;
    for (Condition c : filter.must()) {
      all.add(compile(c), Occur.FILTER);
      positive = true;
    }
    if (!filter.should().isEmpty()) {
      all.add(anyOf(filter.should().stream().map(FilterCompiler::compile).toList()), Occur.FILTER);
      positive = true;
    }
    if (filter.minShould().isPresent()) {
      all.add(atLeast(filter.minShould().get()), Occur.FILTER);
      positive = true;
    }
    for (Condition c : filter.mustNot()) {
      all.add(compile(c), Occur.MUST_NOT);
    }
    if (!positive) {
      all.add(ALL, Occur.FILTER);
    }
    return all.build();
  }

  private static Query atLeast(Filter.MinShould min) {
    int conditions = min.conditions().size();
    if (Long.compareUnsigned(min.minCount(), conditions) > 0) {
      return NONE;
    }
    if (min.minCount() == 0) {
      return ALL;
    }
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    min.conditions().forEach(c -> any.add(compile(c), Occur.SHOULD));
    return any.setMinimumNumberShouldMatch((int) min.minCount()).build();
  }

  private static Query compile(Condition condition) {
    return switch (condition) {
      case Condition.Clause(Filter filter) -> compile(filter);
      case Condition.MatchValue(var key, Scalar value) ->
          isIndexed(key) ? leaf(equal(key.toString(), value)) : new VerifiedQuery(condition, ALL);
      case Condition.MatchAny(var key, var values) ->
          isIndexed(key) ? equalToAny(key, values) : new VerifiedQuery(condition, ALL);
      case Condition.MatchExcept(var key, var values) -> except(condition, key, values);
      case Condition.MatchPrefix(var key, String prefix) -> {
        if (!isIndexed(key)) {
          yield new VerifiedQuery(condition, ALL);
        }
        Query starts =
            new PrefixQuery(new Term(Fields.LEAVES, LeafTerms.prefix(key.toString(), prefix)));
        yield LeafTerms.isExactPrefix(prefix) ? starts : new VerifiedQuery(condition, starts);
      }
      case Condition.MatchText(var key, var ignored) -> new VerifiedQuery(condition, hasText(key));
      case Condition.MatchTextAny(var key, var ignored) ->
          new VerifiedQuery(condition, hasText(key));
      case Condition.MatchPhrase(var key, var ignored) ->
          new VerifiedQuery(condition, hasText(key));
      case Condition.NumberRange range ->
          isIndexed(range.key()) ? numbers(range) : new VerifiedQuery(condition, ALL);
      case Condition.DateRange range ->
          isIndexed(range.key()) ? dates(range) : new VerifiedQuery(condition, ALL);
      case Condition.ValuesCount ignored -> new VerifiedQuery(condition, ALL);
      case Condition.IsEmpty(var key) ->
          isIndexed(key)
              ? not(shapes(key, Shape.ORDINARY, Shape.HOLDS_NULL))
              : new VerifiedQuery(condition, ALL);
      case Condition.IsNull(var key) ->
          isIndexed(key) ? shapes(key, Shape.NULL) : new VerifiedQuery(condition, ALL);
      case Condition.FieldIsEmpty(var key, boolean expected) -> {
        if (!isIndexed(key)) {
          yield new VerifiedQuery(condition, ALL);
        }
        yield expected
            ? anyOf(List.of(not(present(key)), shapes(key, Shape.NULL, Shape.EMPTY_ARRAY)))
            : shapes(key, Shape.ORDINARY, Shape.HOLDS_NULL);
      }
      case Condition.FieldIsNull(var key, boolean expected) -> {
        if (!isIndexed(key)) {
          yield new VerifiedQuery(condition, ALL);
        }
        yield expected
            ? shapes(key, Shape.NULL, Shape.HOLDS_NULL)
            : anyOf(List.of(not(present(key)), shapes(key, Shape.ORDINARY, Shape.EMPTY_ARRAY)));
      }
      case Condition.GeoBox(var key, var n, var w, var s, var e) ->
          new VerifiedQuery(condition, hasSomething(key));
      case Condition.GeoRadius(var key, var lat, var lon, var radius) ->
          new VerifiedQuery(condition, hasSomething(key));
      case Condition.GeoPolygon(var key, var exterior, var interiors) ->
          new VerifiedQuery(condition, hasSomething(key));
      case Condition.HasId(var ids) -> {
        List<BytesRef> terms = new ArrayList<>(ids.size());
        for (PointId id : ids) {
          terms.add(new BytesRef(id.bytes()));
        }
        yield new TermInSetQuery(Fields.ID, terms);
      }
      case Condition.HasVector(String name) -> new TermQuery(new Term(Fields.VECTOR_NAMES, name));
      case Condition.Nested(var key, Filter filter) ->
          filter.isEmpty() ? NONE : new VerifiedQuery(condition, insideElements(key, filter));
      case Condition.Slice slice -> new SliceQuery(slice);
    };
  }

  /// Leaves are known by paths of keys and `[]`; a path with an index is answered by the payload.
  private static boolean isIndexed(PayloadPath key) {
    return key.steps().stream().noneMatch(step -> step instanceof Step.Index);
  }

  private static BytesRef equal(String path, Scalar value) {
    return switch (value) {
      case Scalar.Text(String text) -> LeafTerms.text(path, text);
      case Scalar.Whole(long whole) -> LeafTerms.whole(path, Long.toString(whole));
      case Scalar.Bool(boolean flag) -> LeafTerms.bool(path, flag);
    };
  }

  private static Query equalToAny(PayloadPath key, List<Scalar> values) {
    String path = key.toString();
    return new TermInSetQuery(
        Fields.LEAVES, values.stream().map(value -> equal(path, value)).toList());
  }

  /// Points with one value: it is there, not null, and not in the list. With several values, one in
  /// the list says nothing about the others.
  private static Query except(Condition condition, PayloadPath key, List<Scalar> values) {
    if (!isIndexed(key)) {
      return new VerifiedQuery(condition, ALL);
    }
    Query listed = equalToAny(key, values);
    Query plain =
        new BooleanQuery.Builder()
            .add(shapes(key, Shape.ORDINARY), Occur.FILTER)
            .add(listed, Occur.MUST_NOT)
            .build();
    Query listedAmongOthers =
        new BooleanQuery.Builder()
            .add(listed, Occur.FILTER)
            .add(leaf(LeafTerms.several(key.toString())), Occur.FILTER)
            .build();
    return anyOf(
        List.of(
            plain,
            new VerifiedQuery(
                condition, anyOf(List.of(shapes(key, Shape.HOLDS_NULL), listedAmongOthers)))));
  }

  private static Query hasText(PayloadPath key) {
    return isIndexed(key) ? hasSomething(key) : ALL;
  }

  private static Query hasSomething(PayloadPath key) {
    return isIndexed(key) ? shapes(key, Shape.ORDINARY, Shape.HOLDS_NULL) : ALL;
  }

  private static Query present(PayloadPath key) {
    return shapes(key, Shape.values());
  }

  private static Query shapes(PayloadPath key, Shape... shapes) {
    String path = key.toString();
    List<Query> any = new ArrayList<>();
    for (Shape shape : shapes) {
      any.add(leaf(LeafTerms.shape(path, shape)));
    }
    return anyOf(any);
  }

  private static Query leaf(BytesRef term) {
    return new TermQuery(new Term(Fields.LEAVES, term));
  }

  private static Query anyOf(List<Query> queries) {
    if (queries.size() == 1) {
      return queries.getFirst();
    }
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    queries.forEach(q -> any.add(q, Occur.SHOULD));
    return any.build();
  }

  private static Query not(Query query) {
    return new BooleanQuery.Builder().add(ALL, Occur.FILTER).add(query, Occur.MUST_NOT).build();
  }

  /// Points in which some element satisfies each positive condition on its own: all that satisfy
  /// the whole filter in one element are among them.
  private static Query insideElements(PayloadPath key, Filter filter) {
    List<Query> needed = new ArrayList<>();
    for (Condition c : filter.must()) {
      PayloadPath inner = keyOf(c);
      if (inner == null) {
        continue;
      }
      Condition outer = withKey(c, joined(key, inner));
      Query query = compile(outer);
      if (!(query instanceof VerifiedQuery)) {
        needed.add(query);
      }
    }
    if (needed.isEmpty()) {
      return hasSomething(key);
    }
    BooleanQuery.Builder all = new BooleanQuery.Builder();
    needed.forEach(q -> all.add(q, Occur.FILTER));
    return all.build();
  }

  private static PayloadPath joined(PayloadPath key, PayloadPath inner) {
    List<Step> steps = new ArrayList<>(key.steps());
    if (!(steps.getLast() instanceof Step.All)) {
      steps.add(new Step.All());
    }
    steps.addAll(inner.steps());
    return new PayloadPath(steps);
  }

  /// The key of a condition that stays necessary when it is asked of all elements at once; null for
  /// one that does not, or that is not worth it.
  private static @org.jspecify.annotations.Nullable PayloadPath keyOf(Condition condition) {
    return switch (condition) {
      case Condition.MatchValue(var key, var ignored) -> key;
      case Condition.MatchAny(var key, var ignored) -> key;
      case Condition.MatchPrefix(var key, var ignored) -> key;
      case Condition.NumberRange r -> r.key();
      case Condition.DateRange r -> r.key();
      default -> null;
    };
  }

  private static Condition withKey(Condition condition, PayloadPath key) {
    return switch (condition) {
      case Condition.MatchValue(var ignored, var value) -> new Condition.MatchValue(key, value);
      case Condition.MatchAny(var ignored, var values) -> new Condition.MatchAny(key, values);
      case Condition.MatchPrefix(var ignored, var prefix) -> new Condition.MatchPrefix(key, prefix);
      case Condition.NumberRange r ->
          new Condition.NumberRange(key, r.gt(), r.gte(), r.lt(), r.lte());
      case Condition.DateRange r -> new Condition.DateRange(key, r.gt(), r.gte(), r.lt(), r.lte());
      default -> throw new IllegalArgumentException("no key: " + condition);
    };
  }

  private static Query numbers(Condition.NumberRange r) {
    double low = Double.NEGATIVE_INFINITY;
    double high = Double.POSITIVE_INFINITY;
    for (OptionalDouble bound : List.of(r.gt(), r.gte(), r.lt(), r.lte())) {
      if (bound.isPresent() && Double.isNaN(bound.getAsDouble())) {
        return NONE;
      }
    }
    if (r.gt().isPresent()) {
      if (r.gt().getAsDouble() == Double.POSITIVE_INFINITY) {
        return NONE;
      }
      low = Math.nextUp(r.gt().getAsDouble());
    }
    if (r.gte().isPresent()) {
      low = Math.max(low, r.gte().getAsDouble());
    }
    if (r.lt().isPresent()) {
      if (r.lt().getAsDouble() == Double.NEGATIVE_INFINITY) {
        return NONE;
      }
      high = Math.nextDown(r.lt().getAsDouble());
    }
    if (r.lte().isPresent()) {
      high = Math.min(high, r.lte().getAsDouble());
    }
    if (low > high) {
      return NONE;
    }
    byte[] path = LeafTerms.pathPoint(r.key().toString());
    return BinaryPoint.newRangeQuery(
        Fields.NUMBERS,
        new byte[][] {path, LeafTerms.numberPoint(low)},
        new byte[][] {path, LeafTerms.numberPoint(high)});
  }

  private static Query dates(Condition.DateRange r) {
    long low = Math.max(after(r.gt()), r.gte().orElse(Long.MIN_VALUE));
    long high = Math.min(before(r.lt()), r.lte().orElse(Long.MAX_VALUE));
    boolean impossible =
        r.gt().isPresent() && r.gt().getAsLong() == Long.MAX_VALUE
            || r.lt().isPresent() && r.lt().getAsLong() == Long.MIN_VALUE;
    if (low > high || impossible) {
      return NONE;
    }
    byte[] path = LeafTerms.pathPoint(r.key().toString());
    return BinaryPoint.newRangeQuery(
        Fields.DATES,
        new byte[][] {path, LeafTerms.datePoint(low)},
        new byte[][] {path, LeafTerms.datePoint(high)});
  }

  private static long after(OptionalLong gt) {
    return gt.isEmpty() ? Long.MIN_VALUE : Math.max(gt.getAsLong(), gt.getAsLong() + 1);
  }

  private static long before(OptionalLong lt) {
    return lt.isEmpty() ? Long.MAX_VALUE : Math.min(lt.getAsLong(), lt.getAsLong() - 1);
  }
}
