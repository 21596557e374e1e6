package io.millrace.search.nearest;

import io.millrace.codec.VectorSegment;
import io.millrace.kernel.ExactScore;
import io.millrace.model.Distance;
import java.util.List;
import java.util.Optional;

/// What rows are scored against: larger is better, whatever the distance.
public sealed interface Target permits Target.OneVector, Target.Examples {

  /// Components a row must have.
  int dimension();

  /// Vectors that the best may be near to.
  int places();

  /// Exact values of the rows of a segment.
  RowScorer exact(VectorSegment segment);

  /// Values in the order of exact ones by the rows that `steering` names; those by smaller rows are
  /// comparable within the segment only.
  RowScorer estimates(VectorSegment segment, PathChoice.Steering steering);

  /// What the exact values of the rows of a segment are at most; absent where nothing tells that
  /// for less than looking at them.
  Optional<RowScorer> atMost(VectorSegment segment);

  /// An estimate on the scale of exact values.
  double exactScale(float estimate);

  /// What a client sees for an exact value.
  float score(float exact);

  private static RowScorer estimates(
      VectorSegment segment, PathChoice.Steering steering, Distance distance, float[] vector) {
    return switch (steering) {
      case COARSE ->
          RowScorer.coarse(
              segment.coarse().orElseThrow(), segment.rows().compared(distance, vector));
      case INT8 ->
          RowScorer.int8(segment.int8().orElseThrow(), segment.rows().compared(distance, vector));
      case RAW -> segment.rows().scorer(distance, vector)::order;
    };
  }

  /// The nearest to one vector.
  ///
  /// @param vector normalised by the caller for Cosine; not changed
  @SuppressWarnings("ArrayRecordComponent") // read only, never compared
  record OneVector(Distance distance, float[] vector) implements Target {
    @Override
    public int dimension() {
      return vector.length;
    }

    @Override
    public int places() {
      return 1;
    }

    @Override
    public RowScorer exact(VectorSegment segment) {
      return segment.rows().scorer(distance, vector)::similarities;
    }

    @Override
    public RowScorer estimates(VectorSegment segment, PathChoice.Steering steering) {
      return Target.estimates(segment, steering, distance, vector);
    }

    @Override
    public Optional<RowScorer> atMost(VectorSegment segment) {
      return segment
          .bounded()
          .map(rows -> RowScorer.atMost(rows, segment.rows().compared(distance, vector)));
    }

    @Override
    public double exactScale(float estimate) {
      return switch (distance) {
        case COSINE, DOT -> estimate;
        case EUCLID -> -Math.sqrt(Math.max(0, -estimate));
        case MANHATTAN -> estimate; // has no estimates
      };
    }

    @Override
    public float score(float exact) {
      return ExactScore.score(distance, exact);
    }
  }

  /// The best by a formula over the similarities to several vectors, as recommendations and
  /// discoveries ask for. Euclidean similarities are minus the squared distances here.
  ///
  /// @param vectors normalised by the caller for Cosine; at least one; not changed
  record Examples(Distance distance, List<float[]> vectors, PointScore formula) implements Target {
    @Override
    public int dimension() {
      return vectors.getFirst().length;
    }

    @Override
    public int places() {
      return vectors.size();
    }

    @Override
    public RowScorer exact(VectorSegment segment) {
      return estimates(segment, PathChoice.Steering.RAW);
    }

    @Override
    public RowScorer estimates(VectorSegment segment, PathChoice.Steering steering) {
      return RowScorer.combined(
          vectors.stream()
              .map(vector -> Target.estimates(segment, steering, distance, vector))
              .toList(),
          formula);
    }

    @Override
    public Optional<RowScorer> atMost(VectorSegment segment) {
      return Optional.empty();
    }

    @Override
    public double exactScale(float estimate) {
      return estimate;
    }

    @Override
    public float score(float exact) {
      return exact;
    }
  }
}
