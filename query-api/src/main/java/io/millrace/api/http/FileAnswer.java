package io.millrace.api.http;

import io.millrace.api.SnapshotGateway.Stored;
import io.millrace.api.endpoint.Answer;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.exc.JacksonIOException;

/// Sends a file, or the one range of it that a request asks for (RFC 9110, section 14), so that a
/// download can go on where it broke off.
final class FileAnswer {
  private static final int COPY_BYTES = 64 << 10;

  /// `from` to `to`, both inclusive; what is not asked for sensibly is the whole file.
  record Range(long from, long to) {
    static @Nullable Range of(@Nullable String header, long size) {
      if (header == null || !header.startsWith("bytes=") || header.indexOf(',') >= 0) {
        return null;
      }
      String range = header.substring("bytes=".length()).strip();
      int dash = range.indexOf('-');
      try {
        if (dash == 0) {
          return new Range(Math.max(0, size - Long.parseLong(range.substring(1))), size - 1);
        }
        if (dash < 0) {
          return null;
        }
        long from = Long.parseLong(range.substring(0, dash));
        long to = dash == range.length() - 1 ? size - 1 : Long.parseLong(range.substring(dash + 1));
        return from > to && from < size ? null : new Range(from, Math.min(to, size - 1));
      } catch (NumberFormatException e) {
        return null;
      }
    }
  }

  private FileAnswer() {}

  static void write(HttpServerExchange exchange, AnswerStream out, Answer.Download download) {
    Path path = download.file();
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      send(
          exchange,
          out,
          String.valueOf(path.getFileName()),
          file.length(),
          (from, bytes, to) -> copy(file, from, bytes, to));
    } catch (IOException e) {
      throw JacksonIOException.construct(e);
    } finally {
      if (download.keep() == Answer.Keep.DELETED) {
        deleteWithChecksum(path);
      }
    }
  }

  static void write(HttpServerExchange exchange, AnswerStream out, Stored stored) {
    try {
      send(
          exchange,
          out,
          stored.name(),
          stored.bytes(),
          (from, bytes, to) -> {
            try (InputStream in = stored.pieces().read(from, bytes)) {
              if (in.transferTo(to) != bytes) {
                throw new IOException("the snapshot ended before it was sent");
              }
            }
          });
    } catch (IOException e) {
      throw JacksonIOException.construct(e);
    }
  }

  private interface Copying {
    void copy(long from, long bytes, OutputStream to) throws IOException;
  }

  private static void send(
      HttpServerExchange exchange, AnswerStream out, String name, long size, Copying content)
      throws IOException {
    HeaderMap headers = exchange.getResponseHeaders();
    headers.put(Headers.CONTENT_TYPE, "application/octet-stream");
    headers.put(Headers.CONTENT_DISPOSITION, disposition(name));
    headers.put(Headers.ACCEPT_RANGES, "bytes");
    Range range = Range.of(exchange.getRequestHeaders().getFirst(Headers.RANGE), size);
    if (range == null) {
      content.copy(0, size, out.raw(size));
    } else if (range.from() >= size) {
      exchange.setStatusCode(416);
      headers.put(Headers.CONTENT_RANGE, "bytes */" + size);
      out.raw(0);
    } else {
      exchange.setStatusCode(206);
      headers.put(Headers.CONTENT_RANGE, "bytes " + range.from() + "-" + range.to() + "/" + size);
      long bytes = range.to() - range.from() + 1;
      content.copy(range.from(), bytes, out.raw(bytes));
    }
  }

  private static void deleteWithChecksum(Path path) {
    try {
      Files.deleteIfExists(path);
      Files.deleteIfExists(path.resolveSibling(path.getFileName() + ".checksum"));
    } catch (IOException e) {
      throw JacksonIOException.construct(e);
    }
  }

  /// The name in both forms: ASCII for all, UTF-8 for who reads it (RFC 6266).
  private static String disposition(String name) {
    StringBuilder ascii = new StringBuilder();
    name.chars()
        .forEach(c -> ascii.append(c < ' ' || c > '~' || c == '"' || c == '\\' ? '_' : (char) c));
    String plain = "attachment; filename=\"" + ascii + "\"";
    if (ascii.toString().equals(name)) {
      return plain;
    }
    StringBuilder utf8 = new StringBuilder();
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      boolean safe =
          b >= 'a' && b <= 'z'
              || b >= 'A' && b <= 'Z'
              || b >= '0' && b <= '9'
              || b == '-'
              || b == '.';
      utf8.append(safe ? String.valueOf((char) b) : "%%%02X".formatted(b & 0xFF));
    }
    return plain + "; filename*=UTF-8''" + utf8;
  }

  private static void copy(RandomAccessFile file, long from, long bytes, OutputStream out)
      throws IOException {
    file.seek(from);
    byte[] buffer = new byte[COPY_BYTES];
    for (long left = bytes; left > 0; ) {
      int n = file.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (n < 0) {
        throw new IOException("the file became shorter while it was sent");
      }
      out.write(buffer, 0, n);
      left -= n;
    }
  }
}
