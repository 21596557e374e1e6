/// What a collection takes at several sizes: disk, memory, CPU. Start at [SizingCommand].
///
/// - **Lives here:** the measuring, the formula beside it, the table and the picture of both.
/// - **May call in:** the command line, by name.
/// - **Never here:** quality of answers and times under load; `bench.load` and `bench.engine` have
///   them.
@NullMarked
package io.millrace.bench.sizing;

import org.jspecify.annotations.NullMarked;
