package io.millrace.collection;

import io.millrace.meter.Durations;

/// How long the steps of writing a collection take, since its start.
///
/// @param durable from handing an entry to the log until its fsync is done
/// @param apply of one entry
/// @param refresh until readers may see it
/// @param commit of the index
public record Timings(Durations durable, Durations apply, Durations refresh, Durations commit) {
  public Timings() {
    this(new Durations(), new Durations(), new Durations(), new Durations());
  }
}
