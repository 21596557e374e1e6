/// Graphs of near neighbours (HNSW, Malkov and Yashunin, 2016): built on the heap from rows and
/// from the graphs of merged segments, and read in place once they are written. Rows are known by
/// their ordinals only. Start at [GraphBuilder].
///
/// - **Lives here:** linking rows, taking over and joining graphs, finished links.
/// - **May call in:** `codec`, which says how rows compare and writes the graph, and `search`,
///   which walks the links.
/// - **Never here:** what a row is, files, documents, filters, which way a search takes.
@NullMarked
package io.millrace.codec.graph;

import org.jspecify.annotations.NullMarked;
