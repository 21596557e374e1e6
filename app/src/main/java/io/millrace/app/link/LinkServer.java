package io.millrace.app.link;

import io.millrace.api.LocalGateway;
import io.millrace.api.LocalWork;
import io.millrace.api.SnapshotGateway;
import io.millrace.api.SourceControl;
import io.millrace.api.UpdateResult;
import io.millrace.api.WriteGateway;
import io.millrace.api.WriterWork;
import io.millrace.api.trace.TracedWrites;
import io.millrace.app.link.wire.Wire;
import io.millrace.catalog.CatalogImage;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.WriteBatch;
import io.millrace.model.Failure;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The ingest process's end: takes writes from query processes and tells them what was published.
/// Only its own user may connect.
public final class LinkServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LinkServer.class);

  /// How often it looks for new publications; they come at most every refresh interval. Short,
  /// because a reader's freshness has this on top.
  private static final Duration LOOK = Duration.ofMillis(25);

  /// Requests of one connection at work. What is more gets a "later" at once.
  private static final int REQUESTS = 1_024;

  private final Path socket;
  private final ServerSocketChannel listener;
  private final Collections collections;
  private final WriteGateway writes;
  private final WriterWork work;
  private final SnapshotGateway snapshots;
  private final SourceControl sources;
  private final LinkSpans spans;
  private final Set<Peer> peers = ConcurrentHashMap.newKeySet();

  /// Collections, by uid, of which is told also what was told before.
  private final Set<Long> tellAgain = ConcurrentHashMap.newKeySet();

  private final AtomicBoolean tellBusy = new AtomicBoolean(); // all that are, to who has just come
  private final AtomicLong looks = new AtomicLong(); // at whether a collection is busy
  private final AtomicInteger names = new AtomicInteger();
  private final ExecutorService requests =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("link-request-", 0).factory());
  private final CountDownLatch closing = new CountDownLatch(1);

  private LinkServer(
      Path socket,
      ServerSocketChannel listener,
      Collections collections,
      SnapshotGateway snapshots,
      SourceControl sources,
      Tracer tracer) {
    this.spans = new LinkSpans(tracer);
    this.snapshots = snapshots;
    this.socket = socket;
    this.listener = listener;
    this.collections = collections;
    LocalGateway local = new LocalGateway(collections);
    this.writes = tracer.isEnabled() ? new TracedWrites(local, tracer) : local;
    this.work = new LocalWork(collections);
    this.sources = sources;
  }

  /// Replaces a socket that a killed process left behind: the data folder's lock, which the caller
  /// holds, says that nobody listens there.
  ///
  /// @param sources of this process, for those who ask
  /// @param tracer gets a span per request
  public static LinkServer open(
      Path socket,
      Collections collections,
      SnapshotGateway snapshots,
      SourceControl sources,
      Tracer tracer)
      throws IOException {
    Files.deleteIfExists(socket);
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listener.bind(UnixDomainSocketAddress.of(socket));
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException | UnsupportedOperationException e) {
      listener.close();
      throw e;
    }
    var server = new LinkServer(socket, listener, collections, snapshots, sources, tracer);
    Thread.ofPlatform().daemon().name("link-accept").start(server::acceptAll);
    Thread.ofPlatform().daemon().name("link-notices").start(server::notifyAllPeers);
    return server;
  }

  private void acceptAll() {
    try {
      while (true) {
        SocketChannel channel = listener.accept();
        requests.execute(() -> welcome(channel));
      }
    } catch (ClosedChannelException closed) {
      LOG.debug("The link is closed");
    } catch (IOException e) {
      LOG.error("The link accepts nobody any more socket={}", socket, e);
    }
  }

  private void welcome(SocketChannel channel) {
    String name = "link-" + names.incrementAndGet();
    var connection = new Connection(channel, name);
    try {
      Wire.Hello other = connection.peer.greet();
      peers.add(connection.peer);
      connection.peer.start(connection::receive);
      tellBusy.set(true);
      LOG.info("Connected link={} pid={}", name, other.getPid());
    } catch (IOException e) {
      LOG.warn("A connection was refused link={} cause={}", name, e.toString());
      connection.peer.close();
    }
  }

  private final class Connection {
    private final Peer peer;
    private final Semaphore room = new Semaphore(REQUESTS);

    Connection(SocketChannel channel, String name) {
      peer = new Peer(channel, name, this::ended);
    }

    private void ended() {
      peers.remove(peer);
    }

    // its read thread only
    private void receive(Wire.Message message) {
      if (!message.hasRequest()) {
        return;
      }
      if (!room.tryAcquire()) {
        reply(
            message.getCall(),
            failed(
                new Failure.TooMuch(
                    "The ingest process has " + REQUESTS + " writes at work",
                    Duration.ofSeconds(1))));
        return;
      }
      requests.execute(() -> {
        Span span = spans.begin(message);
        try (Scope scope = span.makeCurrent()) {
          reply(message.getCall(), answer(message.getRequest()));
        } finally {
          span.end();
          room.release();
        }
      });
    }

    private void reply(long call, Wire.Reply reply) {
      peer.send(Wire.Message.newBuilder().setCall(call).setReply(reply).build());
    }
  }

  private Wire.Reply answer(Wire.Request request) {
    Wire.Reply.Builder reply = Wire.Reply.newBuilder();
    try {
      switch (request.getKindCase()) {
        case SUBMIT -> reply.setSubmitted(submit(request.getSubmit()));
        case CREATE -> {
          Wire.CreateCollection create = request.getCreate();
          writes.createCollection(create.getName(), Shapes.config(create.getConfig()));
          reply.setDone(Wire.Done.getDefaultInstance());
        }
        case UPDATE -> {
          Wire.UpdateCollection update = request.getUpdate();
          writes.updateCollection(update.getName(), Shapes.config(update.getConfig()));
          Wire.Done.Builder done = Wire.Done.newBuilder().setLook(looks.incrementAndGet());
          collections
              .find(update.getName())
              .ifPresent(collection -> {
                done.setBusy(collection.isBusy());
                tellAgain.add(collection.uid()); // it may be over before anybody looks
              });
          reply.setDone(done);
        }
        case DROP ->
            reply.setDropped(
                Wire.Dropped.newBuilder()
                    .setExisted(writes.dropCollection(request.getDrop().getName())));
        case CHANGE_ALIASES -> {
          writes.changeAliases(Shapes.aliases(request.getChangeAliases()));
          reply.setDone(Wire.Done.getDefaultInstance());
        }
        case CHANGE_QUOTAS -> {
          writes.changeQuotas(Shapes.quotas(request.getChangeQuotas()));
          reply.setDone(Wire.Done.getDefaultInstance());
        }
        case CREATE_SNAPSHOT ->
            reply.setSnapshotCreated(
                Wire.SnapshotCreated.newBuilder()
                    .setName(
                        snapshots.create(LinkSnapshots.scope(request.getCreateSnapshot())).name()));
        case RESTORE_SNAPSHOT -> {
          Wire.RestoreSnapshot restore = request.getRestoreSnapshot();
          snapshots.restore(restore.getCollection(), Path.of(restore.getPath()));
          reply.setDone(Wire.Done.getDefaultInstance());
        }
        case STATUS ->
            reply.setHealth(
                Wire.Health.newBuilder()
                    .setReady(true)
                    .setPid(ProcessHandle.current().pid())
                    .setSourcesJson(
                        sources.ask(SourceControl.Question.of(SourceControl.Kind.LIST, "", ""))));
        case ASK_SOURCES ->
            reply.setSources(
                Wire.Sources.newBuilder()
                    .setJson(sources.ask(Shapes.question(request.getAskSources()))));
        case ASK_WORK -> reply.setWork(work(request.getAskWork()));
        case KIND_NOT_SET -> throw new IllegalArgumentException("a request of no kind");
      }
      return reply.build();
    } catch (Failure failure) {
      return failed(failure);
    } catch (RuntimeException bug) {
      LOG.error("A request over the link failed kind={}", request.getKindCase(), bug);
      return failed(bug);
    }
  }

  private Wire.Submitted submit(Wire.Submit submit) {
    WriteGateway.Wait wait =
        submit.hasWaitMillis()
            ? new WriteGateway.Wait.Searchable(Duration.ofMillis(submit.getWaitMillis()))
            : new WriteGateway.Wait.None();
    WriteBatch batch =
        WriteBatch.decode(WriteBatch.Lane.INTERACTIVE, submit.getBatch().toByteArray());
    UpdateResult result = writes.submit(submit.getCollection(), batch.operations(), wait);
    Wire.Submitted.Builder submitted =
        Wire.Submitted.newBuilder()
            .setLastSequence(result.lastOperationId())
            .setState(
                switch (result.status()) {
                  case ACKNOWLEDGED -> Wire.Submitted.State.ACKNOWLEDGED;
                  case COMPLETED -> Wire.Submitted.State.COMPLETED;
                  case WAIT_TIMEOUT -> Wire.Submitted.State.WAIT_TIMEOUT;
                });
    for (var failure : result.failures()) {
      Wire.Outcome.Builder outcome = Wire.Outcome.newBuilder();
      failure.ifPresent(f -> outcome.setFailure(Shapes.failure(f)));
      submitted.addOutcomes(outcome);
    }
    return submitted.build();
  }

  private Wire.Work work(Wire.AskWork question) {
    Wire.Work.Builder answer = Wire.Work.newBuilder();
    if (question.hasCollection()) {
      String name = question.getCollection();
      WriterWork.Merges merges =
          collections.find(name).map(work::merges).orElse(WriterWork.Merges.NONE);
      merges.running().forEach(merge -> answer.addMerges(Shapes.merge(name, merge)));
      merges.ended().forEach(merge -> answer.addMerges(Shapes.merge(name, merge)));
    } else {
      WriterWork.All all = work.all();
      all.jobs().forEach(job -> answer.addJobs(Shapes.job(job)));
      all.merges()
          .forEach((name, running) ->
              running.forEach(merge -> answer.addMerges(Shapes.merge(name, merge))));
    }
    return answer.build();
  }

  private static Wire.Reply failed(RuntimeException failure) {
    return Wire.Reply.newBuilder().setFailed(Shapes.failure(failure)).build();
  }

  /// Looks at what is searchable here, which was published before, at what is at work, and at the
  /// catalog.
  private void notifyAllPeers() {
    Map<Long, Told> told = new HashMap<>(); // by uid
    CatalogImage toldCatalog = collections.catalog().image();
    try {
      while (!closing.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          if (tellBusy.getAndSet(false)) {
            told.values().removeIf(Told::busy);
          }
          CatalogImage image = collections.catalog().image(); // a new one per change
          if (image != toldCatalog) {
            toldCatalog = image;
            tell(
                Wire.Message.newBuilder()
                    .setCatalogChanged(Wire.CatalogChanged.getDefaultInstance())
                    .build());
          }
          for (String name : image.collections().keySet()) {
            collections.find(name).ifPresent(collection -> tellPublished(collection, told));
          }
        } catch (RuntimeException e) {
          LOG.warn("Telling what was published failed, trying again cause={}", e.toString());
        }
      }
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
    }
  }

  /// What was told of a collection, and so need not be told again.
  private record Told(boolean busy, long sequence) {}

  private void tellPublished(Collection collection, Map<Long, Told> told) {
    long uid = collection.uid();
    boolean again = tellAgain.remove(uid);
    long look = looks.incrementAndGet(); // after that: newer than the answer that asked for it
    Told before = told.get(uid);
    boolean busy = collection.isBusy(); // first: what it did is then published
    long sequence = collection.progress().searchable();
    if (again || before == null || before.busy != busy || before.sequence != sequence) {
      told.put(uid, new Told(busy, sequence));
      tell(
          Wire.Message.newBuilder()
              .setPublished(
                  Wire.Published.newBuilder()
                      .setUid(uid)
                      .setSequence(sequence)
                      .setBusy(busy)
                      .setLook(look))
              .build());
    }
  }

  private void tell(Wire.Message notice) {
    for (Peer peer : peers) {
      peer.send(notice);
    }
  }

  /// New requests find no one; those at work end first, for a bounded time.
  @Override
  public void close() {
    closing.countDown();
    try {
      listener.close();
      Files.deleteIfExists(socket);
    } catch (IOException e) {
      LOG.warn("Closing the link's socket failed socket={}", socket, e);
    }
    requests.shutdown();
    try {
      if (!requests.awaitTermination(3, TimeUnit.SECONDS)) {
        LOG.warn("Writes that came over the link are not finished");
      }
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
    }
    peers.forEach(Peer::close);
    requests.shutdownNow();
  }
}
