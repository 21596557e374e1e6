/// Processes that are started, watched and killed. Start at [Server].
///
/// - **Lives here:** the packed server in its shapes and the Kafka broker as child processes,
///   SIGKILL, SIGTERM, waiting until they are ready.
/// - **May call in:** the trials; `workload` to wait.
/// - **Never here:** what is sent to them, what is right.
@NullMarked
package io.millrace.torture.fault;

import org.jspecify.annotations.NullMarked;
