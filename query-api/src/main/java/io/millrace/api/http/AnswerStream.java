package io.millrace.api.http;

import io.undertow.io.AsyncSenderImpl;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/// Where an answer's body is written. Up to [#HELD_BYTES] are held back, so that a failure found
/// while writing can still become an error answer and small answers carry their length; the rest
/// streams.
final class AnswerStream extends OutputStream {
  static final int HELD_BYTES = 64 << 10;

  /// Below this an answer fits into a packet or two and is not worth compressing.
  private static final int GZIP_FROM_BYTES = 4 << 10;

  private final HttpServerExchange exchange;
  private final boolean gzip;
  private byte[] held = new byte[2 << 10];
  private int length;
  private OutputStream out = OutputStream.nullOutputStream();
  private boolean committed;

  /// @param gzip whether the client takes it
  AnswerStream(HttpServerExchange exchange, boolean gzip) {
    this.exchange = exchange;
    this.gzip = gzip;
  }

  /// Whether bytes are on their way to the client.
  boolean isCommitted() {
    return committed;
  }

  /// From here on everything is passed through: `bytes` of them, as they are.
  OutputStream raw(long bytes) throws IOException {
    committed = true;
    exchange.setResponseContentLength(bytes);
    out = exchange.getOutputStream();
    held = new byte[0];
    return out;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] b, int off, int len) throws IOException {
    if (!committed && length + len <= HELD_BYTES) {
      if (length + len > held.length) {
        held = java.util.Arrays.copyOf(held, Math.min(HELD_BYTES, 2 * (length + len)));
      }
      System.arraycopy(b, off, held, length, len);
      length += len;
      return;
    }
    if (!committed) {
      commit();
    }
    out.write(b, off, len);
  }

  /// Sends what is held. Must be called once the body is whole, as the last step of the call; not
  /// after a failure.
  ///
  /// What is held and not compressed is sent by the connection's IO thread, which then waits for
  /// the next request: from this thread it would be sent by the same number of calls, but the IO
  /// thread would spin meanwhile if the next request came at once.
  void finish() throws IOException {
    if (!committed && !isCompressed()) {
      committed = true;
      ByteBuffer whole = ByteBuffer.wrap(held, 0, length);
      exchange.dispatch(exchange.getIoThread(), ex -> new AsyncSenderImpl(ex).send(whole));
      return;
    }
    if (!committed) {
      commit();
    }
    out.close();
  }

  private boolean isCompressed() {
    return gzip && length >= GZIP_FROM_BYTES;
  }

  private void commit() throws IOException {
    committed = true;
    boolean compressed = isCompressed();
    if (compressed) {
      exchange.getResponseHeaders().put(Headers.CONTENT_ENCODING, "gzip");
    }
    OutputStream plain = exchange.getOutputStream();
    out = compressed ? new FastGzip(plain) : plain;
    out.write(held, 0, length);
    held = new byte[0];
  }

  /// JSON shrinks nearly as much at the fastest level.
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, 8 << 10);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
