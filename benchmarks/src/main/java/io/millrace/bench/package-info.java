/// How good and how fast: data sets with exact answers, recall against them, and what is measured
/// with them. Start at [Dataset].
///
/// - **Lives here:** reading a data set, exact answers, recall, the figures of a run.
/// - **May call in:** its own sub-packages.
/// - **Never here:** what a server needs; all other modules may be seen, none sees this one.
@NullMarked
package io.millrace.bench;

import org.jspecify.annotations.NullMarked;
