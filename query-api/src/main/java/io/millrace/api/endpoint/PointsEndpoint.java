package io.millrace.api.endpoint;

import io.millrace.api.UpdateResult;
import io.millrace.api.WriteGateway;
import io.millrace.api.WriteGateway.Wait;
import io.millrace.api.json.IdJson;
import io.millrace.api.json.JsonIn;
import io.millrace.api.json.PointJson;
import io.millrace.api.json.ReadJson;
import io.millrace.api.json.UpdateJson;
import io.millrace.api.json.UpdateJson.Update;
import io.millrace.api.strict.StrictMode;
import io.millrace.api.strict.StrictModes;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.model.BadInput;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.millrace.model.Fetch;
import io.millrace.model.Operation;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.StoredPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.core.JsonGenerator;

/// Points by id: the eight operations, alone and in batches, and retrieval.
public final class PointsEndpoint {
  private final Collections collections;
  private final WriteGateway gateway;
  private final SearchPool pool;
  private final StrictModes strictModes;
  private final StrictWrites strictWrites;

  public PointsEndpoint(
      Collections collections, WriteGateway gateway, SearchPool pool, StrictModes strictModes) {
    this.collections = collections;
    this.gateway = gateway;
    this.pool = pool;
    this.strictModes = strictModes;
    this.strictWrites = new StrictWrites(pool, collections.quotas());
  }

  /// An endpoint for updates whose body has that shape.
  public Endpoint update(Function<JsonIn, Update> shape) {
    return call -> {
      String name = call.collection();
      Update update = call.body(shape);
      Wait wait = call.waiting();
      Collection collection = collections.require(name);
      strictWrites.check(strictModes.of(collection), collection, List.of(update), call);
      update.refuseEmpty();
      UpdateResult result = submit(name, update, wait);
      return new Answer.Result(out -> write(out, result.lastOperationId(), result.status()));
    };
  }

  /// Runs the updates one after the other; the first that fails ends the batch, and what ran before
  /// stays. Those in the middle are waited for only where waiting can bring out a failure.
  public Answer batch(Call call) {
    String name = call.collection();
    List<Update> updates = call.body(UpdateJson::batch);
    Wait wait = call.waiting();
    Collection collection = collections.require(name);
    strictWrites.check(strictModes.of(collection), collection, updates, call);
    List<Long> ids = new ArrayList<>(updates.size());
    UpdateResult.Status status = UpdateResult.Status.ACKNOWLEDGED;
    for (int i = 0; i < updates.size(); i++) {
      Update update = updates.get(i);
      update.refuseEmpty();
      boolean matters = i == updates.size() - 1 || dependsOnState(update);
      UpdateResult result = submit(name, update, matters ? wait : new Wait.None());
      ids.add(result.lastOperationId());
      status = result.status();
    }
    // What comes later in the log is visible only after what comes before: the last one's status
    // holds for all.
    UpdateResult.Status last = status;
    return new Answer.Result(out -> {
      out.writeStartArray();
      for (long id : ids) {
        write(out, id, last);
      }
      out.writeEndArray();
    });
  }

  /// Whether applying it can fail on points that do not exist.
  private static boolean dependsOnState(Update update) {
    return update.operations().stream()
        .anyMatch(operation ->
            switch (operation) {
              case Operation.Upsert _, Operation.Delete _ -> false;
              case Operation.SetPayload o -> o.which() instanceof Selection.Ids;
              case Operation.OverwritePayload o -> o.which() instanceof Selection.Ids;
              case Operation.DeletePayload o -> o.which() instanceof Selection.Ids;
              case Operation.ClearPayload o -> o.which() instanceof Selection.Ids;
              case Operation.DeleteVectors o -> o.which() instanceof Selection.Ids;
              case Operation.UpdateVectors _ -> true;
              case Operation.Versioned _ -> false; // REST writes have no version
            });
  }

  /// Throws what applying failed with; only those who wait learn of it.
  private UpdateResult submit(String name, Update update, Wait wait) {
    UpdateResult result = gateway.submit(name, update.operations(), wait);
    for (Optional<Failure> failure : result.failures()) {
      if (failure.isPresent()) {
        throw failure.get();
      }
    }
    return result;
  }

  static void write(JsonGenerator out, long operationId, UpdateResult.Status status) {
    out.writeStartObject();
    out.writeNumberProperty("operation_id", operationId);
    out.writeStringProperty(
        "status",
        switch (status) {
          case ACKNOWLEDGED -> "acknowledged";
          case COMPLETED -> "completed";
          case WAIT_TIMEOUT -> "wait_timeout";
        });
    out.writeEndObject();
  }

  public Answer retrieve(Call call) {
    String name = call.collection();
    ReadJson.Retrieve request = call.body(ReadJson::retrieve);
    Deadline deadline = call.readDeadline();
    Collection collection = collections.require(name);
    StrictMode strict = strictModes.of(collection);
    strict.timeout(call.namedTimeout());
    call.refuse();
    strict.takeReads(request.ids().size());
    VectorNames.check(collection.config(), request.fetch());
    int asked = request.ids().size();
    boolean isLarge =
        AnswerSize.check(
            collection,
            new AnswerSize.Asked(
                request.fetch(), asked, () -> Math.min(asked, collection.info().points())));
    if (isLarge) {
      return new Answer.Result(out -> {
        try (Searcher searcher = collection.searcher(deadline)) {
          out.writeStartArray();
          new ChunkedReads(pool, searcher, request.fetch(), deadline)
              .points(request.ids(), point -> PointJson.writeRecord(out, point));
          out.writeEndArray();
        }
      });
    }
    List<StoredPoint> points = read(collection, request.ids(), request.fetch(), deadline);
    return new Answer.Result(out -> {
      out.writeStartArray();
      points.forEach(point -> PointJson.writeRecord(out, point));
      out.writeEndArray();
    });
  }

  public Answer one(Call call) {
    String name = call.collection();
    String text = call.path("id");
    PointId id =
        IdJson.ofPath(text)
            .orElseThrow(() -> BadInput.wrong("Can not recognize \"" + text + "\" as point id"));
    Deadline deadline = call.readDeadline();
    Collection collection = collections.require(name);
    StrictMode strict = strictModes.of(collection);
    strict.timeout(call.namedTimeout());
    strict.takeReads(1);
    List<StoredPoint> points = read(collection, List.of(id), Fetch.ALL, deadline);
    if (points.isEmpty()) {
      throw new Failure.NotFound("Point with id " + id + " does not exists!");
    }
    return new Answer.Result(out -> PointJson.writeRecord(out, points.getFirst()));
  }

  private List<StoredPoint> read(
      Collection collection, List<PointId> ids, Fetch fetch, Deadline deadline) {
    if (ids.isEmpty()) {
      return List.of();
    }
    try (Searcher searcher = collection.searcher(deadline)) {
      return pool.run(deadline, () -> searcher.retrieve(ids, fetch, deadline));
    }
  }
}
