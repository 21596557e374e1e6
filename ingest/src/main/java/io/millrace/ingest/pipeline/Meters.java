package io.millrace.ingest.pipeline;

import io.millrace.meter.Histogram;
import java.time.Clock;

/// What is measured of one running source since the start of the process.
///
/// @param freshness from the time of records until they are searchable
/// @param pollSeconds of calls that fetch records, waiting included
/// @param decodeSeconds of the records that came together
/// @param batchRecords records per batch that goes into a log
public record Meters(
    Freshness freshness, Histogram pollSeconds, Histogram decodeSeconds, Histogram batchRecords)
    implements AutoCloseable {

  public Meters(Clock clock) {
    this(
        new Freshness(clock),
        new Histogram(0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0),
        new Histogram(0.0001, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0),
        new Histogram(1.0, 10.0, 50.0, 100.0, 500.0, 1_000.0, 2_500.0, 5_000.0));
  }

  @Override
  public void close() {
    freshness.close();
  }
}
