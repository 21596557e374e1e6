package io.millrace.search.nearest;

/// A formula that makes one score of a point's similarities to several examples; larger is better.
public interface PointScore {
  /// @param similarities one per example, in their order; not kept
  float of(float[] similarities);
}
