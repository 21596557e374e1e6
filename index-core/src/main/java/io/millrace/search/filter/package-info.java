/// Filters as Lucene queries that agree with the plain evaluator. Start at [FilterCompiler].
///
/// - **Lives here:** condition → query, verification against the payload, cached bit sets.
/// - **May call in:** `search`.
/// - **Never here:** what a condition means (`payload`), how leaves are written (`index`).
@NullMarked
package io.millrace.search.filter;

import org.jspecify.annotations.NullMarked;
