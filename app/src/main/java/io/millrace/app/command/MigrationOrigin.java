package io.millrace.app.command;

import java.util.List;
import java.util.Optional;

/// Where `migrate` takes collections from. Every failure is a [CommandFailure].
interface MigrationOrigin extends AutoCloseable {
  /// @param points as JSON objects
  /// @param next where the page behind begins, as JSON; empty at the end
  /// @param approximate how many of the vectors are not exactly what was once sent
  record Page(List<String> points, Optional<String> next, long approximate) {}

  /// What the kept progress belongs to: with another one a copy begins anew.
  String address();

  List<String> names();

  /// Makes the collection as it is here, unless it is there already. False when there is nothing to
  /// make it from.
  boolean create(String name, Remote to);

  /// How many points there are.
  long count(String name);

  /// @param from empty = the first page
  Page page(String name, Optional<String> from);

  /// How the copy of a collection compares; empty where no points can be drawn.
  Optional<Comparison.Result> compare(String name, Remote to, int samples);

  /// What is left to do when all points are copied.
  void finish(List<String> names, Remote to);

  @Override
  void close();
}
