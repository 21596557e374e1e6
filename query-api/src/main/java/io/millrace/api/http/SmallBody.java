package io.millrace.api.http;

import io.undertow.server.Connectors;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpContinue;
import io.undertow.util.AttachmentKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.xnio.channels.StreamSourceChannel;

/// Bodies that are read before their request gets a thread. Clients send head and body in packets
/// of their own: a thread that came with the head would have to sleep until the body is there
/// (`docs/performance.md`, "A request").
final class SmallBody {
  /// Queries with a vector, mostly. What 4,096 connections may hold back so is 128 MiB.
  static final int MOST_BYTES = 32 << 10;

  private static final AttachmentKey<ByteBuffer> BODY = AttachmentKey.create(ByteBuffer.class);

  private SmallBody() {}

  /// On an IO thread: goes on with `next` there once the body is read, or at once if it is larger,
  /// of a length that is not told, or the client waits to be asked for it.
  static void readBefore(HttpServerExchange exchange, HttpHandler next) throws Exception {
    long bytes = exchange.getRequestContentLength();
    if (bytes <= 0 || bytes > MOST_BYTES || HttpContinue.requiresContinueResponse(exchange)) {
      next.handleRequest(exchange);
      return;
    }
    ByteBuffer body = ByteBuffer.allocate((int) bytes);
    StreamSourceChannel channel = exchange.getRequestChannel();
    if (isRead(channel, body, exchange)) {
      next.handleRequest(exchange);
      return;
    }
    channel
        .getReadSetter()
        .set(ready -> {
          if (isRead(ready, body, exchange)) {
            ready.suspendReads();
            Connectors.executeRootHandler(next, exchange);
          }
        });
    channel.resumeReads();
  }

  /// Whether no more is to come: all of it is there now, or the client is gone, or has sent nothing
  /// for too long, which who wants to read the rest learns.
  private static boolean isRead(
      StreamSourceChannel channel, ByteBuffer body, HttpServerExchange exchange) {
    try {
      int read = 1;
      while (body.hasRemaining() && read > 0) {
        read = channel.read(body);
      }
      if (!body.hasRemaining()) {
        exchange.putAttachment(BODY, body);
      }
      return !body.hasRemaining() || read < 0;
    } catch (IOException gone) {
      return true;
    }
  }

  /// Empty if it was not read before.
  static Optional<InputStream> of(HttpServerExchange exchange) {
    return Optional.ofNullable(exchange.getAttachment(BODY))
        .map(body -> new ByteArrayInputStream(body.array()));
  }
}
