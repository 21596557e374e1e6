package io.millrace.catalog;

import io.millrace.model.QuotaConfig;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Everything the catalog says, at one moment. Never changed.
///
/// @param folderId of the data folder, 32 hex digits; made once
/// @param nextUid what the next collection gets; never goes back
/// @param nextEpoch what the next life of a source gets; never goes back
/// @param collections by name
/// @param dropped by uid: marked for deletion, their folders are being removed; their names are
///   free
/// @param aliases alias to name of a collection
/// @param sources by name
/// @param quotas of the server
public record CatalogImage(
    String folderId,
    long nextUid,
    long nextEpoch,
    SortedMap<String, CollectionFact> collections,
    SortedMap<Long, CollectionFact> dropped,
    SortedMap<String, String> aliases,
    SortedMap<String, SourceFact> sources,
    QuotaConfig quotas) {

  /// What a data folder has before its first change, its id apart.
  static final CatalogImage NOTHING =
      new CatalogImage(
          "",
          1,
          1,
          new TreeMap<>(),
          new TreeMap<>(),
          new TreeMap<>(),
          new TreeMap<>(),
          QuotaConfig.OFF);

  public CatalogImage {
    collections = frozen(collections);
    dropped = frozen(dropped);
    aliases = frozen(aliases);
    sources = frozen(sources);
  }

  private static <K, V> SortedMap<K, V> frozen(SortedMap<K, V> map) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }

  /// By alias or name; an alias wins over a collection of the same name.
  public Optional<CollectionFact> find(String nameOrAlias) {
    return Optional.ofNullable(collections.get(aliases.getOrDefault(nameOrAlias, nameOrAlias)));
  }

  CatalogImage withFolderId(String id) {
    return new CatalogImage(id, nextUid, nextEpoch, collections, dropped, aliases, sources, quotas);
  }

  CatalogImage withNextUid(long uid) {
    return new CatalogImage(
        folderId, uid, nextEpoch, collections, dropped, aliases, sources, quotas);
  }

  CatalogImage withNextEpoch(long epoch) {
    return new CatalogImage(
        folderId, nextUid, epoch, collections, dropped, aliases, sources, quotas);
  }

  CatalogImage withCollections(SortedMap<String, CollectionFact> changed) {
    return new CatalogImage(
        folderId, nextUid, nextEpoch, changed, dropped, aliases, sources, quotas);
  }

  CatalogImage withDropped(SortedMap<Long, CollectionFact> changed) {
    return new CatalogImage(
        folderId, nextUid, nextEpoch, collections, changed, aliases, sources, quotas);
  }

  CatalogImage withAliases(SortedMap<String, String> changed) {
    return new CatalogImage(
        folderId, nextUid, nextEpoch, collections, dropped, changed, sources, quotas);
  }

  CatalogImage withSources(SortedMap<String, SourceFact> changed) {
    return new CatalogImage(
        folderId, nextUid, nextEpoch, collections, dropped, aliases, changed, quotas);
  }

  CatalogImage withQuotas(QuotaConfig changed) {
    return new CatalogImage(
        folderId, nextUid, nextEpoch, collections, dropped, aliases, sources, changed);
  }
}
