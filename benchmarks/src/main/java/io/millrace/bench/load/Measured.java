package io.millrace.bench.load;

/// One row of the report: the searches of one kind.
///
/// @param rows `float` or `sq8`: how the collection keeps its vectors
/// @param mode `exact` or `default`
/// @param filter name in the data set, `none` for no filter
/// @param share of the points that the filter accepts
/// @param complete answers that held as many hits as points match, up to k
record Measured(
    String rows,
    String mode,
    String filter,
    double share,
    double recall,
    int complete,
    int queries,
    double perSecond,
    double p50Millis,
    double p95Millis,
    double p99Millis) {}
