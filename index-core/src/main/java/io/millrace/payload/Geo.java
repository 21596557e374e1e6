package io.millrace.payload;

import io.millrace.model.Condition.Position;
import java.math.BigDecimal;
import java.util.List;

/// Geometry of the geo conditions: distance on the sphere, rings in the plane.
public final class Geo {
  /// Mean radius of the Earth in metres, the number that Qdrant computes with.
  public static final double EARTH_RADIUS = 6_371_008.8;

  private Geo() {}

  /// Haversine distance in metres; NaN can not occur for positions in range.
  public static double distance(double latA, double lonA, double latB, double lonB) {
    double a = Math.toRadians(latA);
    double b = Math.toRadians(latB);
    double sinLat = Math.sin(Math.toRadians(latB - latA) / 2);
    double sinLon = Math.sin(Math.toRadians(lonB - lonA) / 2);
    double h = sinLat * sinLat + Math.cos(a) * Math.cos(b) * sinLon * sinLon;
    return EARTH_RADIUS * (2 * Math.asin(Math.min(1, Math.sqrt(h))));
  }

  enum Place {
    INSIDE,
    BOUNDARY,
    OUTSIDE
  }

  /// Where the position lies in the plane of degrees; the ring is closed or is taken as closed.
  /// Counts how often the ring winds around it, with exact orientation.
  static Place place(List<Position> ring, double lat, double lon) {
    int winding = 0;
    for (int i = 0; i < ring.size(); i++) {
      Position from = ring.get(i);
      Position to = ring.get((i + 1) % ring.size());
      if (from.lat() <= lat) {
        if (to.lat() >= lat) {
          int side = orientation(from, to, lat, lon);
          if (side > 0 && to.lat() != lat) {
            winding++;
          } else if (side == 0 && between(from.lon(), lon, to.lon())) {
            return Place.BOUNDARY;
          }
        }
      } else if (to.lat() <= lat) {
        int side = orientation(from, to, lat, lon);
        if (side < 0) {
          winding--;
        } else if (side == 0 && between(from.lon(), lon, to.lon())) {
          return Place.BOUNDARY;
        }
      }
    }
    return winding == 0 ? Place.OUTSIDE : Place.INSIDE;
  }

  private static boolean between(double a, double x, double b) {
    return a <= b ? a <= x && x <= b : b <= x && x <= a;
  }

  /// The sign of the turn from → to → position: 1 left, -1 right, 0 straight. Plain doubles decide
  /// when the result is clear of its rounding error (Shewchuk's bound), exact decimals otherwise.
  private static int orientation(Position from, Position to, double lat, double lon) {
    double left = (to.lon() - from.lon()) * (lat - from.lat());
    double right = (to.lat() - from.lat()) * (lon - from.lon());
    double det = left - right;
    double bound = 3.3306690738754716e-16 * (Math.abs(left) + Math.abs(right));
    if (Math.abs(det) > bound) {
      return det > 0 ? 1 : -1;
    }
    BigDecimal fromLat = new BigDecimal(from.lat());
    BigDecimal fromLon = new BigDecimal(from.lon());
    return new BigDecimal(to.lon())
        .subtract(fromLon)
        .multiply(new BigDecimal(lat).subtract(fromLat))
        .compareTo(
            new BigDecimal(to.lat())
                .subtract(fromLat)
                .multiply(new BigDecimal(lon).subtract(fromLon)));
  }
}
