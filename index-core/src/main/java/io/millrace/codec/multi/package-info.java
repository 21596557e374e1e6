/// How multivectors lie in a Lucene segment: rows as doc values, and beside the rows of a merged
/// segment a graph of them. Start at [MultiFormat], which describes the files; the search reads a
/// segment through [MultiSegment].
///
/// - **Lives here:** the doc values format, and merging rows as if each were a document of its own.
/// - **May call in:** `codec`, which puts the format into its own, `index` and `search`.
/// - **Never here:** MaxSim, queries, filters, points; how rows and links lie in files (`codec`).
@NullMarked
package io.millrace.codec.multi;

import org.jspecify.annotations.NullMarked;
