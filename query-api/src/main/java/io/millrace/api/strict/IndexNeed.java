package io.millrace.api.strict;

import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import io.millrace.model.PayloadSchema;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// A key that a request uses and that has no fitting payload index.
///
/// @param types kinds of which one would do, in the words of the API, sorted
public record IndexNeed(PayloadPath key, List<String> types) {
  public static final String KEYWORD_PREFIXES = "keyword (with prefix: true)";
  public static final String TEXT_PHRASES = "text (with phrase_matching: true)";

  private static final List<String> ANY =
      List.of("bool", "datetime", "float", "geo", "integer", "keyword", "text", "uuid");

  /// The keys of these filters that lack an index, once each, with all kinds that would do for it.
  public static List<IndexNeed> all(List<Filter> filters, PayloadSchema schema) {
    Map<PayloadPath, SortedSet<String>> types = new LinkedHashMap<>();
    for (Filter filter : filters) {
      all(
          filter,
          List.of(),
          schema,
          need -> types.computeIfAbsent(need.key, _ -> new TreeSet<>()).addAll(need.types));
    }
    return types.entrySet().stream()
        .map(e -> new IndexNeed(e.getKey(), List.copyOf(e.getValue())))
        .toList();
  }

  private static void all(
      Filter filter, List<Step> prefix, PayloadSchema schema, Consumer<IndexNeed> sink) {
    for (Condition condition : conditions(filter)) {
      switch (condition) {
        case Condition.Clause(Filter inner) -> all(inner, prefix, schema, sink);
        case Condition.Nested(var key, Filter inner) ->
            all(inner, elements(joined(prefix, key)).steps(), schema, sink);
        default -> in(condition, prefix, schema).ifPresent(sink);
      }
    }
  }

  /// The first key of the filter that lacks an index.
  static Optional<IndexNeed> in(Filter filter, PayloadSchema schema) {
    return in(filter, List.of(), schema);
  }

  private static Optional<IndexNeed> in(Filter filter, List<Step> prefix, PayloadSchema schema) {
    for (Condition condition : conditions(filter)) {
      Optional<IndexNeed> need = in(condition, prefix, schema);
      if (need.isPresent()) {
        return need;
      }
    }
    return Optional.empty();
  }

  private static List<Condition> conditions(Filter filter) {
    List<Condition> all = new ArrayList<>(filter.must());
    all.addAll(filter.mustNot());
    all.addAll(filter.should());
    filter.minShould().ifPresent(m -> all.addAll(m.conditions()));
    return all;
  }

  /// @param prefix path of the array elements that the condition is asked about
  private static Optional<IndexNeed> in(
      Condition condition, List<Step> prefix, PayloadSchema schema) {
    return switch (condition) {
      case Condition.Clause(Filter filter) -> in(filter, prefix, schema);
      case Condition.Nested(var key, Filter filter) ->
          in(filter, elements(joined(prefix, key)).steps(), schema);
      case Condition.HasId _, Condition.HasVector _, Condition.Slice _ -> Optional.empty();
      case Condition.MatchValue(var key, var value) ->
          match(joined(prefix, key), List.of(value), schema);
      case Condition.MatchAny(var key, var values) -> match(joined(prefix, key), values, schema);
      case Condition.MatchExcept(var key, var values) -> match(joined(prefix, key), values, schema);
      case Condition.MatchPrefix(var key, _) -> prefixes(joined(prefix, key), schema);
      case Condition.MatchSubstring(var key, _) -> prefixes(joined(prefix, key), schema);
      case Condition.Contains c -> any(joined(prefix, c.key()), schema);
      case Condition.Regex c -> any(joined(prefix, c.key()), schema);
      case Condition.MatchText(var key, _) -> text(joined(prefix, key), schema);
      case Condition.MatchTextAny(var key, _) -> text(joined(prefix, key), schema);
      case Condition.MatchPhrase(var key, _) ->
          need(
              joined(prefix, key),
              schema,
              index -> index instanceof PayloadIndex.Text text && text.options().phrases(),
              List.of(TEXT_PHRASES));
      case Condition.NumberRange range -> number(joined(prefix, range.key()), schema);
      case Condition.DateRange range -> date(joined(prefix, range.key()), schema);
      case Condition.ValuesCount c -> any(joined(prefix, c.key()), schema);
      case Condition.IsEmpty c -> any(joined(prefix, c.key()), schema);
      case Condition.IsNull c -> any(joined(prefix, c.key()), schema);
      case Condition.FieldIsEmpty c -> any(joined(prefix, c.key()), schema);
      case Condition.FieldIsNull c -> any(joined(prefix, c.key()), schema);
      case Condition.GeoBox c -> geo(joined(prefix, c.key()), schema);
      case Condition.GeoRadius c -> geo(joined(prefix, c.key()), schema);
      case Condition.GeoPolygon c -> geo(joined(prefix, c.key()), schema);
    };
  }

  /// An empty list asks for no index.
  private static Optional<IndexNeed> match(
      PayloadPath key, List<Scalar> values, PayloadSchema schema) {
    if (values.isEmpty()) {
      return Optional.empty();
    }
    return switch (values.getFirst()) {
      case Scalar.Text _ -> {
        boolean uuids =
            values.stream().allMatch(v -> v instanceof Scalar.Text(var text) && isUuid(text));
        yield need(
            key,
            schema,
            index ->
                index instanceof PayloadIndex.Keyword
                    || (uuids && index instanceof PayloadIndex.Uuid),
            uuids ? List.of("keyword", "uuid") : List.of("keyword"));
      }
      case Scalar.Whole _ ->
          need(
              key,
              schema,
              index -> index instanceof PayloadIndex.Whole whole && whole.lookup(),
              List.of("integer"));
      case Scalar.Bool _ ->
          need(key, schema, index -> index instanceof PayloadIndex.Bool, List.of("bool"));
    };
  }

  private static boolean isUuid(String text) {
    return PointId.parseUuid(text).isPresent();
  }

  private static Optional<IndexNeed> prefixes(PayloadPath key, PayloadSchema schema) {
    return need(
        key,
        schema,
        index -> index instanceof PayloadIndex.Keyword keyword && keyword.prefix(),
        List.of(KEYWORD_PREFIXES));
  }

  private static Optional<IndexNeed> text(PayloadPath key, PayloadSchema schema) {
    return need(key, schema, index -> index instanceof PayloadIndex.Text, List.of("text"));
  }

  static Optional<IndexNeed> number(PayloadPath key, PayloadSchema schema) {
    return need(
        key,
        schema,
        index ->
            index instanceof PayloadIndex.Decimal
                || (index instanceof PayloadIndex.Whole whole && whole.range()),
        List.of("float", "integer"));
  }

  static Optional<IndexNeed> date(PayloadPath key, PayloadSchema schema) {
    return need(key, schema, index -> index instanceof PayloadIndex.DateTime, List.of("datetime"));
  }

  static Optional<IndexNeed> geo(PayloadPath key, PayloadSchema schema) {
    return need(key, schema, index -> index instanceof PayloadIndex.Geo, List.of("geo"));
  }

  private static Optional<IndexNeed> any(PayloadPath key, PayloadSchema schema) {
    return need(key, schema, _ -> true, ANY);
  }

  private static Optional<IndexNeed> need(
      PayloadPath key, PayloadSchema schema, Predicate<PayloadIndex> fits, List<String> types) {
    return schema.of(key).filter(fits).isPresent()
        ? Optional.empty()
        : Optional.of(new IndexNeed(key, types));
  }

  private static PayloadPath joined(List<Step> prefix, PayloadPath key) {
    if (prefix.isEmpty()) {
      return key;
    }
    List<Step> steps = new ArrayList<>(prefix);
    steps.addAll(key.steps());
    return new PayloadPath(steps);
  }

  private static PayloadPath elements(PayloadPath key) {
    if (key.steps().getLast() instanceof Step.All) {
      return key;
    }
    List<Step> steps = new ArrayList<>(key.steps());
    steps.add(new Step.All());
    return new PayloadPath(steps);
  }
}
