package io.millrace.ingest.record;

import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.ingest.record.wire.Qdrant;
import io.millrace.model.BadInput;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.Operation.Precondition;
import io.millrace.model.PayloadPath;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Messages of Qdrant's own gRPC API as records: `UpsertPoints`, `DeletePoints`,
/// `SetPayloadPoints`, `DeletePayloadPoints`, `ClearPayloadPoints`, `UpdatePointVectors`,
/// `DeletePointVectors`, `UpdateBatchPoints` (all or nothing) and `PointStruct`.
final class QdrantMessages {
  private final QdrantValues values;
  private final FilterReader filters;

  private QdrantMessages(RestReaders readers) {
    this.values = new QdrantValues(readers);
    this.filters = readers.filters();
  }

  /// @param message full or short name
  static Form read(String message, byte[] value, RestReaders readers) {
    return new QdrantMessages(readers).read(message, value);
  }

  private Form read(String message, byte[] value) {
    String name = message.startsWith("qdrant.") ? message.substring("qdrant.".length()) : message;
    try {
      return switch (name) {
        case "PointStruct" ->
            form(
                "",
                upsert(
                    List.of(Qdrant.PointStruct.parseFrom(value)),
                    Optional.empty(),
                    Qdrant.UpdateMode.Upsert));
        case "UpsertPoints" -> {
          var m = Qdrant.UpsertPoints.parseFrom(value);
          yield form(
              m.getCollectionName(),
              upsert(
                  m.getPointsList(),
                  filter(m.hasUpdateFilter(), m.getUpdateFilter()),
                  m.getUpdateMode()));
        }
        case "DeletePoints" -> {
          var m = Qdrant.DeletePoints.parseFrom(value);
          yield form(m.getCollectionName(), new Operation.Delete(which(m.getPoints())));
        }
        case "UpdatePointVectors" -> {
          var m = Qdrant.UpdatePointVectors.parseFrom(value);
          yield form(
              m.getCollectionName(),
              updateVectors(m.getPointsList(), filter(m.hasUpdateFilter(), m.getUpdateFilter())));
        }
        case "DeletePointVectors" -> {
          var m = Qdrant.DeletePointVectors.parseFrom(value);
          yield form(
              m.getCollectionName(),
              new Operation.DeleteVectors(
                  which(m.getPointsSelector()), m.getVectors().getNamesList()));
        }
        case "SetPayloadPoints" -> {
          var m = Qdrant.SetPayloadPoints.parseFrom(value);
          yield form(
              m.getCollectionName(),
              new Operation.SetPayload(
                  which(m.getPointsSelector()),
                  QdrantValues.payload(m.getPayloadMap()),
                  m.hasKey() ? Optional.of(path(m.getKey())) : Optional.empty()));
        }
        case "DeletePayloadPoints" -> {
          var m = Qdrant.DeletePayloadPoints.parseFrom(value);
          yield form(
              m.getCollectionName(),
              new Operation.DeletePayload(
                  which(m.getPointsSelector()),
                  m.getKeysList().stream().map(QdrantMessages::path).toList()));
        }
        case "ClearPayloadPoints" -> {
          var m = Qdrant.ClearPayloadPoints.parseFrom(value);
          yield form(m.getCollectionName(), new Operation.ClearPayload(which(m.getPoints())));
        }
        case "UpdateBatchPoints" -> {
          var m = Qdrant.UpdateBatchPoints.parseFrom(value);
          List<Operation> operations = new ArrayList<>();
          m.getOperationsList().forEach(one -> operations.add(one(one)));
          yield new Form.Change(operations, named(m.getCollectionName()));
        }
        default ->
            throw new BadRecord(
                Code.SCHEMA_DECODE, "", "There is no message '" + message + "' for records");
      };
    } catch (InvalidProtocolBufferException e) {
      throw new BadRecord(
          Code.SCHEMA_DECODE, "", "The value is no " + message + ": " + e.getMessage());
    }
  }

  private static Form form(String collection, Operation operation) {
    return new Form.Change(List.of(operation), named(collection));
  }

  private static Optional<String> named(String collection) {
    return collection.isEmpty() ? Optional.empty() : Optional.of(collection);
  }

  private Operation one(Qdrant.PointsUpdateOperation one) {
    return switch (one.getOperationCase()) {
      case UPSERT ->
          upsert(
              one.getUpsert().getPointsList(),
              filter(one.getUpsert().hasUpdateFilter(), one.getUpsert().getUpdateFilter()),
              one.getUpsert().getUpdateMode());
      case DELETE_DEPRECATED -> new Operation.Delete(which(one.getDeleteDeprecated()));
      case DELETE_POINTS -> new Operation.Delete(which(one.getDeletePoints().getPoints()));
      case SET_PAYLOAD ->
          new Operation.SetPayload(
              which(one.getSetPayload().getPointsSelector()),
              QdrantValues.payload(one.getSetPayload().getPayloadMap()),
              one.getSetPayload().hasKey()
                  ? Optional.of(path(one.getSetPayload().getKey()))
                  : Optional.empty());
      case OVERWRITE_PAYLOAD ->
          new Operation.OverwritePayload(
              which(one.getOverwritePayload().getPointsSelector()),
              QdrantValues.payload(one.getOverwritePayload().getPayloadMap()));
      case DELETE_PAYLOAD ->
          new Operation.DeletePayload(
              which(one.getDeletePayload().getPointsSelector()),
              one.getDeletePayload().getKeysList().stream().map(QdrantMessages::path).toList());
      case CLEAR_PAYLOAD_DEPRECATED ->
          new Operation.ClearPayload(which(one.getClearPayloadDeprecated()));
      case CLEAR_PAYLOAD -> new Operation.ClearPayload(which(one.getClearPayload().getPoints()));
      case UPDATE_VECTORS ->
          updateVectors(
              one.getUpdateVectors().getPointsList(),
              filter(
                  one.getUpdateVectors().hasUpdateFilter(),
                  one.getUpdateVectors().getUpdateFilter()));
      case DELETE_VECTORS ->
          new Operation.DeleteVectors(
              which(one.getDeleteVectors().getPointsSelector()),
              one.getDeleteVectors().getVectors().getNamesList());
      case OPERATION_NOT_SET ->
          throw new BadRecord(Code.OP_UNKNOWN, "", "An operation of the batch has no kind");
    };
  }

  private Operation upsert(
      List<Qdrant.PointStruct> points, Optional<Filter> filter, Qdrant.UpdateMode mode) {
    if (points.isEmpty()) {
      throw new BadRecord(Code.OP_INVALID, "/points", "Empty update request");
    }
    List<Point> read = new ArrayList<>();
    for (Qdrant.PointStruct point : points) {
      read.add(
          new Point(
              id(point.getId()),
              values.vectors(point.getVectors()),
              QdrantValues.payload(point.getPayloadMap())));
    }
    return new Operation.Upsert(
        read,
        switch (mode) {
          case Upsert -> new Precondition(Precondition.Mode.UPSERT, filter);
          case InsertOnly -> new Precondition(Precondition.Mode.INSERT_ONLY, filter);
          case UpdateOnly -> new Precondition(Precondition.Mode.UPDATE_ONLY, filter);
          case UNRECOGNIZED ->
              throw new BadRecord(Code.OP_INVALID, "/update_mode", "Unknown update_mode");
        });
  }

  private Operation updateVectors(List<Qdrant.PointVectors> points, Optional<Filter> filter) {
    List<Operation.PointVectors> read = new ArrayList<>();
    for (Qdrant.PointVectors point : points) {
      read.add(new Operation.PointVectors(id(point.getId()), values.vectors(point.getVectors())));
    }
    if (read.isEmpty()) {
      throw new BadRecord(Code.OP_INVALID, "/points", "Empty update request");
    }
    return new Operation.UpdateVectors(read, new Precondition(Precondition.Mode.UPSERT, filter));
  }

  private Optional<Filter> filter(boolean isThere, Qdrant.Filter filter) {
    return isThere ? Optional.of(QdrantFilters.read(filter, filters)) : Optional.empty();
  }

  private Selection which(Qdrant.PointsSelector selector) {
    if (selector.hasFilter()) {
      return new Selection.Matching(QdrantFilters.read(selector.getFilter(), filters));
    }
    if (selector.getPoints().getIdsCount() == 0) {
      throw new BadRecord(
          Code.OP_INVALID, "/points", "Either list of point ids or filter must be provided");
    }
    return new Selection.Ids(
        selector.getPoints().getIdsList().stream().map(QdrantMessages::id).toList());
  }

  private static PointId id(Qdrant.PointId id) {
    return switch (id.getPointIdOptionsCase()) {
      case NUM -> PointId.of(id.getNum());
      case UUID ->
          PointId.parseUuid(id.getUuid())
              .orElseThrow(
                  () -> new BadRecord(Code.ID_INVALID, "/id", "'" + id.getUuid() + "' is no UUID"));
      case POINTIDOPTIONS_NOT_SET ->
          throw new BadRecord(Code.ID_MISSING, "/id", "The point has no 'id'");
    };
  }

  private static PayloadPath path(String key) {
    try {
      return PayloadPath.parse(key);
    } catch (BadInput e) {
      throw new BadRecord(Code.OP_INVALID, "/key", String.valueOf(e.getMessage()));
    }
  }
}
