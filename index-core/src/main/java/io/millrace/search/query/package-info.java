/// Runs query trees. Start at [QuerySearch].
///
/// - **Lives here:** one class per family of queries; what scores mean stands in classes of pure
///   functions ([CustomScores], [Fusion], [FormulaEvaluator], [AverageVector]).
/// - **May call in:** `search` and `collection`.
/// - **Never here:** kinds of vectors, how the nearest are found, wire shapes, other collections.
@NullMarked
package io.millrace.search.query;

import org.jspecify.annotations.NullMarked;
