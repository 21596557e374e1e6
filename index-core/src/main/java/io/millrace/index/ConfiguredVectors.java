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
import org.jspecify.annotations.Nullable;

/// What the codec asks about a field, answered from the collection's settings as they are now.
/// Qdrant takes any `m` and `ef_construct`; graphs are made with what the format and memory allow.
final class ConfiguredVectors implements VectorFieldSettings {
  /// Candidates take memory for every thread that links; far fewer make the best graph there is.
  private static final int MAX_EF_CONSTRUCT = 10_000;

  private final Supplier<CollectionConfig> config;

  ConfiguredVectors(Supplier<CollectionConfig> config) {
    this.config = config;
  }

  @Override
  public VectorFieldOptions of(String luceneField) {
    CollectionConfig now = config.get();
    VectorConfig vector = vector(now, luceneField);
    if (vector == null) {
      // Taken out of the collection: its rows stay where they are until their points are written.
      return new VectorFieldOptions(Distance.DOT, 0, 1, false, 1f, 0);
    }
    boolean int8 =
        vector.quantization() instanceof VectorConfig.Quantization.Scalar || walksByInt8(vector);
    float quantile =
        vector.quantization() instanceof VectorConfig.Quantization.Scalar(float q) ? q : 1f;
    long rows = graphThreshold(now, vector);
    return new VectorFieldOptions(
        vector.distance(),
        Math.min(vector.m(), MillraceVectorsFormat.MAX_M),
        Math.min(vector.efConstruct(), MAX_EF_CONSTRUCT),
        int8,
        quantile,
        rows == Long.MAX_VALUE ? 0 : (int) Math.min(Integer.MAX_VALUE, rows),
        vector.datatype(),
        vector.placement(),
        vector.m() == 0 && vector.payloadM() > 0 && !vector.isMulti());
  }

  /// A multivector has many rows, and rows too short for codes: without int8 rows, the walks of its
  /// searches would read four times the memory.
  private static boolean walksByInt8(VectorConfig vector) {
    return vector.isMulti()
        && !MillraceVectorsFormat.mayHaveCodes(vector.distance(), vector.size());
  }

  @Override
  public int rowSize(String luceneField) {
    VectorConfig vector = vector(config.get(), luceneField);
    return vector == null || !vector.isMulti() ? 0 : vector.size();
  }

  private static @Nullable VectorConfig vector(CollectionConfig now, String luceneField) {
    VectorConfig vector = now.vectors().get(Fields.vectorName(luceneField));
    return vector == null || vector.since() != Fields.vectorSince(luceneField) ? null : vector;
  }

  /// Whether merges would write one of the segment's vectors in another way than it has them. Not
  /// while graphs are switched off.
  boolean isOutdated(SegmentInfo segment) {
    CollectionConfig now = config.get();
    if (now.indexingThresholdKb() == 0) {
      return false;
    }
    for (Map.Entry<String, VectorConfig> vector : now.vectors().entrySet()) {
      String field = field(vector.getKey(), vector.getValue());
      if (MillraceVectorsFormat.isOutdated(segment, field, of(field))) {
        return true;
      }
    }
    return false;
  }

  /// The field that holds the rows of a vector.
  static String field(String name, VectorConfig vector) {
    return vector.isMulti()
        ? Fields.rows(name, vector.since())
        : Fields.vector(name, vector.since());
  }

  /// Rows from which on a segment gets a graph, or codes alone, for this vector, `Long.MAX_VALUE`
  /// for never. The setting counts KB of raw rows (behaviour.md 4.2), at least one row.
  static long graphThreshold(CollectionConfig config, VectorConfig vector) {
    if (config.indexingThresholdKb() == 0
        || vector.m() == 0 && (vector.payloadM() == 0 || vector.isMulti())) {
      return Long.MAX_VALUE;
    }
    return Math.max(1, config.indexingThresholdKb() * 1024 / (4L * vector.size()));
  }
}
