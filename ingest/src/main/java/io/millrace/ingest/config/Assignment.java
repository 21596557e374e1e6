package io.millrace.ingest.config;

import java.util.Optional;

/// Which partitions of its topics a server reads.
public sealed interface Assignment {
  All ALL = new All(Optional.empty());

  /// Every partition. Several servers are several full copies.
  ///
  /// @param publishedTo group under which positions are shown to lag tools; absent =
  ///   `millrace-<source>-<data id>`
  record All(Optional<String> publishedTo) implements Assignment {}

  /// The partitions that a consumer group gives it. Each server goes on from its own positions,
  /// never from the group's.
  ///
  /// @param member `group.instance.id`: partitions are kept over a restart that is short enough
  record Group(String name, Optional<String> member) implements Assignment {
    public Group {
      if (name.isBlank()) {
        throw new IllegalArgumentException("assignment: group needs `group`, the group's name");
      }
    }
  }
}
