/// Filters as Lucene queries: which points of a segment match, exactly. Start at [FilterCompiler]
/// and [MatchingDocs].
///
/// - **Lives here:** the compiler, queries that read the payload of candidates, the cache of
///   matches.
/// - **May call in:** every search, and writes that select points by filter.
/// - **Never here:** what a condition means (that is `payload`), scores, wire words.
@NullMarked
package io.millrace.search.filter;

import org.jspecify.annotations.NullMarked;
