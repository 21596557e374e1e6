package io.millrace.api.slow;

import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.PayloadPath;
import java.util.List;
import java.util.stream.Collectors;

/// The shape of a filter: clauses, kinds of conditions and keys, never values.
///
/// ```
/// must[match(color), range(price)] must_not[is_empty(tags)]
/// ```
final class FilterText {
  /// Of one key; longer ones are cut.
  private static final int KEY_CHARS = 64;

  /// Of a whole shape: log lines have a bound.
  private static final int CHARS = 512;

  private FilterText() {}

  static String of(Filter filter) {
    String text = shape(filter);
    return text.length() <= CHARS ? text : text.substring(0, CHARS) + "…";
  }

  private static String shape(Filter filter) {
    StringBuilder text = new StringBuilder();
    clause(text, "must", filter.must());
    clause(text, "should", filter.should());
    filter.minShould().ifPresent(least -> clause(text, "min_should", least.conditions()));
    clause(text, "must_not", filter.mustNot());
    return text.toString();
  }

  private static void clause(StringBuilder text, String name, List<Condition> conditions) {
    if (conditions.isEmpty()) {
      return;
    }
    if (!text.isEmpty()) {
      text.append(' ');
    }
    text.append(name)
        .append('[')
        .append(conditions.stream().map(FilterText::of).collect(Collectors.joining(", ")))
        .append(']');
  }

  private static String of(Condition condition) {
    return switch (condition) {
      case Condition.Clause(Filter filter) -> "(" + shape(filter) + ")";
      case Condition.Nested(var key, Filter filter) ->
          "nested(" + name(key) + ": " + shape(filter) + ")";
      case Condition.MatchValue c -> kind("match", c.key());
      case Condition.MatchAny c -> kind("match_any", c.key());
      case Condition.MatchExcept c -> kind("match_except", c.key());
      case Condition.MatchPrefix c -> kind("match_prefix", c.key());
      case Condition.MatchText c -> kind("match_text", c.key());
      case Condition.MatchTextAny c -> kind("match_text_any", c.key());
      case Condition.MatchPhrase c -> kind("match_phrase", c.key());
      case Condition.MatchSubstring c -> kind("match_substring", c.key());
      case Condition.Contains c -> kind("contains", c.key());
      case Condition.Regex c -> kind("regex", c.key());
      case Condition.NumberRange c -> kind("range", c.key());
      case Condition.DateRange c -> kind("datetime_range", c.key());
      case Condition.ValuesCount c -> kind("values_count", c.key());
      case Condition.IsEmpty c -> kind("is_empty", c.key());
      case Condition.IsNull c -> kind("is_null", c.key());
      case Condition.FieldIsEmpty c -> kind("is_empty", c.key());
      case Condition.FieldIsNull c -> kind("is_null", c.key());
      case Condition.GeoBox c -> kind("geo_bounding_box", c.key());
      case Condition.GeoRadius c -> kind("geo_radius", c.key());
      case Condition.GeoPolygon c -> kind("geo_polygon", c.key());
      case Condition.HasId(var ids) -> "has_id(" + ids.size() + ")";
      case Condition.HasVector _ -> "has_vector";
      case Condition.Slice _ -> "slice";
    };
  }

  private static String kind(String kind, PayloadPath key) {
    return kind + "(" + name(key) + ")";
  }

  /// A quoted key may hold anything; what could look like another field of a line is replaced.
  static String name(PayloadPath key) {
    String text = key.toString();
    StringBuilder plain = new StringBuilder();
    text.codePoints()
        .limit(KEY_CHARS)
        .map(c -> Character.isLetterOrDigit(c) || "_-.[]\"".indexOf(c) >= 0 ? c : '?')
        .forEach(plain::appendCodePoint);
    return plain.toString();
  }
}
