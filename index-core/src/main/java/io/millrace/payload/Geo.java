package io.millrace.payload;

import io.millrace.model.Condition;
import io.millrace.model.Condition.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where a payload's `{"lon": …, "lat": …}` lies. Positions out of range (latitude ±90, longitude
/// ±180) lie nowhere.
public final class Geo {
  private static final double EARTH_RADIUS_METRES = 6_371_008.8;

  private Geo() {}

  static boolean isInside(JsonValue value, Condition.GeoBox box) {
    Position p = position(value);
    if (p == null || p.lat() >= box.north() || p.lat() <= box.south()) {
      return false;
    }
    return box.west() > box.east()
        ? p.lon() > box.west() || p.lon() < box.east()
        : p.lon() > box.west() && p.lon() < box.east();
  }

  static boolean isInside(JsonValue value, Condition.GeoRadius radius) {
    Position p = position(value);
    return p != null && metres(p, new Position(radius.lat(), radius.lon())) < radius.radiusMetres();
  }

  static boolean isInside(JsonValue value, Condition.GeoPolygon polygon) {
    Position p = position(value);
    return p != null
        && isInside(p, polygon.exterior(), false)
        && polygon.interiors().stream().noneMatch(hole -> isInside(p, hole, true));
  }

  /// Great-circle distance by the haversine formula.
  public static double metres(Position a, Position b) {
    double dLat = Math.toRadians(b.lat() - a.lat());
    double dLon = Math.toRadians(b.lon() - a.lon());
    double h =
        Math.pow(Math.sin(dLat / 2), 2)
            + Math.cos(Math.toRadians(a.lat()))
                * Math.cos(Math.toRadians(b.lat()))
                * Math.pow(Math.sin(dLon / 2), 2);
    return 2 * EARTH_RADIUS_METRES * Math.asin(Math.sqrt(h));
  }

  private static @Nullable Position position(JsonValue value) {
    if (value instanceof JsonValue.Obj(var members)
        && members.get("lat") instanceof JsonValue.Num lat
        && members.get("lon") instanceof JsonValue.Num lon) {
      Position p = new Position(lat.asDouble(), lon.asDouble());
      return Math.abs(p.lat()) <= 90 && Math.abs(p.lon()) <= 180 ? p : null;
    }
    return null;
  }

  /// Ray casting; what lies on an edge is inside as `onEdge` says.
  private static boolean isInside(Position p, List<Position> ring, boolean onEdge) {
    boolean inside = false;
    for (int i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
      Position a = ring.get(i);
      Position b = ring.get(j);
      double cross =
          (b.lon() - a.lon()) * (p.lat() - a.lat()) - (b.lat() - a.lat()) * (p.lon() - a.lon());
      if (cross == 0
          && p.lon() >= Math.min(a.lon(), b.lon())
          && p.lon() <= Math.max(a.lon(), b.lon())
          && p.lat() >= Math.min(a.lat(), b.lat())
          && p.lat() <= Math.max(a.lat(), b.lat())) {
        return onEdge;
      }
      if ((a.lat() > p.lat()) != (b.lat() > p.lat())
          && p.lon() < (b.lon() - a.lon()) * (p.lat() - a.lat()) / (b.lat() - a.lat()) + a.lon()) {
        inside = !inside;
      }
    }
    return inside;
  }
}
