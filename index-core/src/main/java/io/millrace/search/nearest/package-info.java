/// The points nearest to a vector, over the segments of an open index. Start at [NearestSearch];
/// the one rule that decides between walk and scan is [PathChoice].
///
/// - **Lives here:** walking graphs, scanning rows, rescoring, joining segments.
/// - **May call in:** the rest of `search` and `collection`.
/// - **Never here:** how a filter is made into bits, points, payload, the layout of files.
@NullMarked
package io.millrace.search.nearest;

import org.jspecify.annotations.NullMarked;
