/// A folder into which finished files are dropped, as a source (`millrace-inbox:`). Start at
/// [InboxIntake].
///
/// - **Lives here:** scanning, claiming by rename with a journal, reading lines of plain, gzip and
///   zstd files, finishing with a report.
/// - **May call in:** `Sources`, and Camel through the component.
/// - **Never here:** what a line means, and what becomes of it once it is handed over.
@NullMarked
package io.millrace.ingest.inbox;

import org.jspecify.annotations.NullMarked;
