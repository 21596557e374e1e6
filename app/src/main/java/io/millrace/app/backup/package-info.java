/// Snapshots outside of the data folder: backups that share what did not change, and the bucket
/// that a server keeps them in. Start at [Backups] or [BucketSnapshots].
///
/// - **Lives here:** how backups lie in a store, what is kept, verification, the stores themselves.
/// - **May call in:** `command`, and `app` (Wiring) for [BucketSnapshots].
/// - **Never here:** how a server is talked to, what is restored where.
@NullMarked
package io.millrace.app.backup;

import org.jspecify.annotations.NullMarked;
