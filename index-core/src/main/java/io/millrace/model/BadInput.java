package io.millrace.model;

import java.util.SortedSet;

/// A request or record that can never succeed as it is. Nothing was changed.
public final class BadInput extends Failure {

  /// How the wire names the fault; all are the caller's mistake.
  public enum Kind {
    /// The text itself cannot be read as what it should be.
    FORMAT,
    WRONG_INPUT,
    BAD_REQUEST,
    /// A value outside its range.
    VALIDATION,
    /// What is to be embedded cannot be.
    INFERENCE
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
    EMBEDDER,
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

  public static BadInput inference(String message) {
    return new BadInput(Kind.INFERENCE, Rule.EMBEDDER, message);
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

  /// A search over a vector that the collection has not.
  ///
  /// @param using as asked, `""` for none
  /// @param configured the names of all vectors
  public static BadInput notConfigured(String using, SortedSet<String> configured) {
    if (configured.isEmpty()) {
      return wrong("Vectors are not configured in this collection");
    }
    String names = String.join(", ", configured);
    if (using.isEmpty()) {
      return wrong(
          "Collection requires specified vector name in the request, available names: " + names);
    }
    if (names.isEmpty()) { // only the unnamed one
      return wrong("Vector with name " + using + " is not configured in this collection");
    }
    return wrong(
        "Vector with name `"
            + using
            + "` is not configured in this collection, available names: "
            + names);
  }

  /// A vector of one kind where the collection has another.
  public static BadInput conversion(String between) {
    return new BadInput(
        Kind.WRONG_INPUT,
        Rule.VECTOR_KIND,
        "Conversion between " + between + " and regular vectors failed");
  }

  public Kind kind() {
    return kind;
  }

  public Rule rule() {
    return rule;
  }
}
