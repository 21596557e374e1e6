package io.millrace.api.auth;

/// The right that a route asks for: on its collection if the path names one, else on all.
public enum Access {
  /// Anybody, without a key.
  FREE,
  /// Any key or token, whatever it opens: the endpoint shows what it may.
  ANY,
  READ,
  /// Also what surrounds the points: snapshots.
  READ_WHOLE,
  WRITE,
  /// Also what surrounds the points: indexes, named vectors, snapshots.
  WRITE_WHOLE,
  /// Collections, aliases and what concerns the whole server.
  MANAGE
}
