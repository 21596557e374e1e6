/// How sparse vectors lie in a Lucene segment: rows as doc values, and an inverted index with block
/// maxima, read in place. Start at [SparseFormat], which describes the files byte by byte; the
/// search reads a segment through [SparseSegment].
///
/// - **Lives here:** the doc values format and its file format, inverting while flushing and
///   merging.
/// - **May call in:** `codec`, which puts the format into its own, `index` and `search`.
/// - **Never here:** queries, scores, filters, points.
@NullMarked
package io.millrace.codec.sparse;

import org.jspecify.annotations.NullMarked;
