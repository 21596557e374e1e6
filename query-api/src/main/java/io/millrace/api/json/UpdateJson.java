package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.Operation.Precondition;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// The bodies of the eight point operations, alone and as items of `points/batch`. Each yields the
/// operations to run in order, mostly one.
public final class UpdateJson {
  private UpdateJson() {}

  /// What an update body asks for.
  ///
  /// @param operations in the order in which they run
  public record Update(List<Operation> operations) {
    public Update {
      operations = List.copyOf(operations);
    }

    static Update of(Operation operation) {
      return new Update(List.of(operation));
    }

    /// Refuses what could be read but asks for nothing.
    public void refuseEmpty() {
      if (operations.isEmpty()) {
        throw BadInput.badRequest("No filter or points provided");
      }
      for (Operation operation : operations) {
        boolean empty =
            switch (operation) {
              case Operation.Upsert(var points, _) -> points.isEmpty();
              case Operation.Delete(Selection.Ids(var ids)) -> ids.isEmpty();
              case Operation.Delete _,
                  Operation.SetPayload _,
                  Operation.OverwritePayload _,
                  Operation.DeletePayload _,
                  Operation.ClearPayload _,
                  Operation.UpdateVectors _,
                  Operation.DeleteVectors _,
                  Operation.Versioned _ ->
                  false;
            };
        if (empty) {
          throw PointJson.emptyUpdate();
        }
      }
    }
  }

  public static Update upsert(JsonIn in) {
    return upsert(in, At.BODY);
  }

  private static Update upsert(JsonIn in, At at) {
    List<Point> points = null;
    List<Point> batch = null;
    Filter filter = null;
    Precondition.Mode mode = Precondition.Mode.UPSERT;
    JsonIn.Fields fields = in.object("struct PointInsertOperations");
    while (fields.next()) {
      switch (fields.name()) {
        case "points" -> points = PointJson.list(in, at.field("points"));
        case "batch" -> batch = PointJson.columns(in, at.field("batch"));
        case "update_filter" -> filter = FilterJson.read(in, at.field("update_filter"));
        case "update_mode" -> mode = mode(in);
        case "shard_key" -> ShardKeyJson.ofWrite(in);
        default -> in.skip();
      }
    }
    List<Point> written = batch != null ? batch : points;
    if (written == null) {
      throw BadInput.format("Invalid PointInsertOperations format");
    }
    return Update.of(new Operation.Upsert(written, precondition(mode, filter)));
  }

  private static Precondition.Mode mode(JsonIn in) {
    String mode = in.string();
    return switch (mode) {
      case "upsert" -> Precondition.Mode.UPSERT;
      case "insert_only" -> Precondition.Mode.INSERT_ONLY;
      case "update_only" -> Precondition.Mode.UPDATE_ONLY;
      default -> throw Tree.unknownVariant(mode, "one of `upsert`, `insert_only`, `update_only`");
    };
  }

  private static Precondition precondition(Precondition.Mode mode, @Nullable Filter filter) {
    return mode == Precondition.Mode.UPSERT && filter == null
        ? Precondition.NONE
        : new Precondition(mode, Optional.ofNullable(filter));
  }

  public static Update delete(JsonIn in) {
    return delete(in, At.BODY);
  }

  private static Update delete(JsonIn in, At at) {
    return Update.of(new Operation.Delete(selection(in, at)));
  }

  public static Update clearPayload(JsonIn in) {
    return clearPayload(in, At.BODY);
  }

  private static Update clearPayload(JsonIn in, At at) {
    return Update.of(new Operation.ClearPayload(selection(in, at)));
  }

  /// `{"points": […]}` or `{"filter": {…}}`.
  private static Selection selection(JsonIn in, At at) {
    Which which = new Which();
    JsonIn.Fields fields = in.object("a points selector");
    while (fields.next()) {
      if (!which.read(in, at, fields.name())) {
        in.skip();
      }
    }
    return which
        .pointsFirst()
        .orElseThrow(() ->
            BadInput.format("data did not match any variant of untagged enum PointsSelector"));
  }

  public static Update setPayload(JsonIn in) {
    return setPayload(in, At.BODY);
  }

  private static Update setPayload(JsonIn in, At at) {
    PayloadChange change = PayloadChange.read(in, at);
    return Update.of(new Operation.SetPayload(change.which(), change.payload(), change.key()));
  }

  public static Update overwritePayload(JsonIn in) {
    return overwritePayload(in, At.BODY);
  }

  private static Update overwritePayload(JsonIn in, At at) {
    PayloadChange change = PayloadChange.read(in, at);
    return Update.of(new Operation.OverwritePayload(change.which(), change.payload()));
  }

  /// `{"payload": {…}, "points" | "filter", "key"?}`.
  private record PayloadChange(Selection which, PayloadBytes payload, Optional<PayloadPath> key) {
    static PayloadChange read(JsonIn in, At at) {
      PayloadBytes payload = null;
      PayloadPath key = null;
      Which which = new Which();
      JsonIn.Fields fields = in.object("struct SetPayload");
      while (fields.next()) {
        switch (fields.name()) {
          case "payload" -> payload = PayloadJson.read(in);
          case "key" -> key = PayloadPath.parse(in.string());
          default -> {
            if (!which.read(in, at, fields.name())) {
              in.skip();
            }
          }
        }
      }
      return new PayloadChange(
          which.pointsFirst().orElseThrow(UpdateJson::noPoints),
          in.require(payload, "payload"),
          Optional.ofNullable(key));
    }
  }

  private static BadInput noPoints() {
    return BadInput.format("Either list of point ids or filter must be provided");
  }

  public static Update deletePayload(JsonIn in) {
    return deletePayload(in, At.BODY);
  }

  private static Update deletePayload(JsonIn in, At at) {
    List<PayloadPath> keys = null;
    Which which = new Which();
    JsonIn.Fields fields = in.object("struct DeletePayload");
    while (fields.next()) {
      if (fields.name().equals("keys")) {
        keys = new ArrayList<>();
        in.openArray();
        while (in.nextItem()) {
          keys.add(PayloadPath.parse(in.string()));
        }
      } else if (!which.read(in, at, fields.name())) {
        in.skip();
      }
    }
    return Update.of(
        new Operation.DeletePayload(
            which.pointsFirst().orElseThrow(UpdateJson::noPoints), in.require(keys, "keys")));
  }

  public static Update updateVectors(JsonIn in) {
    return updateVectors(in, At.BODY);
  }

  private static Update updateVectors(JsonIn in, At at) {
    List<Operation.PointVectors> points = null;
    Filter filter = null;
    JsonIn.Fields fields = in.object("struct UpdateVectors");
    while (fields.next()) {
      switch (fields.name()) {
        case "points" -> points = PointJson.vectorsOfPoints(in, at.field("points"));
        case "update_filter" -> filter = FilterJson.read(in, at.field("update_filter"));
        case "shard_key" -> ShardKeyJson.ofWrite(in);
        default -> in.skip();
      }
    }
    return Update.of(
        new Operation.UpdateVectors(
            in.require(points, "points"), precondition(Precondition.Mode.UPSERT, filter)));
  }

  public static Update deleteVectors(JsonIn in) {
    return deleteVectors(in, At.BODY);
  }

  /// The filter's points come first, then those named by id.
  private static Update deleteVectors(JsonIn in, At at) {
    List<String> names = null;
    Which which = new Which();
    JsonIn.Fields fields = in.object("struct DeleteVectors");
    while (fields.next()) {
      if (fields.name().equals("vector") || fields.name().equals("vectors")) {
        names = new ArrayList<>();
        in.openArray();
        while (in.nextItem()) {
          names.add(in.string());
        }
      } else if (!which.read(in, at, fields.name())) {
        in.skip();
      }
    }
    List<String> vectors = in.require(names, "vector");
    if (vectors.isEmpty()) {
      in.violations().add(at.field("vector"), "must specify vector names to delete");
    }
    List<Operation> operations = new ArrayList<>(2);
    which.filter().ifPresent(f -> operations.add(new Operation.DeleteVectors(f, vectors)));
    which.points().ifPresent(p -> operations.add(new Operation.DeleteVectors(p, vectors)));
    return new Update(operations);
  }

  /// `{"operations": [{"upsert": {…}} | {"delete": {…}} | …]}`, one result each.
  public static List<Update> batch(JsonIn in) {
    List<Update> updates = null;
    JsonIn.Fields fields = in.object("struct UpdateOperations");
    while (fields.next()) {
      if (fields.name().equals("operations")) {
        updates = new ArrayList<>();
        in.openArray();
        while (in.nextItem()) {
          updates.add(item(in, At.BODY.field("operations").item(updates.size())));
        }
      } else {
        in.skip();
      }
    }
    return in.require(updates, "operations");
  }

  /// An item has one operation. Qdrant reads a second one over; it is refused here, for it would be
  /// lost unseen.
  private static Update item(JsonIn in, At at) {
    Update update = null;
    JsonIn.Fields fields = in.object("an update operation");
    while (fields.next()) {
      String kind = fields.name();
      BiFunction<JsonIn, At, Update> shape = shape(kind);
      if (shape == null) {
        in.skip();
        continue;
      }
      if (update != null) {
        throw BadInput.format("an update operation has one key, found a second: `" + kind + "`");
      }
      update = shape.apply(in, at.field(kind));
    }
    if (update == null) {
      throw BadInput.format("data did not match any variant of untagged enum UpdateOperation");
    }
    return update;
  }

  /// Null where the key names no operation.
  private static @Nullable BiFunction<JsonIn, At, Update> shape(String kind) {
    return switch (kind) {
      case "upsert" -> UpdateJson::upsert;
      case "delete" -> UpdateJson::delete;
      case "set_payload" -> UpdateJson::setPayload;
      case "overwrite_payload" -> UpdateJson::overwritePayload;
      case "delete_payload" -> UpdateJson::deletePayload;
      case "clear_payload" -> UpdateJson::clearPayload;
      case "update_vectors" -> UpdateJson::updateVectors;
      case "delete_vectors" -> UpdateJson::deleteVectors;
      default -> null;
    };
  }

  /// The fields that most updates share: `points`, `filter` and `shard_key`.
  private static final class Which {
    private @Nullable List<PointId> points;
    private @Nullable Filter filter;

    /// Reads the field if it is one of them.
    boolean read(JsonIn in, At at, String field) {
      switch (field) {
        case "points" -> points = IdJson.list(in);
        case "filter" -> filter = FilterJson.read(in, at.field("filter"));
        case "shard_key" -> ShardKeyJson.ofWrite(in);
        default -> {
          return false;
        }
      }
      return true;
    }

    Optional<Selection> points() {
      return Optional.ofNullable(points).map(Selection.Ids::new);
    }

    Optional<Selection> filter() {
      return Optional.ofNullable(filter).map(Selection.Matching::new);
    }

    Optional<Selection> pointsFirst() {
      return points().or(this::filter);
    }
  }
}
