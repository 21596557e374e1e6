package io.millrace.api.http;

import io.millrace.api.status.Fault;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A request's body, as it comes or inflated, that ends with a [Fault] where more than the allowed
/// bytes come out.
final class BodyStream extends FilterInputStream {
  private final Limit limit;
  private long read;

  /// What a body may have.
  ///
  /// @param status of the answer to a larger one
  /// @param what it is, in that answer
  record Limit(long bytes, int status, String what) {
    /// Qdrant answers 400, not 413.
    static Limit ofJson(long bytes) {
      return new Limit(bytes, 400, "JSON payload");
    }

    static Limit ofSnapshot(long bytes) {
      return new Limit(bytes, 413, "Snapshot");
    }

    /// @param found read so far, or declared by the request
    void check(long found) {
      if (found > bytes) {
        throw Fault.json(
            status,
            what + " (" + found + " bytes) is larger than allowed (limit: " + bytes + " bytes).");
      }
    }
  }

  BodyStream(InputStream in, Limit limit) {
    super(in);
    this.limit = limit;
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
    } catch (Fault refused) {
      throw refused;
    } catch (RuntimeException e) {
      throw new IOException("it cannot be decoded", e); // some decoders say so like that
    }
    if (n > 0) {
      count(n);
    }
    return n;
  }

  private void count(int n) {
    read += n;
    limit.check(read);
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
