/// Backups of snapshots that share what did not change. Start at [Backups].
///
/// - **Lives here:** how backups lie in a store, what is kept, verification, the stores themselves.
/// - **May call in:** `command`.
/// - **Never here:** how a server is talked to, what is restored where.
@NullMarked
package io.millrace.app.backup;

import org.jspecify.annotations.NullMarked;
