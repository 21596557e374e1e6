/// Configured sources and their states: topics and folders, read into collections. Start at
/// [Sources].
///
/// - **Lives here:** which sources run, and who may ask how they are.
/// - **May call in:** `app`.
/// - **Never here:** how a source is read.
@NullMarked
package io.millrace.ingest;

import org.jspecify.annotations.NullMarked;
