package io.millrace.api.http;

import io.millrace.api.status.Fault;
import io.undertow.server.Connectors;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpContinue;
import io.undertow.util.AttachmentKey;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.xnio.channels.StreamSourceChannel;

/// Bodies that are read before their request gets a thread. Clients send head and body in packets
/// of their own: a thread that came with the head would have to sleep until the body is there
/// (`docs/performance.md`, "A request").
final class SmallBody {
  /// Queries with a vector, mostly.
  static final int MOST_BYTES = 32 << 10;

  /// Bodies that are waited for at once, so 32 MiB of them; more wait on threads.
  private static final int MOST_AWAITED = 1_024;

  private static final AttachmentKey<ByteBuffer> BODY = AttachmentKey.create(ByteBuffer.class);
  private static final AttachmentKey<IOException> BROKEN = AttachmentKey.create(IOException.class);

  private final HttpHandler next;
  private final AtomicInteger awaited = new AtomicInteger();

  /// @param next called on an IO thread
  SmallBody(HttpHandler next) {
    this.next = next;
  }

  /// Bodies that have not come whole.
  int awaited() {
    return awaited.get();
  }

  /// On an IO thread: goes on once the body is read, or at once if it is larger, of a length that
  /// is not told, or the client waits to be asked for it.
  void readBefore(HttpServerExchange exchange) throws Exception {
    OptionalLong bytes = declaredLength(exchange.getRequestHeaders());
    if (bytes.isEmpty()
        || bytes.getAsLong() <= 0
        || bytes.getAsLong() > MOST_BYTES
        || HttpContinue.requiresContinueResponse(exchange)
        || awaited.get() >= MOST_AWAITED) {
      next.handleRequest(exchange);
      return;
    }
    ByteBuffer body = ByteBuffer.allocate((int) bytes.getAsLong());
    StreamSourceChannel channel = exchange.getRequestChannel();
    if (isRead(channel, body, exchange)) {
      next.handleRequest(exchange);
      return;
    }
    awaited.incrementAndGet();
    channel
        .getReadSetter()
        .set(ready -> {
          if (isRead(ready, body, exchange)) {
            awaited.decrementAndGet();
            ready.suspendReads();
            Connectors.executeRootHandler(next, exchange);
          }
        });
    channel.resumeReads();
  }

  /// Whether no more is to come: all of it is there now, or the client is gone, or has sent nothing
  /// for too long, which [#check] tells.
  private static boolean isRead(
      StreamSourceChannel channel, ByteBuffer body, HttpServerExchange exchange) {
    try {
      int read = 1;
      while (body.hasRemaining() && read > 0) {
        read = channel.read(body);
      }
      if (read < 0) {
        throw new IOException("it ends after " + body.position() + " bytes");
      }
      if (!body.hasRemaining()) {
        exchange.putAttachment(BODY, body);
      }
      return !body.hasRemaining();
    } catch (IOException broken) {
      exchange.putAttachment(BROKEN, broken);
      return true;
    }
  }

  /// Refuses a request whose body did not come whole.
  static void check(HttpServerExchange exchange) {
    IOException broken = exchange.getAttachment(BROKEN);
    if (broken != null) {
      throw unreadable(broken);
    }
  }

  static Fault unreadable(IOException why) {
    return Fault.json(400, "Error reading the request body: " + why.getMessage());
  }

  /// Empty if it was not read before.
  static Optional<InputStream> of(HttpServerExchange exchange) {
    return bytes(exchange).map(ByteArrayInputStream::new);
  }

  /// As [#of]; not to be changed.
  static Optional<byte[]> bytes(HttpServerExchange exchange) {
    return Optional.ofNullable(exchange.getAttachment(BODY)).map(ByteBuffer::array);
  }

  /// Empty where it is not told, or is no number.
  static OptionalLong declaredLength(HeaderMap headers) {
    String length = headers.getFirst(Headers.CONTENT_LENGTH);
    try {
      return length == null
          ? OptionalLong.empty()
          : OptionalLong.of(Long.parseLong(length.strip()));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
