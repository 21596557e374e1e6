package io.millrace.api.endpoint;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Whether there are more collections than the points in them give reason for, by Qdrant's rule:
/// more than 30, and on average fewer points in one than 333 for each collection there is. Safe for
/// many threads.
final class ManyCollections {
  /// So many are never too many.
  private static final int FEW = 30;

  /// Points of one that make up for so many.
  private static final long POINTS = 10_000;

  private final InstantSource clock;
  private Optional<Instant> first = Optional.empty(); // by this
  private int cleared; // collections there were then, by this

  ManyCollections(InstantSource clock) {
    this.clock = clock;
  }

  /// Since when there are too many, as far as anybody asked; empty while there are not. After a
  /// [#clear] they are only once another is made.
  ///
  /// @param points of all collections; asked where it matters
  synchronized Optional<Instant> since(int collections, LongSupplier points) {
    cleared = Math.min(cleared, collections);
    boolean areMany = collections > FEW && areSmall(collections, points.getAsLong());
    if (!areMany || collections == cleared) {
      first = Optional.empty();
    } else if (first.isEmpty()) {
      first = Optional.of(clock.instant());
    }
    return first;
  }

  private static boolean areSmall(int collections, long points) {
    return (double) (points / collections) / collections < (double) POINTS / FEW;
  }

  /// Whoever knows it needs no reminder until there are more.
  synchronized void clear(int collections) {
    cleared = collections;
  }
}
