package io.millrace.api.endpoint;

import io.millrace.api.Api;
import io.millrace.api.ApiSettings;
import io.millrace.api.SourceControl;
import io.millrace.api.WriteGateway;
import io.millrace.api.WriterWork;
import io.millrace.api.dialect.GoVector;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.slow.Issues;
import io.millrace.api.strict.StrictModes;
import io.millrace.collection.Collections;
import java.time.InstantSource;

/// All endpoints of a server; which paths lead to them stands in `http`.
///
/// @param issues is told of slow searches by whoever measures them
public record Endpoints(
    ServiceEndpoint service,
    StatusEndpoint status,
    QuotasEndpoint quotas,
    TelemetryEndpoint telemetry,
    MetricsEndpoint metrics,
    CollectionsEndpoint collections,
    InsideEndpoint inside,
    PointsEndpoint points,
    SearchEndpoint search,
    QueryEndpoint query,
    FacetEndpoint facets,
    IngestEndpoint ingest,
    SnapshotsEndpoint snapshots,
    ConsoleEndpoint console,
    LoggerEndpoint logger,
    GoVector goVector,
    Issues issues) {

  public static Endpoints of(
      Collections collections,
      WriteGateway gateway,
      WriterWork work,
      SourceControl sources,
      SnapshotsEndpoint snapshots,
      SearchPool pool,
      StrictModes strict,
      RequestCounts counts,
      Api.Host host,
      ApiSettings settings) {
    CollectionsEndpoint ofCollections =
        new CollectionsEndpoint(
            collections,
            gateway,
            pool,
            strict,
            settings.maxCollections(),
            settings.newCollections());
    Issues issues = new Issues(collections::find, InstantSource.system());
    return new Endpoints(
        new ServiceEndpoint(settings.qdrantVersion(), collections, issues),
        new StatusEndpoint(collections, work, settings.qdrantVersion()),
        new QuotasEndpoint(collections, gateway),
        new TelemetryEndpoint(collections, counts, settings, host.audit()),
        new MetricsEndpoint(
            collections,
            sources,
            counts,
            snapshots.folder(),
            host.audit(),
            settings.qdrantVersion(),
            settings.metricsPrefix()),
        ofCollections,
        new InsideEndpoint(collections, work),
        new PointsEndpoint(collections, gateway, pool, strict),
        new SearchEndpoint(collections, pool, strict),
        new QueryEndpoint(collections, pool, strict),
        new FacetEndpoint(collections, pool, strict),
        new IngestEndpoint(sources),
        snapshots,
        new ConsoleEndpoint(settings.pages()),
        new LoggerEndpoint(host.logs()),
        new GoVector(collections, ofCollections::create),
        issues);
  }
}
