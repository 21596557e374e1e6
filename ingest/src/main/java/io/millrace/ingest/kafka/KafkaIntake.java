package io.millrace.ingest.kafka;

import io.millrace.ingest.config.Assignment;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.pipeline.Backoff;
import io.millrace.ingest.pipeline.CheckpointFile;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.pipeline.MemoryBudget;
import io.millrace.ingest.pipeline.ResumePoint;
import io.millrace.ingest.pipeline.SourceEpochs;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.pipeline.StreamLane;
import io.millrace.ingest.pipeline.Tally;
import io.millrace.ingest.record.Origin;
import io.millrace.model.Failure;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running Kafka source.
///
/// A watch thread looks at the cluster once a second: is it there, is it the same one, are the
/// topics the same ones, are there new partitions, how far do the logs reach. It begins and ends
/// the feeds of partitions ([KafkaFeeds]), writes the checkpoint ([KafkaLife]) and publishes
/// positions for lag tools. Poll threads read ([KafkaPoller]), each partition's own thread decodes
/// and submits ([KafkaFeed]). With `assignment: group` it reads what the group gives ([ByGroup]).
/// What a position belongs to, and what happens when that is gone: [LostPositions].
///
/// The checkpoint never passes a record that was polled after the topic id was last seen to be
/// right.
public final class KafkaIntake implements Intake {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaIntake.class);

  private static final Duration TICK = Duration.ofSeconds(1);
  private static final long DISCOVER_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long DISCOVER_MISSING_NANOS = Duration.ofSeconds(2).toNanos();

  /// A question to a cluster that is away takes seconds by itself.
  private static final Backoff.Pace AWAY =
      new Backoff.Pace(Duration.ofMillis(200), Duration.ofSeconds(5));

  private static final Duration DENIED = Duration.ofSeconds(60);

  private final KafkaSource source;
  private final SourceRun run;
  private final MemoryBudget budget;
  private final Route route;
  private final KafkaLife life;
  private final KafkaFeeds feeds;
  private final StartOffsets starts;
  private final LostPositions lost;
  private final LogExtents extents = new LogExtents();
  private final PublishedOffsets published;
  private final SilentPartitions silent;
  private final Thread watch;
  private final Semaphore wake = new Semaphore(0);
  private volatile boolean stopping;

  private volatile Health health = new Health(SourceState.WAITING, "Not connected yet");

  // Watch thread only.
  private @Nullable KafkaCluster cluster;
  private Set<String> topics = Set.of();
  private boolean topicsMissing;
  private long nextDiscoverNanos = System.nanoTime();
  private Backoff backoff = AWAY.start();

  /// @param dataId tells this data folder from others, for published positions
  public KafkaIntake(
      KafkaSource source,
      SourceRun run,
      SourceEpochs epochs,
      CheckpointFile checkpoints,
      MemoryBudget budget,
      String dataId,
      Route route) {
    this(source, run, epochs, checkpoints, budget, dataId, route, KafkaConsumer::new);
  }

  /// @param consumers makes the consumers that read, by their properties
  KafkaIntake(
      KafkaSource source,
      SourceRun run,
      SourceEpochs epochs,
      CheckpointFile checkpoints,
      MemoryBudget budget,
      String dataId,
      Route route,
      Function<Properties, Consumer<byte[], byte[]>> consumers) {
    this.source = source;
    this.run = run;
    this.budget = budget;
    this.route = route;
    this.life = new KafkaLife(source.name(), epochs, checkpoints);
    this.feeds = new KafkaFeeds(source, run, budget, wake::release, consumers);
    this.starts = new StartOffsets(source, run, life);
    this.lost = new LostPositions(source, run, life, feeds);
    this.published = new PublishedOffsets(source, dataId);
    this.silent =
        new SilentPartitions(
            source.name(), run.counts()::addSilence, feeds::asks, feeds::readAnew, feeds::reader);
    this.watch =
        Thread.ofPlatform().daemon().name("kafka-" + source.name() + "-watch").unstarted(this::run);
  }

  @Override
  public void start() {
    feeds.start();
    watch.start();
  }

  @Override
  public void stop() {
    stopping = true;
    wake.release();
    run.gate().shut();
    try {
      if (!watch.join(Duration.ofSeconds(8))) {
        watch.interrupt();
      }
    } catch (InterruptedException e) {
      watch.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  // ---- for those who ask

  @Override
  public SourceStatus status() {
    Health worst = health.worse(feeds.health());
    Map<TopicPartition, SourceStatus.StreamStatus> streams = new TreeMap<>(IN_ORDER);
    life.points()
        .forEach((stream, point) ->
            streams.put(
                partition(stream),
                SourceStatus.StreamStatus.elsewhere(stream, point.next().number())));
    long held = 0;
    for (KafkaFeed feed : feeds.all()) {
      if (feed.isTaken()) {
        streams.put(
            feed.partition(),
            SourceStatus.StreamStatus.elsewhere(
                feed.lane().stream(), feed.lane().done().mark().number()));
        continue;
      }
      held += feed.heldBytes();
      worst = worst.worse(feed.health());
      streams.put(feed.partition(), extents.status(feed, feeds.reader(feed.partition())));
    }
    if (source.assignment() instanceof Assignment.All) {
      streams.values().removeIf(SourceStatus.StreamStatus::isElsewhere); // not opened yet
    }
    return new SourceStatus(
        source.name(),
        "kafka",
        worst.worse(run.gate().health()),
        life.epoch(),
        List.copyOf(streams.values()),
        SourceStatus.Measured.of(run),
        held);
  }

  private static final Comparator<TopicPartition> IN_ORDER =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  private static TopicPartition partition(String stream) {
    String topic = KafkaLife.topicOf(stream);
    return new TopicPartition(topic, Integer.parseInt(stream.substring(topic.length() + 1)));
  }

  // ---- the watch thread

  private void run() {
    try {
      while (!stopping) {
        boolean unused = wake.tryAcquire(tick().toMillis(), TimeUnit.MILLISECONDS);
        wake.drainPermits();
      }
      end();
    } catch (InterruptedException e) {
      // the end, without ceremony
    } finally {
      feeds.stop();
      KafkaCluster open = cluster;
      if (open != null) {
        open.close();
      }
    }
  }

  /// One look at everything. Returns when to look again.
  private Duration tick() throws InterruptedException {
    try {
      KafkaCluster open = cluster;
      if (open == null) {
        open =
            new KafkaCluster(KafkaProperties.admin(source, "millrace-" + source.name() + "-watch"));
        cluster = open;
      }
      Health now = look(open);
      if (now.state() != health.state()) {
        LOG.info(
            "A source changed source={} state={} why={}", source.name(), now.state(), now.why());
      }
      health = now;
      backoff = AWAY.start();
      return TICK;
    } catch (ExecutionException e) {
      return wait(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException | KafkaException | Failure e) {
      return wait(e);
    } catch (RuntimeException e) {
      silent.forget();
      LOG.error("The watch of a source failed and goes on source={}", source.name(), e);
      health = new Health(SourceState.FAILED, String.valueOf(e));
      return DENIED;
    }
  }

  private Duration wait(Throwable why) {
    silent.forget();
    boolean denied =
        why instanceof AuthenticationException || why instanceof AuthorizationException;
    String said = why.getMessage() == null ? why.toString() : why.getMessage();
    Health now =
        new Health(
            denied ? SourceState.DENIED : SourceState.WAITING,
            why instanceof Failure ? said : "Kafka at " + source.bootstrap() + ": " + said);
    if (now.state() != health.state() || health.why().equals("Not connected yet")) {
      LOG.warn("A source waits source={} state={} why={}", source.name(), now.state(), now.why());
    }
    health = now;
    return denied ? DENIED : backoff.next();
  }

  private Health look(KafkaCluster open)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<KafkaFeed, Long> polledBefore = new HashMap<>();
    feeds.all().forEach(feed -> polledBefore.put(feed, feed.polled().number()));
    long now = System.nanoTime();
    if (!life.hasBegun() || now - nextDiscoverNanos >= 0) {
      Health changed = lost.cluster(open.id());
      if (changed.state() != SourceState.RUNNING) {
        return changed;
      }
      topics = open.matching(source.topics());
      if (source.deadLetters().isPresent()) {
        topics.remove(source.deadLetters().get());
      }
      nextDiscoverNanos = now + (topicsMissing ? DISCOVER_MISSING_NANOS : DISCOVER_NANOS);
    }
    Map<String, KafkaCluster.Topic> described = open.describe(topics);
    Set<String> missing = new HashSet<>(topics);
    missing.removeAll(described.keySet());
    topicsMissing = !missing.isEmpty();
    Set<String> recreated = life.recreated(described);
    Health same = lost.topics(recreated, described);
    if (same.state() == SourceState.WAITING) {
      return same; // the next look begins a new life
    }
    feeds.end(
        feeds.all().stream().filter(feed -> missing.contains(feed.partition().topic())).toList(),
        life);
    replaceEnded(open);
    lost.truncated(open);
    feeds.want(described.keySet());
    openNew(open, described, recreated);
    polledBefore.forEach((feed, upTo) -> {
      if (!recreated.contains(feed.partition().topic())
          && described.containsKey(feed.partition().topic())) {
        feed.verify(upTo);
      }
    });
    dropTaken();
    extents.measure(open, feeds.all(), described.keySet());
    silent.look(feeds.all(), extents::end, System.nanoTime());
    feeds.all().forEach(life::remember);
    life.write();
    published.publish(open, feeds, life.durable());
    if (same.state() != SourceState.RUNNING) {
      return same;
    }
    return missing.isEmpty()
        ? Health.RUNNING
        : new Health(SourceState.WAITING, "There is no topic " + String.join(", ", missing));
  }

  /// What a group took away is ours no more; where we would go on is remembered.
  private void dropTaken() {
    for (KafkaFeed feed : feeds.all()) {
      if (feed.isGone()) {
        life.remember(feed);
        feeds.forget(feed);
        wake.release(); // it may have come back meanwhile
      }
    }
  }

  // ---- beginning and ending

  /// Feeds whose collection is another one than before begin again.
  private void replaceEnded(KafkaCluster open)
      throws ExecutionException, InterruptedException, TimeoutException {
    for (KafkaFeed feed : feeds.all()) {
      if (feed.end() == KafkaFeed.End.MADE_AGAIN || leadsElsewhere(feed)) {
        feeds.close(List.of(feed));
        ResumePoint resume = starts.again(open, feed.partition(), feed.checkpoint());
        feeds.forget(feed);
        open(feed.partition(), resume);
      }
    }
  }

  /// Whether the alias of the binding was moved, seen without a record.
  private boolean leadsElsewhere(KafkaFeed feed) {
    Set<Long> led = feed.lane().vouched();
    Set<Long> leads = starts.bound(feed.partition());
    return !led.isEmpty()
        && !leads.isEmpty()
        && !led.containsAll(leads)
        && feed.ownHealth().state() == SourceState.RUNNING;
  }

  private void openNew(
      KafkaCluster open, Map<String, KafkaCluster.Topic> described, Set<String> recreated)
      throws ExecutionException, InterruptedException, TimeoutException {
    Set<TopicPartition> all = new HashSet<>();
    described.forEach((name, topic) -> {
      for (int i = 0; i < topic.partitions() && !recreated.contains(name); i++) {
        all.add(new TopicPartition(name, i));
      }
    });
    all.removeIf(feeds::has);
    // Also those of other servers, so that `latest` is one moment for all of them.
    Map<TopicPartition, ResumePoint> resumes = starts.begin(open, all);
    Set<TopicPartition> known = new HashSet<>(all);
    known.removeAll(resumes.keySet());
    known.removeIf(partition -> !feeds.isOurs(partition));
    resumes.keySet().removeIf(partition -> !feeds.isOurs(partition));
    resumes.putAll(starts.resume(open, known));
    life.write(); // the start of a life is durable before its first record
    resumes.forEach(this::open);
    life.begun(described.keySet());
  }

  private void open(TopicPartition partition, ResumePoint resume) {
    AtomicLong held = new AtomicLong();
    StreamLane lane =
        new StreamLane(
            run,
            life.epoch(),
            KafkaLife.stream(partition),
            new Origin.Topic(partition.topic()),
            partition.partition(),
            starts.binding(partition.topic()),
            new StreamLane.Done(resume.mark(), Tally.NONE),
            resume.vouched(),
            bytes -> {
              held.addAndGet(-bytes);
              budget.release(bytes);
            },
            Optional.empty(),
            StreamLane.Refill.FROM_START);
    feeds.open(new KafkaFeed(source.name(), partition, lane, held, budget, route));
    LOG.info(
        "A partition is read source={} partition={} from={}",
        source.name(),
        partition,
        resume.mark().number());
  }

  // ---- the end

  /// Stops reading, finishes what is submitted, looks once more at the topics' ids and writes the
  /// checkpoint.
  private void end() throws InterruptedException {
    Collection<KafkaFeed> all = feeds.all();
    feeds.close(all);
    KafkaCluster open = cluster;
    if (!life.hasBegun() || open == null) {
      return;
    }
    try {
      Map<String, KafkaCluster.Topic> described = open.describe(topics);
      Set<String> recreated = life.recreated(described);
      for (KafkaFeed feed : all) {
        String topic = feed.partition().topic();
        if (described.containsKey(topic) && !recreated.contains(topic)) {
          feed.verify(feed.polled().number());
        }
      }
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      LOG.info(
          "The cluster does not answer at the end, the checkpoint stays a little behind source={}",
          source.name());
    }
    try {
      all.forEach(life::remember);
      life.write();
    } catch (Failure e) {
      LOG.warn("The last checkpoint could not be written source={}", source.name(), e);
    }
  }
}
