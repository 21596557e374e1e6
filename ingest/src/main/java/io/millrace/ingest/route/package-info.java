/// The Camel routes: `from("millrace-kafka:orders")` → read → submit. Start at [SourceRoutes].
///
/// - **Lives here:** the component that turns an intake into a Camel consumer, the steps of a
///   route.
/// - **May call in:** `Sources`.
/// - **Never here:** anything that could be done without Camel.
@NullMarked
package io.millrace.ingest.route;

import org.jspecify.annotations.NullMarked;
