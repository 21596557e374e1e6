/// The command line: one class per subcommand. Start at [CommandLineFactory].
///
/// - **Lives here:** options, usage errors, exit codes, the client commands and what they print,
///   the life of a server process from its flags to its last signal.
/// - **May call in:** `app` (Main), and the benchmarks, which bring further [Command]s.
/// - **Never here:** what a server consists of (that is `Wiring`), the inside of the store: client
///   commands speak REST like any other client.
@NullMarked
package io.millrace.app.command;

import org.jspecify.annotations.NullMarked;
