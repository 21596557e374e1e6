/// What a failure becomes on the wire: code, text and headers. Start at [Reply].
///
/// - **Lives here:** the one table from [io.millrace.model.Failure] to HTTP, and [Fault] for what
///   only the wire knows (content type, keys, path and query parameters).
/// - **May call in:** every package of the API.
/// - **Never here:** writing an answer, logging.
@NullMarked
package io.millrace.api.status;

import org.jspecify.annotations.NullMarked;
