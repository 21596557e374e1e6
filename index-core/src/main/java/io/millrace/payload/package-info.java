/// JSON payloads as bytes: canonical text, paths, edits, selections, the leaves that the index
/// keeps, and the plain evaluator of every filter condition. Start at [PayloadText] and
/// [FilterEvaluator].
///
/// - **Lives here:** everything that reads or writes payload bytes; what a condition means.
/// - **May call in:** every package that handles payloads.
/// - **Never here:** Lucene, files, threads, wire shapes of requests.
@NullMarked
package io.millrace.payload;

import org.jspecify.annotations.NullMarked;
