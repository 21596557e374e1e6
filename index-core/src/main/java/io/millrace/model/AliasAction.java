package io.millrace.model;

/// One step of a change of aliases; steps run in order.
public sealed interface AliasAction {
  /// Points an existing alias to the new target silently.
  record Create(String alias, String collection) implements AliasAction {}

  /// A missing alias is fine.
  record Delete(String alias) implements AliasAction {}

  record Rename(String from, String to) implements AliasAction {}
}
