/// Which collections, aliases and sources there are, as facts on disk, and the data folder they
/// stand in. Start at [Catalog] and [DataFolder].
///
/// - **Lives here:** the catalog's file and its immutable image, names and uids, the lock and the
///   format of the data folder.
/// - **May call in:** `collection` and `snapshot`; `ingest` for its sources, through them.
/// - **Never here:** what is inside a collection, what a source's configuration means, a clock.
@NullMarked
package io.millrace.catalog;

import org.jspecify.annotations.NullMarked;
