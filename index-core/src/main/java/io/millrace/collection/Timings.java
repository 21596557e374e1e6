package io.millrace.collection;

import io.millrace.meter.Histogram;

/// How long the steps of writing a collection take, in seconds, since its start.
///
/// @param durable from handing an entry to the log until its fsync is done
/// @param apply of one entry
/// @param refresh until readers may see it
/// @param commit of the index
/// @param merge of segments, the building of graphs in it included
public record Timings(
    Histogram durable, Histogram apply, Histogram refresh, Histogram commit, Histogram merge) {
  public Timings() {
    this(
        Histogram.ofSteps(),
        Histogram.ofSteps(),
        Histogram.ofSteps(),
        Histogram.ofSteps(),
        Histogram.ofMerges());
  }

  void addAll(Timings other) {
    durable.addAll(other.durable);
    apply.addAll(other.apply);
    refresh.addAll(other.refresh);
    commit.addAll(other.commit);
    merge.addAll(other.merge);
  }
}
