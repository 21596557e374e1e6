/// The listener: connections, routes, body streams, limits and answers. Start at [Listener] and
/// [Routes].
///
/// - **Lives here:** all that knows the HTTP server's types; which path leads to which endpoint.
/// - **May call in:** [io.millrace.api.Api].
/// - **Never here:** what an endpoint does, JSON shapes.
@NullMarked
package io.millrace.api.http;

import org.jspecify.annotations.NullMarked;
