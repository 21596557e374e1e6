package io.millrace.api.dialect;

import io.millrace.api.endpoint.Answer;
import io.millrace.api.endpoint.Call;
import io.millrace.api.endpoint.Endpoint;
import io.millrace.api.json.CollectionConfigJson;
import io.millrace.api.json.FilterJson;
import io.millrace.api.json.JsonIn;
import io.millrace.api.json.JsonOut;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.inference.Embeddings;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Filter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Collections that GoVector's create call made, marked in their metadata: `{"dialect": "govector",
/// "ef_search": 64, "k": 10}`. Endpoints are wrapped; in collections without the mark they do what
/// they do.
public final class GoVector {
  private static final String COLLECTION = "/collections/{collection_name}";
  private static final int M = 16;
  private static final int EF_CONSTRUCTION = 200;
  private static final int EF_SEARCH = 64;
  private static final int K = 10;

  private final Collections collections;
  private final Endpoint create;

  /// Marks by collection; a configuration is another object after each change.
  private final Map<Long, Known> known = new ConcurrentHashMap<>();

  private record Known(CollectionConfig config, Optional<Mark> mark) {}

  /// @param limit for searches that name none
  record Mark(int efSearch, int limit) {}

  /// @param create Qdrant's own call
  public GoVector(Collections collections, Endpoint create) {
    this.collections = collections;
    this.create = create;
  }

  // ---- POST /collections

  public Answer create(Call call) {
    JsonNode body = call.body(JsonIn::tree);
    String name = text(body, "name");
    long size =
        body.path("vector_size").isIntegralNumber() ? body.path("vector_size").longValue() : 0;
    if (size <= 0) {
      throw BadInput.badRequest("`vector_size` must be a whole number above 0");
    }
    String distance =
        switch (text(body, "distance")) {
          case "cosine", "Cosine" -> "Cosine";
          case "euclidean", "Euclid" -> "Euclid";
          case "dot", "Dot" -> "Dot";
          default ->
              throw BadInput.badRequest("`distance` must be one of `cosine`, `euclidean`, `dot`");
        };
    JsonNode parameters = body.path("parameters");
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.putObject("vectors").put("size", size).put("distance", distance);
    boolean graph = body.path("hnsw").booleanValue(true);
    config
        .putObject("hnsw_config")
        .put("m", graph ? number(parameters, "m", "M", M) : 0)
        .put(
            "ef_construct",
            number(parameters, "ef_construction", "EfConstruction", EF_CONSTRUCTION));
    config
        .putObject("metadata")
        .put("dialect", "govector")
        .put("ef_search", number(parameters, "ef_search", "EfSearch", EF_SEARCH))
        .put("k", number(parameters, "k", "K", K));
    create.serve(
        call.with(
            Map.of("collection_name", name),
            call.query(),
            new Given(config, call.body().embeddings())));
    return new Answer.Result(out -> {
      out.writeStartObject();
      out.writeStringProperty("name", name);
      out.writeNumberProperty("vector_size", size);
      out.writeStringProperty("distance", distance);
      out.writeNumberProperty("points_count", 0);
      out.writeEndObject();
    });
  }

  private static String text(JsonNode body, String field) {
    if (!body.path(field).isString()) {
      throw BadInput.format("missing field `" + field + "`");
    }
    return body.path(field).stringValue();
  }

  private static long number(JsonNode parameters, String name, String other, int otherwise) {
    JsonNode value = parameters.has(name) ? parameters.path(name) : parameters.path(other);
    return value.isIntegralNumber() && value.longValue() > 0 ? value.longValue() : otherwise;
  }

  /// A body that is there already.
  private record Given(JsonNode body, Embeddings embeddings) implements Call.Body {
    @Override
    public <T> T read(Function<JsonIn, T> shape) {
      T read = JsonIn.read(body.toString(), embeddings, shape);
      embeddings.make();
      return read;
    }
  }

  // ---- marked collections

  /// The endpoint as users of a marked collection find it.
  public Endpoint over(String method, String template, Endpoint endpoint) {
    if (!template.startsWith(COLLECTION)) {
      return endpoint;
    }
    String route = method + " " + template.substring(COLLECTION.length());
    boolean concerned = route.equals("GET ") || template.startsWith(COLLECTION + "/points");
    if (!concerned) {
      return endpoint;
    }
    return call -> {
      Optional<Mark> mark = mark(call.path("collection_name"));
      return mark.isPresent() ? serve(route, endpoint, call, mark.get()) : endpoint.serve(call);
    };
  }

  private Optional<Mark> mark(String name) {
    return collections
        .find(name)
        .flatMap(collection -> {
          Known before = known.get(collection.uid());
          if (before == null || before.config() != collection.config()) {
            CollectionConfig config = collection.config();
            before = new Known(config, read(CollectionConfigJson.metadata(config)));
            known.put(collection.uid(), before);
          }
          return before.mark();
        });
  }

  private static Optional<Mark> read(JsonNode metadata) {
    return metadata.path("dialect").asString("").equals("govector")
        ? Optional.of(
            new Mark(metadata.path("ef_search").asInt(EF_SEARCH), metadata.path("k").asInt(K)))
        : Optional.empty();
  }

  private Answer serve(String route, Endpoint endpoint, Call call, Mark mark) {
    Map<String, String> path = new HashMap<>(call.path());
    path.computeIfPresent(
        "id", (_, id) -> TextIds.of(JsonNodeFactory.instance.stringNode(id)).asString());
    Map<String, String> query = new HashMap<>(call.query());
    query.putIfAbsent("wait", "true");
    Call.Body body = call.body();
    long deleted = 0;
    if (call.hasBody()) {
      JsonNode request = Requests.translated(call.body(JsonIn::tree), route, mark);
      body = new Given(request, call.body().embeddings());
      deleted = route.equals("POST /points/delete") ? concerned(call, request) : 0;
    }
    Answer answer = endpoint.serve(call.with(path, query, body));
    long gone = deleted;
    return answer instanceof Answer.Result(Answer.Writer writer)
        ? new Answer.Result(out -> out.writeRawValue(translated(call, route, writer, gone)))
        : answer;
  }

  /// How many points a delete will find.
  private long concerned(Call call, JsonNode request) {
    ObjectNode filter = JsonNodeFactory.instance.objectNode();
    if (request.has("points")) {
      filter.putArray("must").addObject().set("has_id", request.get("points"));
    } else if (request.get("filter") instanceof ObjectNode given) {
      filter = given;
    } else {
      return 0;
    }
    Filter which = FilterJson.parse(filter.toString());
    Deadline deadline = Deadline.in(call.limits().read());
    Collection collection = collections.require(call.path("collection_name"));
    try (Searcher searcher = collection.searcher(deadline)) {
      return searcher.count(which, deadline);
    }
  }

  private String translated(Call call, String route, Answer.Writer writer, long deleted) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JsonOut.to(bytes)) {
      writer.write(json);
    }
    JsonNode result = JsonIn.read(bytes.toString(StandardCharsets.UTF_8), JsonIn::tree);
    giveTextsBack(result);
    if (result instanceof ObjectNode object) {
      switch (route) {
        case "PUT /points" -> object.put("operation", "upsert");
        case "POST /points/delete" -> object.put("operation", "delete").put("deleted", deleted);
        case "GET " -> describe(call.path("collection_name"), object);
        default -> {}
      }
    }
    return result.toString();
  }

  private static void describe(String name, ObjectNode info) {
    JsonNode vectors = info.path("config").path("params").path("vectors");
    info.put("name", name);
    info.put("vector_size", vectors.path("size").asLong(0));
    info.put("distance", vectors.path("distance").asString(""));
  }

  private static void giveTextsBack(JsonNode node) {
    if (node instanceof ObjectNode object) {
      JsonNode text = object.path("payload").path(Requests.ID_KEY);
      if (object.has("id") && text.isString()) {
        object.set("id", text);
      }
    }
    if (node.isContainer()) {
      node.forEach(GoVector::giveTextsBack);
    }
  }
}
