/// What a source is configured to be, as typed values. Start at [SourceConfig].
///
/// - **Lives here:** sources, bindings and their defaults; globs over names.
/// - **May call in:** every package of `ingest`, and `app`, which reads these from its file.
/// - **Never here:** files, threads, clients, anything that happens while a source runs.
@NullMarked
package io.millrace.ingest.config;

import org.jspecify.annotations.NullMarked;
