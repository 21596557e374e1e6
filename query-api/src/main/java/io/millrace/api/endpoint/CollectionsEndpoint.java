package io.millrace.api.endpoint;

import io.millrace.api.UpdateResult;
import io.millrace.api.WriteGateway;
import io.millrace.api.json.AliasJson;
import io.millrace.api.json.CollectionConfigJson;
import io.millrace.api.json.CollectionDefaults;
import io.millrace.api.json.IndexSchema;
import io.millrace.api.status.Fault;
import io.millrace.api.strict.StrictMode;
import io.millrace.api.strict.StrictModes;
import io.millrace.collection.Collection;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Collections;
import io.millrace.collection.Progress;
import io.millrace.model.AliasAction;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PayloadPath;
import io.millrace.model.Selection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;

/// Collections, their configuration, aliases and declared payload indexes.
public final class CollectionsEndpoint {
  private final Collections collections;
  private final WriteGateway gateway;
  private final SearchPool pool;
  private final ConfigChanges configs;
  private final StrictModes strictModes;
  private final int maxCollections;
  private final CollectionDefaults defaults;

  public CollectionsEndpoint(
      Collections collections,
      WriteGateway gateway,
      SearchPool pool,
      StrictModes strictModes,
      int maxCollections,
      CollectionDefaults defaults) {
    this.collections = collections;
    this.gateway = gateway;
    this.pool = pool;
    this.configs = new ConfigChanges(collections, gateway);
    this.strictModes = strictModes;
    this.maxCollections = maxCollections;
    this.defaults = defaults;
  }

  /// Their changes wait for those made here.
  public NamedVectorsEndpoint namedVectors() {
    return new NamedVectorsEndpoint(collections, gateway, configs);
  }

  public Answer list(Call call) {
    return new Answer.Result(out -> {
      out.writeStartObject();
      out.writeName("collections");
      out.writeStartArray();
      for (String name : collections.names()) {
        if (!call.grant().shows(name)) {
          continue;
        }
        out.writeStartObject();
        out.writeStringProperty("name", name);
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
    });
  }

  public Answer create(Call call) {
    String name = call.newCollection();
    CollectionConfig config = call.body(in -> CollectionConfigJson.parse(in, defaults));
    call.serviceDeadline();
    if (collections.aliases().containsKey(name)) {
      throw BadInput.wrong(
          "Can't create collection with name "
              + name
              + ". Alias with the same name already exists");
    }
    if (collections.names().contains(name)) {
      throw new Failure.AlreadyExists("Collection `" + name + "` already exists!");
    }
    if (collections.names().size() >= maxCollections) {
      throw BadInput.badRequest(
          "Can't create collection with name "
              + name
              + ". Max collections limit reached: "
              + maxCollections);
    }
    gateway.createCollection(name, config);
    return Answer.result(true);
  }

  public Answer update(Call call) {
    String name = call.collection();
    CollectionConfigJson.Change change = call.body(CollectionConfigJson::parseChange);
    call.serviceDeadline();
    configs.change(name, config -> Optional.of(CollectionConfigJson.changed(config, change)));
    return Answer.result(true);
  }

  public Answer drop(Call call) {
    String name = call.collection();
    call.serviceDeadline();
    Optional<Long> uid = collections.find(name).map(Collection::uid);
    boolean dropped = gateway.dropCollection(name);
    uid.ifPresent(strictModes::forget);
    return Answer.result(dropped);
  }

  public Answer exists(Call call) {
    boolean exists = collections.find(call.collection()).isPresent();
    return new Answer.Result(out -> {
      out.writeStartObject();
      out.writeBooleanProperty("exists", exists);
      out.writeEndObject();
    });
  }

  public Answer info(Call call) {
    Collection collection = collections.require(call.collection());
    Deadline deadline = call.serviceDeadline();
    collection.awaitInteractive(deadline);
    CollectionConfig config = collection.config();
    CollectionInfo info = collection.info();
    SortedMap<String, IndexSchema> indexes = CollectionConfigJson.indexes(config);
    Map<PayloadPath, Long> points =
        indexes.isEmpty() ? Map.of() : pool.run(deadline, () -> collection.indexedPoints(deadline));
    return new Answer.Result(out -> {
      out.writeStartObject();
      writeState(out, info);
      writeWarnings(out, CollectionConfigJson.warnings(config));
      writeQueue(out, collection, config);
      out.writeName("config");
      CollectionConfigJson.write(out, config);
      out.writeName("payload_schema");
      out.writeStartObject();
      indexes.forEach((path, schema) -> {
        out.writeName(path);
        schema.write(out, points.getOrDefault(PayloadPath.parse(path), 0L));
      });
      out.writeEndObject();
      out.writeEndObject();
    });
  }

  private static void writeState(JsonGenerator out, CollectionInfo info) {
    out.writeStringProperty("status", info.status().name().toLowerCase(Locale.ROOT));
    out.writeName("optimizer_status");
    if (info.failure().isPresent()) {
      out.writeStartObject();
      out.writeStringProperty("error", info.failure().get());
      out.writeEndObject();
    } else {
      out.writeString("ok");
    }
    out.writeNumberProperty("indexed_vectors_count", info.indexedVectors());
    out.writeNumberProperty("points_count", info.points());
    out.writeNumberProperty("segments_count", info.segments());
  }

  private static void writeWarnings(JsonGenerator out, List<String> warnings) {
    if (warnings.isEmpty()) {
      return;
    }
    out.writeName("warnings");
    out.writeStartArray();
    for (String warning : warnings) {
      out.writeStartObject();
      out.writeStringProperty("message", warning);
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void writeQueue(
      JsonGenerator out, Collection collection, CollectionConfig config) {
    Progress progress = collection.progress();
    out.writeName("update_queue");
    out.writeStartObject();
    out.writeNumberProperty("length", Math.max(0, progress.logged() - progress.searchable()));
    if (CollectionConfigJson.preventsUnoptimized(config)) {
      out.writeNumberProperty("deferred_points", collection.deferredPoints());
    }
    out.writeEndObject();
  }

  public Answer changeAliases(Call call) {
    List<AliasAction> actions = call.body(AliasJson::actions);
    call.serviceDeadline();
    gateway.changeAliases(actions);
    return Answer.result(true);
  }

  public Answer aliases(Call call) {
    SortedMap<String, String> aliases = new TreeMap<>(collections.aliases());
    aliases.values().removeIf(collection -> !call.grant().shows(collection));
    return new Answer.Result(out -> AliasJson.write(out, aliases));
  }

  public Answer aliasesOf(Call call) {
    String name = call.collection();
    collections.require(name);
    SortedMap<String, String> aliases = new TreeMap<>(collections.aliases());
    aliases.values().removeIf(collection -> !collection.equals(name));
    return new Answer.Result(out -> AliasJson.write(out, aliases));
  }

  public Answer createIndex(Call call) {
    String name = call.collection();
    IndexSchema.Declaration declaration = call.body(IndexSchema::declaration);
    WriteGateway.Wait wait = call.waiting();
    StrictMode strict = strictModes.of(collections.require(name));
    strict.timeout(call.namedTimeout());
    strict.anotherIndex();
    collections.quotas().check();
    IndexSchema schema =
        declaration
            .schema()
            .orElseThrow(() ->
                BadInput.badRequest(
                    "Can't auto-detect field type, please specify `field_schema` in the"
                        + " request"));
    configs.change(
        name, config -> CollectionConfigJson.withIndex(config, declaration.path(), schema));
    return indexChanged(name, wait);
  }

  public Answer dropIndex(Call call) {
    String name = call.collection();
    String path = path(call.path("field_name"));
    WriteGateway.Wait wait = call.waiting();
    configs.change(name, config -> CollectionConfigJson.withoutIndex(config, path));
    return indexChanged(name, wait);
  }

  private static String path(String fieldName) {
    try {
      return PayloadPath.parse(fieldName).toString();
    } catch (BadInput malformed) {
      throw Fault.pathParameter(String.valueOf(malformed.getMessage()));
    }
  }

  /// Takes two numbers of the collection's sequence, as in Qdrant, and waits for them as for any
  /// write.
  private Answer indexChanged(String name, WriteGateway.Wait wait) {
    Operation nothing = new Operation.Delete(new Selection.Ids(List.of()));
    UpdateResult result = gateway.submit(name, List.of(nothing, nothing), wait);
    return new Answer.Result(
        out -> PointsEndpoint.write(out, result.lastOperationId(), result.status()));
  }

  /// Shard keys exist only where a client made them, which takes a cluster.
  public Answer shardKeys(Call call) {
    Collection collection = collections.require(call.collection());
    return new Answer.Result(out -> {
      out.writeStartObject();
      if (CollectionConfigJson.hasShardKeys(collection.config())) {
        out.writeName("shard_keys");
        out.writeStartArray();
        out.writeEndArray();
      }
      out.writeEndObject();
    });
  }

  /// The state of the one node and of the shards a client believes in.
  public Answer cluster(Call call) {
    Collection collection = collections.require(call.collection());
    long points = collection.info().points();
    int shards = CollectionConfigJson.shards(collection.config());
    return new Answer.Result(out -> {
      out.writeStartObject();
      out.writeNumberProperty("peer_id", 0);
      out.writeNumberProperty("shard_count", shards);
      out.writeName("local_shards");
      out.writeStartArray();
      for (int i = 0; i < shards; i++) {
        out.writeStartObject();
        out.writeNumberProperty("shard_id", i);
        // All points lie in one place; the first shard stands for it.
        out.writeNumberProperty("points_count", i == 0 ? points : 0);
        out.writeStringProperty("state", "Active");
        out.writeEndObject();
      }
      out.writeEndArray();
      for (String empty : List.of("remote_shards", "shard_transfers")) {
        out.writeName(empty);
        out.writeStartArray();
        out.writeEndArray();
      }
      out.writeEndObject();
    });
  }
}
