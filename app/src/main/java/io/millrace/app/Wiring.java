package io.millrace.app;

import io.millrace.api.Api;
import io.millrace.api.ApiSettings;
import io.millrace.api.LocalGateway;
import io.millrace.api.LocalSnapshots;
import io.millrace.api.LocalWork;
import io.millrace.api.SnapshotGateway;
import io.millrace.api.SourceControl;
import io.millrace.api.WriteGateway;
import io.millrace.api.WriterWork;
import io.millrace.api.audit.AuditLog;
import io.millrace.api.endpoint.MetricsEndpoint;
import io.millrace.api.http.RequestLog;
import io.millrace.api.metrics.MetricsText;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.app.command.CommandFailure;
import io.millrace.app.command.CommandLineFactory;
import io.millrace.app.command.Logs;
import io.millrace.app.command.Server;
import io.millrace.app.command.Shape;
import io.millrace.app.config.Settings;
import io.millrace.app.host.MachineNotes;
import io.millrace.app.host.NetworkFileSystems;
import io.millrace.app.host.OperatorListener;
import io.millrace.app.host.Traces;
import io.millrace.app.link.Follower;
import io.millrace.app.link.LinkClient;
import io.millrace.app.link.LinkGateway;
import io.millrace.app.link.LinkServer;
import io.millrace.app.link.LinkSnapshots;
import io.millrace.app.link.LinkSources;
import io.millrace.app.link.LinkWork;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.Snapshots;
import io.millrace.collection.StoreSettings;
import io.millrace.frame.RealDisk;
import io.millrace.inference.Embedder;
import io.millrace.inference.EmbedderProvider;
import io.millrace.ingest.Sources;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.model.Failure;
import io.millrace.snapshot.SnapshotFolder;
import io.opentelemetry.api.trace.Tracer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// The composition root: what a server consists of, in start order. Closing runs in reverse.
///
/// ```
/// serve    data folder, store ─ embedder ─ sources ─ REST ─ listen
/// ingest   data folder, store ─ embedder ─ sources ─ link
/// query    data folder, store (reads only) ─ follower, link ─ REST, embedder ─ listen
/// ```
final class Wiring implements Server {
  private static final Logger LOG = LoggerFactory.getLogger("millrace");

  /// How long `query` waits for an `ingest` that is started beside it to make the data folder.
  private static final Duration FOLDER_PATIENCE = Duration.ofSeconds(60);

  /// How long `query` waits for the link before it serves reads without it.
  private static final Duration LINK_PATIENCE = Duration.ofSeconds(2);

  private final Settings settings;
  private final long startedNanos = System.nanoTime();
  private final Deque<Part> parts = new ArrayDeque<>(); // starting, then closing thread
  private final Tracer tracer;
  private volatile boolean ready;
  private volatile DoubleSupplier lag = () -> 0; // of the sources here, in seconds
  private volatile Optional<Api> api = Optional.empty();
  private volatile Settings inForce; // as last read; only what may change without a restart counts
  private volatile Optional<Sources> configurable = Optional.empty();

  private record Part(String name, AutoCloseable closing) {}

  private Wiring(Settings settings) {
    this.settings = settings;
    this.inForce = settings;
    this.tracer =
        with("traces", Traces.start(settings.tracing(), CommandLineFactory.version())).tracer();
  }

  static Server start(Shape shape, Settings settings) {
    var wiring = new Wiring(settings);
    boolean started = false;
    try {
      switch (shape) {
        case SERVE -> wiring.serve();
        case INGEST -> wiring.ingest();
        case QUERY -> wiring.query();
      }
      started = true;
      return wiring;
    } finally {
      if (!started) {
        wiring.close();
      }
    }
  }

  private void serve() {
    Path data = dataFolder();
    Collections collections = with("store", openStore(data, Duration.ZERO));
    Optional<Embedder> embedder = embedder();
    SourceControl desk = sources(data, collections, embedder);
    SnapshotGateway snapshots = kept(new LocalSnapshots(snapshots(data, collections)), collections);
    countKept(collections, snapshots);
    Api api =
        api(
            collections,
            new LocalGateway(collections),
            new LocalWork(collections),
            desk,
            snapshots);
    embedder.ifPresent(api::embedBy);
    operatorPort(api::metrics);
    listen(api);
    announce(Shape.SERVE, data, collections, "rest=" + address(api));
  }

  private void ingest() {
    Path data = dataFolder();
    Collections collections = with("store", openStore(data, settings.storage().refreshInterval()));
    Path socket = settings.link().in(data);
    SourceControl desk = sources(data, collections, embedder());
    SnapshotGateway snapshots = new LocalSnapshots(snapshots(data, collections));
    if (settings.storage().snapshotBucket().isPresent()) {
      collections.snapshotCounts().areKeptElsewhere(); // the process that puts them counts them
    }
    with("link", linkServer(socket, collections, snapshots, desk));
    operatorPort(metrics(collections, desk, snapshots));
    ready = true;
    announce(Shape.INGEST, data, collections, "link=" + socket);
  }

  private void query() {
    Path data = dataFolder();
    Collections collections = with("store", openReadOnly(data));
    Follower follower =
        with("follower", Follower.start(collections, settings.storage().refreshInterval()));
    LinkClient link = with("link", LinkClient.start(settings.link().in(data), follower));
    SnapshotGateway snapshots =
        kept(
            new LinkSnapshots(
                link,
                collections,
                new SnapshotFolder(snapshotsPath(data), temporaryPath(data), new RealDisk())),
            collections);
    Api api =
        api(
            collections,
            new LinkGateway(link, collections),
            new LinkWork(link),
            new LinkSources(link, collections),
            snapshots);
    countKept(collections, snapshots);
    embedder().ifPresent(api::embedBy);
    operatorPort(api::metrics);
    link.awaitUp(LINK_PATIENCE);
    listen(api);
    announce(Shape.QUERY, data, collections, "rest=" + address(api));
  }

  private Path dataFolder() {
    Settings.Storage storage = settings.storage();
    return storage.isTemporary()
        ? with("data folder", TemporaryFolder.create()).path()
        : storage.path().toAbsolutePath().normalize();
  }

  private Collections openStore(Path data, Duration publishInterval) {
    if (!settings.storage().networkAllowed()) {
      StartFailures.network(data, NetworkFileSystems.typeOf(data))
          .ifPresent(refused -> {
            throw refused;
          });
    }
    try {
      StoreSettings store = store().withPublishInterval(publishInterval);
      return noted(
          data,
          settings
              .storage()
              .recovery()
              .map(reason -> Collections.openForRecovery(data, store, reason))
              .orElseGet(() -> Collections.open(data, store)));
    } catch (Failure failure) {
      throw StartFailures.dataFolder(data, failure);
    }
  }

  private static Collections noted(Path data, Collections opened) {
    MachineNotes.of(data)
        .forEach(note ->
            LOG.atLevel(note.isRisk() ? Level.WARN : Level.INFO)
                .log("Of this machine: {} {}", note.where(), note.text()));
    return opened;
  }

  /// Two containers of one pod start at once: the folder may be a moment away, or half made.
  private Collections openReadOnly(Path data) {
    long until = System.nanoTime() + FOLDER_PATIENCE.toNanos();
    boolean told = false;
    while (true) {
      try {
        return noted(data, Collections.openReadOnly(data, store()));
      } catch (Failure failure) {
        if (!isUnmade(data, failure) || System.nanoTime() > until) {
          throw StartFailures.dataFolder(data, failure);
        }
      }
      if (!told) {
        LOG.info("Waiting for an ingest process to make the data folder data={}", data);
        told = true;
      }
      pause();
    }
  }

  private static boolean isUnmade(Path data, Failure failure) {
    return failure instanceof Failure.Unavailable
        && (!Files.exists(data.resolve("FORMAT"))
            || failure.getCause() instanceof NoSuchFileException);
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted while starting");
    }
  }

  /// The one of the module `inference`, where it is wanted.
  private Optional<Embedder> embedder() {
    Settings.Inference wanted = settings.inference();
    if (!wanted.isEnabled()) {
      return Optional.empty();
    }
    EmbedderProvider provider =
        EmbedderProvider.find().orElseThrow(StartFailures::noInferenceModule);
    try {
      Embedder embedder =
          with(
              "embedder",
              provider.open(
                  new EmbedderProvider.Settings(
                      wanted.model(), wanted.threads(), wanted.batch(), wanted.queue())));
      LOG.info("Texts are embedded here models={}", embedder.names());
      return Optional.of(embedder);
    } catch (IllegalArgumentException refused) {
      throw new CommandFailure(StartFailures.reason(refused), refused);
    }
  }

  /// They connect when they can; a server starts and serves without them. In recovery mode, where
  /// their records could not be written, there are none.
  private SourceControl sources(Path data, Collections collections, Optional<Embedder> embedder) {
    if (collections.recovery().isPresent()) {
      LOG.warn(
          "Recovery mode: collections are as of their last commit and take no writes, no source"
              + " runs why={}",
          collections.recovery().get());
      return SourceControl.NONE;
    }
    try {
      Sources sources =
          with(
              "sources",
              new Sources(
                  new SourcesConfig(
                      data,
                      (long) settings.limits().ingestMiB() << 20,
                      settings.sources(),
                      settings.limits().fileRoots()),
                  SourceSurroundings.of(collections, () -> inForce, embedder, tracer)));
      sources.start();
      SourceDesk desk = with("source desk", new SourceDesk(sources));
      lag = desk::oldestSeconds;
      configurable = Optional.of(sources);
      return desk;
    } catch (IllegalArgumentException refused) {
      throw new CommandFailure(StartFailures.reason(refused), refused);
    }
  }

  private Path snapshotsPath(Path data) {
    return settings.storage().snapshots().orElseGet(() -> data.resolve("snapshots"));
  }

  private Path temporaryPath(Path data) {
    return settings.storage().temporary().orElseGet(() -> snapshotsPath(data));
  }

  private Snapshots snapshots(Path data, Collections collections) {
    return new Snapshots(collections, snapshotsPath(data), temporaryPath(data), Clock.systemUTC());
  }

  /// In the bucket, where one is configured.
  private SnapshotGateway kept(SnapshotGateway snapshots, Collections collections) {
    return settings
        .storage()
        .snapshotBucket()
        .<SnapshotGateway>map(
            bucket -> SnapshotBucket.over(snapshots, bucket, System.getenv(), collections))
        .orElse(snapshots);
  }

  /// A start does not wait for the bucket.
  private void countKept(Collections collections, SnapshotGateway snapshots) {
    if (settings.storage().snapshotBucket().isPresent()) {
      collections.snapshotCounts().areKeptElsewhere();
      Thread.ofVirtual()
          .name("snapshots-kept")
          .start(() -> SnapshotBucket.count(collections, snapshots));
    }
  }

  private LinkServer linkServer(
      Path socket, Collections collections, SnapshotGateway snapshots, SourceControl sources) {
    try {
      return LinkServer.open(socket, collections, snapshots, sources, tracer);
    } catch (IOException e) {
      throw StartFailures.link(socket, e);
    }
  }

  private Api api(
      Collections collections,
      WriteGateway writes,
      WriterWork work,
      SourceControl sources,
      SnapshotGateway snapshots) {
    Settings.SnapshotUrls urls = settings.storage().snapshotUrls();
    try {
      Api made =
          with(
              "rest",
              new Api(
                  collections,
                  writes,
                  work,
                  sources,
                  this::isReady,
                  apiSettings(),
                  new Api.SnapshotAccess(snapshots, urls.areAllowed(), urls.allowed()),
                  new Api.Host(tracer, Logs.control(), auditLog())));
      made.logRequests(requestLog(settings.watching()));
      api = Optional.of(made);
      return made;
    } catch (IllegalArgumentException refused) {
      throw new CommandFailure(StartFailures.reason(refused), refused);
    }
  }

  private Optional<AuditLog> auditLog() {
    return settings
        .audit()
        .map(audit -> {
          Path folder = audit.dir().toAbsolutePath().normalize();
          try {
            return with(
                "audit log",
                AuditLog.open(
                    new AuditLog.Settings(
                        folder,
                        switch (audit.rotation()) {
                          case DAILY -> AuditLog.Rotation.DAILY;
                          case HOURLY -> AuditLog.Rotation.HOURLY;
                        },
                        audit.kept(),
                        audit.trustForwarded())));
          } catch (IOException e) {
            throw StartFailures.auditLog(folder, e);
          }
        });
  }

  @Override
  public void reload(Settings changed) {
    inForce = changed;
    api.ifPresent(a -> {
      a.changeKeys(keys(changed.service().apiKeys()));
      a.logRequests(requestLog(changed.watching()));
      a.renewCertificate();
    });
    // Last: a source that ends may take its time, and a key that is revoked is to be gone at once.
    configurable.ifPresent(sources -> sources.configure(changed.sources()));
  }

  private static RequestLog.Rule requestLog(Settings.Watching watching) {
    return new RequestLog.Rule(
        switch (watching.access()) {
          case NONE -> RequestLog.Access.NONE;
          case ERRORS -> RequestLog.Access.ERRORS;
          case ALL -> RequestLog.Access.ALL;
        },
        watching.slow());
  }

  private static ApiSettings.Keys keys(Settings.ApiKeys keys) {
    return new ApiSettings.Keys(keys.full(), keys.alternate(), keys.readOnly(), keys.tokens());
  }

  private void listen(Api api) {
    try {
      api.start();
    } catch (RuntimeException e) {
      throw StartFailures.listen(
          settings.service().host(), settings.service().httpPort(), "--port", e);
    }
    if (settings.service().isOpen()) {
      LOG.warn(
          "No key is set: everybody who reaches {} may read, write and delete everything; set"
              + " service.api_key, or let nobody reach it",
          settings.service().host());
    }
    ready = true;
  }

  /// A process without REST shows what one with it does.
  private Supplier<String> metrics(
      Collections collections, SourceControl sources, SnapshotGateway snapshots) {
    Settings.Service service = settings.service();
    return new MetricsEndpoint(
            collections,
            sources,
            new RequestCounts(),
            snapshots.folder(),
            Optional.empty(),
            service.qdrantVersion(),
            service.metricsPrefix())
        ::text;
  }

  private boolean isReady() {
    return ready && isInTime(settings.watching().readyMaxLag(), lag);
  }

  /// @param most how long a record may wait; 0 = for ever
  static boolean isInTime(Duration most, DoubleSupplier seconds) {
    return most.isZero() || seconds.getAsDouble() <= most.toSeconds();
  }

  private String ready() {
    return new MetricsText()
        .single("millrace_ready", "gauge", "whether it is ready for requests", isReady() ? 1 : 0)
        .toString();
  }

  private void operatorPort(Supplier<String> metrics) {
    String host = settings.service().host();
    settings
        .watching()
        .metricsPort()
        .ifPresent(port -> {
          try {
            OperatorListener listener =
                with(
                    "operator's port",
                    OperatorListener.start(
                        host, port, this::isReady, () -> ready() + metrics.get()));
            LOG.info("Operator's port open metrics=http://{}:{}/metrics", host, listener.port());
          } catch (IOException e) {
            throw StartFailures.listen(host, port, "--set service.metrics_port=PORT", e);
          }
        });
  }

  private StoreSettings store() {
    Settings.Storage storage = settings.storage();
    StoreSettings defaults = StoreSettings.defaults();
    return new StoreSettings(
        switch (settings.log().durability()) {
          case FSYNC -> StoreSettings.Durability.FSYNC;
          case INTERVAL -> StoreSettings.Durability.INTERVAL;
        },
        storage.refreshInterval(),
        storage.commitInterval(),
        (long) settings.log().commitAfterMiB() << 20,
        defaults.restAfter(),
        storage.mergeThreads() == 0 ? defaults.mergeThreads() : storage.mergeThreads(),
        storage.segmentThreads(),
        Duration.ZERO,
        settings.log().fsyncGroup(),
        storage.quotas());
  }

  private ApiSettings apiSettings() {
    Settings.Service service = settings.service();
    ApiSettings defaults = ApiSettings.defaults();
    int searchThreads = settings.storage().searchThreads();
    return new ApiSettings(
        service.host(),
        service.httpPort(),
        (long) service.maxRequestSizeMiB() << 20,
        (long) settings.limits().snapshotUploadMiB() << 20,
        keys(service.apiKeys()),
        service.corsEnabled(),
        service.qdrantVersion(),
        settings.limits().requestTimeout(),
        settings.limits().requestTimeout(),
        service.keepAlive(),
        defaults.stopTimeout(),
        searchThreads == 0 ? defaults.searchThreads() : searchThreads,
        settings.limits().searchQueue(),
        service
            .tls()
            .map(tls ->
                new ApiSettings.Tls(
                    tls.certificate(), tls.key(), tls.clientAuthority(), tls.reread())),
        service.metricsPrefix(),
        settings.limits().maxCollections(),
        settings.storage().newCollections(),
        service.clientRequest(),
        new ApiSettings.Pages(
            service.pages().areServed(), service.pages().folder(), service.pages().hideTokens()));
  }

  private String address(Api api) {
    return (settings.service().tls().isPresent() ? "https://" : "http://")
        + settings.service().host()
        + ":"
        + api.port();
  }

  /// The last line of a start; everything it names is there.
  private void announce(Shape shape, Path data, Collections collections, String where) {
    long points = 0;
    for (String name : collections.names()) {
      points += collections.find(name).map(Wiring::points).orElse(0L);
    }
    if (!ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
      LOG.warn(
          "Vector instructions are off, searches are several times slower; start java with"
              + " --add-modules jdk.incubator.vector");
    }
    LOG.info(
        "Ready shape={} {} data={} collections={} points={} replayed={} seconds={}",
        shape.name().toLowerCase(Locale.ROOT),
        where,
        data,
        collections.names().size(),
        points,
        collections.totals().replayed(),
        String.format(Locale.ROOT, "%.2f", (System.nanoTime() - startedNanos) / 1e9));
  }

  private static long points(Collection collection) {
    return collection.info().points();
  }

  private <T extends AutoCloseable> T with(String name, T part) {
    parts.push(new Part(name, part));
    return part;
  }

  @Override
  public void close() {
    ready = false;
    while (!parts.isEmpty()) {
      Part part = parts.pop();
      try {
        part.closing().close();
      } catch (Exception e) {
        LOG.error("Closing went wrong part={}", part.name(), e);
      }
    }
  }
}
