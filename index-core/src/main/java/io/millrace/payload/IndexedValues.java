package io.millrace.payload;

import io.millrace.model.PayloadIndex;
import io.millrace.model.PointId;

/// Which values of a payload a declared index holds; the others are as good as absent to what reads
/// through the index.
public final class IndexedValues {
  private IndexedValues() {}

  /// A text index holds words and no values, so it hides none.
  public static boolean has(PayloadIndex index, JsonValue value) {
    return switch (index) {
      case PayloadIndex.Keyword _ -> value instanceof JsonValue.Text;
      case PayloadIndex.Whole _ ->
          value instanceof JsonValue.Num number && Equality.integral(number).isPresent();
      case PayloadIndex.Decimal _ -> value instanceof JsonValue.Num;
      case PayloadIndex.Bool _ -> value instanceof JsonValue.Bool;
      case PayloadIndex.DateTime _ ->
          value instanceof JsonValue.Text(var text) && DateTimes.parse(text).isPresent();
      case PayloadIndex.Uuid _ ->
          value instanceof JsonValue.Text(var text) && PointId.parseUuid(text).isPresent();
      case PayloadIndex.Geo _ -> isPosition(value);
      case PayloadIndex.Text _ -> true;
    };
  }

  private static boolean isPosition(JsonValue value) {
    return value instanceof JsonValue.Obj(var members)
        && members.get("lat") instanceof JsonValue.Num lat
        && members.get("lon") instanceof JsonValue.Num lon
        && Math.abs(lat.number()) <= 90
        && Math.abs(lon.number()) <= 180;
  }
}
