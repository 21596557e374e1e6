/// Who asked for what, and whether it was granted: a line per request, in files of its own. Start
/// at [AuditLog].
///
/// - **Lives here:** the line, the files and how they rotate, what becomes of a line that cannot be
///   written.
/// - **May call in:** `http`, which knows the requests; `endpoint`, which shows sizes and counts.
/// - **Never here:** keys, bodies, paths as they were sent; deciding who may do what.
@NullMarked
package io.millrace.api.audit;

import org.jspecify.annotations.NullMarked;
