package io.millrace.index;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Point;
import io.millrace.model.VectorValue;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.index.VectorSimilarityFunction;

/// Point → Lucene document, as [Fields] tells.
final class PointDocument {
  private PointDocument() {}

  /// @param stored with vectors as [StoredForm] made them for this configuration
  /// @param payloads reused from document to document
  static Document of(Point stored, long sequence, CollectionConfig config, PayloadFields payloads) {
    Document document = new Document();
    PayloadFields.addId(document, stored.id());
    document.add(new NumericDocValuesField(Fields.VERSION, sequence));
    stored.vectors().forEach((name, value) -> vector(document, name, value, config));
    if (!stored.payload().isEmptyObject()) {
      payloads.addTo(document, stored.payload());
      payloads.addTokens(document, stored.payload(), config.payloadSchema());
      document.add(new NumericDocValuesField(Fields.PAYLOAD_BYTES, stored.payload().length()));
    }
    return document;
  }

  private static void vector(
      Document document, String name, VectorValue value, CollectionConfig config) {
    long since = config.since(name);
    PayloadFields.addVectorName(document, name, since);
    switch (value) {
      case VectorValue.Dense d -> {
        if (!config.vectors().containsKey(name)) {
          throw new IllegalStateException("no dense vector is named " + name);
        }
        // Lucene's similarity is not used: the distance is the codec's business.
        document.add(
            new KnnFloatVectorField(
                Fields.vector(name, since),
                d.values(),
                VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT));
      }
      case VectorValue.Sparse s ->
          document.add(new BinaryDocValuesField(Fields.sparse(name, since), VectorBytes.of(s)));
      case VectorValue.Multi m ->
          document.add(
              new BinaryDocValuesField(Fields.rows(name, since), VectorBytes.ofRows(m.rows())));
    }
  }
}
