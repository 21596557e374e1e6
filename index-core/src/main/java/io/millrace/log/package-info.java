/// The operation log: what was acknowledged, in order, on disk. Start at [OperationLog].
///
/// - **Lives here:** entries and their bytes, group fsync, replay, trimming after a commit, repair
///   of a torn tail.
/// - **May call in:** `index` and `snapshot` for sequences and positions, `collection` for the
///   rest. One thread appends; replay runs before it starts.
/// - **Never here:** Lucene, what an operation means, HTTP or Kafka words, a clock that decides.
@NullMarked
package io.millrace.log;

import org.jspecify.annotations.NullMarked;
