package io.millrace.app.link;

import io.millrace.app.link.wire.Wire;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The query process's end. Keeps one connection and makes it again when it is lost.
///
/// ```
/// down   calls fail at once: nothing is queued for a process that is not there
///    -> up      a try to connect succeeds; tries are 0.1 s to 2 s apart
/// up     calls go out, replies and notices come in
///    -> down    the connection ends; calls without a reply fail
/// ```
public final class LinkClient implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LinkClient.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /// What comes in without being asked for. Called on the link's read thread, which must not wait.
  public interface Notices {
    /// A connection was made; what was told before may be out of date.
    void connected();

    /// The connection ended: nobody knows what is at work there.
    void disconnected();

    /// @param busy whether merges are at work there, or indexes are filled
    /// @param look that saw it, of this connection: a higher one is newer
    void published(long uid, boolean busy, long look);

    void catalogChanged();
  }

  private final Path socket;
  private final Notices notices;
  private final AtomicLong calls = new AtomicLong();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final CountDownLatch firstUp = new CountDownLatch(1);
  private volatile @Nullable Session session; // written by the connecting thread only

  private LinkClient(Path socket, Notices notices) {
    this.socket = socket;
    this.notices = notices;
  }

  /// Starts connecting and returns at once.
  public static LinkClient start(Path socket, Notices notices) {
    var client = new LinkClient(socket, notices);
    Thread.ofPlatform().daemon().name("link-connect").start(client::keepConnected);
    return client;
  }

  /// Whether it came up in time.
  public boolean awaitUp(Duration atMost) {
    try {
      return firstUp.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  public boolean isUp() {
    Session now = session;
    return now != null && now.peer.isOpen();
  }

  /// What an ingest process says about itself; throws [IOException] when none answers.
  public static Health health(Path socket, Duration patience) throws IOException {
    var once = new LinkClient(socket, new NoNotices());
    Session session = once.connect();
    try {
      once.session = session;
      Wire.Health health =
          once.call(
                  Wire.Request.newBuilder().setStatus(Wire.Status.getDefaultInstance()).build(),
                  Deadline.in(patience))
              .getHealth();
      return new Health(health.getReady(), health.getPid(), health.getSourcesJson());
    } finally {
      session.peer.close();
    }
  }

  /// @param sourcesJson states of the sources
  public record Health(boolean ready, long pid, String sourcesJson) {}

  private static final class NoNotices implements Notices {
    @Override
    public void connected() {}

    @Override
    public void disconnected() {}

    @Override
    public void published(long uid, boolean busy, long look) {}

    @Override
    public void catalogChanged() {}
  }

  /// Asks and waits for the reply. Throws what the other side failed with; [Failure.Unavailable]
  /// while the link is down, or when it goes down before the reply: the request may then have taken
  /// effect or not.
  Wire.Reply call(Wire.Request request, Deadline deadline) {
    Session now = session;
    if (now == null || !now.peer.isOpen()) {
      throw unreachable();
    }
    long call = calls.incrementAndGet();
    var reply = new CompletableFuture<Wire.Reply>();
    now.waiting.put(call, reply);
    try {
      Wire.Message.Builder message = Wire.Message.newBuilder().setCall(call).setRequest(request);
      LinkSpans.tell(message);
      if (!now.peer.send(message.build())) {
        throw unreachable();
      }
      Wire.Reply answer = reply.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
      if (answer.hasFailed()) {
        throw Shapes.failure(answer.getFailed());
      }
      return answer;
    } catch (TimeoutException e) {
      throw new Failure.TimedOut("The ingest process did not answer in time");
    } catch (ExecutionException e) {
      throw new Failure.Unavailable(
          "The ingest process went away before it answered; the write may have taken effect or"
              + " not");
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("The server is stopping");
    } finally {
      now.waiting.remove(call);
    }
  }

  static Failure.Unavailable unreachable() {
    return new Failure.Unavailable(
        "Writes are off: the ingest process is not reachable. Reads go on; try again later");
  }

  private void keepConnected() {
    Duration pause = FIRST_PAUSE;
    boolean told = false;
    try {
      do {
        if (!isUp()) {
          try {
            session = connect();
            LOG.info("Connected to the ingest process socket={}", socket);
            pause = FIRST_PAUSE;
            told = false;
            firstUp.countDown();
            notices.connected();
          } catch (IOException e) {
            if (!told) {
              LOG.warn(
                  "The ingest process is not reachable, writes are off socket={} cause={}",
                  socket,
                  e.toString());
              told = true;
            }
            pause =
                pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                    ? pause.multipliedBy(2)
                    : LONGEST_PAUSE;
          }
        }
      } while (!closing.await(pause.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
    }
  }

  private Session connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      var connected = new Session(channel);
      connected.peer.greet();
      connected.peer.start(connected::receive);
      return connected;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /// One connection and the calls that wait for it.
  private final class Session {
    private final Peer peer;
    private final Map<Long, CompletableFuture<Wire.Reply>> waiting = new ConcurrentHashMap<>();

    Session(SocketChannel channel) {
      peer = new Peer(channel, "link", this::ended);
    }

    // the read thread only
    private void receive(Wire.Message message) {
      switch (message.getKindCase()) {
        case REPLY -> {
          CompletableFuture<Wire.Reply> reply = waiting.get(message.getCall());
          if (reply != null) {
            reply.complete(message.getReply());
          }
        }
        case PUBLISHED ->
            notices.published(
                message.getPublished().getUid(),
                message.getPublished().getBusy(),
                message.getPublished().getLook());
        case CATALOG_CHANGED -> notices.catalogChanged();
        case HELLO, REQUEST, KIND_NOT_SET ->
            LOG.warn("An unexpected message kind={}", message.getKindCase());
      }
    }

    private void ended() {
      IOException gone = new IOException("the connection ended");
      waiting.values().forEach(reply -> reply.completeExceptionally(gone));
      notices.disconnected();
    }
  }

  @Override
  public void close() {
    closing.countDown();
    Session now = session;
    if (now != null) {
      now.peer.close();
    }
  }
}
