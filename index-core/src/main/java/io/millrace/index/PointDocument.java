package io.millrace.index;

import io.millrace.kernel.ExactScore;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import io.millrace.payload.DateTimes;
import io.millrace.payload.Leaves;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.BytesTermAttribute;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.BinaryPoint;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.BytesRef;

/// Point → Lucene document, as [Fields] tells.
final class PointDocument {
  private static final FieldType TERMS = new FieldType();

  static {
    TERMS.setIndexOptions(IndexOptions.DOCS);
    TERMS.setOmitNorms(true);
    TERMS.setTokenized(true);
    TERMS.freeze();
  }

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
  static Document of(Point stored, long sequence) {
    Document document = new Document();
    BytesRef id = new BytesRef(stored.id().bytes());
    document.add(new StringField(Fields.ID, id, Field.Store.NO));
    document.add(new BinaryDocValuesField(Fields.ID, id));
    document.add(new NumericDocValuesField(Fields.VERSION, sequence));
    stored.vectors().forEach((name, value) -> vector(document, name, value));
    payload(document, stored.payload());
    return document;
  }

  private static void vector(Document document, String name, VectorValue value) {
    document.add(new StringField(Fields.VECTOR_NAMES, name, Field.Store.NO));
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

  private static void payload(Document document, PayloadBytes payload) {
    if (payload.isEmptyObject()) {
      return;
    }
    document.add(new StoredField(Fields.PAYLOAD, payload.utf8()));
    List<BytesRef> terms = new ArrayList<>();
    Leaves.of(
        payload,
        new Leaves.Sink() {
          @Override
          public void text(String path, String value) {
            terms.add(LeafTerms.text(path, value));
            OptionalLong micros = DateTimes.parse(value);
            if (micros.isPresent()) {
              document.add(
                  new BinaryPoint(
                      Fields.DATES,
                      LeafTerms.pathPoint(path),
                      LeafTerms.datePoint(micros.getAsLong())));
            }
          }

          @Override
          public void whole(String path, String token) {
            terms.add(LeafTerms.whole(path, token));
          }

          @Override
          public void number(String path, double value) {
            document.add(
                new BinaryPoint(
                    Fields.NUMBERS, LeafTerms.pathPoint(path), LeafTerms.numberPoint(value)));
          }

          @Override
          public void bool(String path, boolean value) {
            terms.add(LeafTerms.bool(path, value));
          }

          @Override
          public void shape(String path, Leaves.Shape shape) {
            terms.add(LeafTerms.shape(path, shape));
          }

          @Override
          public void several(String path) {
            terms.add(LeafTerms.several(path));
          }
        });
    document.add(new Field(Fields.LEAVES, new Terms(terms), TERMS));
  }

  /// Hands over ready-made terms.
  private static final class Terms extends TokenStream {
    private final BytesTermAttribute term = addAttribute(BytesTermAttribute.class);
    private final List<BytesRef> terms;
    private int next;

    Terms(List<BytesRef> terms) {
      this.terms = terms;
    }

    @Override
    public boolean incrementToken() {
      if (next == terms.size()) {
        return false;
      }
      clearAttributes();
      term.setBytesRef(terms.get(next++));
      return true;
    }

    @Override
    public void reset() {
      next = 0;
    }
  }
}
