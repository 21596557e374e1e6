package io.millrace.model;

/// What the engine does with one named dense vector: the effective values, after the collection's
/// defaults.
///
/// @param size components, 1 to 65,536
/// @param m links per node of the graph (2·m on level 0), the paper's M; 0 = no graph
/// @param efConstruct candidates looked at while a node is linked, the paper's efConstruction
/// @param fullScanThresholdKb below this many KB of matching rows a scan is preferred
/// @param quantization how rows are kept beside the raw floats
public record VectorConfig(
    int size,
    Distance distance,
    int m,
    int efConstruct,
    long fullScanThresholdKb,
    Quantization quantization) {

  public sealed interface Quantization {
    record None() implements Quantization {}

    /// int8 rows, searched in place and rescored with raw floats.
    ///
    /// @param quantile of absolute values that sets the scale, 0.5 to 1.0
    record Scalar(float quantile) implements Quantization {}
  }

  public static VectorConfig of(int size, Distance distance) {
    return new VectorConfig(size, distance, 16, 100, 10_000, new Quantization.None());
  }
}
