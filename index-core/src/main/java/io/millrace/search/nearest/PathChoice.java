package io.millrace.search.nearest;

/// The one cost rule: how a segment is searched.
///
/// Costs are counted in int8 rows of a scan. A walk reads rows here and there and follows links,
/// which makes each of its rows dearer; it scores S(ef) = 230 + 14 · ef rows where everything
/// matches (a fit for 95,000 rows, scaled with ln n), and (n / m)^0.8 times as many where only m of
/// n rows match.
///
/// ```
/// asked to be exact, or at most 1,000 rows match      raw scan
/// no graph, or scan ≤ 1.25 · walk                     int8 scan and rescoring, raw scan without int8
/// else                                                walk, dropped for the scan once it has
///                                                     scored as much as the scan would cost
/// ```
///
/// The last line bounds filters that keep far from the query, for which no count of rows predicts
/// the cost of a walk. Constants: engine.md section 5, to be refined by `millrace bench`.
final class PathChoice {
  enum Kind {
    RAW_SCAN,
    INT8_SCAN,
    WALK
  }

  /// @param walkRows rows a walk may score before it is dropped for the scan
  record Path(Kind kind, long walkRows) {}

  /// @param rows vectors of the segment
  /// @param matching vectors that may be hits, exactly or a little more
  record Facts(int rows, int matching, boolean hasGraph, boolean hasInt8, boolean exact) {}

  private static final int SCAN_ROWS_ALWAYS = 1_000;
  private static final double WALK_BASE = 230;
  private static final double WALK_PER_EF = 14;
  private static final double FITTED_ROWS = 95_000;
  private static final double FILTER_EXPONENT = 0.8;
  private static final double SCAN_BIAS = 1.25;

  /// Cost of a row in a walk against the same row in a scan.
  private static final double INT8_WALK_ROW = 0.19 / 0.06;

  private static final double RAW_WALK_ROW = 0.32 / 0.12;

  private PathChoice() {}

  static Path of(Facts facts, int ef) {
    Kind scan = facts.hasInt8 ? Kind.INT8_SCAN : Kind.RAW_SCAN;
    if (facts.exact || facts.matching <= SCAN_ROWS_ALWAYS) {
      return new Path(Kind.RAW_SCAN, 0);
    }
    double walkRow = facts.hasInt8 ? INT8_WALK_ROW : RAW_WALK_ROW;
    if (!facts.hasGraph || facts.matching <= SCAN_BIAS * walkRow * walkRows(facts, ef)) {
      return new Path(scan, 0);
    }
    return new Path(Kind.WALK, (long) Math.ceil(facts.matching / walkRow));
  }

  private static double walkRows(Facts facts, int ef) {
    double unfiltered =
        (WALK_BASE + WALK_PER_EF * ef) * Math.log(facts.rows) / Math.log(FITTED_ROWS);
    return unfiltered * Math.pow((double) facts.rows / facts.matching, FILTER_EXPONENT);
  }
}
