package io.millrace.api.endpoint;

import io.millrace.api.ApiSettings;
import io.millrace.api.status.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/// The pages at `/dashboard`: the console that comes with the program, or those of a folder that an
/// operator names. They hold no data; what they show they ask for with the key of who looks.
public final class ConsoleEndpoint {
  private static final Map<String, String> OURS =
      Map.of(
          "index.html", "text/html; charset=utf-8",
          "console.css", "text/css; charset=utf-8",
          "console.js", "text/javascript; charset=utf-8");

  /// By the end of a name; what is not here is sent as bytes.
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("html", "text/html; charset=utf-8"),
          Map.entry("css", "text/css; charset=utf-8"),
          Map.entry("js", "text/javascript; charset=utf-8"),
          Map.entry("json", "application/json"),
          Map.entry("map", "application/json"),
          Map.entry("svg", "image/svg+xml"),
          Map.entry("png", "image/png"),
          Map.entry("ico", "image/x-icon"),
          Map.entry("woff", "font/woff"),
          Map.entry("woff2", "font/woff2"),
          Map.entry("wasm", "application/wasm"),
          Map.entry("txt", "text/plain; charset=utf-8"));

  private final ApiSettings.Pages pages;

  public ConsoleEndpoint(ApiSettings.Pages pages) {
    this.pages = pages;
  }

  public Answer page(Call call) {
    return file("", "index.html");
  }

  public Answer file(Call call) {
    return file(call.hasPath("folder") ? call.path("folder") : "", call.path("file"));
  }

  /// @param folder `""` for a file of the first level
  private Answer file(String folder, String name) {
    if (!pages.areServed()) {
      throw Fault.plain(404, "Not found: service.enable_static_content is false");
    }
    if (pages.folder().isPresent()) {
      return brought(pages.folder().get(), folder, name);
    }
    String type = folder.isEmpty() ? OURS.get(name) : null;
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

  /// Links out of the folder are not followed, nor are names that lead out of it.
  private static Answer brought(Path root, String folder, String name) {
    try {
      Path real = root.toRealPath();
      Path file = real.resolve(folder).resolve(name).toRealPath();
      if (file.startsWith(real) && Files.isRegularFile(file)) {
        String end = name.substring(name.lastIndexOf('.') + 1);
        return new Answer.PageFile(TYPES.getOrDefault(end, "application/octet-stream"), file);
      }
    } catch (IOException | InvalidPathException noSuchFile) {
      // answered below, like a folder
    }
    throw Fault.plain(404, "Not found: " + name);
  }
}
