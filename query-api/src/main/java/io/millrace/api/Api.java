package io.millrace.api;

import io.millrace.api.audit.AuditLog;
import io.millrace.api.endpoint.Endpoints;
import io.millrace.api.endpoint.MetricsEndpoint;
import io.millrace.api.endpoint.SearchPool;
import io.millrace.api.endpoint.SnapshotDownload;
import io.millrace.api.endpoint.SnapshotsEndpoint;
import io.millrace.api.http.Listener;
import io.millrace.api.http.RequestLog;
import io.millrace.api.json.CollectionConfigJson;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.strict.StrictModes;
import io.millrace.api.trace.TracedWrites;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.Snapshots;
import io.millrace.inference.Embedder;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/// The REST server over the collections of a data folder: reads go to them, writes through the
/// gateway. Starts when built, listens from [#start] on.
public final class Api implements AutoCloseable {
  private final ApiSettings settings;
  private final SearchPool pool;
  private final MetricsEndpoint metrics;
  private final Listener listener;

  /// @param snapshots how they are made
  /// @param snapshotUrls whether a client may have the server fetch one
  /// @param allowed beginnings of addresses it may be fetched from; empty = any
  public record SnapshotAccess(SnapshotGateway snapshots, boolean snapshotUrls, List<URI> allowed) {
    public SnapshotAccess {
      allowed = List.copyOf(allowed);
    }

    /// Of a process that writes, in a folder beside the collections.
    static SnapshotAccess beside(Collections collections) {
      return new SnapshotAccess(
          new LocalSnapshots(
              new Snapshots(
                  collections, collections.folder().resolve("snapshots"), Clock.systemUTC())),
          false,
          List.of());
    }
  }

  /// What the process around it gives.
  ///
  /// @param tracer takes spans, or is a no-op
  /// @param audit is told of every request; closed by whoever opened it
  public record Host(Tracer tracer, LogControl logs, Optional<AuditLog> audit) {
    /// Traces and audits nothing and keeps the level it is told to itself.
    public static Host none() {
      return new Host(
          TracerProvider.noop().get(""),
          new LogControl() {
            private volatile Level level = Level.INFO;

            @Override
            public Level level() {
              return level;
            }

            @Override
            public void change(Level changed) {
              level = changed;
            }
          },
          Optional.empty());
    }
  }

  public Api(
      Collections collections,
      WriteGateway gateway,
      WriterWork work,
      SourceControl sources,
      Readiness readiness,
      ApiSettings settings) {
    this(
        collections,
        gateway,
        work,
        sources,
        readiness,
        settings,
        SnapshotAccess.beside(collections),
        Host.none());
  }

  public Api(
      Collections collections,
      WriteGateway gateway,
      WriterWork work,
      SourceControl sources,
      Readiness readiness,
      ApiSettings settings,
      SnapshotAccess snapshots,
      Host host) {
    this.settings = settings;
    Tracer tracer = host.tracer();
    RequestCounts counts = new RequestCounts();
    this.pool =
        new SearchPool(
            settings.searchThreads(), settings.searchQueue(), tracer, counts.admissions());
    StrictModes strict = new StrictModes(CollectionConfigJson::strictMode, System::nanoTime);
    Endpoints endpoints =
        Endpoints.of(
            collections,
            tracer.isEnabled() ? new TracedWrites(gateway, tracer) : gateway,
            work,
            sources,
            new SnapshotsEndpoint(
                collections,
                snapshots.snapshots(),
                snapshots.snapshotUrls()
                    ? Optional.of(new SnapshotDownload(snapshots.allowed()))
                    : Optional.empty()),
            pool,
            strict,
            counts,
            host,
            settings);
    this.metrics = endpoints.metrics();
    this.listener =
        new Listener(
            settings,
            readiness,
            counts,
            new TokenFacts(collections),
            sources,
            endpoints,
            name ->
                pool.hasPlace() && collections.find(name).map(Collection::isCurrent).orElse(true),
            host);
  }

  /// Listens from now on. Throws if the address is taken.
  public void start() {
    listener.start();
  }

  /// The port that is listened on.
  public int port() {
    return listener.port();
  }

  /// Prometheus text, as `/metrics` gives it.
  public String metrics() {
    return metrics.text();
  }

  /// Which requests get a log line from now on.
  public void logRequests(RequestLog.Rule rule) {
    listener.logRequests(rule);
  }

  /// Texts in requests from now on are embedded by it.
  public void embedBy(Embedder embedder) {
    listener.embedBy(embedder);
  }

  /// Requests from now on need one of these.
  public void changeKeys(ApiSettings.Keys keys) {
    listener.changeKeys(keys);
  }

  /// With TLS: certificate and key are read again now.
  public void renewCertificate() {
    listener.renewCertificate();
  }

  /// Refuses new requests, gives running ones the time of the settings, and stops.
  @Override
  public void close() {
    listener.stop(settings.stopTimeout());
    pool.close();
  }
}
