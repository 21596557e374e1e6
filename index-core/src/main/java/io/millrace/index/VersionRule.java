package io.millrace.index;

import io.millrace.index.RecordVersions.Known;
import io.millrace.model.PointId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Which points a versioned operation may change: those without a version or with a lower one.
/// Counts the others.
final class VersionRule {
  private final RecordVersions versions;
  private final long version;
  private final long nowMillis;
  private final MissingPoints missing = new MissingPoints();
  private long stale;
  private long duplicate;

  VersionRule(RecordVersions versions, long version, long nowMillis) {
    this.versions = versions;
    this.version = version;
    this.nowMillis = nowMillis;
  }

  long version() {
    return version;
  }

  boolean admits(PointId id) throws IOException {
    Optional<Known> known = versions.find(id, nowMillis);
    if (known.isEmpty() || known.get().version() < version) {
      return true;
    }
    if (known.get().version() == version) {
      duplicate++;
    } else {
      stale++;
    }
    return false;
  }

  /// Those of the ids that may be changed, each once.
  List<PointId> admitted(List<PointId> ids) throws IOException {
    List<PointId> admitted = new ArrayList<>();
    for (PointId id : ids.stream().distinct().toList()) {
      if (admits(id)) {
        admitted.add(id);
      }
    }
    return admitted;
  }

  void missing(PointId id) {
    missing.add(id);
  }

  PointIndex.Applied result() {
    return new PointIndex.Applied(missing.count(), missing.first(), stale, duplicate);
  }
}
