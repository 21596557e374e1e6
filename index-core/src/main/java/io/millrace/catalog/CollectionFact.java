package io.millrace.catalog;

import io.millrace.model.CollectionConfig;

/// One collection.
///
/// @param uid never given twice in a data folder; names the collection's folder
/// @param createdMillis since the epoch
public record CollectionFact(long uid, String name, CollectionConfig config, long createdMillis) {

  /// In the form the catalog keeps it, for those who carry it elsewhere.
  public byte[] encode() {
    return CatalogCodec.encode(this);
  }

  /// Throws [IllegalArgumentException] for bytes that [#encode] does not make.
  public static CollectionFact decode(byte[] bytes) {
    return CatalogCodec.decode(bytes);
  }
}
