package io.millrace.ingest.kafka;

import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourceConfig.OnLost;
import io.millrace.ingest.config.Start;
import io.millrace.ingest.pipeline.Backoff;
import io.millrace.ingest.pipeline.Checkpoint;
import io.millrace.ingest.pipeline.CheckpointFile;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.pipeline.MemoryBudget;
import io.millrace.ingest.pipeline.ResumePoint;
import io.millrace.ingest.pipeline.SourceEpochs;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.pipeline.StreamLane;
import io.millrace.ingest.pipeline.Tally;
import io.millrace.ingest.pipeline.Target;
import io.millrace.ingest.record.Origin;
import io.millrace.model.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
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
/// the feeds of partitions, writes the checkpoint and publishes positions for lag tools. Poll
/// threads read ([KafkaPoller]), each partition's own thread decodes and submits ([KafkaFeed]).
///
/// **Identity.** A position counts only for (cluster id, topic id, partition). The checkpoint never
/// passes a record that was polled after the topic id was last seen to be right.
///
/// **A new life** (new epoch) carries the done positions of the partitions that are fine over and
/// begins the others again; all partitions are closed for it, so that nothing is under way.
public final class KafkaIntake implements Intake {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaIntake.class);

  private static final Duration TICK = Duration.ofSeconds(1);
  private static final long DISCOVER_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long DISCOVER_MISSING_NANOS = Duration.ofSeconds(2).toNanos();
  private static final long PUBLISH_NANOS = Duration.ofSeconds(5).toNanos();

  /// A question to a cluster that is away takes seconds by itself.
  private static final Backoff.Pace AWAY =
      new Backoff.Pace(Duration.ofMillis(200), Duration.ofSeconds(5));

  private static final Duration DENIED = Duration.ofSeconds(60);

  private final KafkaSource source;
  private final SourceRun run;
  private final SourceEpochs epochs;
  private final CheckpointFile checkpoints;
  private final MemoryBudget budget;
  private final String group;
  private final Route route;
  private final Thread watch;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final LinkedBlockingQueue<KafkaFeed> truncated = new LinkedBlockingQueue<>();
  private final List<KafkaPoller> pollers = new ArrayList<>();

  /// What is known about a partition for those who ask. Replaced as a whole.
  private record Seen(long logStart, long logEnd) {}

  // Written by the watch thread, read by all.
  private final Map<TopicPartition, KafkaFeed> feeds = new ConcurrentHashMap<>();
  private final Map<TopicPartition, Seen> seen = new ConcurrentHashMap<>();
  private volatile Health health = new Health(SourceState.WAITING, "Not connected yet");
  private volatile long epoch;

  // Watch thread only.
  private @Nullable KafkaCluster cluster;
  private String clusterId = "";
  private final Map<String, String> topicIds = new HashMap<>();
  private Set<String> topics = Set.of();
  private boolean topicsMissing;
  private Map<String, Checkpoint.StreamPoint> points = new HashMap<>();
  private boolean begun;
  private long nextDiscoverNanos = System.nanoTime();
  private long nextPublishNanos = System.nanoTime();
  private @Nullable Checkpoint written;
  private boolean publishes = true;
  private Backoff backoff = AWAY.start();

  /// @param group where positions are published
  public KafkaIntake(
      KafkaSource source,
      SourceRun run,
      SourceEpochs epochs,
      CheckpointFile checkpoints,
      MemoryBudget budget,
      String group,
      Route route) {
    this.source = source;
    this.run = run;
    this.epochs = epochs;
    this.checkpoints = checkpoints;
    this.budget = budget;
    this.group = group;
    this.route = route;
    this.watch =
        Thread.ofPlatform().daemon().name("kafka-" + source.name() + "-watch").unstarted(this::run);
  }

  @Override
  public void start() {
    for (int i = 0; i < source.consumers(); i++) {
      String name = "kafka-" + source.name() + "-poll-" + i;
      KafkaPoller poller =
          new KafkaPoller(
              name,
              () ->
                  KafkaProperties.consumer(
                      source,
                      budget.limit(),
                      "millrace-" + source.name() + "-" + name.charAt(name.length() - 1)),
              (feed, at) -> truncated.add(feed));
      pollers.add(poller);
      poller.start();
    }
    watch.start();
  }

  @Override
  public void stop() {
    stop.countDown();
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

  @Override
  public SourceStatus status() {
    Health worst = health;
    for (KafkaPoller poller : pollers) {
      worst = worst.worse(poller.health());
    }
    List<SourceStatus.StreamStatus> streams = new ArrayList<>();
    long held = 0;
    for (KafkaFeed feed : new TreeMap<>(byName(feeds)).values()) {
      Seen log = seen.get(feed.partition());
      long next = feed.lane().done().mark().number();
      held += feed.heldBytes();
      worst = worst.worse(feed.health());
      streams.add(
          new SourceStatus.StreamStatus(
              feed.lane().stream(),
              feed.health(),
              next,
              log == null ? OptionalLong.empty() : OptionalLong.of(log.logEnd()),
              log == null ? OptionalLong.empty() : OptionalLong.of(next - log.logStart())));
    }
    return new SourceStatus(
        source.name(),
        "kafka",
        worst.worse(run.gate().health()),
        epoch,
        streams,
        run.counts().tally(),
        run.counts().missing(),
        run.counts().stale(),
        run.counts().bytes(),
        held);
  }

  private static Map<String, KafkaFeed> byName(Map<TopicPartition, KafkaFeed> feeds) {
    Map<String, KafkaFeed> named = new HashMap<>();
    feeds.forEach((partition, feed) ->
        named.put(partition.topic() + "/" + "%010d".formatted(partition.partition()), feed));
    return named;
  }

  // ---- the watch thread

  private void run() {
    try {
      boolean stopping = false;
      while (!stopping) {
        stopping = stop.await(tick().toMillis(), TimeUnit.MILLISECONDS);
      }
      end();
    } catch (InterruptedException e) {
      // the end, without ceremony
    } finally {
      pollers.forEach(KafkaPoller::stop);
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
      LOG.error("The watch of a source failed and goes on source={}", source.name(), e);
      health = new Health(SourceState.FAILED, String.valueOf(e));
      return DENIED;
    }
  }

  private Duration wait(Throwable why) {
    boolean denied =
        why instanceof AuthenticationException || why instanceof AuthorizationException;
    Health now =
        new Health(
            denied ? SourceState.DENIED : SourceState.WAITING,
            why.getMessage() == null ? why.toString() : why.getMessage());
    if (now.state() != health.state() || health.why().equals("Not connected yet")) {
      LOG.warn("A source waits source={} state={} why={}", source.name(), now.state(), now.why());
    }
    health = now;
    return denied ? DENIED : backoff.next();
  }

  private Health look(KafkaCluster open)
      throws ExecutionException, InterruptedException, TimeoutException {
    long now = System.nanoTime();
    Map<KafkaFeed, Long> polledBefore = new HashMap<>();
    feeds.values().forEach(feed -> polledBefore.put(feed, feed.polled().number()));
    if (!begun || now - nextDiscoverNanos >= 0) {
      Health changed = checkCluster(open);
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
    Set<String> recreated = recreated(described);
    if (!recreated.isEmpty() && source.onTopicRecreated() != OnLost.STOP) {
      newLife(open, stream -> !recreated.contains(topicOf(stream)), Map.of());
      return new Health(SourceState.WAITING, "A new life begins");
    }
    stopRecreated(recreated, described);
    closeAll(
        feeds.values().stream()
            .filter(feed -> missing.contains(feed.partition().topic()))
            .toList());
    replaceEnded(open);
    handleTruncated(open);
    openNew(open, described, recreated);
    polledBefore.forEach((feed, upTo) -> {
      if (!recreated.contains(feed.partition().topic())
          && described.containsKey(feed.partition().topic())) {
        feed.verify(upTo);
      }
    });
    measure(open, described);
    writeCheckpoint();
    publish(open);
    if (!recreated.isEmpty()) {
      String topic = recreated.iterator().next();
      return new Health(
          SourceState.TOPIC_RECREATED,
          "The positions belong to topic "
              + topic
              + " with id "
              + topicIds.get(topic)
              + ", it has id "
              + idOf(topic, described));
    }
    return missing.isEmpty()
        ? Health.RUNNING
        : new Health(SourceState.WAITING, "There is no topic " + String.join(", ", missing));
  }

  private static String topicOf(String stream) {
    return stream.substring(0, stream.lastIndexOf('/'));
  }

  private static String stream(TopicPartition partition) {
    return partition.topic() + "/" + partition.partition();
  }

  /// At the first look: which life this is. Later: whether it is still the same cluster.
  private Health checkCluster(KafkaCluster open)
      throws ExecutionException, InterruptedException, TimeoutException {
    String id = open.id();
    if (!begun) {
      OptionalLong current = epochs.current(source.name());
      epoch = current.isPresent() ? current.getAsLong() : epochs.next(source.name());
      Optional<Checkpoint> checkpoint = checkpoints.read().filter(read -> read.epoch() == epoch);
      clusterId = checkpoint.map(Checkpoint::cluster).orElse(id);
      topicIds.clear();
      checkpoint.ifPresent(read -> topicIds.putAll(read.topics()));
      points = new HashMap<>(checkpoint.map(Checkpoint::streams).orElse(Map.of()));
      written = checkpoint.orElse(null);
      begun = true;
    }
    if (clusterId.isEmpty() || clusterId.equals(id)) {
      clusterId = id;
      return Health.RUNNING;
    }
    if (source.onClusterChanged() != OnLost.STOP) {
      clusterId = id;
      newLife(open, stream -> false, Map.of());
      return new Health(SourceState.WAITING, "A new life begins");
    }
    closeAll(new ArrayList<>(feeds.values()));
    return new Health(
        SourceState.CLUSTER_CHANGED,
        "The positions belong to cluster " + clusterId + ", this is cluster " + id);
  }

  // ---- topics with another id

  private Set<String> recreated(Map<String, KafkaCluster.Topic> described) {
    Set<String> recreated = new HashSet<>();
    described.forEach((name, topic) -> {
      String known = topicIds.putIfAbsent(name, topic.id());
      if (known != null && !known.equals(topic.id())) {
        recreated.add(name);
      }
    });
    return recreated;
  }

  private void stopRecreated(Set<String> recreated, Map<String, KafkaCluster.Topic> described) {
    List<KafkaFeed> stopped = new ArrayList<>();
    for (KafkaFeed feed : feeds.values()) {
      String topic = feed.partition().topic();
      if (recreated.contains(topic) && feed.health().state() != SourceState.TOPIC_RECREATED) {
        Health reason =
            new Health(
                SourceState.TOPIC_RECREATED,
                "The topic had id "
                    + topicIds.get(topic)
                    + " and has id "
                    + idOf(topic, described)
                    + "; records up to "
                    + feed.lane().done().mark().number()
                    + " were read, those from "
                    + feed.checkpoint().number()
                    + " on maybe from the new topic");
        feed.stopAs(reason);
        LOG.error("A partition stopped partition={} why={}", feed.partition(), reason.why());
        stopped.add(feed);
      }
    }
    close(stopped);
  }

  // ---- beginning and ending

  private interface Keeps {
    boolean stream(String stream);
  }

  /// A new epoch: all feeds end, then those streams that `keeps` tells keep their position, those
  /// in `moved` get a new one, the others begin at the source's start.
  private void newLife(KafkaCluster open, Keeps keeps, Map<String, Long> moved)
      throws InterruptedException {
    List<KafkaFeed> all = new ArrayList<>(feeds.values());
    closeAll(all);
    Map<String, Checkpoint.StreamPoint> kept = new HashMap<>();
    points.forEach((stream, point) -> {
      if (keeps.stream(stream) && !moved.containsKey(stream)) {
        kept.put(stream, point);
      }
    });
    moved.forEach((stream, next) ->
        kept.put(
            stream,
            new Checkpoint.StreamPoint(Mark.offset(next), allOf(points.get(stream)), Tally.NONE)));
    Set<String> lost = new HashSet<>(topicIds.keySet());
    points.keySet().forEach(stream -> lost.add(topicOf(stream)));
    kept.keySet().forEach(stream -> lost.remove(topicOf(stream)));
    lost.forEach(topicIds::remove);
    epoch = epochs.next(source.name());
    LOG.warn("A source begins a new life source={} epoch={}", source.name(), epoch);
    points = kept;
    fresh.clear();
    fresh.addAll(lost);
    write();
  }

  /// Topics that begin at the source's `start` although the source is not new.
  private final Set<String> fresh = new HashSet<>();

  private static Set<Long> allOf(Checkpoint.@Nullable StreamPoint point) {
    return point == null ? Set.of() : point.vouched();
  }

  private void closeAll(List<KafkaFeed> all) {
    close(all);
    for (KafkaFeed feed : all) {
      remember(feed);
      feeds.remove(feed.partition(), feed);
    }
  }

  private void close(List<KafkaFeed> closing) {
    List<CompletableFuture<Void>> removed = new ArrayList<>();
    for (KafkaFeed feed : closing) {
      removed.add(poller(feed.partition()).remove(feed));
      feed.beginClose();
    }
    try {
      CompletableFuture.allOf(removed.toArray(CompletableFuture[]::new)).get(2, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("A poll thread is slow to let go source={}", source.name());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (KafkaFeed feed : closing) {
      feed.awaitClosed(Duration.ofSeconds(3));
    }
  }

  private KafkaPoller poller(TopicPartition partition) {
    return pollers.get(Math.floorMod(partition.hashCode(), pollers.size()));
  }

  /// Feeds whose collection is another one than before begin again: behind its own last record if
  /// it was restored or rebuilt, else from the start.
  private void replaceEnded(KafkaCluster open)
      throws ExecutionException, InterruptedException, TimeoutException {
    for (KafkaFeed feed : List.copyOf(feeds.values())) {
      if (feed.end() == KafkaFeed.End.MADE_AGAIN || leadsElsewhere(feed)) {
        TopicPartition partition = feed.partition();
        Mark start =
            notAbovePositions(
                partition, start(open, Set.of(partition)).getOrDefault(partition, 0L));
        close(List.of(feed));
        feeds.remove(partition, feed);
        ResumePoint resume =
            ResumePoint.of(
                run.targets(),
                source.name(),
                epoch,
                stream(partition),
                binding(partition.topic()),
                Optional.of(new Checkpoint.StreamPoint(feed.checkpoint(), Set.of(), Tally.NONE)),
                run.onMissing(),
                () -> start);
        points.put(
            stream(partition),
            new Checkpoint.StreamPoint(resume.mark(), resume.vouched(), Tally.NONE));
        open(partition, resume);
      }
    }
  }

  /// Whether the alias of the binding was moved, seen without a record.
  private boolean leadsElsewhere(KafkaFeed feed) {
    Set<Long> led = feed.lane().vouched();
    Set<Long> leads = bound(feed.partition());
    return !led.isEmpty()
        && !leads.isEmpty()
        && !led.containsAll(leads)
        && feed.health().state() == SourceState.RUNNING;
  }

  private void handleTruncated(KafkaCluster open)
      throws ExecutionException, InterruptedException, TimeoutException {
    List<KafkaFeed> all = new ArrayList<>();
    truncated.drainTo(all);
    all.removeIf(feed -> feeds.get(feed.partition()) != feed);
    if (all.isEmpty()) {
      return;
    }
    Set<TopicPartition> partitions = new HashSet<>();
    all.forEach(feed -> partitions.add(feed.partition()));
    Map<TopicPartition, Long> starts;
    Map<TopicPartition, Long> ends;
    try {
      starts = open.logStarts(partitions);
      ends = open.logEnds(partitions);
    } catch (ExecutionException | TimeoutException e) {
      truncated.addAll(all); // asked again
      throw e;
    }
    close(all);
    Map<String, Long> moved = new HashMap<>();
    for (KafkaFeed feed : all) {
      TopicPartition partition = feed.partition();
      long at = feed.polled().number();
      long logStart = starts.getOrDefault(partition, 0L);
      long logEnd = ends.getOrDefault(partition, 0L);
      long lost = Math.max(0, logStart - at);
      Health reason =
          new Health(
              SourceState.LOG_TRUNCATED,
              "The position is "
                  + at
                  + ", the log reaches from "
                  + logStart
                  + " to "
                  + logEnd
                  + "; "
                  + lost
                  + " records are lost");
      feed.stopAs(reason);
      LOG.error("A position is out of its log partition={} why={}", partition, reason.why());
      switch (source.onTruncated()) {
        case STOP -> {}
        case RESTART -> moved.put(stream(partition), logStart);
        case LATEST -> moved.put(stream(partition), logEnd);
      }
    }
    if (!moved.isEmpty()) {
      newLife(open, stream -> true, moved);
    }
  }

  private void openNew(
      KafkaCluster open, Map<String, KafkaCluster.Topic> described, Set<String> recreated)
      throws ExecutionException, InterruptedException, TimeoutException {
    Set<TopicPartition> fromStart = new HashSet<>();
    Set<TopicPartition> fromEarliest = new HashSet<>();
    Set<TopicPartition> known = new HashSet<>();
    boolean firstLife = written == null;
    described.forEach((name, topic) -> {
      if (recreated.contains(name)) {
        return;
      }
      for (int i = 0; i < topic.partitions(); i++) {
        TopicPartition partition = new TopicPartition(name, i);
        if (feeds.containsKey(partition)) {
          continue;
        }
        if (points.containsKey(stream(partition))) {
          known.add(partition);
        } else if (firstLife || fresh.contains(name)) {
          fromStart.add(partition);
        } else {
          fromEarliest.add(partition);
        }
      }
    });
    if (fromStart.isEmpty() && fromEarliest.isEmpty() && known.isEmpty()) {
      return;
    }
    Map<TopicPartition, Long> begins = new HashMap<>(start(open, fromStart));
    begins.putAll(open.logStarts(fromEarliest));
    Map<TopicPartition, ResumePoint> resumes = new HashMap<>();
    begins.forEach((partition, at) -> {
      Mark mark = notAbovePositions(partition, at);
      resumes.put(partition, new ResumePoint(mark, bound(partition)));
      points.put(
          stream(partition),
          new Checkpoint.StreamPoint(mark, resumes.get(partition).vouched(), Tally.NONE));
    });
    Map<TopicPartition, Long> starts = start(open, known);
    for (TopicPartition partition : known) {
      Checkpoint.StreamPoint point = points.get(stream(partition));
      ResumePoint resume =
          ResumePoint.of(
              run.targets(),
              source.name(),
              epoch,
              stream(partition),
              binding(partition.topic()),
              Optional.ofNullable(point),
              run.onMissing(),
              () -> Mark.offset(starts.getOrDefault(partition, 0L)));
      resumes.put(partition, resume);
    }
    write(); // the start of a life is durable before its first record
    resumes.forEach(this::open);
    fresh.removeAll(described.keySet());
  }

  /// A start that depends on the moment never passes what an earlier, forgotten run has left.
  private Mark notAbovePositions(TopicPartition partition, long at) {
    long lowest = at;
    for (Target target : run.targets().all()) {
      OptionalLong position = target.position(source.name(), epoch, stream(partition));
      if (position.isPresent()) {
        lowest = Math.min(lowest, position.getAsLong() + 1);
      }
    }
    return Mark.offset(lowest);
  }

  /// The collection of a fixed binding, as far as it exists: it has everything below the start.
  private Set<Long> bound(TopicPartition partition) {
    return binding(partition.topic())
        .filter(Binding::isFixed)
        .flatMap(Binding::collection)
        .flatMap(name -> run.targets().find(name))
        .map(target -> Set.of(target.uid()))
        .orElse(Set.of());
  }

  private Optional<Binding> binding(String topic) {
    return source.bindings().stream().filter(binding -> binding.matches(topic)).findFirst();
  }

  private void open(TopicPartition partition, ResumePoint resume) {
    AtomicLong held = new AtomicLong();
    StreamLane lane =
        new StreamLane(
            run,
            epoch,
            stream(partition),
            new Origin.Topic(partition.topic()),
            partition.partition(),
            binding(partition.topic()),
            new StreamLane.Done(resume.mark(), Tally.NONE),
            resume.vouched(),
            bytes -> {
              held.addAndGet(-bytes);
              budget.release(bytes);
            },
            Optional.empty(),
            StreamLane.Refill.FROM_START);
    KafkaFeed feed = new KafkaFeed(source.name(), partition, lane, held, budget, route);
    feeds.put(partition, feed);
    feed.start();
    poller(partition).add(feed);
    LOG.info(
        "A partition is read source={} partition={} from={}",
        source.name(),
        partition,
        resume.mark().number());
  }

  /// Where the first life begins. For partitions that are not new, `latest` and a group have no
  /// meaning any more: their checkpoint stands for them.
  private Map<TopicPartition, Long> start(KafkaCluster open, Set<TopicPartition> partitions)
      throws ExecutionException, InterruptedException, TimeoutException {
    if (partitions.isEmpty()) {
      return Map.of();
    }
    return switch (source.start()) {
      case Start.Earliest ignored -> open.logStarts(partitions);
      case Start.At(var time) -> open.at(partitions, time.toEpochMilli());
      case Start.Latest ignored -> orPoints(partitions, open.logEnds(partitions));
      case Start.Group(String name) -> {
        Map<TopicPartition, Long> starts = new HashMap<>(open.logStarts(partitions));
        open.committed(name).forEach((partition, at) -> starts.replace(partition, at));
        yield orPoints(partitions, starts);
      }
    };
  }

  private Map<TopicPartition, Long> orPoints(
      Set<TopicPartition> partitions, Map<TopicPartition, Long> starts) {
    Map<TopicPartition, Long> result = new HashMap<>(starts);
    for (TopicPartition partition : partitions) {
      Checkpoint.StreamPoint point = points.get(stream(partition));
      if (point != null) {
        result.put(partition, point.next().number());
      }
    }
    return result;
  }

  // ---- what is written down

  private void measure(KafkaCluster open, Map<String, KafkaCluster.Topic> described)
      throws ExecutionException, InterruptedException, TimeoutException {
    Set<TopicPartition> there = new HashSet<>(feeds.keySet());
    there.removeIf(partition -> !described.containsKey(partition.topic()));
    Map<TopicPartition, Long> starts = open.logStarts(there);
    open.logEnds(there)
        .forEach((partition, logEnd) ->
            seen.put(partition, new Seen(starts.getOrDefault(partition, 0L), logEnd)));
  }

  private void remember(KafkaFeed feed) {
    if (feed.health().state() == SourceState.TOPIC_RECREATED) {
      return;
    }
    points.put(
        feed.lane().stream(),
        new Checkpoint.StreamPoint(feed.checkpoint(), feed.lane().vouched(), Tally.NONE));
  }

  private void writeCheckpoint() {
    feeds.values().forEach(this::remember);
    write();
  }

  private void write() {
    Checkpoint now = new Checkpoint(epoch, clusterId, topicIds, points);
    if (!now.equals(written)) {
      checkpoints.write(now);
      written = now;
    }
  }

  private void publish(KafkaCluster open) {
    long now = System.nanoTime();
    Checkpoint last = written;
    if (!publishes || last == null || now - nextPublishNanos < 0) {
      return;
    }
    nextPublishNanos = now + PUBLISH_NANOS;
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (KafkaFeed feed : feeds.values()) {
      Checkpoint.StreamPoint point = last.streams().get(feed.lane().stream());
      if (point != null) {
        offsets.put(feed.partition(), new OffsetAndMetadata(point.next().number()));
      }
    }
    if (offsets.isEmpty()) {
      return;
    }
    KafkaFuture<Void> unused =
        open.publish(group, offsets)
            .whenComplete((done, fault) -> {
              if (fault instanceof AuthorizationException && publishes) {
                publishes = false;
                LOG.warn(
                    "Positions are not published for lag tools group={} why={}",
                    group,
                    fault.getMessage());
              }
            });
  }

  /// Stops reading, finishes what is submitted, looks once more at the topics' ids and writes the
  /// checkpoint.
  private void end() throws InterruptedException {
    List<KafkaFeed> all = new ArrayList<>(feeds.values());
    close(all);
    KafkaCluster open = cluster;
    if (!begun || open == null) {
      return;
    }
    try {
      Map<String, KafkaCluster.Topic> described = open.describe(topics);
      Set<String> recreated = recreated(described);
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
      writeCheckpoint();
    } catch (Failure e) {
      LOG.warn("The last checkpoint could not be written source={}", source.name(), e);
    }
  }

  /// Of a topic that was found under another id than before.
  private static String idOf(String topic, Map<String, KafkaCluster.Topic> described) {
    return Objects.requireNonNull(described.get(topic), topic).id();
  }
}
