/// What happened how often and for how long, as plain numbers. Start at [Histogram].
///
/// - **Lives here:** histograms that many threads add to, [SearchPaths], [MergeLog], and [Jobs]
///   that people wait for.
/// - **May call in:** every layer; who shows the numbers is not known here.
/// - **Never here:** names of metrics, formats, threads.
@NullMarked
package io.millrace.meter;

import org.jspecify.annotations.NullMarked;
