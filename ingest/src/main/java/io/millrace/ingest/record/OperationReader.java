package io.millrace.ingest.record;

import io.millrace.model.BadInput;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.Operation.Precondition;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.VectorValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// One operation as Qdrant's `POST /points/batch` writes it: `{"upsert": {"points": […]}}` and its
/// seven siblings. Reads the object behind the kind.
final class OperationReader {
  static final Set<String> KINDS =
      Set.of(
          "upsert",
          "delete",
          "set_payload",
          "overwrite_payload",
          "delete_payload",
          "clear_payload",
          "update_vectors",
          "delete_vectors");

  private final Text text;
  private final FilterReader filters;
  private final VectorReader vectors;

  OperationReader(Text text, FilterReader filters, VectorReader vectors) {
    this.text = text;
    this.filters = filters;
    this.vectors = vectors;
  }

  /// What the body holds, before the kind says what of it is needed.
  private static final class Body {
    @Nullable List<PointFields> points;
    @Nullable List<PointId> ids;
    @Nullable List<Point> batch;
    @Nullable Filter filter;
    @Nullable Filter updateFilter;
    @Nullable String updateMode;
    @Nullable PayloadBytes payload;
    @Nullable String key;
    @Nullable List<String> keys;
    @Nullable List<String> names;
  }

  /// The parser stands at the START_OBJECT of the body, and at its end afterwards.
  List<Operation> read(String kind, JsonParser p) {
    String at = Json.pointer(p);
    Body body = body(kind, p);
    return switch (kind) {
      case "upsert" -> List.of(upsert(body, at));
      case "delete" -> List.of(new Operation.Delete(selection(body, at)));
      case "set_payload" ->
          List.of(
              new Operation.SetPayload(
                  selection(body, at),
                  required(body.payload, "payload", at),
                  Optional.ofNullable(body.key).map(key -> path(key, at))));
      case "overwrite_payload" ->
          List.of(
              new Operation.OverwritePayload(
                  selection(body, at), required(body.payload, "payload", at)));
      case "delete_payload" ->
          List.of(
              new Operation.DeletePayload(
                  selection(body, at),
                  required(body.keys, "keys", at).stream().map(key -> path(key, at)).toList()));
      case "clear_payload" -> List.of(new Operation.ClearPayload(selection(body, at)));
      case "update_vectors" -> List.of(updateVectors(body, at));
      case "delete_vectors" -> deleteVectors(body, at);
      default -> throw new BadRecord(Code.OP_UNKNOWN, at, "There is no operation '" + kind + "'");
    };
  }

  private Body body(String kind, JsonParser p) {
    boolean wholePoints = kind.equals("upsert") || kind.equals("update_vectors");
    Body body = new Body();
    Set<String> seen = new HashSet<>();
    while (p.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = p.currentName();
      if (!seen.add(name)) {
        throw Json.bad(p, Code.JSON_DUPLICATE_KEY, "The key is given twice");
      }
      if (p.nextToken() == JsonToken.VALUE_NULL) {
        continue; // null is absent
      }
      switch (name) {
        case "points" -> {
          if (wholePoints) {
            body.points = points(p);
          } else {
            body.ids = ids(p);
          }
        }
        case "batch" -> {
          if (kind.equals("upsert")) {
            body.batch = columns(p);
          } else {
            p.skipChildren();
          }
        }
        case "filter" -> body.filter = filter(p);
        case "update_filter" -> body.updateFilter = filter(p);
        case "update_mode" -> body.updateMode = Json.text(p, Code.OP_INVALID);
        case "payload" -> body.payload = PayloadReader.read(p, text);
        case "key" -> body.key = Json.text(p, Code.OP_INVALID);
        case "keys" -> body.keys = texts(p);
        case "vector", "vectors" -> {
          if (kind.equals("delete_vectors")) {
            body.names = texts(p);
          } else {
            p.skipChildren();
          }
        }
        default -> p.skipChildren();
      }
    }
    return body;
  }

  Filter filter(JsonParser p) {
    String at = Json.pointer(p);
    if (p.currentToken() != JsonToken.START_OBJECT) {
      throw new BadRecord(Code.FILTER_INVALID, at, "A filter is an object, not " + Json.kind(p));
    }
    try {
      return filters.read(p);
    } catch (BadInput e) {
      throw new BadRecord(Code.FILTER_INVALID, at, String.valueOf(e.getMessage()));
    }
  }

  private List<PointFields> points(JsonParser p) {
    startOfList(p);
    List<PointFields> points = new ArrayList<>();
    while (p.nextToken() != JsonToken.END_ARRAY) {
      points.add(PointFields.object(p, text, vectors));
    }
    return points;
  }

  private static List<PointId> ids(JsonParser p) {
    startOfList(p);
    List<PointId> ids = new ArrayList<>();
    while (p.nextToken() != JsonToken.END_ARRAY) {
      ids.add(PointFields.id(p));
    }
    return ids;
  }

  private static List<String> texts(JsonParser p) {
    startOfList(p);
    List<String> texts = new ArrayList<>();
    while (p.nextToken() != JsonToken.END_ARRAY) {
      texts.add(Json.text(p, Code.OP_INVALID));
    }
    return texts;
  }

  private static void startOfList(JsonParser p) {
    if (p.currentToken() != JsonToken.START_ARRAY) {
      throw Json.bad(p, Code.OP_INVALID, "Expected a list, got " + Json.kind(p));
    }
  }

  /// Points by columns: `{"ids": […], "vectors": […] or {name: […]}, "payloads": […]}`.
  private List<Point> columns(JsonParser p) {
    String at = Json.pointer(p);
    if (p.currentToken() != JsonToken.START_OBJECT) {
      throw Json.bad(p, Code.OP_INVALID, "'batch' is an object, not " + Json.kind(p));
    }
    List<PointId> ids = null;
    List<PayloadBytes> payloads = null;
    Map<String, List<VectorValue>> columns = new HashMap<>();
    Set<String> seen = new HashSet<>();
    while (p.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = p.currentName();
      if (!seen.add(name)) {
        throw Json.bad(p, Code.JSON_DUPLICATE_KEY, "The key is given twice");
      }
      if (p.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      switch (name) {
        case "ids" -> ids = ids(p);
        case "vectors" -> vectorColumns(p, columns);
        case "payloads" -> {
          startOfList(p);
          payloads = new ArrayList<>();
          while (p.nextToken() != JsonToken.END_ARRAY) {
            payloads.add(PayloadReader.read(p, text));
          }
        }
        default -> p.skipChildren();
      }
    }
    if (ids == null) {
      throw new BadRecord(Code.ID_MISSING, at, "'batch' has no 'ids'");
    }
    for (List<VectorValue> column : columns.values()) {
      sameLength(ids.size(), column.size(), "vectors", at);
    }
    if (payloads != null) {
      sameLength(ids.size(), payloads.size(), "payloads", at);
    }
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      Map<String, VectorValue> row = new HashMap<>();
      for (var column : columns.entrySet()) {
        row.put(column.getKey(), column.getValue().get(i));
      }
      points.add(
          new Point(ids.get(i), row, payloads == null ? PayloadBytes.EMPTY : payloads.get(i)));
    }
    return points;
  }

  private void vectorColumns(JsonParser p, Map<String, List<VectorValue>> columns) {
    if (p.currentToken() == JsonToken.START_ARRAY) {
      List<VectorValue> column = new ArrayList<>();
      while (p.nextToken() != JsonToken.END_ARRAY) {
        column.add(vectors.unnamed(p, text));
      }
      columns.put("", column);
      return;
    }
    if (p.currentToken() != JsonToken.START_OBJECT) {
      throw Json.bad(p, Code.VECTOR_KIND, "Columns of vectors are a list or an object");
    }
    while (p.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = p.currentName();
      p.nextToken();
      startOfList(p);
      List<VectorValue> column = new ArrayList<>();
      while (p.nextToken() != JsonToken.END_ARRAY) {
        column.add(vectors.one(p, text));
      }
      if (columns.put(name, column) != null) {
        throw Json.bad(p, Code.JSON_DUPLICATE_KEY, "The vector '" + name + "' is given twice");
      }
    }
  }

  private static void sameLength(int ids, int column, String name, String at) {
    if (ids != column) {
      throw new BadRecord(
          Code.OP_INVALID,
          at,
          "As many " + name + " as ids: got " + ids + " ids, " + column + " " + name);
    }
  }

  private static Operation upsert(Body body, String at) {
    List<Point> points =
        body.batch != null
            ? body.batch
            : required(body.points, "points", at).stream().map(PointFields::toPoint).toList();
    return new Operation.Upsert(
        notEmpty(points, at), precondition(body.updateMode, body.updateFilter, at));
  }

  private static Operation updateVectors(Body body, String at) {
    List<PointFields> points = notEmpty(required(body.points, "points", at), at);
    for (int i = 0; i < points.size(); i++) {
      if (points.get(i).vectors().isEmpty()) {
        throw new BadRecord(
            Code.VECTOR_EMPTY, at + "/points/" + i, "The point names no vector to update");
      }
    }
    return new Operation.UpdateVectors(
        points.stream().map(PointFields::toPointVectors).toList(),
        precondition(null, body.updateFilter, at));
  }

  /// With both given the filter part runs first, then the ids, as Qdrant does it.
  private static List<Operation> deleteVectors(Body body, String at) {
    List<String> names = required(body.names, "vector", at);
    if (names.isEmpty()) {
      throw new BadRecord(Code.OP_INVALID, at, "'vector' names at least one vector");
    }
    List<Operation> operations = new ArrayList<>();
    if (body.filter != null) {
      operations.add(new Operation.DeleteVectors(new Selection.Matching(body.filter), names));
    }
    if (body.ids != null) {
      operations.add(new Operation.DeleteVectors(new Selection.Ids(notEmpty(body.ids, at)), names));
    }
    if (operations.isEmpty()) {
      throw nothingSelected(at);
    }
    return operations;
  }

  /// Ids win over a filter.
  private static Selection selection(Body body, String at) {
    if (body.ids != null) {
      return new Selection.Ids(notEmpty(body.ids, at));
    }
    if (body.filter != null) {
      return new Selection.Matching(body.filter);
    }
    throw nothingSelected(at);
  }

  private static BadRecord nothingSelected(String at) {
    return new BadRecord(
        Code.OP_INVALID, at, "Either list of point ids or filter must be provided");
  }

  private static <T> List<T> notEmpty(List<T> list, String at) {
    if (list.isEmpty()) {
      throw new BadRecord(Code.OP_INVALID, at, "Empty update request");
    }
    return list;
  }

  private static <T> T required(@Nullable T value, String name, String at) {
    if (value == null) {
      throw new BadRecord(Code.OP_INVALID, at, "'" + name + "' is missing");
    }
    return value;
  }

  private static PayloadPath path(String key, String at) {
    try {
      return PayloadPath.parse(key);
    } catch (BadInput e) {
      throw new BadRecord(Code.OP_INVALID, at, String.valueOf(e.getMessage()));
    }
  }

  static Precondition precondition(@Nullable String mode, @Nullable Filter filter, String at) {
    Precondition.Mode parsed =
        switch (mode == null ? "upsert" : mode) {
          case "upsert" -> Precondition.Mode.UPSERT;
          case "insert_only" -> Precondition.Mode.INSERT_ONLY;
          case "update_only" -> Precondition.Mode.UPDATE_ONLY;
          default ->
              throw new BadRecord(
                  Code.OP_INVALID,
                  at,
                  "update_mode is upsert, insert_only or update_only, not '" + mode + "'");
        };
    return parsed == Precondition.Mode.UPSERT && filter == null
        ? Precondition.NONE
        : new Precondition(parsed, Optional.ofNullable(filter));
  }
}
