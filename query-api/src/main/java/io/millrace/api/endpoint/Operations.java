package io.millrace.api.endpoint;

/// The endpoints of those who operate a server, together.
public record Operations(
    TelemetryEndpoint telemetry,
    MetricsEndpoint metrics,
    InsideEndpoint inside,
    IngestEndpoint ingest) {}
