/// What can be asked of a payload, and done to it, without an index. Start at [FilterEvaluator].
///
/// - **Lives here:** payload bytes ⇄ values, paths, the plain evaluator of every condition, edits,
///   selections.
/// - **May call in:** `index` for leaves and edits, `search` for verification, `ingest` and
///   `query-api` for canonical payloads and dates.
/// - **Never here:** Lucene, files, requests.
@NullMarked
package io.millrace.payload;

import org.jspecify.annotations.NullMarked;
