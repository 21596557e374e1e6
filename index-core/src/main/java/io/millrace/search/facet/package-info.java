/// How many points have which value of a key. Start at [FacetCounts].
///
/// - **Lives here:** counting over the terms of payload leaves, order and bound of the result.
/// - **May call in:** `search`'s callers in `collection`.
/// - **Never here:** which keys may be counted, JSON.
@NullMarked
package io.millrace.search.facet;

import org.jspecify.annotations.NullMarked;
