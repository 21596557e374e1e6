package io.millrace.model;

/// A request or record that can never succeed as it is. Nothing was changed.
public final class BadInput extends Failure {

  /// How the wire names the fault; all are the caller's mistake.
  public enum Kind {
    /// The text itself cannot be read as what it should be.
    FORMAT,
    WRONG_INPUT,
    BAD_REQUEST,
    /// A value outside its range.
    VALIDATION
  }

  /// Which rule was broken, for those who sort refused records by it.
  public enum Rule {
    OTHER,
    ID,
    VECTOR_NAME,
    VECTOR_KIND,
    VECTOR_DIMENSION,
    VECTOR_EMPTY,
    VECTOR_NOT_FINITE,
    SPARSE_INVALID,
    MULTI_RAGGED,
    FILTER,
    TOO_LARGE
  }

  private final Kind kind;
  private final Rule rule;

  public BadInput(Kind kind, Rule rule, String message) {
    super(message);
    this.kind = kind;
    this.rule = rule;
  }

  public static BadInput format(String message) {
    return new BadInput(Kind.FORMAT, Rule.OTHER, message);
  }

  public static BadInput wrong(String message) {
    return new BadInput(Kind.WRONG_INPUT, Rule.OTHER, message);
  }

  public static BadInput badRequest(String message) {
    return new BadInput(Kind.BAD_REQUEST, Rule.OTHER, message);
  }

  /// @param vectorName `""` for the unnamed vector
  public static BadInput dimension(int expected, int got, String vectorName) {
    String suffix = vectorName.isEmpty() ? "" : " for vector '" + vectorName + "'";
    return new BadInput(
        Kind.WRONG_INPUT,
        Rule.VECTOR_DIMENSION,
        "Vector dimension error: expected dim: " + expected + ", got " + got + suffix);
  }

  public static BadInput unknownVector(String name) {
    return new BadInput(
        Kind.WRONG_INPUT, Rule.VECTOR_NAME, "Not existing vector name error: " + name);
  }

  public Kind kind() {
    return kind;
  }

  public Rule rule() {
    return rule;
  }
}
