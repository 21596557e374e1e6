/// The materialised index of one collection: a point is one Lucene document. Start at [PointIndex].
///
/// - **Lives here:** point ⇄ document, applying operations, refresh, commits with their sequence
///   and positions, when segments merge.
/// - **May call in:** `search` reads what is written here, `snapshot` copies it, `collection`
///   drives it. One thread writes.
/// - **Never here:** the log, threads of its own, a clock or a random source that decides anything.
@NullMarked
package io.millrace.index;

import org.jspecify.annotations.NullMarked;
