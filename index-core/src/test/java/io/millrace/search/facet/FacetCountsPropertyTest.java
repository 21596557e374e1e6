package io.millrace.search.facet;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import io.millrace.index.Fields;
import io.millrace.index.PayloadFields;
import io.millrace.model.Deadline;
import io.millrace.model.FacetHit;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.model.TextOptions;
import io.millrace.payload.DateTimes;
import io.millrace.payload.JsonValue;
import io.millrace.payload.PathEvaluator;
import io.millrace.payload.PayloadGenerators;
import io.millrace.search.filter.MatchingDocs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.Test;

/// Facets and the points of an index, counted over terms of several segments with deletes, against
/// counting by hand.
class FacetCountsPropertyTest {
  private static final List<PayloadIndex> COUNTED =
      List.of(
          new PayloadIndex.Keyword(false, false),
          new PayloadIndex.Whole(true, true),
          new PayloadIndex.Bool(),
          new PayloadIndex.Uuid(false));

  private static final List<PayloadIndex> ALL = new ArrayList<>(COUNTED);

  static {
    ALL.addAll(
        List.of(
            new PayloadIndex.Decimal(),
            new PayloadIndex.Geo(),
            new PayloadIndex.DateTime(),
            new PayloadIndex.Text(TextOptions.DEFAULT)));
  }

  record Corpus(List<JsonValue.Obj> payloads, Set<Integer> deleted, List<PayloadPath> paths) {}

  private static Corpus corpus(SplittableRandom r, int size) {
    List<JsonValue.Obj> payloads = new ArrayList<>();
    Set<Integer> deleted = new HashSet<>();
    for (int i = 0; i < 3 + 3 * size; i++) {
      payloads.add(PayloadGenerators.object(r, 1 + r.nextInt(3)));
      if (r.nextInt(6) == 0) {
        deleted.add(i);
      }
    }
    List<PayloadPath> paths = new ArrayList<>(List.of(PayloadPath.parse("a")));
    for (int i = 0; i < 10; i++) {
      paths.add(PayloadGenerators.path(r, payloads.get(r.nextInt(payloads.size()))));
    }
    return new Corpus(payloads, deleted, paths);
  }

  @Test
  void counts_over_terms_are_those_by_hand() {
    Props.forAll(40, 25, FacetCountsPropertyTest::corpus, FacetCountsPropertyTest::check);
  }

  private static void check(Corpus corpus) {
    try (var directory = new ByteBuffersDirectory();
        var writer =
            new IndexWriter(
                directory, new IndexWriterConfig(null).setMergePolicy(NoMergePolicy.INSTANCE))) {
      PayloadFields fields = new PayloadFields();
      Map<PayloadPath, PayloadIndex> texts = new HashMap<>();
      corpus.paths.forEach(p -> texts.put(p, ALL.getLast()));
      for (int i = 0; i < corpus.payloads.size(); i++) {
        Document document = new Document();
        PayloadFields.addIdentity(document, PointId.of(i), List.of());
        PayloadBytes payload = PayloadGenerators.bytes(corpus.payloads.get(i));
        fields.addTo(document, payload);
        fields.addTokens(document, payload, new PayloadSchema(texts));
        writer.addDocument(document);
        if (i % 17 == 16) {
          writer.flush();
        }
      }
      writer.flush();
      for (int i : corpus.deleted) {
        writer.deleteDocuments(new Term(Fields.ID, new BytesRef(PointId.of(i).bytes())));
      }
      try (var reader = DirectoryReader.open(writer)) {
        for (PayloadPath path : corpus.paths) {
          for (PayloadIndex index : COUNTED) {
            List<FacetHit> expected = byHand(corpus, path, index);
            for (int limit : new int[] {1, 3, 1_000}) {
              assertThat(
                      new FacetCounts(reader, leaf -> leaf.reader().getLiveDocs(), Deadline.NONE)
                          .of(path, index, limit))
                  .as("%s %s", path, index)
                  .isEqualTo(expected.subList(0, Math.min(limit, expected.size())));
            }
          }
          for (PayloadIndex index : ALL) {
            PayloadSchema schema = new PayloadSchema(Map.of(path, index));
            IndexedPoints points = new IndexedPoints();
            for (int round = 0; round < 2; round++) {
              assertThat(points.of(reader, schema, new MatchingDocs(0), Deadline.NONE))
                  .as("%s %s", path, index)
                  .isEqualTo(Map.of(path, pointsByHand(corpus, path, index)));
            }
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<FacetHit> byHand(Corpus corpus, PayloadPath path, PayloadIndex index) {
    Map<Scalar, Long> counts = new HashMap<>();
    for (int i = 0; i < corpus.payloads.size(); i++) {
      if (!corpus.deleted.contains(i)) {
        Set<Scalar> distinct = new HashSet<>();
        elements(corpus.payloads.get(i), path)
            .forEach(e -> scalar(e, index).ifPresent(distinct::add));
        distinct.forEach(s -> counts.merge(s, 1L, Long::sum));
      }
    }
    Comparator<FacetHit> order =
        (a, b) ->
            a.count() != b.count()
                ? Long.compare(b.count(), a.count())
                : compare(a.value(), b.value());
    return counts.entrySet().stream()
        .map(e -> new FacetHit(e.getKey(), e.getValue()))
        .sorted(order)
        .toList();
  }

  private static int compare(Scalar a, Scalar b) {
    return switch (a) {
      case Scalar.Whole(long n) -> Long.compare(n, ((Scalar.Whole) b).value());
      case Scalar.Bool(boolean v) -> Boolean.compare(v, ((Scalar.Bool) b).value());
      case Scalar.Text(var t) ->
          Arrays.compareUnsigned(
              t.getBytes(StandardCharsets.UTF_8),
              ((Scalar.Text) b).value().getBytes(StandardCharsets.UTF_8));
    };
  }

  private static List<JsonValue> elements(JsonValue.Obj payload, PayloadPath path) {
    List<JsonValue> all = new ArrayList<>();
    for (JsonValue value : PathEvaluator.values(payload, path)) {
      if (value instanceof JsonValue.Arr(var elements)) {
        all.addAll(elements);
      } else {
        all.add(value);
      }
    }
    return all;
  }

  private static Optional<Scalar> scalar(JsonValue value, PayloadIndex index) {
    return switch (value) {
      case JsonValue.Text(var t) when index instanceof PayloadIndex.Keyword ->
          Optional.of(new Scalar.Text(t));
      case JsonValue.Text(var t) when index instanceof PayloadIndex.Uuid ->
          PointId.parseUuid(t).map(id -> new Scalar.Text(id.toString()));
      case JsonValue.Bool(boolean b) when index instanceof PayloadIndex.Bool ->
          Optional.of(new Scalar.Bool(b));
      case JsonValue.Num number when index instanceof PayloadIndex.Whole -> whole(number);
      default -> Optional.empty();
    };
  }

  /// Floats count by their float64 value.
  private static Optional<Scalar> whole(JsonValue.Num number) {
    if (number.isWhole()) {
      return Optional.of(new Scalar.Whole(number.whole()));
    }
    double value = number.number();
    if (Double.isInfinite(value) || value != Math.rint(value)) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Scalar.Whole(new BigDecimal(value).longValueExact()));
    } catch (ArithmeticException tooLarge) {
      return Optional.empty();
    }
  }

  private static long pointsByHand(Corpus corpus, PayloadPath path, PayloadIndex index) {
    long points = 0;
    for (int i = 0; i < corpus.payloads.size(); i++) {
      if (!corpus.deleted.contains(i)
          && elements(corpus.payloads.get(i), path).stream().anyMatch(e -> isHeld(e, index))) {
        points++;
      }
    }
    return points;
  }

  private static boolean isHeld(JsonValue value, PayloadIndex index) {
    return switch (index) {
      case PayloadIndex.Decimal _ -> value instanceof JsonValue.Num;
      case PayloadIndex.Text _ -> value instanceof JsonValue.Text;
      case PayloadIndex.DateTime _ ->
          value instanceof JsonValue.Text(var t) && DateTimes.parse(t).isPresent();
      case PayloadIndex.Geo _ ->
          value instanceof JsonValue.Obj(var members)
              && members.get("lat") instanceof JsonValue.Num lat
              && members.get("lon") instanceof JsonValue.Num lon
              && Math.abs(lat.number()) <= 90
              && Math.abs(lon.number()) <= 180;
      case PayloadIndex.Keyword _, PayloadIndex.Whole _, PayloadIndex.Bool _, PayloadIndex.Uuid _ ->
          scalar(value, index).isPresent();
    };
  }
}
