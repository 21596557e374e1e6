package io.millrace.ingest;

import io.millrace.inference.Embedder;
import io.millrace.ingest.config.Assignment;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.ResetTo;
import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.config.SourceConfig.CamelSource;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourceConfig.ShadowSource;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.ingest.kafka.KafkaProperties;
import io.millrace.ingest.kafka.KafkaReset;
import io.millrace.ingest.pipeline.Checkpoint;
import io.millrace.ingest.pipeline.CheckpointFile;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.pipeline.MemoryBudget;
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
/// configuration file change with it ([#configure]); others are made, replaced and deleted at run
/// time and kept in the catalog. Safe for use by several threads; changes wait for each other.
public final class Sources implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

  private static final String NOT_BY_API =
      "Sources over Camel components stand in the configuration file only: a component reaches"
          + " whatever the server can reach";

  static final Health PAUSED = new Health(SourceState.PAUSED, "Paused by a person");

  private final Surroundings around;
  private final SourceRoutes routes;
  private final MemoryBudget budget;
  private final FileRoots roots;
  private final SourceAssembly assembly;
  private final ReentrantLock changing = new ReentrantLock();

  /// In the order of the configuration, then as they were made. Replaced as a whole.
  private volatile Map<String, LiveSource> sources = Map.of();

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

  /// Throws [IllegalArgumentException] for a configuration that cannot work; connects to nothing.
  public Sources(SourcesConfig config, Surroundings around) {
    this(config, around, SourceRun.Paces.DEFAULT);
  }

  /// @param paces between tries
  public Sources(SourcesConfig config, Surroundings around, SourceRun.Paces paces) {
    this.around = around;
    this.budget = new MemoryBudget(config.ingestBytes());
    this.routes = new SourceRoutes(around.tracer());
    this.roots = new FileRoots(config);
    this.assembly = new SourceAssembly(config, around, paces, routes, budget);
    for (SourceConfig source : config.sources()) {
      add(source, Owner.FILE);
    }
    addStored();
  }

  /// Shadows come last: they need the source they read again.
  private void addStored() {
    List<SourceConfig> shadows = new ArrayList<>();
    for (SourceStore.Stored stored : around.store().all()) {
      if (stored.text().isEmpty() || sources.containsKey(stored.name())) {
        continue;
      }
      try {
        SourceConfig source = around.texts().parse(stored.name(), stored.text());
        switch (source) {
          case ShadowSource shadow -> shadows.add(shadow);
          case FilesSource folder -> {
            roots
                .fault(folder.path())
                .ifPresent(fault -> {
                  throw BadInput.badRequest(fault);
                });
            add(folder, Owner.API);
          }
          case CamelSource camel -> throw BadInput.badRequest(NOT_BY_API);
          case KafkaSource topics -> add(topics, Owner.API);
        }
      } catch (BadInput | IllegalArgumentException e) {
        doesNotRun(stored.name(), e);
      }
    }
    for (SourceConfig shadow : shadows) {
      try {
        add(shadow, Owner.API);
      } catch (BadInput | IllegalArgumentException e) {
        doesNotRun(shadow.name(), e);
      }
    }
  }

  private static void doesNotRun(String source, RuntimeException why) {
    LOG.error(
        "A source of the catalog cannot be read and does not run source={} why={}",
        source,
        why.getMessage());
  }

  // ---- making and ending

  private void add(SourceConfig source, Owner owner) {
    LiveSource live = assembly.make(source, owner, this::original);
    Map<String, LiveSource> now = new LinkedHashMap<>(sources);
    now.put(source.name(), live);
    sources = Collections.unmodifiableMap(now);
  }

  /// The source that a shadow reads again. Throws [BadInput].
  private KafkaSource original(ShadowSource shadow) {
    LiveSource live = sources.get(shadow.of());
    if (live != null && live.config() instanceof KafkaSource topics) {
      return topics;
    }
    throw BadInput.badRequest("There is no Kafka source '" + shadow.of() + "' to read again");
  }

  private void end(String source) {
    LiveSource live = sources.get(source);
    if (live == null) {
      return;
    }
    routes.remove(source);
    live.close();
    Map<String, LiveSource> now = new LinkedHashMap<>(sources);
    now.remove(source);
    sources = Collections.unmodifiableMap(now);
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
    LiveSource live = require(source);
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
      if (wanted instanceof ShadowSource shadow) {
        end(name);
        Shadows.prepare(
            shadow,
            original(shadow),
            status(shadow.of()),
            around.collections(),
            assembly.checkpoints(name));
      }
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

  /// Takes over the sources of a configuration file that was read again: those it has no more end,
  /// new ones begin, and changed ones go on by the new text from where they stand. A source that
  /// cannot work is told of and does not run; the others are taken over all the same.
  public void configure(List<SourceConfig> ofFile) {
    changing.lock();
    try {
      Map<String, SourceConfig> wanted = new LinkedHashMap<>();
      ofFile.forEach(source -> wanted.put(source.name(), source));
      for (LiveSource live : List.copyOf(sources.values())) {
        String name = live.config().name();
        if (live.owner() == Owner.FILE && !wanted.containsKey(name)) {
          end(name);
          LOG.info("A source is not in the configuration any more and ended source={}", name);
        }
      }
      wanted.values().forEach(this::configureOne);
    } finally {
      changing.unlock();
    }
  }

  private void configureOne(SourceConfig wanted) {
    String name = wanted.name();
    LiveSource live = sources.get(name);
    if (live != null && live.config().equals(wanted)) {
      return;
    }
    if (live != null && live.owner() == Owner.API) {
      LOG.warn(
          "A source of the configuration has the name of one that was made by the API, which goes"
              + " on source={}",
          name);
      return;
    }
    try {
      end(name);
      add(wanted, Owner.FILE);
      LOG.info("A source of the configuration was made or replaced source={}", name);
    } catch (RuntimeException e) { // whatever it is: the others go on
      LOG.error(
          "A source of the configuration does not run source={} why={}", name, e.getMessage(), e);
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
      case FilesSource folder -> roots.fault(folder.path()).ifPresent(faults::add);
      case CamelSource camel -> faults.add(NOT_BY_API);
      case ShadowSource shadow -> {
        if (original(shadow).assignment() instanceof Assignment.Group) {
          faults.add(
              "The source '"
                  + shadow.of()
                  + "' shares its partitions with other servers and cannot be read again here");
        }
        if (around.collections().find(shadow.into()).isEmpty()) {
          faults.add("There is no collection '" + shadow.into() + "'; make it first");
        }
        if (around.epochs().current(shadow.of()).isEmpty()) {
          faults.add("The source '" + shadow.of() + "' has not begun yet");
        }
      }
    }
    return faults;
  }

  private static void refuse(List<String> faults) {
    if (!faults.isEmpty()) {
      throw BadInput.badRequest(String.join("; ", faults));
    }
  }

  private void requireOurs(String name) {
    LiveSource live = sources.get(name);
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
      LiveSource live = require(name);
      end(name);
      assembly.paused(name).write(Set.of());
      if (live.config() instanceof ShadowSource) {
        assembly.checkpoints(name).delete(); // it bears the epoch of another source, which goes on
      }
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
      LiveSource live = require(source);
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
      LiveSource live = require(source);
      Set<String> all = new TreeSet<>(live.run().gate().stoppedStreams());
      all.addAll(streams);
      assembly.paused(source).write(all);
      live.run().gate().close(streams);
    } finally {
      changing.unlock();
    }
  }

  /// Also after a surge; who waits tries again at once. Throws [Failure.NotFound].
  public void resume(String source) {
    changing.lock();
    try {
      LiveSource live = require(source);
      around.store().setPaused(source, false);
      assembly.paused(source).write(Set.of());
      live.run().gate().open();
    } finally {
      changing.unlock();
    }
  }

  /// The same for some of its streams. Throws [Failure.NotFound].
  public void resume(String source, Set<String> streams) {
    changing.lock();
    try {
      LiveSource live = require(source);
      Set<String> all = new TreeSet<>(live.run().gate().stoppedStreams());
      all.removeAll(streams);
      assembly.paused(source).write(all);
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
      LiveSource live = require(source);
      if (!(live.config() instanceof KafkaSource topics)) {
        throw BadInput.badRequest("Only sources over topics have positions to reset");
      }
      requireStill(source, live);
      around.store().setPaused(source, true);
      CheckpointFile checkpoints = assembly.checkpoints(source);
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

  private void requireStill(String source, LiveSource live) {
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
    LiveSource live = require(source);
    return live.config().bindings().stream()
        .filter(binding -> binding.matches(from))
        .findFirst()
        .map(binding -> checked(live.decoder().decode(record, origin, binding)))
        .orElse(new Decoded.Dropped(Decoded.Dropped.Why.UNBOUND));
  }

  /// Newest first. Throws [Failure.NotFound], [Failure.Unavailable].
  public List<DeadLetters.Entry> deadLetters(String source, int limit) {
    return require(source).letters(limit).stream().map(DeadLetters.Kept::entry).toList();
  }

  /// How many there are, and how many were let go. Asks nobody. Throws [Failure.NotFound].
  public DeadLetters.Count deadLetterCount(String source) {
    return require(source).letterCount();
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
    return require(source).replay(around.collections(), which, limit, mode, run);
  }

  /// Dead letters are not shown any more; their bytes go when their store lets them go. Returns how
  /// many. Throws [Failure.NotFound].
  public int purge(String source, Predicate<DeadLetters.Entry> which, int limit) {
    return require(source).purge(which, limit);
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
              LiveSource live = require(name);
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

  private LiveSource require(String source) {
    LiveSource live = sources.get(source);
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
    sources.values().forEach(LiveSource::close);
  }
}
