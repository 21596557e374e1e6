/// What a search asks for, as a tree: stages that rank, the queries they rank by, formulas. Start
/// at [QueryRequest] and [Query].
///
/// - **Lives here:** immutable values in Qdrant's terms, and what holds for them by themselves.
/// - **May call in:** every package.
/// - **Never here:** how anything is searched, wire shapes, Lucene.
@NullMarked
package io.millrace.model.query;

import org.jspecify.annotations.NullMarked;
