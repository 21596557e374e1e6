package io.millrace.api.endpoint;

import io.millrace.api.status.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// The pages of the console, which come with the program. They hold no data; what they show they
/// ask for with the key of who looks.
public final class ConsoleEndpoint {
  private static final Map<String, String> TYPES =
      Map.of(
          "index.html", "text/html; charset=utf-8",
          "console.css", "text/css; charset=utf-8",
          "console.js", "text/javascript; charset=utf-8");

  public Answer page(Call call) {
    return file("index.html");
  }

  public Answer file(Call call) {
    return file(call.path("file"));
  }

  private static Answer file(String name) {
    String type = TYPES.get(name);
    if (type == null) {
      throw Fault.plain(404, "Not found: " + name);
    }
    try (InputStream in = ConsoleEndpoint.class.getResourceAsStream("/console/" + name)) {
      if (in == null) {
        throw Fault.plain(404, "Not found: the console is not part of this build");
      }
      return new Answer.Page(type, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
