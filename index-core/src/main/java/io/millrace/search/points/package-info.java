/// Points read back from an open reader. Start at [StoredPoints]; [IdWalk] gives documents in id
/// order.
///
/// - **Lives here:** from documents to points, and their order by id.
/// - **May call in:** the rest of `search`.
/// - **Never here:** which points are wanted, scores.
@NullMarked
package io.millrace.search.points;

import org.jspecify.annotations.NullMarked;
