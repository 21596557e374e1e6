package io.millrace.search.query;

import io.millrace.index.Fields;
import io.millrace.index.LeafTerms;
import io.millrace.index.PointReader;
import io.millrace.model.BadInput;
import io.millrace.model.Deadline;
import io.millrace.model.OrderValue;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadSchema;
import io.millrace.model.PointId;
import io.millrace.model.query.Query;
import io.millrace.model.query.Query.Direction;
import io.millrace.model.query.Query.StartFrom;
import io.millrace.payload.DateTimes;
import io.millrace.payload.JsonValue;
import io.millrace.payload.LeafPath;
import io.millrace.payload.PathEvaluator;
import io.millrace.search.nearest.SegmentFilter;
import io.millrace.search.points.DocIds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PointValues;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.NumericUtils;
import org.jspecify.annotations.Nullable;

/// Points by a value of their payload, equal values by id in the same direction. A point stands
/// once for each distinct value that it has at the path, and not at all without one.
///
/// Values come from the points of the index, whose blocks are left out once enough better values
/// are known. The index keeps numbers as float64: integers beyond 2⁵³, and paths it does not know,
/// are read from the payload.
final class OrderedPoints {
  /// Integers up to here are exact as float64.
  private static final double EXACT = 1L << 53;

  private final List<LeafReaderContext> leaves;
  private final Query.OrderBy query;
  private final OrderKind kind;
  private final Optional<OrderValue> start;
  private final Deadline deadline;
  private final DocIds ids;

  /// Throws [BadInput] where no index orders the path.
  OrderedPoints(
      List<LeafReaderContext> leaves,
      Query.OrderBy query,
      PayloadSchema schema,
      Deadline deadline) {
    this.leaves = leaves;
    this.query = query;
    this.kind =
        schema
            .of(query.key())
            .flatMap(OrderedPoints::kindOf)
            .orElseThrow(() ->
                BadInput.wrong(
                    "No range index for `order_by` key: `"
                        + query.key()
                        + "`. Please create one to use `order_by`. Check"
                        + " https://qdrant.tech/documentation/concepts/indexing/#payload-index"
                        + " to see which payload schemas support Range conditions"));
    this.start = query.startFrom().map(OrderedPoints::valueOf);
    this.deadline = deadline;
    this.ids = new DocIds(leaves);
  }

  private static Optional<OrderKind> kindOf(PayloadIndex index) {
    if (!index.isOrdered()) {
      return Optional.empty();
    }
    return switch (index) {
      case PayloadIndex.Whole _ -> Optional.of(OrderKind.WHOLE);
      case PayloadIndex.Decimal _ -> Optional.of(OrderKind.REAL);
      case PayloadIndex.DateTime _ -> Optional.of(OrderKind.DATE);
      case PayloadIndex.Keyword _,
          PayloadIndex.Geo _,
          PayloadIndex.Bool _,
          PayloadIndex.Uuid _,
          PayloadIndex.Text _ ->
          Optional.empty();
    };
  }

  private static OrderValue valueOf(StartFrom start) {
    return switch (start) {
      case StartFrom.Whole(long value) -> new OrderValue.Whole(value);
      case StartFrom.Real(double value) -> new OrderValue.Real(value);
      case StartFrom.Date(long micros) -> new OrderValue.Whole(micros);
    };
  }

  /// What an index orders by: the values of other types at its path do not count.
  private enum OrderKind {
    /// Integers, and floats without a fraction.
    WHOLE,
    /// All numbers.
    REAL,
    /// Strings that are dates, as microseconds since the epoch.
    DATE
  }

  /// A point with one of its values.
  private record Occurrence(OrderValue value, PointId id, int doc) {}

  List<Scored> first(SegmentFilter filter, int limit) throws IOException {
    Best best = new Best(limit);
    if (limit > 0) {
      Optional<LeafPath> path = LeafPath.of(query.key());
      for (LeafReaderContext leaf : leaves) {
        deadline.check();
        BitSet matching = filter.matching(leaf);
        Bits accepted = matching == null ? leaf.reader().getLiveDocs() : matching;
        if (path.isPresent()) {
          new IndexedValues(leaf, accepted, path.get(), best).read();
        } else {
          readPayloads(leaf, accepted, best);
        }
      }
    }
    List<Scored> found = new ArrayList<>(best.kept.size());
    for (Occurrence o : best.kept) {
      found.add(new Scored(o.doc, 1, Optional.of(o.value)));
    }
    return found;
  }

  private void readPayloads(LeafReaderContext leaf, @Nullable Bits accepted, Best best)
      throws IOException {
    for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
      if (doc % DocBlocks.BLOCK == 0) {
        deadline.check();
      }
      if (accepts(accepted, doc)) {
        readPayload(leaf, doc, best);
      }
    }
  }

  private static boolean accepts(@Nullable Bits accepted, int doc) {
    return accepted == null || doc < accepted.length() && accepted.get(doc);
  }

  private void readPayload(LeafReaderContext leaf, int doc, Best best) throws IOException {
    JsonValue payload = JsonValue.parse(PointReader.payload(leaf.reader(), doc));
    for (JsonValue value : PathEvaluator.values(payload, query.key())) {
      List<JsonValue> elements =
          value instanceof JsonValue.Arr(var several) ? several : List.of(value);
      for (JsonValue element : elements) {
        Optional<OrderValue> order = valueOf(element);
        if (order.isPresent()) {
          best.offer(order.get(), leaf.docBase + doc);
        }
      }
    }
  }

  /// The value by which an index of the kind orders.
  private Optional<OrderValue> valueOf(JsonValue value) {
    return switch (kind) {
      case WHOLE ->
          value instanceof JsonValue.Num number
              ? number.isWhole()
                  ? Optional.of(new OrderValue.Whole(number.whole()))
                  : whole(number.number())
              : Optional.empty();
      case REAL ->
          value instanceof JsonValue.Num number
              ? Optional.of(new OrderValue.Real(number.number()))
              : Optional.empty();
      case DATE -> {
        OptionalLong micros =
            value instanceof JsonValue.Text(String text)
                ? DateTimes.parse(text)
                : OptionalLong.empty();
        yield micros.isPresent()
            ? Optional.of(new OrderValue.Whole(micros.getAsLong()))
            : Optional.empty();
      }
    };
  }

  private static Optional<OrderValue> whole(double value) {
    return value == Math.rint(value) && Math.abs(value) < 0x1p63
        ? Optional.of(new OrderValue.Whole((long) value))
        : Optional.empty();
  }

  /// The first occurrences in the query's order.
  private final class Best {
    private final int limit;
    private final TreeSet<Occurrence> kept;

    Best(int limit) {
      this.limit = limit;
      Comparator<Occurrence> ascending =
          Comparator.comparing(Occurrence::value).thenComparing(Occurrence::id);
      this.kept =
          new TreeSet<>(
              switch (query.direction()) {
                case ASCENDING -> ascending;
                case DESCENDING -> ascending.reversed();
              });
    }

    void offer(OrderValue value, int globalDoc) {
      if (!mayHold(value)) {
        return;
      }
      kept.add(new Occurrence(value, ids.id(globalDoc), globalDoc));
      if (kept.size() > limit) {
        kept.pollLast();
      }
    }

    /// Whether a value is past the start and not behind everything kept.
    boolean mayHold(OrderValue value) {
      boolean started = start.isEmpty() || !isBefore(value, start.get());
      return started && (kept.size() < limit || !isBefore(kept.last().value, value));
    }

    boolean isBefore(OrderValue a, OrderValue b) {
      int order = a.compareTo(b);
      return query.direction() == Direction.ASCENDING ? order < 0 : order > 0;
    }
  }

  /// The values of one segment at a path that the index knows.
  private final class IndexedValues implements PointValues.IntersectVisitor {
    private final LeafReaderContext leaf;
    private final @Nullable Bits accepted;
    private final byte[] hash;
    private final Best best;
    private int visited;

    IndexedValues(LeafReaderContext leaf, @Nullable Bits accepted, LeafPath path, Best best) {
      this.leaf = leaf;
      this.accepted = accepted;
      this.hash = LeafTerms.dimension(path.hash());
      this.best = best;
    }

    void read() throws IOException {
      String field =
          switch (kind) {
            case WHOLE, REAL -> Fields.NUMBER;
            case DATE -> Fields.DATE;
          };
      PointValues values = leaf.reader().getPointValues(field);
      if (values != null) {
        values.intersect(this);
      }
    }

    @Override
    public void visit(int doc) {
      throw new IllegalStateException("no cell is taken without its values");
    }

    @Override
    public void visit(int doc, byte[] packed) throws IOException {
      if (++visited % 1_024 == 0) {
        deadline.check();
      }
      if (!accepts(accepted, doc)
          || java.util.Arrays.compare(packed, 0, Long.BYTES, hash, 0, Long.BYTES) != 0) {
        return;
      }
      Optional<OrderValue> value = valueOf(packed);
      if (value.isEmpty()) {
        return;
      }
      if (kind == OrderKind.WHOLE && isInexact(value.get())) {
        if (best.mayHold(bound(packed))) {
          readPayload(leaf, doc, best);
        }
      } else if (best.mayHold(value.get())) {
        best.offer(value.get(), leaf.docBase + doc);
      }
    }

    private static boolean isInexact(OrderValue value) {
      return value instanceof OrderValue.Whole(long whole) && Math.abs((double) whole) >= EXACT;
    }

    private Optional<OrderValue> valueOf(byte[] packed) {
      long sortable = NumericUtils.sortableBytesToLong(packed, Long.BYTES);
      return switch (kind) {
        case DATE -> Optional.of(new OrderValue.Whole(sortable));
        case REAL -> Optional.of(new OrderValue.Real(NumericUtils.sortableLongToDouble(sortable)));
        case WHOLE -> {
          double value = NumericUtils.sortableLongToDouble(sortable);
          // 2⁶³ is what the largest integers round to.
          yield value == 0x1p63
              ? Optional.of(new OrderValue.Whole(Long.MAX_VALUE))
              : whole(value).or(() -> smallest(value));
        }
      };
    }

    private static Optional<OrderValue> smallest(double value) {
      return value == -0x1p63
          ? Optional.of(new OrderValue.Whole(Long.MIN_VALUE))
          : Optional.empty();
    }

    @Override
    public PointValues.Relation compare(byte[] min, byte[] max) {
      boolean otherPath =
          java.util.Arrays.compareUnsigned(max, 0, Long.BYTES, hash, 0, Long.BYTES) < 0
              || java.util.Arrays.compareUnsigned(min, 0, Long.BYTES, hash, 0, Long.BYTES) > 0;
      return otherPath || !mayHoldBetween(min, max)
          ? PointValues.Relation.CELL_OUTSIDE_QUERY
          : PointValues.Relation.CELL_CROSSES_QUERY;
    }

    /// A cell is of use if its best value is not behind all that is kept and its last not before
    /// the start. Integers beyond 2⁵³ are rounded here, so cells at a bound are always looked at.
    private boolean mayHoldBetween(byte[] min, byte[] max) {
      OrderValue low = bound(min);
      OrderValue high = bound(max);
      boolean ascending = query.direction() == Direction.ASCENDING;
      OrderValue first = ascending ? low : high;
      OrderValue last = ascending ? high : low;
      boolean startsHere = start.isEmpty() || !best.isBefore(last, start.get());
      return startsHere
          && (best.kept.size() < best.limit || !best.isBefore(best.kept.last().value, first));
    }

    private OrderValue bound(byte[] packed) {
      long sortable = NumericUtils.sortableBytesToLong(packed, Long.BYTES);
      return kind == OrderKind.DATE
          ? new OrderValue.Whole(sortable)
          : new OrderValue.Real(NumericUtils.sortableLongToDouble(sortable));
    }
  }
}
