package io.millrace.index;

import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.PointId;
import io.millrace.model.TextOptions;
import io.millrace.payload.FilterEvaluator;
import io.millrace.payload.JsonValue;
import io.millrace.payload.LeafPath;
import io.millrace.payload.Leaves;
import io.millrace.payload.PathEvaluator;
import io.millrace.payload.text.TextAnalyzer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.BytesTermAttribute;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.BinaryPoint;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.NullMarked;

/// Adds what filters need to a point's document. One thread per instance.
@NullMarked
public final class PayloadFields {
  private static final FieldType TERMS = new FieldType();

  static {
    TERMS.setTokenized(true);
    TERMS.setIndexOptions(IndexOptions.DOCS);
    TERMS.setOmitNorms(true);
    TERMS.freeze();
  }

  private List<BytesRef> terms = new ArrayList<>();
  private final List<Field> points = new ArrayList<>();
  private final Map<TextOptions, TextAnalyzer> analyzers = new HashMap<>();
  private final Leaves leaves = new Leaves(new Collector());

  /// Adds the stored payload and its leaves.
  public void addTo(Document document, PayloadBytes payload) {
    document.add(new StoredField(Fields.PAYLOAD, payload.utf8()));
    terms = new ArrayList<>(terms.size());
    points.clear();
    leaves.walk(payload);
    if (!terms.isEmpty()) {
      document.add(new Field(Fields.LEAF, new TermStream(terms), TERMS));
    }
    points.forEach(document::add);
  }

  /// Adds the tokens of text indexes.
  public void addTokens(Document document, PayloadBytes payload, PayloadSchema schema) {
    List<BytesRef> tokens = new ArrayList<>();
    JsonValue.Obj object = null;
    for (Map.Entry<PayloadPath, PayloadIndex> entry : schema.indexes().entrySet()) {
      Optional<LeafPath> path = LeafPath.of(entry.getKey());
      if (entry.getValue() instanceof PayloadIndex.Text(var options) && path.isPresent()) {
        object = object == null ? JsonValue.parse(payload) : object;
        TextAnalyzer analyzer = analyzers.computeIfAbsent(options, TextAnalyzer::new);
        List<JsonValue> values = PathEvaluator.values(object, entry.getKey());
        if (!values.isEmpty()) {
          tokens.add(LeafTerms.indexed(path.get(), options));
        }
        Set<String> distinct = new HashSet<>();
        FilterEvaluator.strings(values).forEach(s -> distinct.addAll(analyzer.ofDocument(s)));
        distinct.forEach(token -> tokens.add(LeafTerms.token(path.get(), options, token)));
      }
    }
    if (!tokens.isEmpty()) {
      document.add(new Field(Fields.TOKEN, new TermStream(tokens), TERMS));
    }
  }

  /// Adds the id, as term and doc value, and the names of vectors that are there from the start.
  public static void addIdentity(Document document, PointId id, Iterable<String> vectorNames) {
    addId(document, id);
    for (String name : vectorNames) {
      addVectorName(document, name, 0);
    }
  }

  static void addId(Document document, PointId id) {
    BytesRef bytes = new BytesRef(id.bytes());
    document.add(new StringField(Fields.ID, bytes, Field.Store.NO));
    document.add(new BinaryDocValuesField(Fields.ID, bytes));
  }

  static void addVectorName(Document document, String name, long since) {
    BytesRef term = Fields.vectorTerm(Fields.storedName(name, since));
    document.add(new StringField(Fields.VECTORS, term, Field.Store.NO));
  }

  private final class Collector implements Leaves.Sink {
    @Override
    public void kind(LeafPath path, Leaves.Kind kind) {
      terms.add(LeafTerms.kind(path, kind));
    }

    @Override
    public void several(LeafPath path) {
      terms.add(LeafTerms.several(path));
    }

    @Override
    public void length(LeafPath path, int elements) {
      point(Fields.LENGTH, path, elements);
    }

    @Override
    public void text(LeafPath path, byte[] bytes, int from, int to) {
      terms.add(LeafTerms.text(path, bytes, from, to));
    }

    @Override
    public void whole(LeafPath path, byte[] bytes, int from, int to) {
      terms.add(LeafTerms.whole(path, bytes, from, to));
    }

    @Override
    public void number(LeafPath path, double value) {
      point(Fields.NUMBER, path, LeafTerms.sortable(value));
    }

    @Override
    public void integral(LeafPath path, long value) {
      terms.add(LeafTerms.integral(path, value));
    }

    @Override
    public void uuid(LeafPath path, PointId value) {
      terms.add(LeafTerms.uuid(path, value));
    }

    @Override
    public void bool(LeafPath path, boolean value) {
      terms.add(LeafTerms.bool(path, value));
    }

    @Override
    public void date(LeafPath path, long epochMicros) {
      point(Fields.DATE, path, epochMicros);
    }

    private void point(String field, LeafPath path, long value) {
      points.add(
          new BinaryPoint(field, LeafTerms.dimension(path.hash()), LeafTerms.dimension(value)));
    }
  }

  /// Hands Lucene all terms of a document through one field instance.
  private static final class TermStream extends TokenStream {
    private final List<BytesRef> terms;
    private final BytesTermAttribute term = addAttribute(BytesTermAttribute.class);
    private int next;

    TermStream(List<BytesRef> terms) {
      this.terms = terms;
    }

    @Override
    public void reset() {
      next = 0;
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
  }
}
