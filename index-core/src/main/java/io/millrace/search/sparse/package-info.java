/// The points nearest to a sparse vector: exact float32 dot products over inverted lists, with
/// whole stretches skipped that cannot matter. Start at [SparseSearch].
///
/// - **Lives here:** walking lists, bounds by block maxima, weights by rarity (IDF).
/// - **May call in:** `search.vector`.
/// - **Never here:** what a filter means, ids, payload, JSON.
@NullMarked
package io.millrace.search.sparse;

import org.jspecify.annotations.NullMarked;
