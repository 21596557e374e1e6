package io.millrace.catalog;

import io.millrace.model.CollectionConfig;

/// One collection.
///
/// @param uid never given twice in a data folder; names the collection's folder
/// @param createdMillis since the epoch
public record CollectionFact(long uid, String name, CollectionConfig config, long createdMillis) {}
