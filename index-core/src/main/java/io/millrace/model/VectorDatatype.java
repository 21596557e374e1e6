package io.millrace.model;

/// What a component of a vector is rounded to when it is written; reads give the rounded value
/// (behaviour.md 6).
public enum VectorDatatype {
  FLOAT32,
  /// The nearest half-precision number.
  FLOAT16,
  /// Cut to a whole number and into 0 to 255; cosine vectors are not normalised.
  UINT8,
  /// Accepted and echoed; components keep float32.
  TURBO4;

  private static final float LARGEST_HALF = 65_504;

  /// The finite component as it is stored, finite too.
  public float stored(float component) {
    return switch (this) {
      case FLOAT32, TURBO4 -> component;
      case FLOAT16 ->
          Float.float16ToFloat(
              Float.floatToFloat16(Math.clamp(component, -LARGEST_HALF, LARGEST_HALF)));
      case UINT8 -> Math.clamp((int) component, 0, 255);
    };
  }
}
