/// The server that answers Qdrant's REST API. Start at [Api].
///
/// - **Lives here:** start and stop, settings, and the small interfaces through which the API asks
///   others: [WriteGateway] for changes, [WriterWork] for what is at work, [Readiness] for the
///   probe.
/// - **May call in:** `app`.
/// - **Never here:** Lucene, Kafka or Camel types; what an operation does to a point.
@NullMarked
package io.millrace.api;

import org.jspecify.annotations.NullMarked;
