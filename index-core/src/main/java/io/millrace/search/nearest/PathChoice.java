package io.millrace.search.nearest;

/// The one cost rule: how a segment is searched.
///
/// A walk scores S(ef) = 230 + 14 · ef rows where everything matches (a fit for 95,000 rows, scaled
/// with ln n), and (n / m)^0.8 times as many where only m of n rows match; each costs more than in
/// a scan, because rows and links lie here and there. A walk by estimates then looks at its
/// candidates with raw rows.
///
/// ```
/// asked to be exact, or at most 1,000 rows match      raw scan
/// no graph, or scan ≤ 1.25 · walk                     int8 scan and rescoring, raw scan without int8
/// else                                                walk, dropped for the scan once it has cost as
///                                                     much as the scan
/// ```
///
/// The last line bounds filters that keep far from the query, for which no count of rows predicts
/// the cost of a walk. Costs are nanoseconds per row of 384 components on one machine; only their
/// ratios matter, and those hold for other dimensions, since every kind of row grows with them.
final class PathChoice {
  enum Kind {
    RAW_SCAN,
    INT8_SCAN,
    WALK
  }

  /// What a walk scores.
  enum Steering {
    RAW(320),
    INT8(190),
    COARSE(95);

    private final double rowNanos;

    Steering(double rowNanos) {
      this.rowNanos = rowNanos;
    }
  }

  /// @param walkRows rows a walk may score before it is dropped for the scan
  record Path(Kind kind, long walkRows) {}

  /// @param rows vectors of the segment
  /// @param matching vectors that may be hits, exactly or a little more
  /// @param scan the scan that would do: raw or int8
  record Facts(
      int rows, int matching, boolean hasGraph, Kind scan, Steering steering, boolean exact) {}

  private static final int RAW_SCAN_ALWAYS = 1_000;
  private static final double RAW_SCAN_NANOS = 120;
  private static final double INT8_SCAN_NANOS = 60;
  private static final double WALK_BASE = 230;
  private static final double WALK_PER_EF = 14;
  private static final double FITTED_ROWS = 95_000;
  private static final double FILTER_EXPONENT = 0.8;
  private static final double SCAN_BIAS = 1.25;

  /// Chooses a path; [#of] is the product's.
  interface Rule {
    Path of(Facts facts, int ef);
  }

  private PathChoice() {}

  static Path walking(Facts facts, int ef) {
    return facts.hasGraph ? new Path(Kind.WALK, Long.MAX_VALUE) : new Path(facts.scan, 0);
  }

  static Path scanning(Facts facts, int ef) {
    return facts.matching <= RAW_SCAN_ALWAYS ? new Path(Kind.RAW_SCAN, 0) : new Path(facts.scan, 0);
  }

  static Path of(Facts facts, int ef) {
    if (facts.exact || facts.matching <= RAW_SCAN_ALWAYS) {
      return new Path(Kind.RAW_SCAN, 0);
    }
    double scan =
        facts.matching * (facts.scan == Kind.INT8_SCAN ? INT8_SCAN_NANOS : RAW_SCAN_NANOS);
    double decide = facts.steering == Steering.RAW ? 0 : ef * RAW_SCAN_NANOS;
    double walk = walkRows(facts, ef) * facts.steering.rowNanos + decide;
    if (!facts.hasGraph || scan <= SCAN_BIAS * walk) {
      return new Path(facts.scan, 0);
    }
    return new Path(Kind.WALK, (long) Math.ceil(scan / facts.steering.rowNanos));
  }

  private static double walkRows(Facts facts, int ef) {
    double unfiltered =
        (WALK_BASE + WALK_PER_EF * ef) * Math.log(facts.rows) / Math.log(FITTED_ROWS);
    return unfiltered * Math.pow((double) facts.rows / facts.matching, FILTER_EXPONENT);
  }
}
