/// What a text index makes of strings. Start at [TextAnalyzer].
///
/// - **Lives here:** tokens of strings, stop words, stemmers.
/// - **May call in:** `payload`, `index` and `search` for text conditions; whoever needs the same
///   tokens for sparse vectors.
/// - **Never here:** paths, payloads, terms of the index.
@NullMarked
package io.millrace.payload.text;

import org.jspecify.annotations.NullMarked;
