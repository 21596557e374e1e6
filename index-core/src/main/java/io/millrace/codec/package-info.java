/// How vectors lie in a Lucene segment: raw rows, int8 rows and graphs, read in place from mapped
/// files. Start at [MillraceVectorsFormat], which describes the files byte by byte; the search
/// reads a segment through [VectorSegment].
///
/// - **Lives here:** the codec and its file format, int8 encoding, what a merge makes of graphs
///   (they are built in `codec.graph`).
/// - **May call in:** `index`, which opens the writer with [MillraceCodec], and `search`.
/// - **Never here:** which way a search takes, filters, points, payload.
@NullMarked
package io.millrace.codec;

import org.jspecify.annotations.NullMarked;
