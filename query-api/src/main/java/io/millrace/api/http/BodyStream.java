package io.millrace.api.http;

import io.millrace.api.status.Fault;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A request's body, inflated, that ends with a [Fault] where more than the allowed bytes come out.
final class BodyStream extends FilterInputStream {
  private final long limit;
  private long read;

  BodyStream(InputStream inflated, long limitBytes) {
    super(inflated);
    this.limit = limitBytes;
  }

  static Fault tooLarge(long bytes, long limitBytes) {
    return Fault.json(
        400,
        "JSON payload ("
            + bytes
            + " bytes) is larger than allowed (limit: "
            + limitBytes
            + " bytes).");
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    int n = read(one, 0, 1);
    return n <= 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    int n;
    try {
      n = in.read(b, off, len);
    } catch (RuntimeException e) {
      // The server's stream has no buffer any more once its connection was closed under it.
      throw new IOException("the connection was closed", e);
    }
    if (n > 0) {
      count(n);
    }
    return n;
  }

  private void count(int n) {
    read += n;
    if (read > limit) {
      throw tooLarge(read, limit);
    }
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
