package io.millrace.catalog;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.millrace.catalog.wire.Wire;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Placement;
import io.millrace.model.QuotaConfig;
import io.millrace.model.SparseConfig;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorConfig.Quantization;
import io.millrace.model.VectorDatatype;
import java.util.HexFormat;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/// The step from one image to the next and its bytes (`catalog.proto`). For all images:
/// `apply(before, change(before, after))` equals `after`.
final class CatalogCodec {
  private CatalogCodec() {}

  static byte[] change(CatalogImage before, CatalogImage after) {
    Wire.Change.Builder change = Wire.Change.newBuilder();
    if (!after.folderId().equals(before.folderId())) {
      change.setFolderId(ByteString.copyFrom(HexFormat.of().parseHex(after.folderId())));
    }
    if (after.nextUid() != before.nextUid()) {
      change.setNextUid(after.nextUid());
    }
    if (after.nextEpoch() != before.nextEpoch()) {
      change.setNextEpoch(after.nextEpoch());
    }
    SortedMap<Long, Wire.Collection> had = byUid(before);
    SortedMap<Long, Wire.Collection> has = byUid(after);
    had.keySet().stream().filter(k -> !has.containsKey(k)).forEach(change::addForgottenCollections);
    changed(had, has).values().forEach(change::addCollections);
    before.aliases().keySet().stream()
        .filter(alias -> !after.aliases().containsKey(alias))
        .forEach(change::addRemovedAliases);
    changed(before.aliases(), after.aliases())
        .forEach((alias, collection) ->
            change.addAliases(Wire.Alias.newBuilder().setAlias(alias).setCollection(collection)));
    before.sources().keySet().stream()
        .filter(source -> !after.sources().containsKey(source))
        .forEach(change::addRemovedSources);
    changed(before.sources(), after.sources())
        .values()
        .forEach(source ->
            change.addSources(
                Wire.Source.newBuilder()
                    .setName(source.name())
                    .setEpoch(source.epoch())
                    .setConfig(UnsafeByteOperations.unsafeWrap(source.config().bytes()))
                    .setPaused(source.isPaused())));
    if (!after.quotas().equals(before.quotas())) {
      change.setQuotas(encode(after.quotas()));
    }
    return change.build().toByteArray();
  }

  private static <K, V> SortedMap<K, V> changed(SortedMap<K, V> before, SortedMap<K, V> after) {
    SortedMap<K, V> changed = new TreeMap<>(after);
    changed.entrySet().removeIf(entry -> entry.getValue().equals(before.get(entry.getKey())));
    return changed;
  }

  private static SortedMap<Long, Wire.Collection> byUid(CatalogImage image) {
    SortedMap<Long, Wire.Collection> all = new TreeMap<>();
    image.collections().values().forEach(fact -> all.put(fact.uid(), encode(fact, false)));
    image.dropped().values().forEach(fact -> all.put(fact.uid(), encode(fact, true)));
    return all;
  }

  /// Throws [IllegalArgumentException] for bytes that [#change] does not make.
  static CatalogImage apply(CatalogImage before, byte[] bytes, int from, int n)
      throws InvalidProtocolBufferException {
    Wire.Change change = Wire.Change.parser().parseFrom(bytes, from, n);
    SortedMap<String, CollectionFact> collections = new TreeMap<>(before.collections());
    SortedMap<Long, CollectionFact> dropped = new TreeMap<>(before.dropped());
    SortedMap<String, String> aliases = new TreeMap<>(before.aliases());
    SortedMap<String, SourceFact> sources = new TreeMap<>(before.sources());
    for (long uid : change.getForgottenCollectionsList()) {
      forget(uid, collections, dropped);
    }
    for (Wire.Collection collection : change.getCollectionsList()) {
      forget(collection.getUid(), collections, dropped);
    }
    for (Wire.Collection collection : change.getCollectionsList()) {
      CollectionFact fact = decode(collection);
      if (collection.getDropped()) {
        dropped.put(fact.uid(), fact);
      } else if (collections.put(fact.name(), fact) != null) {
        throw new IllegalArgumentException("two collections are named " + fact.name());
      }
    }
    change.getRemovedAliasesList().forEach(aliases::remove);
    change.getAliasesList().forEach(a -> aliases.put(a.getAlias(), a.getCollection()));
    change.getRemovedSourcesList().forEach(sources::remove);
    for (Wire.Source source : change.getSourcesList()) {
      ConfigBytes config = new ConfigBytes(source.getConfig().toByteArray());
      sources.put(
          source.getName(),
          new SourceFact(source.getName(), source.getEpoch(), config, source.getPaused()));
    }
    return new CatalogImage(
        change.getFolderId().isEmpty()
            ? before.folderId()
            : HexFormat.of().formatHex(change.getFolderId().toByteArray()),
        change.getNextUid() == 0 ? before.nextUid() : change.getNextUid(),
        change.getNextEpoch() == 0 ? before.nextEpoch() : change.getNextEpoch(),
        collections,
        dropped,
        aliases,
        sources,
        change.hasQuotas() ? decode(change.getQuotas()) : before.quotas());
  }

  private static void forget(
      long uid,
      SortedMap<String, CollectionFact> collections,
      SortedMap<Long, CollectionFact> dropped) {
    dropped.remove(uid);
    collections.values().removeIf(fact -> fact.uid() == uid);
  }

  private static Wire.Quotas encode(QuotaConfig quotas) {
    Wire.Quotas.Builder wire = Wire.Quotas.newBuilder().setEnabled(quotas.enabled());
    quotas.residentMemory().ifPresent(wire::setResidentMemoryPercent);
    quotas.diskUsage().ifPresent(wire::setDiskUsagePercent);
    quotas.releaseMargin().ifPresent(wire::setReleaseMarginPercent);
    return wire.build();
  }

  private static QuotaConfig decode(Wire.Quotas wire) {
    return new QuotaConfig(
        wire.getEnabled(),
        present(wire.hasResidentMemoryPercent(), wire.getResidentMemoryPercent()),
        present(wire.hasDiskUsagePercent(), wire.getDiskUsagePercent()),
        present(wire.hasReleaseMarginPercent(), wire.getReleaseMarginPercent()));
  }

  private static OptionalInt present(boolean isThere, int value) {
    return isThere ? OptionalInt.of(value) : OptionalInt.empty();
  }

  static byte[] encode(CollectionFact fact) {
    return encode(fact, false).toByteArray();
  }

  static CollectionFact decode(byte[] bytes) {
    try {
      return decode(Wire.Collection.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("no collection of the catalog: " + e.getMessage(), e);
    }
  }

  private static Wire.Collection encode(CollectionFact fact, boolean isDropped) {
    CollectionConfig config = fact.config();
    Wire.Config.Builder wire =
        Wire.Config.newBuilder()
            .setIndexingThresholdKb(config.indexingThresholdKb())
            .setDefersPoints(config.defersPoints())
            .setDescription(UnsafeByteOperations.unsafeWrap(config.description().utf8()))
            .setPayloadSchema(
                UnsafeByteOperations.unsafeWrap(SchemaCodec.encode(config.payloadSchema())));
    for (Map.Entry<String, VectorConfig> vector : config.vectors().entrySet()) {
      wire.addVectors(encode(vector.getKey(), vector.getValue()));
    }
    config
        .sparse()
        .forEach((name, sparse) ->
            wire.addSparse(
                Wire.Sparse.newBuilder()
                    .setName(name)
                    .setIdf(sparse.idf())
                    .setSince(sparse.since())));
    return Wire.Collection.newBuilder()
        .setUid(fact.uid())
        .setName(fact.name())
        .setCreatedMillis(fact.createdMillis())
        .setConfig(wire)
        .setDropped(isDropped)
        .build();
  }

  private static CollectionFact decode(Wire.Collection wire) {
    SortedMap<String, VectorConfig> vectors = new TreeMap<>();
    for (Wire.Vector vector : wire.getConfig().getVectorsList()) {
      vectors.put(vector.getName(), decode(vector));
    }
    SortedMap<String, SparseConfig> sparse = new TreeMap<>();
    for (Wire.Sparse one : wire.getConfig().getSparseList()) {
      sparse.put(one.getName(), new SparseConfig(one.getIdf(), one.getSince()));
    }
    return new CollectionFact(
        wire.getUid(),
        wire.getName(),
        new CollectionConfig(
            vectors,
            sparse,
            wire.getConfig().getIndexingThresholdKb(),
            wire.getConfig().getDefersPoints(),
            new PayloadBytes(wire.getConfig().getDescription().toByteArray()),
            SchemaCodec.decode(wire.getConfig().getPayloadSchema().toByteArray())),
        wire.getCreatedMillis());
  }

  private static Wire.Vector encode(String name, VectorConfig vector) {
    Wire.Vector.Builder wire =
        Wire.Vector.newBuilder()
            .setName(name)
            .setSize(vector.size())
            .setM(vector.m())
            .setEfConstruct(vector.efConstruct())
            .setFullScanThresholdKb(vector.fullScanThresholdKb())
            .setMulti(vector.isMulti())
            .setSince(vector.since())
            .setPayloadM(vector.payloadM())
            .setColdRows(vector.placement().coldRows())
            .setColdGraph(vector.placement().coldGraph())
            .setColdQuantized(vector.placement().coldQuantized())
            .setDatatype(
                switch (vector.datatype()) {
                  case FLOAT32 -> Wire.Datatype.FLOAT32;
                  case FLOAT16 -> Wire.Datatype.FLOAT16;
                  case UINT8 -> Wire.Datatype.UINT8;
                  case TURBO4 -> Wire.Datatype.TURBO4;
                })
            .setDistance(
                switch (vector.distance()) {
                  case COSINE -> Wire.Distance.COSINE;
                  case DOT -> Wire.Distance.DOT;
                  case EUCLID -> Wire.Distance.EUCLID;
                  case MANHATTAN -> Wire.Distance.MANHATTAN;
                });
    switch (vector.quantization()) {
      case Quantization.None() -> {}
      case Quantization.Scalar(float quantile) ->
          wire.setScalar(Wire.ScalarQuantization.newBuilder().setQuantile(quantile));
    }
    return wire.build();
  }

  private static VectorConfig decode(Wire.Vector wire) {
    Distance distance =
        switch (wire.getDistance()) {
          case COSINE -> Distance.COSINE;
          case DOT -> Distance.DOT;
          case EUCLID -> Distance.EUCLID;
          case MANHATTAN -> Distance.MANHATTAN;
          case DISTANCE_UNKNOWN, UNRECOGNIZED ->
              throw new IllegalArgumentException("a vector of no known distance");
        };
    Quantization quantization =
        switch (wire.getQuantizationCase()) {
          case SCALAR -> new Quantization.Scalar(wire.getScalar().getQuantile());
          case QUANTIZATION_NOT_SET -> new Quantization.None();
        };
    return new VectorConfig(
        wire.getSize(),
        distance,
        wire.getM(),
        wire.getEfConstruct(),
        wire.getFullScanThresholdKb(),
        quantization,
        switch (wire.getDatatype()) {
          case FLOAT32 -> VectorDatatype.FLOAT32;
          case FLOAT16 -> VectorDatatype.FLOAT16;
          case UINT8 -> VectorDatatype.UINT8;
          case TURBO4 -> VectorDatatype.TURBO4;
          case UNRECOGNIZED -> throw new IllegalArgumentException("a vector of no known datatype");
        },
        wire.getMulti(),
        wire.getSince(),
        wire.hasPayloadM() ? wire.getPayloadM() : wire.getM(),
        new Placement(wire.getColdRows(), wire.getColdGraph(), wire.getColdQuantized()));
  }
}
