package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.Condition;
import io.millrace.model.Condition.Position;
import io.millrace.model.PayloadPath;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// The three conditions on places; corners and rings are checked here, so that the engine sees
/// degrees only.
final class GeoJson {
  private GeoJson() {}

  static Condition box(PayloadPath key, JsonNode node) {
    Tree.object(node, "struct GeoBoundingBox");
    Position topLeft = position(Tree.required(node, "top_left"));
    Position bottomRight = position(Tree.required(node, "bottom_right"));
    return new Condition.GeoBox(
        key, topLeft.lat(), topLeft.lon(), bottomRight.lat(), bottomRight.lon());
  }

  static Condition radius(PayloadPath key, JsonNode node) {
    Tree.object(node, "struct GeoRadius");
    Position center = position(Tree.required(node, "center"));
    double metres = Tree.f64(Tree.required(node, "radius"));
    return new Condition.GeoRadius(key, center.lat(), center.lon(), metres);
  }

  static Condition polygon(PayloadPath key, JsonNode node) {
    Tree.object(node, "struct GeoPolygon");
    JsonNode interiors = Tree.field(node, "interiors");
    return new Condition.GeoPolygon(
        key,
        ring(Tree.required(node, "exterior")),
        interiors == null ? List.of() : Tree.list(interiors, GeoJson::ring));
  }

  private static List<Position> ring(JsonNode node) {
    Tree.object(node, "struct GeoLineString");
    List<Position> points = Tree.list(Tree.required(node, "points"), GeoJson::position);
    if (points.size() < 4) {
      throw BadInput.format("polygon invalid, the size must be at least 4, got " + points.size());
    }
    if (!points.getFirst().equals(points.getLast())) {
      throw BadInput.format("polygon invalid, the first and the last points should be the same");
    }
    return points;
  }

  static Position position(JsonNode node) {
    Tree.object(node, "struct GeoPoint");
    double lon = Tree.f64(Tree.required(node, "lon"));
    double lat = Tree.f64(Tree.required(node, "lat"));
    if (!(lat >= -90 && lat <= 90) || !(lon >= -180 && lon <= 180)) {
      throw BadInput.format(
          "Wrong format of GeoPoint, latitude "
              + lat
              + " must be in [-90, 90] and longitude "
              + lon
              + " in [-180, 180]");
    }
    return new Position(lat, lon);
  }
}
