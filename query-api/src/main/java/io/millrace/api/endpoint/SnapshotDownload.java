package io.millrace.api.endpoint;

import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Fetches snapshots from other servers. Follows no redirect: what was allowed is that one address.
public final class SnapshotDownload {
  private final List<URI> allowed;

  private static final Duration CONNECTING = Duration.ofSeconds(10);

  /// For the answer to begin; the body may take as long as it takes.
  private static final Duration ANSWERING = Duration.ofSeconds(60);

  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECTING)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /// @param allowed beginnings of addresses that may be fetched from; empty = all
  public SnapshotDownload(List<URI> allowed) {
    this.allowed = List.copyOf(allowed);
  }

  /// Whether a client may name that address: scheme, host and port are those of an allowed one, and
  /// the path begins with its path.
  boolean allows(URI url) {
    URI plain = url.normalize();
    return plain.getUserInfo() == null
        && (allowed.isEmpty() || allowed.stream().anyMatch(begin -> begins(plain, begin)));
  }

  private static boolean begins(URI url, URI begin) {
    String path = String.valueOf(url.getRawPath());
    String folder = String.valueOf(begin.getRawPath());
    return String.valueOf(begin.getScheme()).equalsIgnoreCase(url.getScheme())
        && String.valueOf(begin.getHost()).equalsIgnoreCase(url.getHost())
        && port(begin) == port(url)
        && path.indexOf('%') < 0 // an escape may stand for what leads out of the folder
        && (path.equals(folder) || path.startsWith(folder.endsWith("/") ? folder : folder + "/"));
  }

  private static int port(URI url) {
    return url.getPort() >= 0 ? url.getPort() : "https".equals(url.getScheme()) ? 443 : 80;
  }

  /// Where a file goes.
  interface Target {
    /// @param expectedBytes 0 when that is not known
    OutputStream open(long expectedBytes) throws IOException;
  }

  /// Throws [BadInput] when the other side does not give a file.
  void fetch(URI url, Optional<String> apiKey, Target to) {
    try {
      HttpRequest.Builder request = HttpRequest.newBuilder(url).timeout(ANSWERING);
      apiKey.ifPresent(key -> request.header("api-key", key));
      W3CTraceContextPropagator.getInstance()
          .inject(Context.current(), request, (_, name, value) -> request.header(name, value));
      HttpResponse<InputStream> answer = client.send(request.build(), BodyHandlers.ofInputStream());
      try (InputStream body = answer.body()) {
        if (answer.statusCode() != 200) {
          throw BadInput.badRequest(
              "Failed to download snapshot from " + url + ": status " + answer.statusCode());
        }
        try (OutputStream out =
            to.open(answer.headers().firstValueAsLong("Content-Length").orElse(0))) {
          body.transferTo(out);
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw BadInput.badRequest("Failed to download snapshot from " + url + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("The server is stopping");
    }
  }
}
