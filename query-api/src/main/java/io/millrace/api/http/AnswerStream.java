package io.millrace.api.http;

import io.millrace.api.endpoint.NeedsThread;
import io.undertow.io.AsyncSenderImpl;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Where an answer's body is written. Up to [#HELD_BYTES] are held back, so that a failure found
/// while writing can still become an error answer and small answers carry their length; the rest
/// streams, for which it [NeedsThread].
final class AnswerStream extends OutputStream {
  static final int HELD_BYTES = 64 << 10;

  /// Below this an answer fits into a packet or two and is not worth compressing.
  private static final int CODED_FROM_BYTES = 4 << 10;

  private final HttpServerExchange exchange;
  private final Optional<Coding> coding;
  private byte[] held = new byte[2 << 10];
  private int length;
  private final Sent sent;
  private OutputStream out = OutputStream.nullOutputStream();
  private boolean committed;

  /// @param coding that the client takes
  AnswerStream(HttpServerExchange exchange, Optional<Coding> coding) {
    this.exchange = exchange;
    this.coding = coding;
    this.sent = new Sent(exchange);
  }

  /// Whether bytes are on their way to the client.
  boolean isCommitted() {
    return committed;
  }

  /// From here on everything is passed through: `bytes` of them, as they are.
  OutputStream raw(long bytes) throws IOException {
    NeedsThread.check();
    committed = true;
    exchange.setResponseContentLength(bytes);
    out = sent;
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
      NeedsThread.check();
      commit();
    }
    out.write(b, off, len);
  }

  /// Sends what is held. Must be called once the body is whole, as the last step of the call; not
  /// after a failure.
  ///
  /// What is held is sent by the connection's IO thread, which then waits for the next request:
  /// from a thread of its own it would be sent by the same number of calls, but the IO thread would
  /// spin meanwhile if the next request came at once.
  void finish() throws IOException {
    if (committed) {
      out.close();
      return;
    }
    ByteBuffer whole = whole();
    committed = true;
    exchange.setResponseContentLength(whole.remaining());
    if (exchange.isInIoThread()) {
      new AsyncSenderImpl(exchange).send(whole);
    } else {
      exchange.dispatch(exchange.getIoThread(), ex -> new AsyncSenderImpl(ex).send(whole));
    }
  }

  private ByteBuffer whole() throws IOException {
    Optional<Coding> used = coding();
    if (used.isEmpty()) {
      return ByteBuffer.wrap(held, 0, length);
    }
    tellOf(used.get());
    ByteArrayOutputStream coded = new ByteArrayOutputStream(length / 2);
    try (OutputStream to = used.get().encoded(coded)) {
      to.write(held, 0, length);
    }
    return ByteBuffer.wrap(coded.toByteArray());
  }

  /// Frees what codes the answer; nothing is sent any more.
  void abandon() {
    sent.isOpen = false;
    try {
      out.close();
    } catch (IOException | RuntimeException nobodyListens) {
      // A coder that failed before may say so again; the connection is closed all the same.
    }
  }

  /// The way to the client, until the answer is given up.
  private static final class Sent extends OutputStream {
    private final HttpServerExchange exchange;
    private boolean isOpen = true;

    Sent(HttpServerExchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] b, int off, int len) throws IOException {
      if (isOpen) {
        exchange.getOutputStream().write(b, off, len);
      }
    }

    @Override
    public void flush() throws IOException {
      if (isOpen) {
        exchange.getOutputStream().flush();
      }
    }

    @Override
    public void close() throws IOException {
      if (isOpen) {
        exchange.getOutputStream().close();
      }
    }
  }

  private Optional<Coding> coding() {
    return coding.filter(_ -> length >= CODED_FROM_BYTES);
  }

  private void commit() throws IOException {
    Optional<Coding> used = coding();
    if (used.isPresent()) {
      tellOf(used.get());
      out = used.get().encoded(sent);
    } else {
      out = sent;
    }
    committed = true;
    out.write(held, 0, length);
    held = new byte[0];
  }

  private void tellOf(Coding used) {
    exchange.getResponseHeaders().put(Headers.CONTENT_ENCODING, used.header());
    exchange.getResponseHeaders().add(Headers.VARY, Headers.ACCEPT_ENCODING_STRING);
  }
}
