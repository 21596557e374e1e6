package io.millrace.api.auth;

/// The right that a route asks for.
public enum Access {
  /// Anybody, without a key.
  FREE,
  READ,
  WRITE,
  /// Collections, aliases, indexes and what concerns the whole server.
  MANAGE
}
