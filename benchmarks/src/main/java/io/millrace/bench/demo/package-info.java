/// The quick start's part that needs a JVM: `millrace demo` sends the sample to a running server by
/// Kafka and by files, waits, searches, and compares with the exact answers. It talks to the server
/// as any client does, by REST.
///
/// - **Lives here:** sending the sample, waiting, the searches that are shown.
/// - **May call in:** the command line, by `ServiceLoader`.
/// - **Never here:** a way into the server that its users have not.
@NullMarked
package io.millrace.bench.demo;

import org.jspecify.annotations.NullMarked;
