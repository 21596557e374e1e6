package io.millrace.search.filter;

import static io.millrace.search.filter.FilterCompiler.and;
import static io.millrace.search.filter.FilterCompiler.kinds;
import static io.millrace.search.filter.FilterCompiler.none;
import static io.millrace.search.filter.FilterCompiler.or;

import io.millrace.index.Fields;
import io.millrace.model.Condition;
import io.millrace.model.Condition.Position;
import io.millrace.model.Filter;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import io.millrace.model.Scalar;
import io.millrace.model.Unicode;
import io.millrace.payload.Equality;
import io.millrace.payload.FilterEvaluator;
import io.millrace.payload.Geo;
import io.millrace.payload.IndexMeanings;
import io.millrace.payload.LeafPath;
import io.millrace.payload.Leaves.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.search.Query;

/// Queries that match at least the points that satisfy a condition, by the index alone.
///
/// The idea: most conditions ask for *some* value at a path. Whatever an element of an array has at
/// path `p`, its point has at `array[].p`; whatever stands at `a[3]` stands at `a[]`. So the same
/// question at the wider path finds a superset. Conditions that a missing value satisfies give
/// nothing, and so does `must_not`.
final class Candidates {
  // Widens computed circles: far above the rounding of the haversine formula in degrees (1e-6 near
  // the antipode), far below what matters for the number of candidates (1 m).
  private static final double SLACK_DEGREES = 1e-5;

  // From here on a circle is taken to hold its pole; asin is too steep to trust beyond.
  private static final double POLE_DEGREES = 1e-3;

  private Candidates() {}

  /// @param prefix path of the array elements that the condition is asked about, empty for the
  ///   point
  /// @return empty when every point is a candidate
  static Optional<Query> of(Condition condition, List<Step> prefix, IndexMeanings indexes) {
    return switch (condition) {
      case Condition.Clause(Filter filter) -> of(filter, prefix, indexes);
      case Condition.MatchValue(var key, var value) ->
          path(prefix, key)
              .map(p ->
                  FilterCompiler.anyLeaf(
                      FilterCompiler.terms(p, List.of(value), kind(prefix, key, value, indexes))));
      case Condition.MatchAny(var key, var values) ->
          path(prefix, key)
              .map(p ->
                  FilterCompiler.anyLeaf(
                      FilterCompiler.terms(
                          p,
                          values,
                          prefix.isEmpty()
                              ? Equality.kind(indexes.of(key), values)
                              : Equality.Kind.PLAIN)));
      case Condition.MatchExcept(var key, var ignored) ->
          path(prefix, key).map(FilterCompiler::holdsValue);
      case Condition.MatchPrefix(var key, var text) ->
          Unicode.isWellFormed(text)
              ? path(prefix, key).map(p -> FilterCompiler.prefix(p, text))
              : Optional.of(none());
      case Condition.MatchSubstring(var key, var text) -> text(path(prefix, key), text);
      case Condition.Contains(var key, var ignored) ->
          path(prefix, key).map(FilterCompiler::holdsValue);
      case Condition.Regex(var key, var ignored) ->
          path(prefix, key).map(FilterCompiler::holdsValue);
      case Condition.MatchText(var key, var text) -> text(path(prefix, key), text);
      case Condition.MatchPhrase(var key, var text) -> text(path(prefix, key), text);
      case Condition.MatchTextAny(var key, var text) ->
          FilterEvaluator.tokens(text).isEmpty()
              ? Optional.of(none())
              : path(prefix, key).map(FilterCompiler::holdsValue);
      case Condition.NumberRange range ->
          path(prefix, range.key()).map(p -> Ranges.numbers(p, range));
      case Condition.DateRange(var key, var gt, var gte, var lt, var lte) ->
          path(prefix, key).map(p -> Ranges.of(gt, gte, lt, lte).query(Fields.DATE, p));
      case Condition.ValuesCount(var key, var gt, var gte, var lt, var lte) -> {
        Ranges.Range range = Ranges.of(gt, gte, lt, lte);
        yield range.has(0)
            ? Optional.empty()
            : path(prefix, key).map(p -> FilterCompiler.someCount(p, range));
      }
      case Condition.IsEmpty ignored -> Optional.empty();
      case Condition.IsNull(var key) ->
          path(prefix, key)
              .map(p ->
                  prefix.isEmpty() && indexes.of(key).isPresent()
                      ? FilterCompiler.holdsNull(p)
                      : kinds(p, Kind.NULL));
      case Condition.FieldIsEmpty(var key, var expected) ->
          expected ? Optional.empty() : path(prefix, key).map(FilterCompiler::holdsSomething);
      case Condition.FieldIsNull(var key, var expected) ->
          expected ? path(prefix, key).map(FilterCompiler::holdsNull) : Optional.empty();
      case Condition.GeoBox(var key, var north, var west, var south, var east) ->
          path(prefix, key)
              .map(p ->
                  west > east
                      ? within(p, south, north, List.of(span(west, 180), span(-180, east)))
                      : within(p, south, north, List.of(span(west, east))));
      case Condition.GeoRadius(var key, var lat, var lon, var radius) ->
          path(prefix, key).map(p -> circle(p, lat, lon, radius));
      case Condition.GeoPolygon(var key, var exterior, var ignored) ->
          path(prefix, key).map(p -> ring(p, exterior));
      case Condition.HasId ignored -> identity(condition, prefix, indexes);
      case Condition.HasVector ignored -> identity(condition, prefix, indexes);
      case Condition.Slice ignored -> prefix.isEmpty() ? Optional.empty() : Optional.of(none());
      case Condition.Nested(var key, var filter) -> nested(prefix, key, filter, indexes);
    };
  }

  private static Equality.Kind kind(
      List<Step> prefix, PayloadPath key, Scalar value, IndexMeanings indexes) {
    return prefix.isEmpty() ? Equality.kind(indexes.of(key), List.of(value)) : Equality.Kind.PLAIN;
  }

  private static Optional<Query> of(Filter filter, List<Step> prefix, IndexMeanings indexes) {
    List<Query> all = new ArrayList<>();
    for (Condition c : filter.must()) {
      of(c, prefix, indexes).ifPresent(all::add);
    }
    if (!filter.should().isEmpty()) {
      known(filter.should(), prefix, indexes).ifPresent(any -> all.add(or(any)));
    }
    filter
        .minShould()
        .ifPresent(m ->
            known(m.conditions(), prefix, indexes)
                .ifPresent(some -> all.add(FilterCompiler.atLeast(m.minCount(), some))));
    return all.isEmpty() ? Optional.empty() : Optional.of(and(all));
  }

  /// Empty unless the index knows candidates of each.
  private static Optional<List<Query>> known(
      List<Condition> conditions, List<Step> prefix, IndexMeanings indexes) {
    List<Query> queries = new ArrayList<>();
    for (Condition c : conditions) {
      Optional<Query> query = of(c, prefix, indexes);
      if (query.isEmpty()) {
        return Optional.empty();
      }
      queries.add(query.get());
    }
    return Optional.of(queries);
  }

  /// Elements have no identity.
  private static Optional<Query> identity(
      Condition condition, List<Step> prefix, IndexMeanings indexes) {
    return Optional.of(prefix.isEmpty() ? FilterCompiler.compile(condition, indexes) : none());
  }

  private static Optional<Query> nested(
      List<Step> prefix, PayloadPath key, Filter filter, IndexMeanings indexes) {
    PayloadPath elements = FilterEvaluator.elementsOf(key);
    List<Query> all = new ArrayList<>();
    path(prefix, elements).ifPresent(p -> all.add(kinds(p, Kind.SINGLE)));
    List<Step> inside = new ArrayList<>(prefix);
    inside.addAll(elements.steps());
    of(filter, inside, indexes).ifPresent(all::add);
    return all.isEmpty() ? Optional.empty() : Optional.of(and(all));
  }

  private static Optional<Query> text(Optional<LeafPath> path, String text) {
    return Unicode.isWellFormed(text) ? path.map(FilterCompiler::holdsValue) : Optional.of(none());
  }

  private static Optional<LeafPath> path(List<Step> prefix, PayloadPath key) {
    return FilterCompiler.loosePath(prefix, key);
  }

  private record Span(double from, double to) {}

  private static Span span(double from, double to) {
    return new Span(from, to);
  }

  /// Objects at the path, or in an array there, that hold such numbers; maybe not the same object.
  private static Query within(LeafPath path, double south, double north, List<Span> lons) {
    List<Query> places = new ArrayList<>();
    for (LeafPath at : List.of(path, path.elements())) {
      List<Query> spans = new ArrayList<>();
      for (Span lon : lons) {
        spans.add(Ranges.numbers(at.child("lon"), lon.from, lon.to));
      }
      places.add(and(List.of(Ranges.numbers(at.child("lat"), south, north), or(spans))));
    }
    return or(places);
  }

  private static Query circle(LeafPath path, double lat, double lon, double radiusMetres) {
    if (!(radiusMetres > 0)) {
      return none();
    }
    double angle = radiusMetres / Geo.EARTH_RADIUS;
    double degrees = Math.toDegrees(angle) + SLACK_DEGREES;
    double south = lat - degrees;
    double north = lat + degrees;
    List<Span> lons = new ArrayList<>();
    if (south <= -90 + POLE_DEGREES || north >= 90 - POLE_DEGREES) {
      lons.add(span(-180, 180));
    } else {
      double half =
          Math.toDegrees(Math.asin(Math.min(1, Math.sin(angle) / Math.cos(Math.toRadians(lat)))))
              + SLACK_DEGREES;
      lons.add(span(lon - half, lon + half));
      lons.add(span(lon - half + 360, lon + half + 360));
      lons.add(span(lon - half - 360, lon + half - 360));
    }
    return within(path, south, north, lons);
  }

  private static Query ring(LeafPath path, List<Position> ring) {
    double south = Double.POSITIVE_INFINITY;
    double north = Double.NEGATIVE_INFINITY;
    double west = Double.POSITIVE_INFINITY;
    double east = Double.NEGATIVE_INFINITY;
    for (Position p : ring) {
      south = Math.min(south, p.lat());
      north = Math.max(north, p.lat());
      west = Math.min(west, p.lon());
      east = Math.max(east, p.lon());
    }
    return within(path, south, north, List.of(span(west, east)));
  }
}
