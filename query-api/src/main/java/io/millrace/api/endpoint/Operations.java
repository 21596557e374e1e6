package io.millrace.api.endpoint;

import io.millrace.api.dialect.GoVector;

/// The endpoints of those who operate a server, together.
public record Operations(
    TelemetryEndpoint telemetry,
    MetricsEndpoint metrics,
    InsideEndpoint inside,
    IngestEndpoint ingest,
    GoVector goVector) {}
