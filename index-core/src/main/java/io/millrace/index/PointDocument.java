package io.millrace.index;

import io.millrace.kernel.ExactScore;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.PayloadSchema;
import io.millrace.model.Point;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.util.HashMap;
import java.util.Map;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.index.VectorSimilarityFunction;

/// Point → Lucene document, as [Fields] tells.
final class PointDocument {
  private PointDocument() {}

  /// The point as reads return it: cosine vectors divided by their length.
  static Point stored(Point point, CollectionConfig config) {
    Map<String, VectorValue> vectors = HashMap.newHashMap(point.vectors().size());
    point
        .vectors()
        .forEach((name, value) -> {
          VectorConfig vector = config.vectors().get(name);
          if (vector == null) {
            return; // the name was taken out of the collection after the operation was logged
          }
          vectors.put(
              name,
              value instanceof VectorValue.Dense d && vector.distance() == Distance.COSINE
                  ? new VectorValue.Dense(ExactScore.normalize(d.values().clone()))
                  : value);
        });
    return new Point(point.id(), vectors, point.payload());
  }

  /// @param stored what [#stored] made of a point
  /// @param payloads reused from document to document
  /// @param schema the declared payload indexes
  static Document of(Point stored, long sequence, PayloadFields payloads, PayloadSchema schema) {
    Document document = new Document();
    PayloadFields.addIdentity(document, stored.id(), stored.vectors().keySet());
    document.add(new NumericDocValuesField(Fields.VERSION, sequence));
    stored.vectors().forEach((name, value) -> vector(document, name, value));
    if (!stored.payload().isEmptyObject()) {
      payloads.addTo(document, stored.payload());
      payloads.addTokens(document, stored.payload(), schema);
      document.add(new NumericDocValuesField(Fields.PAYLOAD_BYTES, stored.payload().length()));
    }
    return document;
  }

  private static void vector(Document document, String name, VectorValue value) {
    switch (value) {
      // Lucene's similarity is not used: the distance is the codec's business.
      case VectorValue.Dense d ->
          document.add(
              new KnnFloatVectorField(
                  Fields.vector(name), d.values(), VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT));
      case VectorValue.Sparse s -> throw new IllegalStateException("checked before it was logged");
      case VectorValue.Multi m -> throw new IllegalStateException("checked before it was logged");
    }
  }
}
