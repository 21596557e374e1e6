package io.millrace.search.facet;

import io.millrace.index.Fields;
import io.millrace.index.LeafTerms;
import io.millrace.index.PointReader;
import io.millrace.model.Deadline;
import io.millrace.model.FacetHit;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.payload.Equality;
import io.millrace.payload.FilterEvaluator;
import io.millrace.payload.JsonValue;
import io.millrace.payload.LeafPath;
import io.millrace.payload.PathEvaluator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.jspecify.annotations.Nullable;

/// Counts the points of every value of a key, exactly. Terms of all segments are walked side by
/// side in the order of their values, so memory is bounded by the number of hits and not by that of
/// values.
public final class FacetCounts {
  /// Terms between two looks at the deadline.
  private static final int CHECK_EVERY = 1_024;

  /// Which points of a segment count.
  public interface Accepted {
    /// Null if all do.
    @Nullable Bits of(LeafReaderContext leaf) throws IOException;
  }

  private final IndexReader reader;
  private final Accepted accepted;
  private final Deadline deadline;

  public FacetCounts(IndexReader reader, Accepted accepted, Deadline deadline) {
    this.reader = reader;
    this.accepted = accepted;
    this.deadline = deadline;
  }

  /// The values of most points first, equal ones in ascending order.
  ///
  /// @param index of the key; says what kind of values count
  /// @param limit unsigned
  public List<FacetHit> of(PayloadPath key, PayloadIndex index, long limit) throws IOException {
    Best best = new Best(limit);
    Optional<LeafPath> path = LeafPath.of(key);
    if (path.isPresent()) {
      walk(path.get(), key, index, best);
    } else {
      read(key, index, best);
    }
    return best.sorted();
  }

  private static char[] types(PayloadIndex index) {
    return switch (index) {
      case PayloadIndex.Keyword _ -> new char[] {'s'};
      case PayloadIndex.Uuid _ -> new char[] {'s', 'u'};
      case PayloadIndex.Whole _ -> new char[] {'i', 'f'};
      case PayloadIndex.Bool _ -> new char[] {'b'};
      case PayloadIndex.Decimal _,
          PayloadIndex.Geo _,
          PayloadIndex.DateTime _,
          PayloadIndex.Text _ ->
          throw new IllegalArgumentException("values of that index are not counted: " + index);
    };
  }

  private void walk(LeafPath path, PayloadPath key, PayloadIndex index, Best best)
      throws IOException {
    PriorityQueue<TermCursor> heads = new PriorityQueue<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      Terms terms = leaf.reader().terms(Fields.LEAF);
      if (terms == null) {
        continue;
      }
      Bits live = accepted.of(leaf);
      for (char type : types(index)) {
        TermCursor cursor =
            TermCursor.at(leaf, live, terms.iterator(), LeafTerms.prefix(path, type));
        if (cursor != null) {
          heads.add(cursor);
        }
      }
    }
    List<TermCursor> same = new ArrayList<>();
    for (int terms = 0; !heads.isEmpty(); terms++) {
      if (terms % CHECK_EVERY == 0) {
        deadline.check();
      }
      same.clear();
      TermCursor first = heads.poll();
      same.add(first);
      while (!heads.isEmpty() && heads.peek().hasValueOf(first)) {
        same.add(heads.poll());
      }
      count(same, key, index, best);
      for (TermCursor cursor : same) {
        if (cursor.advance()) {
          heads.add(cursor);
        }
      }
    }
  }

  private static void count(List<TermCursor> same, PayloadPath key, PayloadIndex index, Best best)
      throws IOException {
    long count = 0;
    int example = -1;
    TermCursor of = same.getFirst();
    for (int i = 0; i < same.size(); i++) {
      TermCursor cursor = same.get(i);
      TermCursor other = null; // the same value in another spelling, in the same segment
      for (int j = 0; j < i; j++) {
        other = same.get(j).isBeside(cursor) ? same.get(j) : other;
      }
      PostingsEnum docs = cursor.postings();
      PostingsEnum counted = other == null ? null : other.postings();
      for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
        if (cursor.accepts(doc)) {
          if (example < 0) {
            example = doc;
            of = cursor;
          }
          boolean twice =
              counted != null
                  && (counted.docID() < doc ? counted.advance(doc) : counted.docID()) == doc;
          count += twice ? 0 : 1;
        }
      }
    }
    if (count > 0) {
      Optional<Scalar> value = value(of, example, key, index);
      if (value.isPresent()) {
        best.add(value.get(), count);
      }
    }
  }

  /// Empty for a string that is no UUID, or one in another form, under an index of UUIDs.
  private static Optional<Scalar> value(
      TermCursor cursor, int example, PayloadPath key, PayloadIndex index) throws IOException {
    return switch (index) {
      case PayloadIndex.Whole _ -> Optional.of(new Scalar.Whole(Long.parseLong(cursor.text())));
      case PayloadIndex.Bool _ -> Optional.of(new Scalar.Bool(cursor.text().equals("1")));
      case PayloadIndex.Uuid _ ->
          cursor.isWhole()
              ? PointId.parseUuid(cursor.text())
                  .map(PointId::toString)
                  .filter(cursor.text()::equals)
                  .map(Scalar.Text::new)
              : Optional.empty();
      case PayloadIndex.Keyword _,
          PayloadIndex.Decimal _,
          PayloadIndex.Geo _,
          PayloadIndex.DateTime _,
          PayloadIndex.Text _ ->
          Optional.of(
              new Scalar.Text(cursor.isWhole() ? cursor.text() : longText(cursor, example, key)));
    };
  }

  /// The term holds only the beginning and a hash; the point has it all.
  private static String longText(TermCursor cursor, int doc, PayloadPath key) throws IOException {
    LeafPath path = LeafPath.of(key).orElseThrow();
    for (String text : FilterEvaluator.strings(values(cursor.leaf(), doc, key))) {
      if (cursor.isTerm(LeafTerms.text(path, text))) {
        return text;
      }
    }
    throw new IOException("point " + doc + " lacks the value its term stands for at " + key);
  }

  private static List<JsonValue> values(LeafReaderContext leaf, int doc, PayloadPath key)
      throws IOException {
    return PathEvaluator.values(JsonValue.parse(PointReader.payload(leaf.reader(), doc)), key);
  }

  /// For paths that the index can not tell: by reading every payload.
  private void read(PayloadPath key, PayloadIndex index, Best best) throws IOException {
    Map<Scalar, Long> counts = new HashMap<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      Bits live = accepted.of(leaf);
      for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
        if (doc % CHECK_EVERY == 0) {
          deadline.check();
        }
        if (live == null || live.get(doc)) {
          Set<Scalar> distinct = scalars(leaf, doc, key, index);
          distinct.forEach(value -> counts.merge(value, 1L, Long::sum));
        }
      }
    }
    counts.forEach(best::add);
  }

  /// The values of a point that the index holds, by reading its payload.
  static Set<Scalar> scalars(LeafReaderContext leaf, int doc, PayloadPath key, PayloadIndex index)
      throws IOException {
    Set<Scalar> distinct = new HashSet<>();
    for (JsonValue value : values(leaf, doc, key)) {
      List<JsonValue> each =
          value instanceof JsonValue.Arr(var elements) ? elements : List.of(value);
      each.forEach(e -> scalar(e, index).ifPresent(distinct::add));
    }
    return distinct;
  }

  private static Optional<Scalar> scalar(JsonValue value, PayloadIndex index) {
    return switch (index) {
      case PayloadIndex.Keyword _ when value instanceof JsonValue.Text(var text) ->
          Optional.of(new Scalar.Text(text));
      case PayloadIndex.Uuid _ when value instanceof JsonValue.Text(var text) ->
          PointId.parseUuid(text).map(id -> new Scalar.Text(id.toString()));
      case PayloadIndex.Bool _ when value instanceof JsonValue.Bool(boolean b) ->
          Optional.of(new Scalar.Bool(b));
      case PayloadIndex.Whole _ when value instanceof JsonValue.Num number -> {
        OptionalLong n = Equality.integral(number);
        yield n.isPresent() ? Optional.of(new Scalar.Whole(n.getAsLong())) : Optional.empty();
      }
      default -> Optional.empty();
    };
  }
}
