package io.millrace.model;

/// A declared index of one payload path. Leaves of payloads are indexed without being declared; a
/// declaration permits what needs an index (order by, facets, strict mode) and changes what some
/// conditions mean there (behaviour of Qdrant 1.19, sections 10.2 and 11.2).
public sealed interface PayloadIndex {

  /// Strings as they are.
  ///
  /// @param prefix whether prefix matches count as indexed
  record Keyword(boolean isTenant, boolean prefix) implements PayloadIndex {}

  /// Integers, and floats with an integral value.
  ///
  /// @param lookup for equality
  /// @param range for ranges and order
  record Whole(boolean lookup, boolean range) implements PayloadIndex {}

  /// All numbers.
  record Decimal() implements PayloadIndex {}

  record Geo() implements PayloadIndex {}

  record Bool() implements PayloadIndex {}

  record DateTime() implements PayloadIndex {}

  /// Strings that spell a UUID, compared by its value.
  record Uuid(boolean isTenant) implements PayloadIndex {}

  /// Words of strings.
  record Text(TextOptions options) implements PayloadIndex {}

  /// Whether ranges are answered and points can be ordered by it.
  default boolean isOrdered() {
    return switch (this) {
      case Whole whole -> whole.range();
      case Decimal _, DateTime _ -> true;
      case Keyword _, Geo _, Bool _, Uuid _, Text _ -> false;
    };
  }

  /// Whether equality is answered, so that points can be counted and grouped by value.
  default boolean isMatched() {
    return switch (this) {
      case Whole whole -> whole.lookup();
      case Keyword _, Bool _, Uuid _ -> true;
      case Decimal _, Geo _, DateTime _, Text _ -> false;
    };
  }

  default boolean isTenant() {
    return switch (this) {
      case Keyword keyword -> keyword.isTenant();
      case Uuid uuid -> uuid.isTenant();
      case Whole _, Decimal _, Geo _, Bool _, DateTime _, Text _ -> false;
    };
  }
}
