package io.millrace.app.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Keys by names they do not have any more, here or in Qdrant. An old name works, with a warning,
/// until the major version after the one that gave it up.
final class Renamed {
  private static final Map<String, String> NOW =
      Map.of(
          "storage.hnsw_index.full_scan_threshold",
          "storage.hnsw_index.full_scan_threshold_kb",
          "storage.optimizers.indexing_threshold",
          "storage.optimizers.indexing_threshold_kb",
          "storage.optimizers.max_segment_size",
          "storage.optimizers.max_segment_size_kb",
          "storage.optimizers.memmap_threshold",
          "storage.optimizers.memmap_threshold_kb");

  private Renamed() {}

  static Optional<String> now(String path) {
    return Optional.ofNullable(NOW.get(path));
  }

  /// Old name to new name.
  static Map<String, String> all() {
    return NOW;
  }

  /// One layer of the configuration with every old name replaced. Within a layer the new name
  /// counts where both are given; a higher layer wins over a lower one by either.
  static Tree.Fields replaced(Tree.Fields layer, List<String> warnings) {
    return replaced("", layer, warnings);
  }

  private static Tree.Fields replaced(String prefix, Tree.Fields fields, List<String> warnings) {
    var renamed = new LinkedHashMap<String, Tree>();
    for (Map.Entry<String, Tree> field : fields.fields().entrySet()) {
      String path = prefix + field.getKey();
      Optional<String> now = now(path);
      if (now.isPresent()) {
        warnings.add(
            field.getValue().origin()
                + ": "
                + path
                + " is an old name of "
                + now.get()
                + "; it works until the next major version");
        String name = now.get().substring(prefix.length());
        if (!fields.fields().containsKey(name)) {
          renamed.put(name, field.getValue());
        }
      } else {
        renamed.put(
            field.getKey(),
            field.getValue() instanceof Tree.Fields inner
                ? replaced(path + ".", inner, warnings)
                : field.getValue());
      }
    }
    return new Tree.Fields(renamed, fields.origin());
  }
}
