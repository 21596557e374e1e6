package io.millrace.api;

import io.millrace.api.endpoint.CollectionsEndpoint;
import io.millrace.api.endpoint.Endpoints;
import io.millrace.api.endpoint.FacetEndpoint;
import io.millrace.api.endpoint.IngestEndpoint;
import io.millrace.api.endpoint.PointsEndpoint;
import io.millrace.api.endpoint.QueryEndpoint;
import io.millrace.api.endpoint.SearchEndpoint;
import io.millrace.api.endpoint.SearchPool;
import io.millrace.api.endpoint.ServiceEndpoint;
import io.millrace.api.http.Listener;
import io.millrace.api.json.CollectionConfigJson;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.strict.StrictModes;
import io.millrace.collection.Collections;

/// The REST server over the collections of a data folder: reads go to them, writes through the
/// gateway. Starts when built, listens from [#start] on.
public final class Api implements AutoCloseable {
  private final ApiSettings settings;
  private final SearchPool pool;
  private final Listener listener;

  public Api(
      Collections collections,
      WriteGateway gateway,
      SourceControl sources,
      Readiness readiness,
      ApiSettings settings) {
    this.settings = settings;
    this.pool = new SearchPool(settings.searchThreads(), settings.searchQueue());
    RequestCounts counts = new RequestCounts();
    StrictModes strict = new StrictModes(CollectionConfigJson::strictMode, System::nanoTime);
    this.listener =
        new Listener(
            settings,
            readiness,
            counts,
            new TokenFacts(collections),
            sources,
            new Endpoints(
                new ServiceEndpoint(collections, counts, settings.qdrantVersion()),
                new CollectionsEndpoint(collections, gateway, pool, strict),
                new PointsEndpoint(collections, gateway, pool, strict),
                new SearchEndpoint(collections, pool, strict),
                new QueryEndpoint(collections, pool, strict),
                new FacetEndpoint(collections, pool, strict),
                new IngestEndpoint(sources)));
  }

  /// Listens from now on. Throws if the address is taken.
  public void start() {
    listener.start();
  }

  /// The port that is listened on.
  public int port() {
    return listener.port();
  }

  /// Refuses new requests, gives running ones the time of the settings, and stops.
  @Override
  public void close() {
    listener.stop(settings.stopTimeout());
    pool.close();
  }
}
