package io.millrace.ingest.record;

import com.google.protobuf.Message;
import io.millrace.ingest.record.wire.Qdrant;
import io.millrace.model.BadInput;
import io.millrace.model.Filter;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Filters of Qdrant's messages: written as the JSON that REST takes and read by who reads that, so
/// that both mean the same and are checked alike.
final class QdrantFilters {
  private static final JsonFactory JSON = new JsonFactory();

  private final JsonGenerator json;

  private QdrantFilters(JsonGenerator json) {
    this.json = json;
  }

  static Filter read(Qdrant.Filter filter, FilterReader filters) {
    try {
      ByteArrayOutputStream text = new ByteArrayOutputStream(256);
      try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
        new QdrantFilters(json).filter(filter);
      }
      try (JsonParser parser =
          JSON.createParser(ObjectReadContext.empty(), text.toByteArray(), 0, text.size())) {
        parser.nextToken();
        return filters.read(parser);
      }
    } catch (BadInput | DateTimeException refused) {
      throw new BadRecord(Code.FILTER_INVALID, "", String.valueOf(refused.getMessage()));
    }
  }

  private void filter(Qdrant.Filter filter) {
    closed(filter, "A filter");
    json.writeStartObject();
    clause("should", filter.getShouldList());
    clause("must", filter.getMustList());
    clause("must_not", filter.getMustNotList());
    if (filter.hasMinShould()) {
      closed(filter.getMinShould(), "min_should");
      json.writeObjectPropertyStart("min_should");
      conditions("conditions", filter.getMinShould().getConditionsList());
      unsigned("min_count", filter.getMinShould().getMinCount());
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  /// A message cannot tell an empty list from none, and JSON can.
  private void clause(String name, List<Qdrant.Condition> conditions) {
    if (!conditions.isEmpty()) {
      conditions(name, conditions);
    }
  }

  private void conditions(String name, List<Qdrant.Condition> conditions) {
    json.writeArrayPropertyStart(name);
    conditions.forEach(this::condition);
    json.writeEndArray();
  }

  private void condition(Qdrant.Condition condition) {
    if (condition.getConditionOneOfCase() == Qdrant.Condition.ConditionOneOfCase.FILTER) {
      filter(condition.getFilter());
      return;
    }
    json.writeStartObject();
    switch (condition.getConditionOneOfCase()) {
      case FIELD -> field(condition.getField());
      case IS_EMPTY -> key("is_empty", condition.getIsEmpty());
      case IS_NULL -> key("is_null", condition.getIsNull());
      case HAS_ID -> {
        json.writeArrayPropertyStart("has_id");
        condition.getHasId().getHasIdList().forEach(this::id);
        json.writeEndArray();
      }
      case NESTED -> {
        json.writeObjectPropertyStart("nested");
        json.writeStringProperty("key", condition.getNested().getKey());
        json.writeName("filter");
        filter(condition.getNested().getFilter());
        json.writeEndObject();
      }
      case HAS_VECTOR ->
          json.writeStringProperty("has_vector", condition.getHasVector().getHasVector());
      case SLICE -> {
        json.writeObjectPropertyStart("slice");
        json.writeNumberProperty("total", Integer.toUnsignedLong(condition.getSlice().getTotal()));
        json.writeNumberProperty("index", Integer.toUnsignedLong(condition.getSlice().getIndex()));
        json.writeEndObject();
      }
      case FILTER -> throw new IllegalStateException("it was written before");
      case CONDITIONONEOF_NOT_SET -> throw unknown("A condition");
    }
    json.writeEndObject();
  }

  /// A part that is not known would make the filter match more, or less, than its writer meant.
  private static void closed(Message part, String what) {
    if (!part.getUnknownFields().asMap().isEmpty()) {
      throw unknown(what);
    }
  }

  /// Such as a newer version of Qdrant may have.
  private static BadRecord unknown(String what) {
    return new BadRecord(Code.FILTER_INVALID, "", what + " has a part that is not known here");
  }

  private void key(String name, Qdrant.PayloadKey of) {
    json.writeObjectPropertyStart(name);
    json.writeStringProperty("key", of.getKey());
    json.writeEndObject();
  }

  private void id(Qdrant.PointId id) {
    switch (id.getPointIdOptionsCase()) {
      case NUM -> json.writeNumber(unsigned(id.getNum()));
      case UUID -> json.writeString(id.getUuid());
      case POINTIDOPTIONS_NOT_SET -> throw unknown("An id");
    }
  }

  private void field(Qdrant.FieldCondition field) {
    closed(field, "A condition on " + field.getKey());
    json.writeStringProperty("key", field.getKey());
    if (field.hasMatch()) {
      json.writeObjectPropertyStart("match");
      match(field.getMatch());
      json.writeEndObject();
    }
    if (field.hasRange()) {
      Qdrant.Range range = field.getRange();
      closed(range, "A condition on " + field.getKey());
      json.writeObjectPropertyStart("range");
      number("lt", range.hasLt(), range.getLt());
      number("gt", range.hasGt(), range.getGt());
      number("gte", range.hasGte(), range.getGte());
      number("lte", range.hasLte(), range.getLte());
      json.writeEndObject();
    } else if (field.hasDatetimeRange()) {
      Qdrant.DatetimeRange range = field.getDatetimeRange();
      closed(range, "A condition on " + field.getKey());
      json.writeObjectPropertyStart("range");
      time("lt", range.hasLt(), range.getLt());
      time("gt", range.hasGt(), range.getGt());
      time("gte", range.hasGte(), range.getGte());
      time("lte", range.hasLte(), range.getLte());
      json.writeEndObject();
    }
    if (field.hasGeoBoundingBox()) {
      json.writeObjectPropertyStart("geo_bounding_box");
      json.writeName("top_left");
      place(field.getGeoBoundingBox().getTopLeft());
      json.writeName("bottom_right");
      place(field.getGeoBoundingBox().getBottomRight());
      json.writeEndObject();
    }
    if (field.hasGeoRadius()) {
      json.writeObjectPropertyStart("geo_radius");
      json.writeName("center");
      place(field.getGeoRadius().getCenter());
      json.writeNumberProperty("radius", field.getGeoRadius().getRadius());
      json.writeEndObject();
    }
    if (field.hasGeoPolygon()) {
      json.writeObjectPropertyStart("geo_polygon");
      json.writeName("exterior");
      ring(field.getGeoPolygon().getExterior());
      json.writeArrayPropertyStart("interiors");
      field.getGeoPolygon().getInteriorsList().forEach(this::ring);
      json.writeEndArray();
      json.writeEndObject();
    }
    if (field.hasValuesCount()) {
      Qdrant.ValuesCount count = field.getValuesCount();
      closed(count, "A condition on " + field.getKey());
      json.writeObjectPropertyStart("values_count");
      count("lt", count.hasLt(), count.getLt());
      count("gt", count.hasGt(), count.getGt());
      count("gte", count.hasGte(), count.getGte());
      count("lte", count.hasLte(), count.getLte());
      json.writeEndObject();
    }
    if (field.hasIsEmpty()) {
      json.writeBooleanProperty("is_empty", field.getIsEmpty());
    }
    if (field.hasIsNull()) {
      json.writeBooleanProperty("is_null", field.getIsNull());
    }
  }

  private void match(Qdrant.Match match) {
    switch (match.getMatchValueCase()) {
      case KEYWORD -> json.writeStringProperty("value", match.getKeyword());
      case INTEGER -> json.writeNumberProperty("value", match.getInteger());
      case BOOLEAN -> json.writeBooleanProperty("value", match.getBoolean());
      case TEXT -> json.writeStringProperty("text", match.getText());
      case KEYWORDS -> texts("any", match.getKeywords());
      case INTEGERS -> numbers("any", match.getIntegers());
      case EXCEPT_INTEGERS -> numbers("except", match.getExceptIntegers());
      case EXCEPT_KEYWORDS -> texts("except", match.getExceptKeywords());
      case PHRASE -> json.writeStringProperty("phrase", match.getPhrase());
      case TEXT_ANY -> json.writeStringProperty("text_any", match.getTextAny());
      case PREFIX -> json.writeStringProperty("prefix", match.getPrefix());
      case MATCHVALUE_NOT_SET -> throw unknown("A match");
    }
  }

  private void texts(String name, Qdrant.RepeatedStrings texts) {
    json.writeArrayPropertyStart(name);
    texts.getStringsList().forEach(json::writeString);
    json.writeEndArray();
  }

  private void numbers(String name, Qdrant.RepeatedIntegers numbers) {
    json.writeArrayPropertyStart(name);
    numbers.getIntegersList().forEach(json::writeNumber);
    json.writeEndArray();
  }

  private void number(String name, boolean isThere, double value) {
    if (isThere) {
      json.writeNumberProperty(name, value);
    }
  }

  private void time(String name, boolean isThere, Qdrant.Timestamp value) {
    if (isThere) {
      Instant at = Instant.ofEpochSecond(value.getSeconds(), value.getNanos());
      json.writeStringProperty(name, at.toString());
    }
  }

  private void count(String name, boolean isThere, long value) {
    if (isThere) {
      unsigned(name, value);
    }
  }

  private void unsigned(String name, long value) {
    json.writeNumberProperty(name, unsigned(value));
  }

  private static BigInteger unsigned(long value) {
    return new BigInteger(Long.toUnsignedString(value));
  }

  private void place(Qdrant.GeoPoint place) {
    json.writeStartObject();
    json.writeNumberProperty("lon", place.getLon());
    json.writeNumberProperty("lat", place.getLat());
    json.writeEndObject();
  }

  private void ring(Qdrant.GeoLineString ring) {
    json.writeStartObject();
    json.writeArrayPropertyStart("points");
    ring.getPointsList().forEach(this::place);
    json.writeEndArray();
    json.writeEndObject();
  }
}
