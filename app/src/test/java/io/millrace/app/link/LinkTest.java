package io.millrace.app.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.api.LocalSnapshots;
import io.millrace.api.UpdateResult;
import io.millrace.api.WriteGateway.Wait;
import io.millrace.api.WriterWork;
import io.millrace.collection.Collection;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.collection.Snapshots;
import io.millrace.collection.StoreSettings;
import io.millrace.frame.RealDisk;
import io.millrace.meter.Jobs;
import io.millrace.meter.MergeLog;
import io.millrace.model.AliasAction;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.QuotaConfig;
import io.millrace.model.Selection;
import io.millrace.model.TextOptions;
import io.millrace.model.VectorValue;
import io.millrace.snapshot.SnapshotFolder;
import io.millrace.snapshot.SnapshotFolder.Description;
import io.millrace.snapshot.SnapshotFolder.Scope;
import io.opentelemetry.api.trace.TracerProvider;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Both ends of the link in one process, over one data folder: one store that writes and one that
/// follows it.
class LinkTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Wait SEEN = new Wait.Searchable(PATIENCE);

  @TempDir private Path folder;
  private Path socket;
  private Collections writing;
  private LinkServer server;
  private Collections reading;
  private Follower follower;
  private LinkClient client;
  private LinkGateway gateway;

  @BeforeEach
  void open() throws IOException {
    socket = folder.resolve("link.sock");
    writing =
        Collections.open(
            folder.resolve("data"),
            StoreSettings.defaults().withPublishInterval(Duration.ofMillis(100)));
    server =
        LinkServer.open(
            socket, writing, snapshots(), question -> "[]", TracerProvider.noop().get(""));
    reading = Collections.openReadOnly(folder.resolve("data"), StoreSettings.defaults());
    follower = Follower.start(reading, Duration.ofSeconds(60)); // told by notices, not by looking
    client = LinkClient.start(socket, follower);
    gateway = new LinkGateway(client, reading);
    assertThat(client.awaitUp(PATIENCE)).isTrue();
  }

  @AfterEach
  void close() {
    client.close();
    follower.close();
    reading.close();
    server.close();
    writing.close();
  }

  private LocalSnapshots snapshots() {
    return new LocalSnapshots(
        new Snapshots(writing, folder.resolve("snapshots"), Clock.systemUTC()));
  }

  @Test
  void a_snapshot_is_made_and_restored_by_the_process_that_writes() {
    var remote =
        new LinkSnapshots(
            client, reading, new SnapshotFolder(folder.resolve("snapshots"), new RealDisk()));
    gateway.createCollection("c", CollectionConfig.unnamed(2, Distance.DOT));
    gateway.submit("c", List.of(upsert(1)), SEEN);
    Scope scope = new Scope.OfCollection("c");

    Description made = remote.create(scope);
    gateway.submit("c", List.of(upsert(2)), SEEN);
    remote.restore("c", remote.folder().find(scope, made.name()));

    assertThat(count("c")).isEqualTo(1);
    gateway.submit("c", List.of(upsert(3)), SEEN);
    assertThat(count("c")).isEqualTo(2);
    assertThat(remote.create(new Scope.Full()).name()).startsWith("full-snapshot-");
    assertThatThrownBy(() -> remote.create(new Scope.OfCollection("no")))
        .isInstanceOf(Failure.NotFound.class);
    server.close();
    assertThatThrownBy(() -> remote.create(scope)).isInstanceOf(Failure.Unavailable.class);
  }

  @Test
  void a_waited_write_is_in_the_next_read_of_the_other_side() {
    gateway.createCollection("c", CollectionConfig.unnamed(2, Distance.DOT));
    for (int i = 0; i < 20; i++) {
      UpdateResult result = gateway.submit("c", List.of(upsert(i)), SEEN);

      assertThat(result.status()).isEqualTo(UpdateResult.Status.COMPLETED);
      assertThat(result.lastOperationId()).isEqualTo(i);
      assertThat(count("c")).isEqualTo(i + 1);
    }
  }

  @Test
  void a_write_nobody_waits_for_is_followed_by_its_notice() {
    gateway.createCollection("c", CollectionConfig.unnamed(2, Distance.DOT));

    UpdateResult result = gateway.submit("c", List.of(upsert(1)), new Wait.None());

    assertThat(result.status()).isEqualTo(UpdateResult.Status.ACKNOWLEDGED);
    await(() -> count("c") == 1);
  }

  @Test
  void a_change_by_the_writing_side_itself_is_followed_too() {
    writing.create("made-there", CollectionConfig.unnamed(2, Distance.DOT));

    await(() -> reading.find("made-there").isPresent());
  }

  @Test
  void the_catalog_is_seen_when_its_change_returns() {
    gateway.createCollection("c", CollectionConfig.unnamed(2, Distance.DOT));
    gateway.changeAliases(List.of(new AliasAction.Create("a", "c")));
    assertThat(reading.find("a")).isPresent();

    assertThat(gateway.dropCollection("c")).isTrue();
    assertThat(gateway.dropCollection("c")).isFalse();

    assertThat(reading.names()).isEmpty();
    assertThat(reading.aliases()).isEmpty();
  }

  @Test
  void quotas_are_kept_by_the_writing_side_and_known_here_when_their_change_returns() {
    gateway.createCollection("c", CollectionConfig.unnamed(2, Distance.DOT));
    QuotaConfig full =
        new QuotaConfig(true, OptionalInt.empty(), OptionalInt.of(1), OptionalInt.empty());

    gateway.changeQuotas(full);

    assertThat(reading.quotas().config()).isEqualTo(full);
    assertThatThrownBy(() -> gateway.submit("c", List.of(upsert(1)), SEEN))
        .isInstanceOf(Failure.StorageFull.class)
        .hasMessageStartingWith("Disk usage is at ");
  }

  @Test
  void jobs_and_merges_of_the_writing_side_are_told_as_they_are() {
    gateway.createCollection("c", CollectionConfig.unnamed(2, Distance.DOT));
    gateway.createCollection("d", CollectionConfig.unnamed(2, Distance.DOT));
    Collection here = reading.require("c");
    var work = new LinkWork(client);
    writing.jobs().begin(Jobs.Kind.SNAPSHOT, "c", 5).end(Jobs.Outcome.FAILED);
    Jobs.Running filling =
        writing.jobs().begin(Jobs.Kind.INDEX, "c", "a[].b", 8, Duration.ofSeconds(4));
    filling.advance(2);
    MergeLog log = writing.require("c").merges().orElseThrow();
    var parts = List.of(new MergeLog.Part(UUID.randomUUID(), 3));
    log.begin(MergeLog.Kind.FLAT, parts, Optional::empty).end(MergeLog.Outcome.CANCELLED, 0);
    UUID made = UUID.randomUUID();
    log.begin(MergeLog.Kind.SETTINGS, parts, () -> Optional.of(made));

    WriterWork.All all = work.all();

    assertThat(all.jobs()).extracting(Jobs.Job::id).containsExactly(2L, 1L);
    Jobs.Job first = all.jobs().getFirst();
    assertThat(first.progress()).isEqualTo(0.25);
    assertThat(first.field()).isEqualTo("a[].b");
    assertThat(first.took()).isGreaterThanOrEqualTo(Duration.ofSeconds(4));
    filling.end(Jobs.Outcome.DONE);
    assertThat(work.all().jobs()).isEqualTo(writing.jobs().all());
    assertThat(all.merges()).isEqualTo(Map.of("c", log.running()));
    assertThat(work.merges(here)).isEqualTo(new WriterWork.Merges(log.running(), log.ended()));
    assertThat(work.merges(reading.require("d"))).isEqualTo(WriterWork.Merges.NONE);
    server.close();
    assertThatThrownBy(work::all)
        .isInstanceOf(Failure.Unavailable.class)
        .hasMessageContaining("the ingest process");
    assertThatThrownBy(() -> work.merges(here)).isInstanceOf(Failure.Unavailable.class);
  }

  @Test
  void a_collection_whose_index_is_filled_there_is_yellow_here_until_it_is() {
    CollectionConfig plain = CollectionConfig.unnamed(2, Distance.DOT);
    gateway.createCollection("c", plain);
    gateway.submit("c", IntStream.range(0, 5_000).mapToObj(LinkTest::text).toList(), SEEN);
    await(() -> status() == CollectionInfo.Status.GREEN);

    gateway.updateCollection(
        "c",
        plain.withPayloadSchema(
            new PayloadSchema(
                Map.of(PayloadPath.parse("t"), new PayloadIndex.Text(TextOptions.DEFAULT)))));

    assertThat(status()).isEqualTo(CollectionInfo.Status.YELLOW);
    await(() -> status() == CollectionInfo.Status.GREEN);
    assertThat(writing.require("c").isBusy()).isFalse();
    assertThat(new LinkWork(client).all().jobs().getFirst().outcome()).contains(Jobs.Outcome.DONE);
  }

  private CollectionInfo.Status status() {
    return reading.require("c").info().status();
  }

  @Test
  void nobody_is_at_work_while_the_link_is_down() throws IOException {
    gateway.createCollection("c", CollectionConfig.unnamed(2, Distance.DOT));
    reading.require("c").writerIsBusy(true, Long.MAX_VALUE);

    server.close();
    await(() -> !client.isUp());
    await(() -> !reading.require("c").isBusy()); // nobody is at work
    server =
        LinkServer.open(
            socket, writing, snapshots(), question -> "[]", TracerProvider.noop().get(""));

    assertThat(reading.require("c").isBusy()).isFalse();
  }

  /// An answer may be handled after what was told behind it.
  @Test
  void an_older_look_at_the_work_there_does_not_count() {
    gateway.createCollection("c", CollectionConfig.unnamed(2, Distance.DOT));
    Collection collection = reading.require("c");

    collection.writerIsBusy(false, 1_000_000);
    collection.writerIsBusy(true, 999_999);
    assertThat(collection.isBusy()).isFalse();

    collection.writerIsGone();
    collection.writerIsBusy(true, 1);
    assertThat(collection.isBusy()).isTrue();
  }

  @Test
  void refusals_and_outcomes_arrive_as_they_were() {
    gateway.createCollection("c", CollectionConfig.unnamed(3, Distance.DOT));

    assertThatThrownBy(() -> gateway.submit("c", List.of(upsert(1)), SEEN))
        .isInstanceOf(BadInput.class)
        .hasMessageContaining("expected dim: 3, got 2");
    assertThatThrownBy(() -> gateway.submit("none", List.of(upsert(1)), SEEN))
        .isInstanceOf(Failure.NotFound.class);
    assertThatThrownBy(
            () -> gateway.createCollection("c", CollectionConfig.unnamed(3, Distance.DOT)))
        .isInstanceOf(Failure.AlreadyExists.class);
    UpdateResult missing =
        gateway.submit(
            "c",
            List.of(
                new Operation.SetPayload(
                    new Selection.Ids(List.of(PointId.of(7))),
                    PayloadBytes.of("{\"a\":1}"),
                    Optional.empty())),
            SEEN);
    assertThat(missing.failures()).hasSize(1);
    assertThat(missing.failures().getFirst().orElseThrow())
        .isInstanceOf(Failure.NotFound.class)
        .hasMessage("No point with id 7 found");
  }

  @Test
  void while_the_writing_side_is_gone_writes_fail_at_once_and_reads_go_on() throws IOException {
    gateway.createCollection("c", CollectionConfig.unnamed(2, Distance.DOT));
    gateway.submit("c", List.of(upsert(1)), SEEN);

    server.close();

    await(() -> !client.isUp());
    assertThatThrownBy(() -> gateway.submit("c", List.of(upsert(2)), SEEN))
        .isInstanceOf(Failure.Unavailable.class)
        .hasMessage(
            "Writes are off: the ingest process is not reachable. Reads go on; try again later");
    assertThat(count("c")).isEqualTo(1);

    server =
        LinkServer.open(
            socket, writing, snapshots(), question -> "[]", TracerProvider.noop().get(""));
    await(client::isUp);
    gateway.submit("c", List.of(upsert(2)), SEEN);
    assertThat(count("c")).isEqualTo(2);
  }

  @Test
  void only_the_owner_may_connect() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-------");
  }

  @Test
  void nonsense_on_the_socket_ends_that_connection_only() throws IOException {
    try (SocketChannel stranger = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      stranger.connect(UnixDomainSocketAddress.of(socket));
      ByteBuffer nonsense = ByteBuffer.allocate(64);
      while (nonsense.hasRemaining()) {
        nonsense.put((byte) 0xFF);
      }
      stranger.write(nonsense.flip());
      ByteBuffer rest = ByteBuffer.allocate(1024);
      await(() -> {
        try {
          return stranger.read(rest.clear()) < 0;
        } catch (IOException reset) {
          return true;
        }
      });
    }

    gateway.createCollection("c", CollectionConfig.unnamed(2, Distance.DOT));
    assertThat(reading.names()).containsExactly("c");
  }

  @Test
  void the_state_of_the_writing_side_is_told() throws IOException {
    LinkClient.Health health = LinkClient.health(socket, PATIENCE);

    assertThat(health.ready()).isTrue();
    assertThat(health.pid()).isEqualTo(ProcessHandle.current().pid());
    assertThat(health.sourcesJson()).isEqualTo("[]");
  }

  private static Operation text(int id) {
    return new Operation.Upsert(
        List.of(
            new Point(
                PointId.of(id),
                Map.of("", new VectorValue.Dense(new float[] {1, id})),
                PayloadBytes.of("{\"t\":\"the quick brown fox " + id + "\"}"))));
  }

  private static Operation upsert(int id) {
    return new Operation.Upsert(
        List.of(
            new Point(
                PointId.of(id),
                Map.of("", new VectorValue.Dense(new float[] {1, id})),
                PayloadBytes.EMPTY)));
  }

  private long count(String name) {
    try (Searcher searcher = reading.require(name).searcher(Deadline.in(PATIENCE))) {
      return searcher.count(Filter.ALL, Deadline.in(PATIENCE));
    }
  }

  private static void await(java.util.function.BooleanSupplier condition) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(until);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }
}
