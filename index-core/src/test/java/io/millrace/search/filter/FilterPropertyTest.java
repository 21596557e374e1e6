package io.millrace.search.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ModelGenerators;
import io.millrace.Props;
import io.millrace.index.Fields;
import io.millrace.index.PayloadFields;
import io.millrace.model.Condition;
import io.millrace.model.Deadline;
import io.millrace.model.Filter;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.PointId;
import io.millrace.model.TextOptions;
import io.millrace.payload.FilterEvaluator;
import io.millrace.payload.FilterEvaluator.Subject;
import io.millrace.payload.IndexMeanings;
import io.millrace.payload.JsonValue;
import io.millrace.payload.PayloadGenerators;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Random payloads and random filters of all kinds: the compiled query finds exactly the points for
/// which the plain evaluator says yes, in an index of several segments with deletes.
@Tag("R-41")
class FilterPropertyTest {
  private static final int FILTERS_PER_CORPUS = 100;
  private static final List<String> VECTORS = List.of("", "image", "text");

  /// @param filled points whose tokens are in the index; text indexes are filled little by little
  record Corpus(
      Map<PointId, Subject> points,
      Set<PointId> deleted,
      List<Filter> filters,
      PayloadSchema schema,
      Set<PointId> filled) {}

  private static Corpus corpus(SplittableRandom r, int size) {
    Map<PointId, Subject> points = new LinkedHashMap<>();
    for (int i = 0; i < 3 + 3 * size; i++) {
      PointId id = PayloadGenerators.id(r);
      JsonValue.Obj payload = PayloadGenerators.object(r, 1 + r.nextInt(4));
      Set<String> vectors = new TreeSet<>();
      VECTORS.forEach(v -> {
        if (r.nextBoolean()) vectors.add(v);
      });
      points.put(id, new Subject(payload, id, vectors));
    }
    Set<PointId> deleted = new TreeSet<>();
    points
        .keySet()
        .forEach(id -> {
          if (r.nextInt(6) == 0) deleted.add(id);
        });
    PayloadGenerators.Aim aim =
        new PayloadGenerators.Aim(
            points.values().stream().map(Subject::payload).toList(),
            List.copyOf(points.keySet()),
            VECTORS);
    List<Filter> filters = new ArrayList<>();
    for (int i = 0; i < FILTERS_PER_CORPUS; i++) {
      filters.add(
          i % 2 == 0
              ? Filter.must(PayloadGenerators.condition(r, aim, 2))
              : PayloadGenerators.filter(r, aim, 5));
    }
    PayloadSchema schema = r.nextInt(3) == 0 ? PayloadSchema.NONE : schema(r, filters);
    IndexMeanings meanings = new IndexMeanings(schema);
    points.replaceAll((id, s) -> new Subject(s.payload(), id, s.vectors(), meanings));
    Set<PointId> filled = new TreeSet<>(points.keySet());
    filled.removeIf(id -> r.nextInt(3) == 0);
    return new Corpus(points, deleted, filters, schema, filled);
  }

  /// Indexes at keys that the filters use, so that they matter.
  private static PayloadSchema schema(SplittableRandom r, List<Filter> filters) {
    Map<PayloadPath, PayloadIndex> indexes = new LinkedHashMap<>();
    for (Filter filter : filters) {
      for (Condition condition : filter.must()) {
        keyOf(condition).ifPresent(key -> indexes.put(key, index(r, condition)));
        if (condition instanceof Condition.Nested(var outer, var inner)) {
          for (Condition c : inner.must()) {
            keyOf(c)
                .ifPresent(key -> {
                  List<PayloadPath.Step> steps =
                      new ArrayList<>(FilterEvaluator.elementsOf(outer).steps());
                  steps.addAll(key.steps());
                  indexes.put(new PayloadPath(steps), index(r, c));
                });
          }
        }
      }
    }
    return new PayloadSchema(indexes);
  }

  /// Mostly one that fits the condition.
  private static PayloadIndex index(SplittableRandom r, Condition condition) {
    boolean text =
        condition instanceof Condition.MatchText
            || condition instanceof Condition.MatchTextAny
            || condition instanceof Condition.MatchPhrase;
    return text && r.nextInt(5) > 0
        ? new PayloadIndex.Text(
            r.nextBoolean() ? TextOptions.DEFAULT : ModelGenerators.textOptions(r))
        : ModelGenerators.payloadIndex(r);
  }

  private static Optional<PayloadPath> keyOf(Condition condition) {
    return switch (condition) {
      case Condition.MatchValue(var key, var _) -> Optional.of(key);
      case Condition.MatchAny(var key, var _) -> Optional.of(key);
      case Condition.MatchExcept(var key, var _) -> Optional.of(key);
      case Condition.MatchText(var key, var _) -> Optional.of(key);
      case Condition.MatchTextAny(var key, var _) -> Optional.of(key);
      case Condition.MatchPhrase(var key, var _) -> Optional.of(key);
      case Condition.MatchSubstring(var key, var _) -> Optional.of(key);
      case Condition.IsNull(var key) -> Optional.of(key);
      case Condition.FieldIsEmpty(var key, var _) -> Optional.of(key);
      case Condition.FieldIsNull(var key, var _) -> Optional.of(key);
      default -> Optional.empty();
    };
  }

  @Test
  void compiled_filters_match_exactly_what_the_plain_evaluator_matches() {
    int corpora = Integer.getInteger("props.filters", 6_000) / FILTERS_PER_CORPUS;
    int[] matched = new int[2];
    Props.forAll(corpora, 25, FilterPropertyTest::corpus, c -> check(c, matched));
    assertThat(matched[0])
        .as("filters that some points match and others do not")
        .isGreaterThan(matched[1] / 6);
  }

  private static void check(Corpus corpus, int[] matched) {
    try (var directory = new ByteBuffersDirectory();
        var writer =
            new IndexWriter(
                directory, new IndexWriterConfig(null).setMergePolicy(NoMergePolicy.INSTANCE))) {
      PayloadFields fields = new PayloadFields();
      int count = 0;
      for (var point : corpus.points.entrySet()) {
        Document document = new Document();
        PayloadFields.addIdentity(document, point.getKey(), point.getValue().vectors());
        PayloadBytes payload = PayloadGenerators.bytes(point.getValue().payload());
        fields.addTo(document, payload);
        if (corpus.filled.contains(point.getKey())) {
          fields.addTokens(document, payload, corpus.schema);
        }
        writer.addDocument(document);
        if (++count % 17 == 0) {
          writer.flush();
        }
      }
      writer.flush();
      for (PointId id : corpus.deleted) {
        writer.deleteDocuments(new Term(Fields.ID, new BytesRef(id.bytes())));
      }
      try (var reader = DirectoryReader.open(writer)) {
        MatchingDocs docs = new MatchingDocs(1 << 20);
        for (Filter filter : corpus.filters) {
          Set<PointId> expected = new TreeSet<>();
          corpus.points.forEach((id, subject) -> {
            if (!corpus.deleted.contains(id) && FilterEvaluator.matches(filter, subject)) {
              expected.add(id);
            }
          });
          matched[1]++;
          if (!expected.isEmpty()
              && expected.size() < corpus.points.size() - corpus.deleted.size()) {
            matched[0]++;
          }
          for (int round = 0; round < 2; round++) {
            var matches = docs.of(filter, corpus.schema, Deadline.NONE);
            Set<PointId> found = new TreeSet<>();
            for (LeafReaderContext leaf : reader.leaves()) {
              BitSet bits = matches.matching(leaf);
              BinaryDocValues ids = leaf.reader().getBinaryDocValues(Fields.ID);
              int n = 0;
              for (int doc = bits.nextSetBit(0);
                  doc < bits.length() && doc >= 0;
                  doc = doc + 1 < bits.length() ? bits.nextSetBit(doc + 1) : bits.length()) {
                ids.advanceExact(doc);
                BytesRef id = ids.binaryValue();
                found.add(PointId.fromBytes(id.bytes, id.offset, id.length));
                n++;
              }
              assertThat(bits.cardinality()).isEqualTo(n);
            }
            if (!found.equals(expected)) {
              Set<PointId> wrong = new TreeSet<>(found);
              wrong.removeAll(expected);
              Set<PointId> missing = new TreeSet<>(expected);
              missing.removeAll(found);
              PointId one = wrong.isEmpty() ? missing.iterator().next() : wrong.iterator().next();
              throw new AssertionError(
                  "%s\ncompiled %s\nwrong %s missing %s, for example %s"
                      .formatted(
                          filter,
                          FilterCompiler.compile(filter, new IndexMeanings(corpus.schema)),
                          wrong,
                          missing,
                          PayloadGenerators.json(corpus.points.get(one).payload())));
            }
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
