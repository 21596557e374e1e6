package io.millrace.api.endpoint;

/// All endpoints there are; what the routes lead to.
public record Endpoints(
    ServiceEndpoint service,
    CollectionsEndpoint collections,
    PointsEndpoint points,
    SearchEndpoint search,
    QueryEndpoint query,
    FacetEndpoint facets,
    IngestEndpoint ingest) {}
