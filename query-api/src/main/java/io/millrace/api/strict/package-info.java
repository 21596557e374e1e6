/// What a collection's strict mode forbids. Start at [StrictMode].
///
/// - **Lives here:** the limits of a collection, their checks and texts, which payload index a
///   condition asks for, rates.
/// - **May call in:** `endpoint`, before a request's work begins; `json` reads the settings; `slow`
///   asks which indexes were missing.
/// - **Never here:** reading a body, limits of the whole server.
@NullMarked
package io.millrace.api.strict;

import org.jspecify.annotations.NullMarked;
