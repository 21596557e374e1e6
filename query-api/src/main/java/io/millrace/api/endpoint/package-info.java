/// What each route does, one class per resource. Start at [PointsEndpoint] and [SearchEndpoint].
///
/// - **Lives here:** reading a [Call], asking the collection or the gateway, composing an [Answer];
///   the threads that search.
/// - **May call in:** `http`.
/// - **Never here:** the HTTP server's types, status codes of failures.
@NullMarked
package io.millrace.api.endpoint;

import org.jspecify.annotations.NullMarked;
