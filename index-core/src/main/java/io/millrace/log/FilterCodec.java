package io.millrace.log;

import io.millrace.log.wire.Wire;
import io.millrace.model.BadInput;
import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.model.Selection;
import io.millrace.model.TextPattern;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/// Filters, their conditions, paths and selections, and their messages (`log.proto`).
final class FilterCodec {
  /// Filters inside filters. Requests are held to less before they get here; this keeps what is
  /// logged within what is read.
  static final int MAX_FILTER_DEPTH = 256;

  /// A filter's level takes up to three messages: filter, min_should, condition.
  static final int MAX_MESSAGE_DEPTH = 3 * MAX_FILTER_DEPTH + 16;

  /// Stands in where a kind has no key.
  private static final PayloadPath NO_KEY = new PayloadPath(List.of(new PayloadPath.Step.Key("")));

  private FilterCodec() {}

  static Wire.Selection encode(Selection selection) {
    return switch (selection) {
      case Selection.Ids(List<PointId> ids) -> {
        Wire.Ids.Builder b = Wire.Ids.newBuilder();
        ids.forEach(id -> b.addIds(EntryCodec.encode(id)));
        yield Wire.Selection.newBuilder().setIds(b).build();
      }
      case Selection.Matching(Filter filter) ->
          Wire.Selection.newBuilder().setMatching(encode(filter)).build();
    };
  }

  static Selection decode(Wire.Selection selection) {
    return switch (selection.getKindCase()) {
      case IDS -> new Selection.Ids(ids(selection.getIds()));
      case MATCHING -> new Selection.Matching(decode(selection.getMatching()));
      case KIND_NOT_SET -> throw new IllegalArgumentException("a selection of no known kind");
    };
  }

  static Wire.Path encode(PayloadPath path) {
    Wire.Path.Builder b = Wire.Path.newBuilder();
    for (PayloadPath.Step step : path.steps()) {
      b.addSteps(
          switch (step) {
            case PayloadPath.Step.Key(String name) ->
                Wire.Step.newBuilder().setKey(Wtf8.encode(name));
            case PayloadPath.Step.Index(int index) -> Wire.Step.newBuilder().setIndex(index);
            case PayloadPath.Step.All() -> Wire.Step.newBuilder().setAll(true);
          });
    }
    return b.build();
  }

  static PayloadPath decode(Wire.Path path) {
    List<PayloadPath.Step> steps = new ArrayList<>(path.getStepsCount());
    for (Wire.Step step : path.getStepsList()) {
      steps.add(
          switch (step.getKindCase()) {
            case KEY -> new PayloadPath.Step.Key(Wtf8.decode(step.getKey()));
            case INDEX -> new PayloadPath.Step.Index(step.getIndex());
            case ALL -> new PayloadPath.Step.All();
            case KIND_NOT_SET -> throw new IllegalArgumentException("a step of no known kind");
          });
    }
    return new PayloadPath(steps);
  }

  static Wire.Filter encode(Filter filter) {
    return encode(filter, 1);
  }

  private static Wire.Filter encode(Filter filter, int depth) {
    if (depth > MAX_FILTER_DEPTH) {
      throw new BadInput(
          BadInput.Kind.BAD_REQUEST,
          BadInput.Rule.FILTER,
          "A filter is nested more than " + MAX_FILTER_DEPTH + " levels deep");
    }
    Wire.Filter.Builder b = Wire.Filter.newBuilder();
    filter.must().forEach(c -> b.addMust(encode(c, depth)));
    filter.should().forEach(c -> b.addShould(encode(c, depth)));
    filter.mustNot().forEach(c -> b.addMustNot(encode(c, depth)));
    filter
        .minShould()
        .ifPresent(min -> {
          Wire.MinShould.Builder m = Wire.MinShould.newBuilder().setMinCount(min.minCount());
          min.conditions().forEach(c -> m.addConditions(encode(c, depth)));
          b.setMinShould(m);
        });
    return b.build();
  }

  static Filter decode(Wire.Filter f) {
    return new Filter(
        conditions(f.getMustList()),
        conditions(f.getShouldList()),
        conditions(f.getMustNotList()),
        f.hasMinShould()
            ? Optional.of(
                new Filter.MinShould(
                    conditions(f.getMinShould().getConditionsList()),
                    f.getMinShould().getMinCount()))
            : Optional.empty());
  }

  private static List<Condition> conditions(List<Wire.Condition> conditions) {
    return conditions.stream().map(FilterCodec::decode).toList();
  }

  private static Wire.Condition encode(Condition condition, int depth) {
    Wire.Condition.Builder b = Wire.Condition.newBuilder();
    switch (condition) {
      case Condition.Clause(Filter filter) -> b.setClause(encode(filter, depth + 1));
      case Condition.MatchValue(var key, Scalar value) ->
          b.setKey(encode(key)).setMatchValue(encode(value));
      case Condition.MatchAny(var key, var values) ->
          b.setKey(encode(key)).setMatchAny(encode(values));
      case Condition.MatchExcept(var key, var values) ->
          b.setKey(encode(key)).setMatchExcept(encode(values));
      case Condition.MatchPrefix(var key, String prefix) ->
          b.setKey(encode(key)).setMatchPrefix(Wtf8.encode(prefix));
      case Condition.MatchSubstring(var key, String text) ->
          b.setKey(encode(key)).setMatchSubstring(Wtf8.encode(text));
      case Condition.Contains(var key, Scalar value) ->
          b.setKey(encode(key)).setContains(encode(value));
      case Condition.Regex(var key, TextPattern pattern) ->
          b.setKey(encode(key)).setRegex(Wtf8.encode(pattern.source()));
      case Condition.MatchText(var key, String text) ->
          b.setKey(encode(key)).setMatchText(Wtf8.encode(text));
      case Condition.MatchTextAny(var key, String text) ->
          b.setKey(encode(key)).setMatchTextAny(Wtf8.encode(text));
      case Condition.MatchPhrase(var key, String text) ->
          b.setKey(encode(key)).setMatchPhrase(Wtf8.encode(text));
      case Condition.NumberRange range ->
          b.setKey(encode(range.key())).setNumberRange(range(range));
      case Condition.DateRange(var key, var gt, var gte, var lt, var lte) ->
          b.setKey(encode(key)).setDateRange(range(gt, gte, lt, lte));
      case Condition.ValuesCount(var key, var gt, var gte, var lt, var lte) ->
          b.setKey(encode(key)).setValuesCount(range(gt, gte, lt, lte));
      case Condition.IsEmpty(var key) -> b.setKey(encode(key)).setIsEmpty(true);
      case Condition.IsNull(var key) -> b.setKey(encode(key)).setIsNull(true);
      case Condition.FieldIsEmpty(var key, boolean expected) ->
          b.setKey(encode(key)).setFieldIsEmpty(expected);
      case Condition.FieldIsNull(var key, boolean expected) ->
          b.setKey(encode(key)).setFieldIsNull(expected);
      case Condition.GeoBox(var key, double north, double west, double south, double east) ->
          b.setKey(encode(key))
              .setGeoBox(
                  Wire.GeoBox.newBuilder()
                      .setNorth(north)
                      .setWest(west)
                      .setSouth(south)
                      .setEast(east));
      case Condition.GeoRadius(var key, double lat, double lon, double radiusMetres) ->
          b.setKey(encode(key))
              .setGeoRadius(
                  Wire.GeoRadius.newBuilder()
                      .setLat(lat)
                      .setLon(lon)
                      .setRadiusMetres(radiusMetres));
      case Condition.GeoPolygon(var key, var exterior, var interiors) -> {
        Wire.GeoPolygon.Builder polygon = Wire.GeoPolygon.newBuilder().setExterior(ring(exterior));
        interiors.forEach(interior -> polygon.addInteriors(ring(interior)));
        b.setKey(encode(key)).setGeoPolygon(polygon);
      }
      case Condition.HasId(Set<PointId> ids) -> {
        Wire.Ids.Builder wire = Wire.Ids.newBuilder();
        ids.stream().sorted().forEach(id -> wire.addIds(EntryCodec.encode(id)));
        b.setHasId(wire);
      }
      case Condition.HasVector(String name) -> b.setHasVector(Wtf8.encode(name));
      case Condition.Nested(var key, Filter filter) ->
          b.setKey(encode(key)).setNested(encode(filter, depth + 1));
      case Condition.Slice(long total, long index) ->
          b.setSlice(Wire.Slice.newBuilder().setTotal(total).setIndex(index));
    }
    return b.build();
  }

  private static Condition decode(Wire.Condition c) {
    PayloadPath key = c.hasKey() ? decode(c.getKey()) : NO_KEY;
    return switch (c.getKindCase()) {
      case CLAUSE -> new Condition.Clause(decode(c.getClause()));
      case MATCH_VALUE -> new Condition.MatchValue(key, scalar(c.getMatchValue()));
      case MATCH_ANY -> new Condition.MatchAny(key, scalars(c.getMatchAny()));
      case MATCH_EXCEPT -> new Condition.MatchExcept(key, scalars(c.getMatchExcept()));
      case MATCH_PREFIX -> new Condition.MatchPrefix(key, Wtf8.decode(c.getMatchPrefix()));
      case MATCH_SUBSTRING -> new Condition.MatchSubstring(key, Wtf8.decode(c.getMatchSubstring()));
      case CONTAINS -> new Condition.Contains(key, scalar(c.getContains()));
      case REGEX -> new Condition.Regex(key, new TextPattern(Wtf8.decode(c.getRegex())));
      case MATCH_TEXT -> new Condition.MatchText(key, Wtf8.decode(c.getMatchText()));
      case MATCH_TEXT_ANY -> new Condition.MatchTextAny(key, Wtf8.decode(c.getMatchTextAny()));
      case MATCH_PHRASE -> new Condition.MatchPhrase(key, Wtf8.decode(c.getMatchPhrase()));
      case NUMBER_RANGE -> {
        Wire.NumberRange r = c.getNumberRange();
        yield new Condition.NumberRange(
            key,
            r.hasGt() ? OptionalDouble.of(r.getGt()) : OptionalDouble.empty(),
            r.hasGte() ? OptionalDouble.of(r.getGte()) : OptionalDouble.empty(),
            r.hasLt() ? OptionalDouble.of(r.getLt()) : OptionalDouble.empty(),
            r.hasLte() ? OptionalDouble.of(r.getLte()) : OptionalDouble.empty());
      }
      case DATE_RANGE -> {
        Wire.LongRange r = c.getDateRange();
        yield new Condition.DateRange(key, gt(r), gte(r), lt(r), lte(r));
      }
      case VALUES_COUNT -> {
        Wire.LongRange r = c.getValuesCount();
        yield new Condition.ValuesCount(key, gt(r), gte(r), lt(r), lte(r));
      }
      case IS_EMPTY -> new Condition.IsEmpty(key);
      case IS_NULL -> new Condition.IsNull(key);
      case FIELD_IS_EMPTY -> new Condition.FieldIsEmpty(key, c.getFieldIsEmpty());
      case FIELD_IS_NULL -> new Condition.FieldIsNull(key, c.getFieldIsNull());
      case GEO_BOX -> {
        Wire.GeoBox box = c.getGeoBox();
        yield new Condition.GeoBox(
            key, box.getNorth(), box.getWest(), box.getSouth(), box.getEast());
      }
      case GEO_RADIUS -> {
        Wire.GeoRadius radius = c.getGeoRadius();
        yield new Condition.GeoRadius(
            key, radius.getLat(), radius.getLon(), radius.getRadiusMetres());
      }
      case GEO_POLYGON ->
          new Condition.GeoPolygon(
              key,
              ring(c.getGeoPolygon().getExterior()),
              c.getGeoPolygon().getInteriorsList().stream().map(FilterCodec::ring).toList());
      case HAS_ID -> new Condition.HasId(new LinkedHashSet<>(ids(c.getHasId())));
      case HAS_VECTOR -> new Condition.HasVector(Wtf8.decode(c.getHasVector()));
      case NESTED -> new Condition.Nested(key, decode(c.getNested()));
      case SLICE -> new Condition.Slice(c.getSlice().getTotal(), c.getSlice().getIndex());
      case KIND_NOT_SET -> throw new IllegalArgumentException("a condition of no known kind");
    };
  }

  private static Wire.Scalar encode(Scalar scalar) {
    Wire.Scalar.Builder b = Wire.Scalar.newBuilder();
    switch (scalar) {
      case Scalar.Text(String value) -> b.setText(Wtf8.encode(value));
      case Scalar.Whole(long value) -> b.setWhole(value);
      case Scalar.Bool(boolean value) -> b.setBoolean(value);
    }
    return b.build();
  }

  private static Scalar scalar(Wire.Scalar scalar) {
    return switch (scalar.getKindCase()) {
      case TEXT -> new Scalar.Text(Wtf8.decode(scalar.getText()));
      case WHOLE -> new Scalar.Whole(scalar.getWhole());
      case BOOLEAN -> new Scalar.Bool(scalar.getBoolean());
      case KIND_NOT_SET -> throw new IllegalArgumentException("a value of no known kind");
    };
  }

  private static Wire.Scalars encode(List<Scalar> values) {
    Wire.Scalars.Builder b = Wire.Scalars.newBuilder();
    values.forEach(value -> b.addValues(encode(value)));
    return b.build();
  }

  private static List<Scalar> scalars(Wire.Scalars scalars) {
    return scalars.getValuesList().stream().map(FilterCodec::scalar).toList();
  }

  private static Wire.NumberRange range(Condition.NumberRange range) {
    Wire.NumberRange.Builder b = Wire.NumberRange.newBuilder();
    range.gt().ifPresent(b::setGt);
    range.gte().ifPresent(b::setGte);
    range.lt().ifPresent(b::setLt);
    range.lte().ifPresent(b::setLte);
    return b.build();
  }

  private static Wire.LongRange range(
      OptionalLong gt, OptionalLong gte, OptionalLong lt, OptionalLong lte) {
    Wire.LongRange.Builder b = Wire.LongRange.newBuilder();
    gt.ifPresent(b::setGt);
    gte.ifPresent(b::setGte);
    lt.ifPresent(b::setLt);
    lte.ifPresent(b::setLte);
    return b.build();
  }

  private static OptionalLong gt(Wire.LongRange r) {
    return r.hasGt() ? OptionalLong.of(r.getGt()) : OptionalLong.empty();
  }

  private static OptionalLong gte(Wire.LongRange r) {
    return r.hasGte() ? OptionalLong.of(r.getGte()) : OptionalLong.empty();
  }

  private static OptionalLong lt(Wire.LongRange r) {
    return r.hasLt() ? OptionalLong.of(r.getLt()) : OptionalLong.empty();
  }

  private static OptionalLong lte(Wire.LongRange r) {
    return r.hasLte() ? OptionalLong.of(r.getLte()) : OptionalLong.empty();
  }

  private static Wire.Ring ring(List<Condition.Position> positions) {
    Wire.Ring.Builder b = Wire.Ring.newBuilder();
    positions.forEach(p -> b.addDegrees(p.lat()).addDegrees(p.lon()));
    return b.build();
  }

  private static List<Condition.Position> ring(Wire.Ring ring) {
    if (ring.getDegreesCount() % 2 != 0) {
      throw new IllegalArgumentException("a ring with half a position");
    }
    List<Condition.Position> positions = new ArrayList<>(ring.getDegreesCount() / 2);
    for (int i = 0; i < ring.getDegreesCount(); i += 2) {
      positions.add(new Condition.Position(ring.getDegrees(i), ring.getDegrees(i + 1)));
    }
    return positions;
  }

  private static List<PointId> ids(Wire.Ids ids) {
    List<PointId> list = new ArrayList<>(ids.getIdsCount());
    ids.getIdsList().forEach(id -> list.add(EntryCodec.id(id)));
    return list;
  }
}
