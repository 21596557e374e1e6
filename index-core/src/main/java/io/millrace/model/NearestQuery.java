package io.millrace.model;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// The points nearest to a vector.
///
/// @param using name of the vector, `""` for the unnamed one
/// @param vector as the client sent it; normalised by the search where the distance asks for it
/// @param limit unsigned as sent; cost is bounded by the points there are
/// @param offset hits to leave out at the front, unsigned as sent
/// @param scoreThreshold strict, on the returned score: larger for Cosine and Dot, smaller for
///   others
public record NearestQuery(
    String using,
    VectorValue vector,
    Filter filter,
    long limit,
    long offset,
    OptionalDouble scoreThreshold,
    SearchParams params,
    Fetch fetch) {

  /// @param hnswEf candidates kept during the walk; absent = the default
  /// @param exact scan everything
  /// @param indexedOnly leave out segments without a graph
  /// @param ignoreQuantization walk by raw floats
  /// @param rescore absent = the default, which rescores
  /// @param oversampling candidates rescored per asked hit, at least 1
  /// @param idf over which points the rarity of indices is counted; only for sparse vectors that
  ///   are weighted by it; absent = all
  public record SearchParams(
      OptionalInt hnswEf,
      boolean exact,
      boolean indexedOnly,
      boolean ignoreQuantization,
      Rescore rescore,
      OptionalDouble oversampling,
      Optional<Idf> idf) {

    public SearchParams(
        OptionalInt hnswEf,
        boolean exact,
        boolean indexedOnly,
        boolean ignoreQuantization,
        Rescore rescore,
        OptionalDouble oversampling) {
      this(hnswEf, exact, indexedOnly, ignoreQuantization, rescore, oversampling, Optional.empty());
    }

    /// The points over which the rarity of indices is counted.
    public sealed interface Idf {
      /// The whole collection.
      record Global() implements Idf {}

      /// The points that match, whatever the search is restricted to.
      record Corpus(Filter filter) implements Idf {}
    }

    public static final SearchParams DEFAULT =
        new SearchParams(
            OptionalInt.empty(), false, false, false, Rescore.DEFAULT, OptionalDouble.empty());
    public static final SearchParams EXACT =
        new SearchParams(
            OptionalInt.empty(), true, false, false, Rescore.DEFAULT, OptionalDouble.empty());

    public enum Rescore {
      DEFAULT,
      ON,
      OFF
    }
  }

  /// The smallest and largest position a page may reach, without overflow.
  public OptionalLong lastRank() {
    long sum = limit + offset;
    return Long.compareUnsigned(sum, limit) < 0 || sum < 0
        ? OptionalLong.empty()
        : OptionalLong.of(sum);
  }
}
