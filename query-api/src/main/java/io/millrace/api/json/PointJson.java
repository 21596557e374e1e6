package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.Hit;
import io.millrace.model.Operation.PointVectors;
import io.millrace.model.OrderValue;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import io.millrace.model.VectorValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// Points as clients write them, one by one or in columns, and as reads return them.
public final class PointJson {
  private PointJson() {}

  /// `[{"id", "vector", "payload"?}, …]`.
  static List<Point> list(JsonIn in, At at) {
    List<Point> points = new ArrayList<>();
    in.openArray();
    while (in.nextItem()) {
      points.add(point(in, at.item(points.size())));
    }
    return points;
  }

  private static Point point(JsonIn in, At at) {
    PointId id = null;
    Map<String, VectorValue> vectors = null;
    PayloadBytes payload = PayloadBytes.EMPTY;
    JsonIn.Fields fields = in.object("struct PointStruct");
    while (fields.next()) {
      switch (fields.name()) {
        case "id" -> id = IdJson.read(in);
        case "vector", "vectors" -> vectors = VectorJson.readAll(in, at.field("vector"));
        case "payload" -> payload = PayloadJson.read(in);
        default -> in.skip();
      }
    }
    return new Point(in.require(id, "id"), in.require(vectors, "vector"), payload);
  }

  /// `{"ids": […], "vectors": […] | {name: […]}, "payloads"?: […]}`, all of one length.
  static List<Point> columns(JsonIn in, At at) {
    List<PointId> ids = null;
    Map<String, List<VectorValue>> columns = null;
    List<PayloadBytes> payloads = null;
    JsonIn.Fields fields = in.object("struct Batch");
    while (fields.next()) {
      switch (fields.name()) {
        case "ids" -> ids = IdJson.list(in);
        case "vectors" -> columns = vectorColumns(in, at.field("vectors"));
        case "payloads" -> payloads = payloadColumn(in);
        default -> in.skip();
      }
    }
    ids = in.require(ids, "ids");
    columns = in.require(columns, "vectors");
    for (List<VectorValue> column : columns.values()) {
      if (column.size() != ids.size()) {
        in.violations().add(at.field("vectors"), unequal("vectors", ids.size(), column.size()));
        return List.of();
      }
    }
    if (payloads != null && payloads.size() != ids.size()) {
      in.violations().add(at.field("payloads"), unequal("payloads", ids.size(), payloads.size()));
      return List.of();
    }
    return zipped(ids, columns, payloads);
  }

  private static String unequal(String what, int ids, int others) {
    return "number of ids and " + what + " must be equal (" + ids + " != " + others + ")";
  }

  private static Map<String, List<VectorValue>> vectorColumns(JsonIn in, At at) {
    Map<String, List<VectorValue>> columns = new HashMap<>();
    if (in.isArray()) {
      columns.put("", vectorColumn(in, at));
      return columns;
    }
    JsonIn.Fields names = in.entries("a list of vectors or a map of such lists");
    while (names.next()) {
      columns.put(names.name(), vectorColumn(in, at.entry()));
    }
    return columns;
  }

  private static List<VectorValue> vectorColumn(JsonIn in, At at) {
    List<VectorValue> column = new ArrayList<>();
    in.openArray();
    while (in.nextItem()) {
      column.add(VectorJson.readStored(in, at.item(column.size())));
    }
    return column;
  }

  private static List<PayloadBytes> payloadColumn(JsonIn in) {
    List<PayloadBytes> payloads = new ArrayList<>();
    in.openArray();
    while (in.nextItem()) {
      payloads.add(in.isNull() ? PayloadBytes.EMPTY : PayloadJson.read(in));
    }
    return payloads;
  }

  private static List<Point> zipped(
      List<PointId> ids,
      Map<String, List<VectorValue>> columns,
      @Nullable List<PayloadBytes> payloads) {
    List<Point> points = new ArrayList<>(ids.size());
    for (int i = 0; i < ids.size(); i++) {
      Map<String, VectorValue> vectors = new HashMap<>();
      for (Map.Entry<String, List<VectorValue>> column : columns.entrySet()) {
        vectors.put(column.getKey(), column.getValue().get(i));
      }
      points.add(
          new Point(ids.get(i), vectors, payloads == null ? PayloadBytes.EMPTY : payloads.get(i)));
    }
    return points;
  }

  /// `[{"id", "vector"}, …]` of an update of vectors: each names at least one.
  static List<PointVectors> vectorsOfPoints(JsonIn in, At at) {
    List<PointVectors> points = new ArrayList<>();
    in.openArray();
    while (in.nextItem()) {
      At item = at.item(points.size());
      PointId id = null;
      Map<String, VectorValue> vectors = null;
      JsonIn.Fields fields = in.object("struct PointVectors");
      while (fields.next()) {
        switch (fields.name()) {
          case "id" -> id = IdJson.read(in);
          case "vector", "vectors" -> vectors = VectorJson.readAll(in, item.field("vector"));
          default -> in.skip();
        }
      }
      vectors = in.require(vectors, "vector");
      if (vectors.isEmpty()) {
        in.violations().add(item.field("vector"), "must specify vectors to update for point");
      }
      points.add(new PointVectors(in.require(id, "id"), vectors));
    }
    if (points.isEmpty()) {
      in.violations().add(at, "must specify points to update");
    }
    return points;
  }

  /// A point without score, as retrieve and scroll return it.
  public static void writeRecord(JsonGenerator out, StoredPoint point) {
    out.writeStartObject();
    out.writeName("id");
    IdJson.write(out, point.id());
    writeParts(out, point);
    out.writeEndObject();
  }

  public static void writeHit(JsonGenerator out, Hit hit) {
    out.writeStartObject();
    out.writeName("id");
    IdJson.write(out, hit.point().id());
    out.writeNumberProperty("version", hit.point().pointVersion());
    out.writeName("score");
    VectorJson.number(out, hit.score());
    writeParts(out, hit.point());
    hit.orderValue().ifPresent(value -> writeOrderValue(out, value));
    out.writeEndObject();
  }

  /// A point with the value that ordered it and without score, as an ordered scroll returns it.
  public static void writeOrderedRecord(JsonGenerator out, Hit hit) {
    out.writeStartObject();
    out.writeName("id");
    IdJson.write(out, hit.point().id());
    writeParts(out, hit.point());
    hit.orderValue().ifPresent(value -> writeOrderValue(out, value));
    out.writeEndObject();
  }

  private static void writeOrderValue(JsonGenerator out, OrderValue value) {
    switch (value) {
      case OrderValue.Whole(long whole) -> out.writeNumberProperty("order_value", whole);
      case OrderValue.Real(double real) -> out.writeNumberProperty("order_value", real);
    }
  }

  private static void writeParts(JsonGenerator out, StoredPoint point) {
    if (point.payload().isPresent()) {
      out.writeName("payload");
      PayloadJson.write(out, point.payload().get());
    }
    if (point.vectors().isPresent()) {
      out.writeName("vector");
      VectorJson.writeAll(out, point.vectors().get());
    }
  }

  /// An empty upsert is refused, though it could be read.
  static BadInput emptyUpdate() {
    return BadInput.badRequest("Empty update request");
  }
}
