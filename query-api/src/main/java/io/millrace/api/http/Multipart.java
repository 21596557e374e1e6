package io.millrace.api.http;

import io.millrace.api.status.Fault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Reads one part out of a `multipart/form-data` body (RFC 7578) as it comes, in constant memory.
///
/// ```
/// --boundary CRLF  headers CRLF CRLF  content  CRLF --boundary CRLF … CRLF --boundary--
/// ```
final class Multipart {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int HEADER_BYTES = 8 << 10;

  private final InputStream in;
  private final byte[] delimiter; // CRLF "--" boundary
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int from;
  private int to;
  private boolean ended;

  private Multipart(InputStream in, String boundary) {
    this.in = in;
    this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    // The first delimiter has no line before it; give it one.
    buffer[0] = '\r';
    buffer[1] = '\n';
    to = 2;
  }

  /// Copies the content of the part named `name`. Whatever follows it is read and thrown away.
  static void copy(InputStream in, @Nullable String contentType, String name, OutputStream out)
      throws IOException {
    Multipart body = new Multipart(in, boundary(contentType));
    body.section(OutputStream.nullOutputStream());
    boolean found = false;
    while (!body.isLast()) {
      boolean wanted = !found && name.equals(partName(body.headers()));
      body.section(wanted ? out : OutputStream.nullOutputStream());
      found |= wanted;
    }
    if (!found) {
      throw bad("there is no part `" + name + "`");
    }
  }

  private static Fault bad(String why) {
    return Fault.json(400, "Multipart error: " + why);
  }

  private static String boundary(@Nullable String contentType) {
    if (contentType == null
        || !contentType.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
      throw Fault.json(400, "Content type error");
    }
    String boundary = parameter(contentType, "boundary");
    if (boundary == null || boundary.isEmpty() || boundary.length() > 200) {
      throw bad("the content type names no boundary");
    }
    return boundary;
  }

  /// Of a header, quoted or not.
  private static @Nullable String parameter(String header, String name) {
    for (String piece : header.split(";", -1)) {
      String p = piece.strip();
      int equal = p.indexOf('=');
      if (equal > 0 && p.substring(0, equal).strip().equalsIgnoreCase(name)) {
        String value = p.substring(equal + 1).strip();
        return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
            ? value.substring(1, value.length() - 1)
            : value;
      }
    }
    return null;
  }

  private static @Nullable String partName(String headers) {
    for (String line : headers.split("\r\n", -1)) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-disposition:")) {
        return parameter(line.substring(line.indexOf(':') + 1), "name");
      }
    }
    return null;
  }

  /// Copies up to the next delimiter and goes behind it.
  private void section(OutputStream out) throws IOException {
    while (true) {
      int at = find();
      if (at >= 0) {
        out.write(buffer, from, at - from);
        from = at + delimiter.length;
        return;
      }
      int safe = Math.max(from, to - delimiter.length + 1);
      out.write(buffer, from, safe - from);
      from = safe;
      if (!fill()) {
        throw bad("the body ends in the middle of a part");
      }
    }
  }

  private int find() {
    int last = to - delimiter.length;
    for (int i = from; i <= last; i++) {
      if (buffer[i] == '\r' && matches(i)) {
        return i;
      }
    }
    return -1;
  }

  private boolean matches(int at) {
    for (int i = 1; i < delimiter.length; i++) {
      if (buffer[at + i] != delimiter[i]) {
        return false;
      }
    }
    return true;
  }

  /// Behind a delimiter: two hyphens say that it was the last, else its line ends.
  private boolean isLast() throws IOException {
    int first = next();
    int second = next();
    if (first == '-' && second == '-') {
      return true;
    }
    while (first == ' ' || first == '\t') {
      first = second;
      second = next();
    }
    if (first != '\r' || second != '\n') {
      throw bad("a boundary is followed by something else");
    }
    return false;
  }

  private String headers() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int matched = 0; // of CRLF CRLF; a part without headers begins with its second half
    boolean empty = true;
    while (matched < 4) {
      int b = next();
      if (bytes.size() > HEADER_BYTES) {
        throw bad("the headers of a part are too long");
      }
      bytes.write(b);
      matched = b == (matched % 2 == 0 ? '\r' : '\n') ? matched + 1 : b == '\r' ? 1 : 0;
      if (empty && matched == 2 && bytes.size() == 2) {
        return "";
      }
      empty &= bytes.size() < 2;
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private int next() throws IOException {
    if (from == to && !fill()) {
      throw bad("the body ends in the middle of a part");
    }
    return buffer[from++] & 0xFF;
  }

  /// Reads some more; false at the end.
  private boolean fill() throws IOException {
    if (ended) {
      return false;
    }
    System.arraycopy(buffer, from, buffer, 0, to - from);
    to -= from;
    from = 0;
    int n = in.read(buffer, to, buffer.length - to);
    if (n < 0) {
      ended = true;
      return false;
    }
    to += n;
    return true;
  }
}
