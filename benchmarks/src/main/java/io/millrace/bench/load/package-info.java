/// `millrace bench`: how good the answers are and how fast they come. Start at [BenchCommand].
///
/// - **Lives here:** what is loaded, asked and timed; the report as text and JSON.
/// - **May call in:** nobody; `millrace` finds the command by itself.
/// - **Never here:** shortcuts past the public API: any server that speaks it can be measured.
@NullMarked
package io.millrace.bench.load;

import org.jspecify.annotations.NullMarked;
