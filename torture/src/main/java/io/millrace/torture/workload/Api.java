package io.millrace.torture.workload;

import io.millrace.torture.history.Change;
import io.millrace.torture.history.RawJson;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// The REST API of a server at one address. Any thread.
public final class Api {
  static {
    // A request is sent once: who repeats it in silence hides what this harness looks for. A
    // connection is dropped before the server does (5 s), which would look like a lost answer.
    System.setProperty("jdk.httpclient.disableRetryConnect", "true");
    System.setProperty("jdk.httpclient.keepalive.timeout", "3");
  }

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final String url;
  private final Duration patience;

  public Api(String url, Duration patience) {
    this.url = url;
    this.patience = patience;
  }

  /// An answer of the server.
  ///
  /// @param status 0 = none came, -1 = the server could not be reached, so it never saw the request
  public record Answer(int status, String body) {
    public static final int NONE = 0;
    public static final int NOT_SENT = -1;

    public boolean isOk() {
      return status == 200;
    }

    /// The raw JSON under `result`.
    public String result() {
      String result = isOk() ? RawJson.fields(body).get("result") : null;
      if (result == null) {
        throw new IllegalStateException("no result in status " + status + ": " + body);
      }
      return result;
    }
  }

  public Answer get(String path) {
    return send("GET", path, "");
  }

  public Answer send(String method, String path, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(patience)
            .header("content-type", "application/json")
            .method(
                method,
                body.isEmpty()
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString(body, StandardCharsets.UTF_8))
            .build();
    try {
      HttpResponse<String> response =
          CLIENT.send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
      return new Answer(response.statusCode(), response.body());
    } catch (ConnectException e) {
      return new Answer(Answer.NOT_SENT, String.valueOf(e));
    } catch (IOException e) {
      return new Answer(Answer.NONE, String.valueOf(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /// One change of a collection by the route that is made for it.
  public Answer write(String collection, Change change, boolean wait) {
    String points = "/collections/" + collection + "/points";
    String query = "?wait=" + wait;
    return switch (change) {
      case Change.Upsert u -> send("PUT", points + query, u.body());
      case Change.Delete d -> send("POST", points + "/delete" + query, d.body());
      case Change.SetPayload s -> send("POST", points + "/payload" + query, s.body());
      case Change.OverwritePayload o -> send("PUT", points + "/payload" + query, o.body());
      case Change.DeletePayload d -> send("POST", points + "/payload/delete" + query, d.body());
      case Change.UpdateVectors u -> send("PUT", points + "/vectors" + query, u.body());
      case Change.All _, Change.Versioned _ ->
          throw new IllegalArgumentException("REST has no such change: " + change.json());
    };
  }

  /// The same change as a batch of one operation.
  public Answer batch(String collection, Change change, boolean wait) {
    return send(
        "POST",
        "/collections/" + collection + "/points/batch?wait=" + wait,
        "{\"operations\":[" + change.json() + "]}");
  }
}
