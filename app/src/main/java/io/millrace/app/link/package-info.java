/// The socket between `millrace ingest`, which writes, and `millrace query`, which answers REST
/// over the same data folder. Start at [LinkServer] and [LinkGateway].
///
/// - **Lives here:** frames and messages (`link.proto`), who waits for which reply, connecting
///   again, following publications.
/// - **May call in:** `app`, and `app.command` for the state of an ingest process.
/// - **Never here:** what a write means, a queue of writes for a process that is not there.
@NullMarked
package io.millrace.app.link;

import org.jspecify.annotations.NullMarked;
