package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.payload.DateTimes;
import io.millrace.payload.Patterns;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Filters. The four clauses are closed to unknown keys; a condition's kind is told by the keys it
/// has, and one that fits no kind is read as a nested filter, so that a misspelt key is refused.
public final class FilterJson {
  /// Conditions of one request, all clauses and levels.
  private static final int CONDITIONS = 4_096;

  private static final int LEVELS = 32;

  /// Items of one `any`, `except` or `has_id` list.
  private static final int LIST_ITEMS = 1 << 20;

  /// Holds for no point and for no element.
  private static final Condition NEVER = new Condition.HasId(Set.of());

  private static final Set<String> CLAUSES = Set.of("must", "should", "must_not", "min_should");

  private final Violations violations;
  private int conditions;
  private int nested; // conditions of that kind around

  private FilterJson(Violations violations) {
    this.violations = violations;
  }

  public static Filter read(JsonIn in, At at) {
    return new FilterJson(in.violations()).filter(in.tree(), at, 0);
  }

  /// Reads a filter that stands alone.
  public static Filter parse(String json) {
    return JsonIn.read(json, in -> read(in, At.BODY.field("filter")));
  }

  /// Reads one condition that stands alone.
  static Condition condition(JsonNode node, At at, Violations violations) {
    return new FilterJson(violations).condition(node, at, 0);
  }

  private Filter filter(JsonNode node, At at, int level) {
    if (level > LEVELS) {
      throw BadInput.badRequest("Filter is nested deeper than " + LEVELS + " levels");
    }
    Tree.object(node, "struct Filter");
    for (String key : node.propertyNames()) {
      if (!CLAUSES.contains(key)) {
        throw BadInput.format(
            "unknown field `"
                + JsonIn.shortened(key)
                + "`, expected one of `should`, `min_should`, `must`, `must_not`");
      }
    }
    return new Filter(
        oneOrMany(Tree.field(node, "must"), at.field("must"), level),
        should(Tree.field(node, "should"), at.field("should"), level),
        oneOrMany(Tree.field(node, "must_not"), at.field("must_not"), level),
        minShould(Tree.field(node, "min_should"), at.field("min_should"), level));
  }

  /// An empty list restricts nothing, but within `nested` nothing satisfies it.
  private List<Condition> should(@Nullable JsonNode node, At at, int level) {
    List<Condition> should = oneOrMany(node, at, level);
    return node != null && should.isEmpty() && nested > 0 ? List.of(NEVER) : should;
  }

  private List<Condition> oneOrMany(@Nullable JsonNode node, At at, int level) {
    if (node == null) {
      return List.of();
    }
    if (node.isObject()) {
      return List.of(condition(node, at.item(0), level));
    }
    return conditions(node, at, level);
  }

  private List<Condition> conditions(JsonNode node, At at, int level) {
    if (!node.isArray()) {
      throw Tree.invalidType(node, "a condition or a list of conditions");
    }
    List<Condition> list = new ArrayList<>(node.size());
    for (JsonNode item : node) {
      list.add(condition(item, at.item(list.size()), level));
    }
    return list;
  }

  private Optional<Filter.MinShould> minShould(@Nullable JsonNode node, At at, int level) {
    if (node == null) {
      return Optional.empty();
    }
    Tree.object(node, "struct MinShould");
    List<Condition> list =
        conditions(Tree.required(node, "conditions"), at.field("conditions"), level);
    long minCount = Tree.u64(Tree.required(node, "min_count"));
    if (minCount == 0) {
      violations.add(at.field("min_count"), "min_count must be greater than 0");
    }
    return Optional.of(new Filter.MinShould(list, minCount));
  }

  private Condition condition(JsonNode node, At at, int level) {
    if (++conditions > CONDITIONS) {
      throw BadInput.badRequest("Filter condition limit reached (more than " + CONDITIONS + ")");
    }
    Tree.object(node, "a filter condition");
    JsonNode key = node.get("key");
    if (key != null) {
      if (!key.isString()) {
        throw BadInput.format("filter condition 'key' must be a string");
      }
      return field(PayloadPath.parse(key.stringValue()), node, at);
    }
    JsonNode inner = node.get("is_empty");
    if (inner != null) {
      return new Condition.IsEmpty(keyOf(inner));
    }
    inner = node.get("is_null");
    if (inner != null) {
      return new Condition.IsNull(keyOf(inner));
    }
    inner = node.get("has_id");
    if (inner != null) {
      return hasId(inner);
    }
    inner = node.get("has_vector");
    if (inner != null) {
      return new Condition.HasVector(Tree.string(inner));
    }
    inner = node.get("nested");
    if (inner != null) {
      return nested(inner, at.field("nested"), level);
    }
    inner = node.get("slice");
    if (inner != null) {
      return slice(inner, at.field("slice"));
    }
    return new Condition.Clause(filter(node, at, level + 1));
  }

  private static PayloadPath keyOf(JsonNode node) {
    Tree.object(node, "struct PayloadField");
    JsonNode key = Tree.required(node, "key");
    if (!key.isString()) {
      throw BadInput.format("filter condition 'key' must be a string");
    }
    return PayloadPath.parse(key.stringValue());
  }

  private static Condition hasId(JsonNode node) {
    refuseLong(node, "has_id");
    Set<PointId> ids = new HashSet<>();
    for (PointId id : Tree.list(node, IdJson::read)) {
      ids.add(id);
    }
    return new Condition.HasId(ids);
  }

  private Condition nested(JsonNode node, At at, int level) {
    PayloadPath key = keyOf(node);
    nested++;
    Filter filter = filter(Tree.required(node, "filter"), at.field("filter"), level + 1);
    nested--;
    return new Condition.Nested(key, filter);
  }

  private Condition slice(JsonNode node, At at) {
    Tree.object(node, "struct Slice");
    long total = Tree.u32(Tree.required(node, "total"));
    long index = Tree.u32(Tree.required(node, "index"));
    if (total == 0) {
      throw BadInput.format("invalid value: integer `0`, expected a nonzero u32");
    }
    if (index >= total) {
      violations.add(
          at, "Validation error: Slice index must be less than the total number of slices [{}]");
    }
    return new Condition.Slice(total, index);
  }

  /// One condition on a key. `values_count`, `is_empty` and `is_null`, in this order, stand alone;
  /// of the others any one is enough.
  private Condition field(PayloadPath key, JsonNode node, At at) {
    List<Condition> predicates = new ArrayList<>(1);
    JsonNode type = Tree.field(node, "type");
    if (type != null) {
      return TypedConditionJson.read(key, type, node);
    }
    JsonNode match = Tree.field(node, "match");
    if (match != null) {
      predicates.add(match(key, match));
    }
    JsonNode range = Tree.field(node, "range");
    if (range != null) {
      predicates.add(range(key, range));
    }
    JsonNode box = Tree.field(node, "geo_bounding_box");
    if (box != null) {
      predicates.add(GeoJson.box(key, box));
    }
    JsonNode radius = Tree.field(node, "geo_radius");
    if (radius != null) {
      predicates.add(GeoJson.radius(key, radius));
    }
    JsonNode polygon = Tree.field(node, "geo_polygon");
    if (polygon != null) {
      predicates.add(GeoJson.polygon(key, polygon));
    }
    JsonNode count = Tree.field(node, "values_count");
    if (count != null) {
      return valuesCount(key, count);
    }
    JsonNode empty = Tree.field(node, "is_empty");
    if (empty != null) {
      return new Condition.FieldIsEmpty(key, Tree.bool(empty));
    }
    JsonNode isNull = Tree.field(node, "is_null");
    if (isNull != null) {
      return new Condition.FieldIsNull(key, Tree.bool(isNull));
    }
    if (predicates.isEmpty()) {
      violations.add(at, "Validation error: At least one field condition must be specified [{}]");
      return new Condition.Clause(Filter.ALL);
    }
    return predicates.size() == 1
        ? predicates.getFirst()
        : new Condition.Clause(Filter.should(predicates.toArray(Condition[]::new)));
  }

  private static Condition match(PayloadPath key, JsonNode node) {
    Tree.object(node, "a match");
    JsonNode value = Tree.field(node, "value");
    if (value != null) {
      return new Condition.MatchValue(key, scalar(value));
    }
    value = Tree.field(node, "text");
    if (value != null) {
      return new Condition.MatchText(key, Tree.string(value));
    }
    value = Tree.field(node, "text_any");
    if (value != null) {
      return new Condition.MatchTextAny(key, Tree.string(value));
    }
    value = Tree.field(node, "phrase");
    if (value != null) {
      return new Condition.MatchPhrase(key, Tree.string(value));
    }
    value = Tree.field(node, "prefix");
    if (value != null) {
      return new Condition.MatchPrefix(key, Tree.string(value));
    }
    value = Tree.field(node, "substring");
    if (value != null) {
      return new Condition.MatchSubstring(key, Tree.string(value));
    }
    value = Tree.field(node, "contains");
    if (value != null) {
      return new Condition.Contains(key, scalar(value));
    }
    value = Tree.field(node, "regex");
    if (value != null) {
      return new Condition.Regex(key, Patterns.of(Tree.string(value)));
    }
    value = Tree.field(node, "any");
    if (value != null) {
      return new Condition.MatchAny(key, scalars(value, "any"));
    }
    value = Tree.field(node, "except");
    if (value != null) {
      return new Condition.MatchExcept(key, scalars(value, "except"));
    }
    throw BadInput.format("data did not match any variant of untagged enum MatchInterface");
  }

  static Scalar scalar(JsonNode node) {
    if (node.isString()) {
      return new Scalar.Text(node.stringValue());
    }
    if (node.isBoolean()) {
      return new Scalar.Bool(node.booleanValue());
    }
    return new Scalar.Whole(whole(node));
  }

  private static long whole(JsonNode node) {
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw Tree.invalidType(node, "a string, a boolean or an i64");
    }
    return node.longValue();
  }

  /// All strings or all integers.
  private static List<Scalar> scalars(JsonNode node, String list) {
    refuseLong(node, list);
    boolean text = node.isArray() && !node.isEmpty() && node.get(0).isString();
    return Tree.list(
        node, item -> text ? new Scalar.Text(Tree.string(item)) : new Scalar.Whole(whole(item)));
  }

  private static void refuseLong(JsonNode list, String name) {
    if (list.isArray() && list.size() > LIST_ITEMS) {
      throw BadInput.badRequest(
          "List `" + name + "` has " + list.size() + " items, at most " + LIST_ITEMS + " are read");
    }
  }

  /// A range of dates if any bound is a string, else of numbers.
  static Condition range(PayloadPath key, JsonNode node) {
    Tree.object(node, "a range");
    JsonNode gt = Tree.field(node, "gt");
    JsonNode gte = Tree.field(node, "gte");
    JsonNode lt = Tree.field(node, "lt");
    JsonNode lte = Tree.field(node, "lte");
    if (isText(gt) || isText(gte) || isText(lt) || isText(lte)) {
      return new Condition.DateRange(key, date(gt), date(gte), date(lt), date(lte));
    }
    return new Condition.NumberRange(key, number(gt), number(gte), number(lt), number(lte));
  }

  private static boolean isText(@Nullable JsonNode node) {
    return node != null && node.isString();
  }

  private static OptionalDouble number(@Nullable JsonNode node) {
    return node == null ? OptionalDouble.empty() : OptionalDouble.of(Tree.f64(node));
  }

  private static OptionalLong date(@Nullable JsonNode node) {
    if (node == null) {
      return OptionalLong.empty();
    }
    String text = Tree.string(node);
    OptionalLong micros = DateTimes.parse(text);
    if (micros.isEmpty()) {
      throw BadInput.format(
          "'"
              + JsonIn.shortened(text)
              + "' does not match accepted datetime format (RFC3339)."
              + " Example: 2014-01-01T00:00:00Z");
    }
    return micros;
  }

  private static Condition valuesCount(PayloadPath key, JsonNode node) {
    Tree.object(node, "struct ValuesCount");
    return new Condition.ValuesCount(
        key, count(node, "gt"), count(node, "gte"), count(node, "lt"), count(node, "lte"));
  }

  private static OptionalLong count(JsonNode node, String bound) {
    JsonNode value = Tree.field(node, bound);
    return value == null ? OptionalLong.empty() : OptionalLong.of(Tree.u64(value));
  }
}
