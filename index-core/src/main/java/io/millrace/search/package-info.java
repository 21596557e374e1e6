/// Reading one point in time of a collection. Start at [PointSearch].
///
/// - **Lives here:** nearest, scroll, retrieve, count; filters as Lucene queries (`filter`); the
///   walk or scan over vectors and the rule that chooses (`nearest`).
/// - **May call in:** `collection`.
/// - **Never here:** writing, waiting for writes, wire JSON.
@NullMarked
package io.millrace.search;

import org.jspecify.annotations.NullMarked;
