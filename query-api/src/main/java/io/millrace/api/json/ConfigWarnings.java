package io.millrace.api.json;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// What a collection's configuration asks for that will not take place.
final class ConfigWarnings {
  private ConfigWarnings() {}

  /// @param vectors parameters by name of the vector
  static List<String> of(JsonNode description, Map<String, JsonNode> vectors) {
    List<String> warnings = new ArrayList<>();
    boolean everywhere = isInline(description.path("hnsw_config"), false);
    vectors.forEach((name, params) -> {
      if (!isInline(params.path("hnsw_config"), everywhere)) {
        return;
      }
      if (params.has("multivector_config")) {
        warnings.add(
            "The `hnsw_config.inline_storage` option for vector '"
                + name
                + "' is not compatible with multivectors. This option will be ignored.");
      } else if (!params.has("quantization_config") && !description.has("quantization_config")) {
        warnings.add(
            "The `hnsw_config.inline_storage` option for vector '"
                + name
                + "' requires quantization to be enabled. This option will be ignored.");
      }
    });
    return warnings;
  }

  private static boolean isInline(JsonNode hnsw, boolean otherwise) {
    return hnsw.path("inline_storage").booleanValue(otherwise);
  }
}
