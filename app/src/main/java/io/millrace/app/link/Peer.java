package io.millrace.app.link;

import io.millrace.app.link.wire.Wire;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One end of a connection. A message on the socket is `u32 length | protobuf Message`,
/// little-endian, `1 ≤ length ≤ 80 MiB`: the largest frame of the log and some head-room. Both
/// processes are on one machine, so there is no checksum.
///
/// Two threads per end: one reads and hands over, one writes what is queued. Whatever goes wrong
/// closes the connection, and `closed` is told once.
final class Peer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Peer.class);
  static final int VERSION = 4;
  private static final int MAX_MESSAGE_BYTES = 80 << 20;

  /// Messages waiting for the socket. Few: each may be as large as a request body.
  private static final int QUEUE = 64;

  /// A peer on the same machine that takes nothing for this long hangs.
  private static final Duration STALLED = Duration.ofSeconds(30);

  private final SocketChannel channel;
  private final String name;
  private final Runnable closed;
  private final BlockingQueue<Wire.Message> outgoing = new ArrayBlockingQueue<>(QUEUE);
  private final AtomicBoolean isClosed = new AtomicBoolean();

  /// Owns the channel.
  Peer(SocketChannel channel, String name, Runnable closed) {
    this.channel = channel;
    this.name = name;
    this.closed = closed;
  }

  /// Says hello and checks the other's. Throws [IOException] for another version.
  Wire.Hello greet() throws IOException {
    Wire.Hello own =
        Wire.Hello.newBuilder().setVersion(VERSION).setPid(ProcessHandle.current().pid()).build();
    write(Wire.Message.newBuilder().setHello(own).build());
    Wire.Hello other = read().getHello();
    if (other.getVersion() != VERSION) {
      throw new IOException(
          "the ingest and the query process are of different versions ("
              + VERSION
              + " and "
              + other.getVersion()
              + "); start both from one");
    }
    return other;
  }

  void start(Consumer<Wire.Message> receiver) {
    Thread.ofPlatform().daemon().name(name + "-read").start(() -> readAll(receiver));
    Thread.ofPlatform().daemon().name(name + "-write").start(this::writeAll);
  }

  /// Queues a message. False when the connection is closed or the other end takes nothing.
  boolean send(Wire.Message message) {
    try {
      if (isClosed.get() || !outgoing.offer(message, STALLED.toMillis(), TimeUnit.MILLISECONDS)) {
        close();
        return false;
      }
      return !isClosed.get();
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  boolean isOpen() {
    return !isClosed.get();
  }

  private void readAll(Consumer<Wire.Message> receiver) {
    try {
      while (!isClosed.get()) {
        receiver.accept(read());
      }
    } catch (EOFException | java.nio.channels.ClosedChannelException end) {
      LOG.debug("The connection ended link={}", name);
    } catch (IOException e) {
      LOG.warn("The connection broke link={} cause={}", name, e.toString());
    } finally {
      close();
    }
  }

  private void writeAll() {
    try {
      while (!isClosed.get()) {
        Wire.Message message = outgoing.poll(1, TimeUnit.SECONDS);
        if (message != null) {
          write(message);
        }
      }
    } catch (IOException e) {
      LOG.debug("The connection broke link={} cause={}", name, e.toString());
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
    } finally {
      close();
    }
  }

  // the greeting thread first, then the write thread only
  private void write(Wire.Message message) throws IOException {
    int length = message.getSerializedSize();
    ByteBuffer buffer = ByteBuffer.allocate(4 + length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(length).put(message.toByteArray()).flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  // the greeting thread first, then the read thread only
  private Wire.Message read() throws IOException {
    int length = fill(4).getInt();
    if (length < 1 || length > MAX_MESSAGE_BYTES) {
      throw new IOException("a message of " + length + " bytes is announced");
    }
    return Wire.Message.parseFrom(fill(length));
  }

  private ByteBuffer fill(int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new EOFException("the other end closed");
      }
    }
    return buffer.flip();
  }

  @Override
  public void close() {
    if (!isClosed.compareAndSet(false, true)) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("Closing failed link={}", name, e);
    }
    closed.run();
  }
}
