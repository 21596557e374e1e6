/// The file of a GoVector database, read and never written. Start at [GoVectorFile].
///
/// - **Lives here:** bbolt's pages and buckets, GoVector's buckets, points as JSON.
/// - **May call in:** `command`.
/// - **Never here:** how a server is talked to, how far a copy has come.
@NullMarked
package io.millrace.app.govector;

import org.jspecify.annotations.NullMarked;
