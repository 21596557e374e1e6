package io.millrace.search.filter;

import io.millrace.index.Fields;
import io.millrace.index.LeafTerms;
import io.millrace.model.Condition;
import io.millrace.payload.LeafPath;
import java.util.OptionalLong;
import org.apache.lucene.document.BinaryPoint;
import org.apache.lucene.search.Query;

/// Bounds as closed ranges of sortable longs. A field of points holds the values of all paths; the
/// path's hash is the first dimension.
final class Ranges {
  private Ranges() {}

  /// Both ends included; empty when `low > high`.
  record Range(long low, long high) {
    static final Range NOTHING = new Range(0, -1);

    boolean has(long value) {
      return low <= value && value <= high;
    }

    Query query(String field, LeafPath path) {
      if (low > high) {
        return FilterCompiler.none();
      }
      byte[] hash = LeafTerms.dimension(path.hash());
      return BinaryPoint.newRangeQuery(
          field,
          new byte[][] {hash, LeafTerms.dimension(low)},
          new byte[][] {hash, LeafTerms.dimension(high)});
    }
  }

  static Range of(OptionalLong gt, OptionalLong gte, OptionalLong lt, OptionalLong lte) {
    long above = gt.orElse(Long.MIN_VALUE);
    long below = lt.orElse(Long.MAX_VALUE);
    if ((gt.isPresent() && above == Long.MAX_VALUE)
        || (lt.isPresent() && below == Long.MIN_VALUE)) {
      return Range.NOTHING;
    }
    return new Range(
        Math.max(gt.isPresent() ? above + 1 : above, gte.orElse(Long.MIN_VALUE)),
        Math.min(lt.isPresent() ? below - 1 : below, lte.orElse(Long.MAX_VALUE)));
  }

  static Query numbers(LeafPath path, Condition.NumberRange range) {
    double low = Double.NEGATIVE_INFINITY;
    double high = Double.POSITIVE_INFINITY;
    if (range.gt().isPresent()) {
      double gt = range.gt().getAsDouble();
      if (gt == Double.POSITIVE_INFINITY) {
        return FilterCompiler.none();
      }
      low = Math.nextUp(gt);
    }
    if (range.gte().isPresent()) {
      low = Math.max(low, range.gte().getAsDouble());
    }
    if (range.lt().isPresent()) {
      double lt = range.lt().getAsDouble();
      if (lt == Double.NEGATIVE_INFINITY) {
        return FilterCompiler.none();
      }
      high = Math.nextDown(lt);
    }
    if (range.lte().isPresent()) {
      high = Math.min(high, range.lte().getAsDouble());
    }
    return numbers(path, low, high);
  }

  /// Numbers in `[low, high]`; a NaN bound is met by none.
  static Query numbers(LeafPath path, double low, double high) {
    Range range =
        low <= high ? new Range(LeafTerms.sortable(low), LeafTerms.sortable(high)) : Range.NOTHING;
    return range.query(Fields.NUMBER, path);
  }
}
