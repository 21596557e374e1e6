package io.millrace.app.config;

/// One configuration key.
///
/// @param path dotted, `service.http_port`
/// @param builtIn the default as a user would write it; `""` = none
/// @param about one or two sentences for the reference file
record Key<T>(String path, Kind<T> kind, String builtIn, Trait trait, String about) {
  enum Trait {
    /// Also Qdrant's name, so `QDRANT__…` sets it too.
    QDRANT,
    /// Qdrant's name, and never shown.
    QDRANT_SECRET,
    /// Qdrant has no such key.
    OURS,
    /// Ours, and never shown.
    OUR_SECRET
  }

  boolean isSecret() {
    return trait == Trait.QDRANT_SECRET || trait == Trait.OUR_SECRET;
  }

  boolean isQdrant() {
    return trait == Trait.QDRANT || trait == Trait.QDRANT_SECRET;
  }

  T builtInValue() {
    return kind.read(path, Tree.plain(builtIn, new Origin.BuiltIn()));
  }
}
