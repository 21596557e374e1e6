package io.millrace.api.endpoint;

import io.millrace.api.UpdateResult;
import io.millrace.api.WriteGateway;
import io.millrace.api.WriteGateway.Wait;
import io.millrace.api.json.NamedVectorJson;
import io.millrace.api.json.Names;
import io.millrace.api.status.Fault;
import io.millrace.collection.Collections;
import io.millrace.model.Operation;
import io.millrace.model.Selection;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/// Vectors added to and taken out of collections that exist.
public final class NamedVectorsEndpoint {
  private static final int NAME_BYTES = 200;

  /// Changes nothing, but has a place in the log.
  private static final Operation MARK =
      new Operation.DeleteVectors(new Selection.Ids(List.of()), List.of());

  private final Collections collections;
  private final WriteGateway gateway;
  private final ConfigChanges configs;

  NamedVectorsEndpoint(Collections collections, WriteGateway gateway, ConfigChanges configs) {
    this.collections = collections;
    this.gateway = gateway;
    this.configs = configs;
  }

  /// A mark in the log separates what an earlier vector of the name was given from what this one
  /// is: only operations from there on write it, also when the log is replayed.
  public Answer create(Call call) {
    String collection = call.collection();
    String name = name(call);
    NamedVectorJson.Declaration declaration = call.body(NamedVectorJson::read);
    Wait wait = call.waiting();
    configs.change(
        collection,
        config ->
            NamedVectorJson.isThere(config, name, declaration)
                ? Optional.empty()
                : Optional.of(
                    NamedVectorJson.added(
                        config, name, declaration, mark(collection, new Wait.None()))));
    return changed(collection, wait);
  }

  public Answer drop(Call call) {
    String collection = call.collection();
    String name = name(call);
    Wait wait = call.waiting();
    configs.change(collection, config -> NamedVectorJson.removed(config, name));
    return changed(collection, wait);
  }

  private static String name(Call call) {
    String name = call.path("vector_name");
    if (name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > NAME_BYTES) {
      throw Fault.validation(
          "path parameters",
          "vector_name: value \"" + name + "\" invalid, must be at most 200 characters");
    }
    Names.banned(name)
        .ifPresent(c -> {
          throw Fault.validation(
              "path parameters", "vector_name: vector name cannot contain \"" + c + "\" char");
        });
    return name;
  }

  private long mark(String collection, Wait wait) {
    return gateway.submit(collection, List.of(MARK), wait).lastOperationId();
  }

  /// The second mark has applied what came before it by the time it is waited for.
  private Answer changed(String collection, Wait wait) {
    collections.require(collection);
    UpdateResult result = gateway.submit(collection, List.of(MARK), wait);
    return new Answer.Result(out -> write(out, result));
  }

  private static void write(JsonGenerator out, UpdateResult result) {
    out.writeStartObject();
    out.writeNumberProperty("operation_id", result.lastOperationId());
    out.writeStringProperty(
        "status",
        switch (result.status()) {
          case ACKNOWLEDGED -> "acknowledged";
          case COMPLETED -> "completed";
          case WAIT_TIMEOUT -> "wait_timeout";
        });
    out.writeEndObject();
  }
}
