package io.millrace.bench.load;

import io.millrace.bench.Dataset;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A run as JSON, which `--save` writes and `--compare` reads.
final class BenchReport {
  private BenchReport() {}

  static JsonNode of(Dataset dataset, int k, List<Loaded> loads, List<Measured> rows) {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("points", dataset.points()).put("dimension", dataset.dimension()).put("k", k);
    ArrayNode loaded = root.putArray("loads");
    for (Loaded l : loads) {
      ObjectNode one =
          loaded
              .addObject()
              .put("rows", l.rows())
              .put("points_per_second", l.pointsPerSecond())
              .put("graph_seconds", l.graphSeconds());
      l.disk().ifPresent(disk -> disk.into(one.putObject("bytes_per_vector")));
      l.memory().ifPresent(memory -> memory.into(one.putObject("server_bytes")));
    }
    ArrayNode searches = root.putArray("searches");
    for (Measured m : rows) {
      searches
          .addObject()
          .put("filter", m.filter())
          .put("share", m.share())
          .put("rows", m.rows())
          .put("mode", m.mode())
          .put("recall", m.recall())
          .put("complete", m.complete())
          .put("queries", m.queries())
          .put("qps", m.perSecond())
          .put("p50_ms", m.p50Millis())
          .put("p95_ms", m.p95Millis())
          .put("p99_ms", m.p99Millis());
    }
    return root;
  }
}
