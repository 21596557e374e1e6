/// Distances between a query and rows that lie one after another in memory. Start at [Kernels];
/// what a client sees as a score is made in [ExactScore].
///
/// - **Lives here:** loops over a query and the bytes of rows, each with its scalar twin; the one
///   decision whether the vector module is used; normalising at write.
/// - **May call in:** `codec` and `search`.
/// - **Never here:** files, segments of an index, ordinals with a meaning, state between calls.
@NullMarked
package io.millrace.kernel;

import org.jspecify.annotations.NullMarked;
