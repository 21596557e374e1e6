/// Consistent copies of a collection as one file, out and in. Start at [Archive].
///
/// - **Lives here:** the archive's format, its manifest, checksums, reading one that somebody else
///   may have made, the folder where snapshots are kept.
/// - **May call in:** `collection`, which says what is copied and where it goes; backups.
/// - **Never here:** which collections there are, HTTP, what a restore replaces.
@NullMarked
package io.millrace.snapshot;

import org.jspecify.annotations.NullMarked;
