package io.millrace.index;

import io.millrace.codec.MillraceVectorsFormat;
import io.millrace.codec.VectorFieldOptions;
import io.millrace.codec.VectorFieldSettings;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.VectorConfig;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.lucene.index.SegmentInfo;

/// What the codec asks about a field, answered from the collection's settings as they are now.
final class ConfiguredVectors implements VectorFieldSettings {
  private final Supplier<CollectionConfig> config;

  ConfiguredVectors(Supplier<CollectionConfig> config) {
    this.config = config;
  }

  @Override
  public VectorFieldOptions of(String luceneField) {
    CollectionConfig now = config.get();
    VectorConfig vector = now.vectors().get(Fields.vectorName(luceneField));
    if (vector == null || vector.since() != Fields.vectorSince(luceneField)) {
      // Taken out of the collection: its rows stay where they are until their points are written.
      return new VectorFieldOptions(Distance.DOT, 0, 1, false, 1f, 0);
    }
    boolean int8 = vector.quantization() instanceof VectorConfig.Quantization.Scalar;
    float quantile =
        vector.quantization() instanceof VectorConfig.Quantization.Scalar(float q) ? q : 1f;
    long rows = graphThreshold(now, vector);
    return new VectorFieldOptions(
        vector.distance(),
        vector.m(),
        vector.efConstruct(),
        int8,
        quantile,
        rows == Long.MAX_VALUE ? 0 : (int) Math.min(Integer.MAX_VALUE, rows),
        vector.datatype(),
        vector.placement(),
        vector.m() == 0 && vector.payloadM() > 0);
  }

  /// Whether merges would write one of the segment's vectors in another way than it has them. Not
  /// while graphs are switched off.
  boolean isOutdated(SegmentInfo segment) {
    CollectionConfig now = config.get();
    if (now.indexingThresholdKb() == 0) {
      return false;
    }
    for (Map.Entry<String, VectorConfig> vector : now.vectors().entrySet()) {
      String field = Fields.vector(vector.getKey(), vector.getValue().since());
      if (MillraceVectorsFormat.isOutdated(segment, field, of(field))) {
        return true;
      }
    }
    return false;
  }

  /// Rows from which on a segment gets a graph, or codes alone, for this vector, `Long.MAX_VALUE`
  /// for never. The setting counts KB of raw rows (behaviour.md 4.2), at least one row.
  static long graphThreshold(CollectionConfig config, VectorConfig vector) {
    if (config.indexingThresholdKb() == 0
        || vector.m() == 0 && vector.payloadM() == 0
        || vector.isMulti()) {
      return Long.MAX_VALUE;
    }
    return Math.max(1, config.indexingThresholdKb() * 1024 / (4L * vector.size()));
  }
}
