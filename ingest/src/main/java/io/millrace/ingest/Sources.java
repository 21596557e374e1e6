package io.millrace.ingest;

import io.millrace.inference.Embedder;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.ResetTo;
import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.ingest.deadletter.FileDeadLetters;
import io.millrace.ingest.deadletter.HiddenLetters;
import io.millrace.ingest.inbox.InboxIntake;
import io.millrace.ingest.kafka.KafkaDeadLetters;
import io.millrace.ingest.kafka.KafkaIntake;
import io.millrace.ingest.kafka.KafkaProperties;
import io.millrace.ingest.kafka.KafkaReset;
import io.millrace.ingest.pipeline.Checkpoint;
import io.millrace.ingest.pipeline.CheckpointFile;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.pipeline.MemoryBudget;
import io.millrace.ingest.pipeline.PausedStreams;
import io.millrace.ingest.pipeline.SourceEpochs;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.pipeline.Target;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.FilterReader;
import io.millrace.ingest.record.InferenceReader;
import io.millrace.ingest.record.Origin;
import io.millrace.ingest.record.RawRecord;
import io.millrace.ingest.record.RecordDecoder;
import io.millrace.ingest.registry.SchemaRegistry;
import io.millrace.ingest.route.SourceRoutes;
import io.millrace.model.BadInput;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The door of the module: all sources of a process, from start to close. Those of the
/// configuration file are there as long as the process; others are made, replaced and deleted at
/// run time and kept in the catalog. Safe for use by several threads; changes wait for each other.
public final class Sources implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

  private static final Health PAUSED = new Health(SourceState.PAUSED, "Paused by a person");

  private final SourcesConfig config;
  private final Surroundings around;
  private final SourceRun.Paces paces;
  private final SourceRoutes routes;
  private final MemoryBudget budget;
  private final ReentrantLock changing = new ReentrantLock();

  /// In the order of the configuration, then as they were made. Replaced as a whole.
  private volatile Map<String, Live> sources = Map.of();

  /// What ingest needs of the rest of the process.
  ///
  /// @param collections where records go
  /// @param epochs the lives of sources, kept by the catalog
  /// @param creator makes collections from templates
  /// @param filters reads filters of operations
  /// @param dataId tells this data folder from others, for published group names
  /// @param store keeps sources that are made at run time
  /// @param texts reads and shows configurations of sources
  /// @param inference reads what is to be embedded
  /// @param embedder by whom
  /// @param tracer gets a span per batch of records
  public record Surroundings(
      Targets collections,
      SourceEpochs epochs,
      CollectionCreator creator,
      FilterReader filters,
      String dataId,
      SourceStore store,
      SourceTexts texts,
      InferenceReader inference,
      Optional<Embedder> embedder,
      Tracer tracer) {

    /// Without sources that are made at run time, and without models.
    public Surroundings(
        Targets collections,
        SourceEpochs epochs,
        CollectionCreator creator,
        FilterReader filters,
        String dataId) {
      this(
          collections,
          epochs,
          creator,
          filters,
          dataId,
          SourceStore.NONE,
          SourceTexts.NONE,
          InferenceReader.NONE,
          Optional.empty(),
          TracerProvider.noop().get("millrace"));
    }
  }

  /// Who owns a source's configuration.
  public enum Owner {
    /// The configuration file: read-only here.
    FILE,
    /// The API: in the catalog.
    API
  }

  /// A source for who manages it.
  ///
  /// @param text its configuration as JSON, secrets hidden
  /// @param isPaused by a person, durably
  public record Described(
      String name, Owner owner, String text, boolean isPaused, Optional<SourceStatus> status) {}

  private record Live(
      SourceConfig config,
      Owner owner,
      SourceRun run,
      HiddenLetters hidden,
      RecordDecoder decoder,
      Optional<SchemaRegistry> registry) {

    void close() {
      run.meters().close();
      run.deadLetters().close();
      registry.ifPresent(SchemaRegistry::close);
    }
  }

  /// Looked at in one go.
  private static final int MAX_LETTERS = 10_000;

  /// Throws [IllegalArgumentException] for a configuration that cannot work; connects to nothing.
  public Sources(SourcesConfig config, Surroundings around) {
    this(config, around, SourceRun.Paces.DEFAULT);
  }

  /// @param paces between tries
  public Sources(SourcesConfig config, Surroundings around, SourceRun.Paces paces) {
    this.config = config;
    this.around = around;
    this.paces = paces;
    this.budget = new MemoryBudget(config.ingestBytes());
    this.routes = new SourceRoutes(around.tracer());
    for (SourceConfig source : config.sources()) {
      add(source, Owner.FILE);
    }
    for (SourceStore.Stored stored : around.store().all()) {
      if (!stored.text().isEmpty() && !sources.containsKey(stored.name())) {
        try {
          add(around.texts().parse(stored.name(), stored.text()), Owner.API);
        } catch (BadInput | IllegalArgumentException e) {
          LOG.error(
              "A source of the catalog cannot be read and does not run source={} why={}",
              stored.name(),
              e.getMessage());
        }
      }
    }
  }

  // ---- making and ending

  private void add(SourceConfig source, Owner owner) {
    DeadLetters files =
        new FileDeadLetters(config.ingestFolder().resolve("dead").resolve(source.name()));
    CheckpointFile checkpoints = new CheckpointFile(config.ingestFolder(), source.name());
    SourceRun run =
        SourceRun.of(source, around.collections(), around.creator(), letters(source, files), paces);
    run.gate().close(paused(source.name()).read());
    if (around.store().find(source.name()).map(SourceStore.Stored::isPaused).orElse(false)) {
      run.gate().close(PAUSED);
    }
    Optional<SchemaRegistry> registry =
        source instanceof KafkaSource topics
            ? topics.registry().map(SchemaRegistry::new)
            : Optional.empty();
    RecordDecoder decoder =
        new RecordDecoder(
            around.filters(), registry.map(found -> found), around.inference(), around.embedder());
    switch (source) {
      case KafkaSource topics ->
          routes.add(
              SourceRoutes.Scheme.KAFKA,
              source.name(),
              decoder,
              route ->
                  new KafkaIntake(
                      topics, run, around.epochs(), checkpoints, budget, around.dataId(), route));
      case FilesSource folder ->
          routes.add(
              SourceRoutes.Scheme.INBOX,
              source.name(),
              decoder,
              route ->
                  new InboxIntake(
                      folder,
                      run,
                      around.epochs(),
                      checkpoints,
                      config.ingestFolder().resolve("inbox").resolve(source.name()),
                      budget,
                      route));
    }
    Map<String, Live> now = new LinkedHashMap<>(sources);
    HiddenLetters hidden =
        new HiddenLetters(config.ingestFolder().resolve("dead").resolve(source.name() + ".hidden"));
    now.put(source.name(), new Live(source, owner, run, hidden, decoder, registry));
    sources = Collections.unmodifiableMap(now);
  }

  private static DeadLetters letters(SourceConfig source, DeadLetters files) {
    return switch (source) {
      case KafkaSource topics -> {
        List<String> faults = KafkaProperties.faults(topics.properties());
        if (!faults.isEmpty()) {
          throw new IllegalArgumentException(
              "Source '" + source.name() + "': " + String.join("; ", faults));
        }
        yield topics
            .deadLetters()
            .<DeadLetters>map(topic -> new KafkaDeadLetters(topics, topic, files))
            .orElse(files);
      }
      case FilesSource folder -> files;
    };
  }

  private void end(String source) {
    Live live = sources.get(source);
    if (live == null) {
      return;
    }
    routes.remove(source);
    live.close();
    Map<String, Live> now = new LinkedHashMap<>(sources);
    now.remove(source);
    sources = Collections.unmodifiableMap(now);
  }

  private PausedStreams paused(String source) {
    return new PausedStreams(config.ingestFolder(), source);
  }

  /// Returns soon, whether the origins answer or not.
  public void start() {
    routes.start();
  }

  // ---- looking

  /// In the order of the configuration.
  public List<SourceStatus> status() {
    List<SourceStatus> all = new ArrayList<>();
    for (String name : sources.keySet()) {
      status(name).ifPresent(all::add);
    }
    return all;
  }

  /// Empty for a source that is not configured or not started.
  public Optional<SourceStatus> status(String source) {
    return routes.intake(source).map(Intake::status);
  }

  public List<Described> describe() {
    return sources.keySet().stream().map(this::describe).toList();
  }

  /// Throws [Failure.NotFound].
  public Described describe(String source) {
    Live live = require(source);
    Optional<SourceStore.Stored> stored = around.store().find(source);
    String text =
        switch (live.owner()) {
          case FILE -> around.texts().ofFile(source).orElse("{}");
          case API -> around.texts().hidden(stored.map(SourceStore.Stored::text).orElse("{}"));
        };
    return new Described(
        source,
        live.owner(),
        text,
        stored.map(SourceStore.Stored::isPaused).orElse(false),
        status(source));
  }

  // ---- changing

  /// Makes or replaces a source. Checked completely before it is taken: its text, its topics and
  /// its collections. Throws [BadInput] with all faults, [Failure.AlreadyExists] for the name of a
  /// source of the configuration file, [Failure.Unavailable] when its cluster does not answer.
  public Described put(String name, String json) {
    changing.lock();
    try {
      requireOurs(name);
      SourceConfig wanted = around.texts().parse(name, json);
      refuse(faults(wanted));
      around.store().put(name, json);
      end(name);
      add(wanted, Owner.API);
      LOG.info("A source was made or replaced source={}", name);
      return describe(name);
    } catch (IllegalArgumentException refused) {
      throw BadInput.badRequest(String.valueOf(refused.getMessage()));
    } finally {
      changing.unlock();
    }
  }

  /// Everything that stands against a configuration beside its text. Throws [Failure.Unavailable].
  private List<String> faults(SourceConfig wanted) {
    List<String> faults = new ArrayList<>();
    for (Binding binding : wanted.bindings()) {
      if (binding.isFixed() && binding.create().isEmpty()) {
        String collection = binding.collection().orElseThrow();
        if (around.collections().find(collection).isEmpty()) {
          faults.add(
              "There is no collection '" + collection + "'; make it first, or give 'create'");
        }
      }
    }
    switch (wanted) {
      case KafkaSource topics -> {
        faults.addAll(KafkaProperties.faultsFromOutside(topics.properties()));
        if (faults.isEmpty()) {
          faults.addAll(KafkaReset.faults(topics));
        }
      }
      case FilesSource folder -> {}
    }
    return faults;
  }

  private static void refuse(List<String> faults) {
    if (!faults.isEmpty()) {
      throw BadInput.badRequest(String.join("; ", faults));
    }
  }

  private void requireOurs(String name) {
    Live live = sources.get(name);
    if (live != null && live.owner() == Owner.FILE) {
      throw new Failure.AlreadyExists(
          "Source '" + name + "' stands in the configuration file and is changed there");
    }
  }

  /// Ends a source. A new one of that name is a new life. Throws [Failure.NotFound], and
  /// [Failure.AlreadyExists] for one of the configuration file.
  public void delete(String name) {
    changing.lock();
    try {
      require(name);
      requireOurs(name);
      around.store().remove(name);
      end(name);
      paused(name).write(Set.of());
      LOG.info("A source was deleted source={}", name);
    } finally {
      changing.unlock();
    }
  }

  /// No further records are taken, what is under way is finished. Durable. Throws
  /// [Failure.NotFound].
  public void pause(String source) {
    changing.lock();
    try {
      Live live = require(source);
      around.store().setPaused(source, true);
      live.run().gate().close(PAUSED);
    } finally {
      changing.unlock();
    }
  }

  /// The same for some of its streams. Throws [Failure.NotFound].
  public void pause(String source, Set<String> streams) {
    changing.lock();
    try {
      Live live = require(source);
      Set<String> all = new TreeSet<>(live.run().gate().stoppedStreams());
      all.addAll(streams);
      paused(source).write(all);
      live.run().gate().close(streams);
    } finally {
      changing.unlock();
    }
  }

  /// Also after a surge; who waits tries again at once. Throws [Failure.NotFound].
  public void resume(String source) {
    changing.lock();
    try {
      Live live = require(source);
      around.store().setPaused(source, false);
      paused(source).write(Set.of());
      live.run().gate().open();
    } finally {
      changing.unlock();
    }
  }

  /// The same for some of its streams. Throws [Failure.NotFound].
  public void resume(String source, Set<String> streams) {
    changing.lock();
    try {
      Live live = require(source);
      Set<String> all = new TreeSet<>(live.run().gate().stoppedStreams());
      all.removeAll(streams);
      paused(source).write(all);
      live.run().gate().open(streams);
    } finally {
      changing.unlock();
    }
  }

  /// Begins a new life at other positions. The source stays paused until it is resumed. Throws
  /// [Failure.NotFound], [BadInput] for one that is neither paused nor stopped, and for files,
  /// [Failure.Unavailable] with nothing changed.
  ///
  /// @param streams that begin again, empty = all; the others go on where they are
  /// @return the new epoch
  public long reset(String source, ResetTo to, Set<String> streams) {
    changing.lock();
    try {
      Live live = require(source);
      if (!(live.config() instanceof KafkaSource topics)) {
        throw BadInput.badRequest("Files have no positions to reset; drop a file again");
      }
      requireStill(source, live);
      around.store().setPaused(source, true);
      CheckpointFile checkpoints = new CheckpointFile(config.ingestFolder(), source);
      Set<Long> vouched = new HashSet<>();
      around.collections().all().stream().map(Target::uid).forEach(vouched::add);
      end(source);
      try {
        Optional<Checkpoint> before = checkpoints.read();
        Checkpoint planned = KafkaReset.plan(topics, before, 0, to, streams, vouched);
        long epoch = around.epochs().next(source);
        checkpoints.write(
            new Checkpoint(epoch, planned.cluster(), planned.topics(), planned.streams()));
        LOG.warn("A source was reset and waits to be resumed source={} epoch={}", source, epoch);
        return epoch;
      } finally {
        add(live.config(), live.owner());
        Optional.ofNullable(sources.get(source))
            .ifPresent(again -> again.run().gate().close(PAUSED));
      }
    } finally {
      changing.unlock();
    }
  }

  private void requireStill(String source, Live live) {
    SourceState state = status(source).map(now -> now.health().state()).orElse(SourceState.PAUSED);
    boolean paused = live.run().gate().health().state() == SourceState.PAUSED;
    boolean stopped =
        switch (state) {
          case LOG_TRUNCATED, TOPIC_RECREATED, CLUSTER_CHANGED -> true;
          case RUNNING, PAUSED, WAITING, PARKED, SURGE, DENIED, FAILED -> false;
        };
    if (!paused && !stopped) {
      throw BadInput.badRequest("Source '" + source + "' runs; pause it before a reset");
    }
  }

  // ---- asking

  /// What a record would turn out to be; changes nothing. Throws [Failure.NotFound].
  public Decoded tryOut(String source, Origin origin, RawRecord record) {
    String from =
        switch (origin) {
          case Origin.Topic topic -> topic.name();
          case Origin.DroppedFile file -> file.name();
        };
    Live live = require(source);
    return live.config().bindings().stream()
        .filter(binding -> binding.matches(from))
        .findFirst()
        .map(binding -> checked(live.decoder().decode(record, origin, binding)))
        .orElse(new Decoded.Dropped(Decoded.Dropped.Why.UNBOUND));
  }

  /// Newest first. Throws [Failure.NotFound], [Failure.Unavailable].
  public List<DeadLetters.Entry> deadLetters(String source, int limit) {
    return visible(require(source), limit).stream().map(DeadLetters.Kept::entry).toList();
  }

  /// Those that were neither replayed nor purged.
  private static List<DeadLetters.Kept> visible(Live live, int limit) {
    int more = (int) Math.min(Integer.MAX_VALUE, (long) limit + live.hidden().size());
    return live.run().deadLetters().kept(more).stream()
        .filter(letter -> !live.hidden().contains(letter.entry().id()))
        .limit(limit)
        .toList();
  }

  /// Tries dead letters again, oldest first. Throws [Failure.NotFound], [Failure.Unavailable] with
  /// those before it done.
  ///
  /// @param limit looked at, newest first
  public Replayed replay(
      String source,
      Predicate<DeadLetters.Entry> which,
      int limit,
      Replayed.Mode mode,
      Replayed.Run run)
      throws InterruptedException {
    Live live = require(source);
    Replay replay =
        new Replay(
            live.config(),
            live.decoder(),
            around.collections(),
            live.run().deadLetters(),
            live.hidden());
    List<Replayed.Result> results = new ArrayList<>();
    for (DeadLetters.Kept letter : chosen(live, which, limit).reversed()) {
      results.add(replay.one(letter, mode, run));
    }
    return new Replayed(results);
  }

  /// Dead letters are not shown any more; their bytes go when their store lets them go. Returns how
  /// many. Throws [Failure.NotFound].
  public int purge(String source, Predicate<DeadLetters.Entry> which, int limit) {
    Live live = require(source);
    List<String> ids =
        chosen(live, which, limit).stream().map(letter -> letter.entry().id()).toList();
    live.hidden().add(ids);
    return ids.size();
  }

  private static List<DeadLetters.Kept> chosen(
      Live live, Predicate<DeadLetters.Entry> which, int limit) {
    return visible(live, MAX_LETTERS).stream()
        .filter(letter -> which.test(letter.entry()))
        .limit(limit)
        .toList();
  }

  /// With what its collection would say, as far as there is one.
  private Decoded checked(Decoded decoded) {
    if (decoded instanceof Decoded.Operations(String collection, var operations)) {
      Optional<Target> target = around.collections().find(collection);
      if (target.isPresent()) {
        try {
          target.get().validate(operations);
        } catch (BadInput refused) {
          return Decoded.Bad.of(refused);
        }
      }
    }
    return decoded;
  }

  /// Returns when readers see everything up to and including the positions, when that cannot come
  /// to pass, or at the deadline. Throws [Failure.NotFound] for an unknown source,
  /// [Failure.AlreadyExists] for a position of an earlier life.
  ///
  /// @param collections that readers look at; empty = all the streams go to
  public SourceWait.Answer await(
      List<StreamPosition> positions, List<String> collections, Deadline deadline)
      throws InterruptedException {
    return new SourceWait(
            around.collections(),
            name -> {
              Live live = require(name);
              return new SourceWait.Asked(
                  live.run(), routes.intake(name), around.epochs().current(name).orElse(0));
            })
        .until(positions, collections, deadline);
  }

  /// Bytes of records between fetch and log.
  public long inFlightBytes() {
    return budget.used();
  }

  /// What they may be for all sources together.
  public long budgetBytes() {
    return budget.limit();
  }

  private Live require(String source) {
    Live live = sources.get(source);
    if (live == null) {
      throw new Failure.NotFound("There is no source '" + source + "'");
    }
    return live;
  }

  /// Stops reading, finishes what is submitted, writes the checkpoints. Takes a few seconds at
  /// most.
  @Override
  public void close() {
    routes.close();
    sources.values().forEach(Live::close);
  }
}
