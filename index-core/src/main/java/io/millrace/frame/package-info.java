/// Frames of bytes with length and checksum in append-only files, and the file access beneath them.
/// Start at [Frame] for the layout, [FrameAppender] for writing, [FrameReader] for reading.
///
/// - **Lives here:** layout and checksum, group fsync, finding where a torn file ends, the [Disk]
///   that tests replace, the lock of a folder.
/// - **May call in:** `log` and `catalog`; whoever else writes small files uses [Disk].
/// - **Never here:** what a frame's body means, Lucene, protobuf.
@NullMarked
package io.millrace.frame;

import org.jspecify.annotations.NullMarked;
