package io.millrace.codec;

import io.millrace.model.Distance;

/// What the writer does with one vector field. Read again for every flush and merge, so a change is
/// applied by the next ones.
///
/// @param m links per node of the graph, 2·m on level 0 (the paper's M, Lucene's maxConn); 0 = no
///   graph
/// @param efConstruct candidates looked at while a node is linked (the paper's efConstruction,
///   Lucene's beamWidth)
/// @param int8 whether int8 rows are kept beside the raw ones
/// @param quantile of absolute components that sets the int8 scale, in (0, 1]
/// @param graphThreshold vectors from which on a merged segment gets a graph; 0 = never
public record VectorFieldOptions(
    Distance distance, int m, int efConstruct, boolean int8, float quantile, int graphThreshold) {

  public VectorFieldOptions {
    if (m < 0 || m > MillraceVectorsFormat.MAX_M) {
      throw new IllegalArgumentException(
          "m: expected 0 to " + MillraceVectorsFormat.MAX_M + ", got " + m);
    }
    if (m > 0 && efConstruct < 1) {
      throw new IllegalArgumentException("efConstruct: expected at least 1, got " + efConstruct);
    }
    if (!(quantile > 0 && quantile <= 1)) {
      throw new IllegalArgumentException("quantile: expected (0, 1], got " + quantile);
    }
    if (graphThreshold < 0) {
      throw new IllegalArgumentException(
          "graphThreshold: expected at least 0, got " + graphThreshold);
    }
  }

  boolean wantsGraph(int vectors) {
    return m > 0 && graphThreshold > 0 && vectors >= graphThreshold;
  }
}
