/// Whether what was seen can follow from what was done. Start at [Checker].
///
/// - **Lives here:** a plain model of a collection, one judge per rule of order, the words for what
///   is wrong.
/// - **May call in:** the commands of the harness; events come from `history`.
/// - **Never here:** anything of the server, processes, HTTP, a clock.
@NullMarked
package io.millrace.torture.checker;

import org.jspecify.annotations.NullMarked;
