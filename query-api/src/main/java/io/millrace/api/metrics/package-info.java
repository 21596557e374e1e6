/// What the API counts of itself, and the text form in which it is asked for. Start at
/// [RequestCounts].
///
/// - **Lives here:** counters per route, Prometheus text.
/// - **May call in:** `http` counts, `endpoint` shows.
/// - **Never here:** requests, collections.
@NullMarked
package io.millrace.api.metrics;

import org.jspecify.annotations.NullMarked;
