package io.millrace.search.nearest;

import io.millrace.model.Distance;

/// What is looked for.
///
/// @param field Lucene's name of the vector field
/// @param target of as many components as the field has
/// @param limit hits wanted; any size, cost is bounded by the points there are
/// @param ef candidates kept during a walk; 0 = the default; never less than `limit`
/// @param exact scan all raw rows
/// @param indexedOnly leave out segments that wait for their graph
/// @param ignoreQuantization use neither int8 rows nor codes
/// @param rescore whether more than the best `limit` of the estimates by int8 rows are looked at
///   with raw rows; those by codes always are
/// @param oversampling estimated hits kept per hit wanted, at least 1; 0 = the default
public record NearestRequest(
    String field,
    Target target,
    int limit,
    int ef,
    boolean exact,
    boolean indexedOnly,
    boolean ignoreQuantization,
    Rescore rescore,
    float oversampling) {

  public enum Rescore {
    DEFAULT,
    ON,
    OFF
  }

  public NearestRequest {
    if (limit < 0) {
      throw new IllegalArgumentException("limit: expected at least 0, got " + limit);
    }
    if (ef < 0) {
      throw new IllegalArgumentException("ef: expected at least 0, got " + ef);
    }
    if (oversampling != 0 && !(oversampling >= 1)) {
      throw new IllegalArgumentException("oversampling: expected at least 1, got " + oversampling);
    }
  }

  /// The nearest `limit` with defaults for the rest.
  public static NearestRequest of(String field, Distance distance, float[] query, int limit) {
    return new NearestRequest(
        field,
        new Target.OneVector(distance, query),
        limit,
        0,
        false,
        false,
        false,
        Rescore.DEFAULT,
        0);
  }

  public NearestRequest withEf(int ef) {
    return new NearestRequest(
        field, target, limit, ef, exact, indexedOnly, ignoreQuantization, rescore, oversampling);
  }

  public NearestRequest asExact() {
    return new NearestRequest(
        field, target, limit, ef, true, indexedOnly, ignoreQuantization, rescore, oversampling);
  }
}
