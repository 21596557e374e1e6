package io.millrace.model;

/// What the engine does with one named dense vector or multivector: the effective values, after the
/// collection's defaults.
///
/// @param size components of a row, 1 to 65,536
/// @param m links per node of the graph (2·m on level 0), the paper's M; 0 = no graph
/// @param efConstruct candidates looked at while a node is linked, the paper's efConstruction
/// @param fullScanThresholdKb below this many KB of matching rows a scan is preferred
/// @param quantization how rows are kept beside the raw floats
/// @param isMulti whether a value has any number of rows, compared by MaxSim
/// @param since sequence of the log from which on the vector exists; 0 = from the start. A name
///   that was deleted and made again is another vector: what was written before is none of its
///   values
/// @param payloadM links per node within one tenant, as Qdrant counts them; without a graph over
///   all points, anything above 0 keeps codes that make scans of a tenant's rows cheap
public record VectorConfig(
    int size,
    Distance distance,
    int m,
    int efConstruct,
    long fullScanThresholdKb,
    Quantization quantization,
    VectorDatatype datatype,
    boolean isMulti,
    long since,
    int payloadM,
    Placement placement) {

  public sealed interface Quantization {
    record None() implements Quantization {}

    /// int8 rows, searched in place and rescored with raw floats.
    ///
    /// @param quantile of absolute values that sets the scale, 0.5 to 1.0
    record Scalar(float quantile) implements Quantization {}
  }

  /// A float32 vector of one row that is there from the start.
  public VectorConfig(
      int size,
      Distance distance,
      int m,
      int efConstruct,
      long fullScanThresholdKb,
      Quantization quantization) {
    this(
        size,
        distance,
        m,
        efConstruct,
        fullScanThresholdKb,
        quantization,
        VectorDatatype.FLOAT32,
        false,
        0,
        m,
        Placement.CACHED);
  }

  public static VectorConfig of(int size, Distance distance) {
    return new VectorConfig(size, distance, 16, 100, 10_000, new Quantization.None());
  }

  public VectorConfig asMulti() {
    return changed(quantization, datatype, true, since, payloadM, placement);
  }

  public VectorConfig with(VectorDatatype type) {
    return changed(quantization, type, isMulti, since, payloadM, placement);
  }

  public VectorConfig with(Quantization kind) {
    return changed(kind, datatype, isMulti, since, payloadM, placement);
  }

  public VectorConfig with(Placement where) {
    return changed(quantization, datatype, isMulti, since, payloadM, where);
  }

  public VectorConfig withPayloadM(int links) {
    return changed(quantization, datatype, isMulti, since, links, placement);
  }

  public VectorConfig existingSince(long sequence) {
    return changed(quantization, datatype, isMulti, sequence, payloadM, placement);
  }

  private VectorConfig changed(
      Quantization kind,
      VectorDatatype type,
      boolean multi,
      long sequence,
      int links,
      Placement where) {
    return new VectorConfig(
        size,
        distance,
        m,
        efConstruct,
        fullScanThresholdKb,
        kind,
        type,
        multi,
        sequence,
        links,
        where);
  }
}
