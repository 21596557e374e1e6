package io.millrace.search.nearest;

import io.millrace.kernel.Kernels;

/// The one cost rule: how a segment is searched.
///
/// A walk scores S(ef) = 230 + 14 · ef rows where everything matches (a fit for 95,000 rows, scaled
/// with ln n), and (n / m)^0.8 times as many where only m of n rows match; each costs more than in
/// a scan, because rows and links lie here and there. Walks and scans by estimates then look at
/// their best candidates with raw rows.
///
/// ```
/// asked to be exact, or few rows match          raw scan
/// no graph                                      scan, by the smallest rows there are
/// scan ≤ 1.1 · walk, and not probed             the same
/// else                                          walk, with a probe; dropped for the scan
/// ```
///
/// How many rows match says nothing of where they lie. A filter for what the query is about makes a
/// walk as cheap as one without a filter; one that keeps far from the query makes it cost more than
/// all else. So a walk whose outcome is open is a probe first: it may score rows for an eighth of
/// the scan's cost, and the share that matches among them takes the place of m / n. Where the scan
/// then is the better, that eighth is what the probe has cost. So every scan that is clearly dearer
/// than a walk without a filter is worth a probe.
///
/// Multivectors have a graph of their rows, which is walked for every row of the query. The
/// documents found are then decided by MaxSim, so what a walk may save is MaxSim of the other rows
/// that match.
///
/// Costs are nanoseconds per row of 384 components on one machine (docs/performance.md); only their
/// ratios matter, and those hold for other dimensions, since every kind of row grows with them.
/// Where coarse codes are met by counting bits, walks gain more than scans do.
final class PathChoice {
  enum Kind {
    RAW_SCAN(240),
    INT8_SCAN(75),
    COARSE_SCAN(36),
    WALK(0);

    private final double rowNanos;

    Kind(double rowNanos) {
      this.rowNanos = rowNanos;
    }
  }

  /// What a walk scores.
  enum Steering {
    RAW(420),
    INT8(190),
    COARSE(Kernels.countsBits() ? 80 : 100);

    private final double rowNanos;

    Steering(double rowNanos) {
      this.rowNanos = rowNanos;
    }
  }

  /// @param walkRows rows a walk may score before it is dropped for the scan
  /// @param probeRows rows after which a filtered walk looks at what matched so far
  /// @param unfilteredRows what a walk scores where everything matches
  record Path(Kind kind, long walkRows, long probeRows, double unfilteredRows) {
    private static Path scan(Kind kind) {
      return new Path(kind, 0, 0, 0);
    }

    /// Whether a walk that has met so many rows on level 0, of which so many match, will end before
    /// it has cost as much as the scan.
    boolean isWorthwhile(long met, long matched) {
      double share = Math.max((double) matched, 0.5) / Math.max(met, 1);
      return unfilteredRows * Math.pow(1 / share, FILTER_EXPONENT) <= LEAST_GAIN * walkRows;
    }
  }

  /// @param rows vectors of the segment
  /// @param matching vectors that may be hits, exactly or a little more
  /// @param scan the scan that would do
  /// @param isBounded whether other segments have found candidates that end a walk early
  record Facts(
      int rows,
      int matching,
      boolean hasGraph,
      Kind scan,
      Steering steering,
      boolean exact,
      boolean isBounded) {}

  /// So few are scanned in less than a tenth of a millisecond, and equal scores are then told apart
  /// by id whatever their number.
  private static final int RAW_SCAN_ALWAYS = 300;

  /// A row for one row of a query: it is read once for all of them.
  private static final double MAX_SIM_ROW_NANOS = 90;

  private static final double WALK_BASE = 230;
  private static final double WALK_PER_EF = 14;
  private static final double FITTED_ROWS = 95_000;
  private static final double FILTER_EXPONENT = 0.8;

  /// What a walk scores of that where the largest segment was searched before.
  private static final double BOUNDED_SHARE = 0.4;

  private static final double SCAN_BIAS = 1.1;
  private static final double PROBE_SHARE = 0.125;
  private static final double WORTH_PROBING = 1.3;
  private static final double LEAST_GAIN = 0.8;

  /// Chooses a path; [#of] is the product's.
  interface Rule {
    Path of(Facts facts, int ef);
  }

  /// The same for rows of multivectors; [#ofRows] is the product's.
  interface RowRule {
    Path of(Facts facts, int ef, double decided);
  }

  private PathChoice() {}

  static Path walking(Facts facts, int ef) {
    return facts.hasGraph
        ? new Path(Kind.WALK, Long.MAX_VALUE, Long.MAX_VALUE, 0)
        : Path.scan(facts.scan);
  }

  static Path scanning(Facts facts, int ef) {
    return Path.scan(facts.matching <= RAW_SCAN_ALWAYS ? Kind.RAW_SCAN : facts.scan);
  }

  static Path of(Facts facts, int ef) {
    if (facts.exact || facts.matching <= RAW_SCAN_ALWAYS) {
      return Path.scan(Kind.RAW_SCAN);
    }
    if (!facts.hasGraph) {
      return Path.scan(facts.scan);
    }
    return cheaper(facts, ef, facts.matching * facts.scan.rowNanos);
  }

  /// For rows of multivectors: a walk for each row of the query and MaxSim of the documents found,
  /// or MaxSim of all that match. The rows of the query are a factor of both.
  ///
  /// @param decided rows of the documents that the walks leave to be decided
  static Path ofRows(Facts facts, int ef, double decided) {
    double scan = (facts.matching - decided) * MAX_SIM_ROW_NANOS;
    return scan <= 0 || facts.matching <= RAW_SCAN_ALWAYS
        ? Path.scan(Kind.RAW_SCAN)
        : cheaper(facts, ef, scan);
  }

  /// @param scan what the scan costs, or as much of it as a walk may save
  private static Path cheaper(Facts facts, int ef, double scan) {
    double unfilteredRows =
        (WALK_BASE + WALK_PER_EF * ef)
            * Math.log(facts.rows)
            / Math.log(FITTED_ROWS)
            * (facts.isBounded ? BOUNDED_SHARE : 1);
    double unfiltered = unfilteredRows * facts.steering.rowNanos;
    double share = (double) facts.matching / facts.rows;
    double walk = unfiltered * Math.pow(1 / share, FILTER_EXPONENT);
    if (scan <= SCAN_BIAS * walk && scan < WORTH_PROBING * unfiltered) {
      return Path.scan(facts.scan);
    }
    double mostRows = scan / facts.steering.rowNanos;
    return new Path(
        Kind.WALK,
        (long) Math.ceil(mostRows),
        (long) Math.ceil(PROBE_SHARE * mostRows),
        unfilteredRows);
  }
}
