/// Spans of requests and of the writes they make, in OpenTelemetry's words. Start at
/// [RequestSpans].
///
/// - **Lives here:** what a span of ours is called and says.
/// - **May call in:** `http`, and `app`, which also decides where spans go.
/// - **Never here:** an exporter, or a value that a client sent: no vector, payload, filter or key.
@NullMarked
package io.millrace.api.trace;

import org.jspecify.annotations.NullMarked;
