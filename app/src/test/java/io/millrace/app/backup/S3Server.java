package io.millrace.app.backup;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executors;

/// Stands in for S3: the one bucket `bucket`, whose objects are in memory, behind the signatures of
/// key `AK` and secret `SK` in region `eu-central-1`.
public final class S3Server implements AutoCloseable {
  private static final Signer SIGNER = new Signer("AK", "SK", "eu-central-1");

  private final SortedMap<String, byte[]> objects =
      Collections.synchronizedSortedMap(new TreeMap<>());
  private final SortedMap<String, SortedMap<Integer, byte[]>> uploads =
      Collections.synchronizedSortedMap(new TreeMap<>());
  private final HttpServer server;
  private volatile Optional<String> session = Optional.empty();
  private volatile boolean refusesParts;

  public S3Server() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::serve);
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  public SortedMap<String, byte[]> objects() {
    return objects;
  }

  @Override
  public void close() {
    server.stop(0);
  }

  /// The token that came with the last request.
  Optional<String> session() {
    return session;
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String range = exchange.getRequestHeaders().getFirst("Range");
    SortedMap<String, String> signed = new TreeMap<>();
    for (String name : new String[] {"host", "x-amz-content-sha256", "x-amz-date"}) {
      signed.put(name, exchange.getRequestHeaders().getFirst(name));
    }
    if (range != null) {
      signed.put("range", range);
    }
    session = Optional.ofNullable(exchange.getRequestHeaders().getFirst("x-amz-security-token"));
    session.ifPresent(token -> signed.put("x-amz-security-token", token));
    URI uri = exchange.getRequestURI();
    String key = uri.getPath().startsWith("/bucket/") ? uri.getPath().substring(8) : "";
    byte[] answer = new byte[0];
    int status = 200;
    if (!SIGNER
        .authorization(exchange.getRequestMethod(), uri, signed)
        .equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      status = 403;
      answer = "<Error><Message>wrong &amp; bad</Message></Error>".getBytes(StandardCharsets.UTF_8);
    } else if (!uri.getPath().startsWith("/bucket")) {
      status = 404;
      answer =
          "<Error><Code>NoSuchBucket</Code><Message>no such bucket</Message></Error>"
              .getBytes(StandardCharsets.UTF_8);
    } else if (key.isEmpty()) {
      answer = listed(uri.getQuery());
    } else {
      switch (exchange.getRequestMethod()) {
        case String method when uri.getQuery() != null -> {
          answer = multipart(exchange, method, key, body);
          status =
              method.equals("DELETE")
                  ? 204
                  : answer.length == 0 && method.equals("POST") ? 400 : 200;
        }
        case "PUT" -> objects.put(key, body);
        case "DELETE" -> {
          objects.remove(key);
          status = 204;
        }
        default -> {
          status = objects.containsKey(key) ? 200 : 404;
          answer = objects.getOrDefault(key, answer);
          if (status == 200 && range != null) {
            status = 206;
            int dash = range.indexOf('-');
            answer =
                Arrays.copyOfRange(
                    answer,
                    Integer.parseInt(range.substring("bytes=".length(), dash)),
                    Integer.parseInt(range.substring(dash + 1)) + 1);
          }
        }
      }
    }
    boolean none = exchange.getRequestMethod().equals("HEAD") || status == 204;
    if (none && status == 200) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(answer.length));
    }
    exchange.sendResponseHeaders(status, none || answer.length == 0 ? -1 : answer.length);
    if (!none) {
      exchange.getResponseBody().write(answer);
    }
    exchange.close();
  }

  /// Of uploads in parts, each part under `<key>/<number>`.
  private byte[] multipart(HttpExchange exchange, String method, String key, byte[] body) {
    String query = exchange.getRequestURI().getQuery();
    if (query.equals("uploads=")) {
      uploads.put(key, new TreeMap<>());
      return "<R><UploadId>up/1</UploadId></R>".getBytes(StandardCharsets.UTF_8);
    }
    SortedMap<Integer, byte[]> parts = uploads.get(key);
    if (parts == null || !query.endsWith("uploadId=up/1")) {
      return new byte[0];
    }
    switch (method) {
      case "PUT" -> {
        int number = Integer.parseInt(query.substring("partNumber=".length(), query.indexOf('&')));
        parts.put(number, body);
        exchange.getResponseHeaders().set("ETag", "\"tag" + number + "\"");
      }
      case "DELETE" -> uploads.remove(key);
      default -> {
        uploads.remove(key);
        StringBuilder expected = new StringBuilder("<CompleteMultipartUpload>");
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        parts.forEach((number, part) -> {
          expected.append("<Part><PartNumber>" + number + "</PartNumber><ETag>&quot;tag");
          expected.append(number + "&quot;</ETag></Part>");
          whole.writeBytes(part);
        });
        if (refusesParts
            || !expected
                .append("</CompleteMultipartUpload>")
                .toString()
                .equals(new String(body, StandardCharsets.UTF_8))) {
          return "<Error><Message>no such parts</Message></Error>".getBytes(StandardCharsets.UTF_8);
        }
        objects.put(key, whole.toByteArray());
        return "<R/>".getBytes(StandardCharsets.UTF_8);
      }
    }
    return new byte[0];
  }

  /// Uploads in parts that were begun and not ended.
  int openUploads() {
    return uploads.size();
  }

  void refuseParts() {
    refusesParts = true;
  }

  /// Two keys a page.
  private byte[] listed(String query) {
    String prefix = query.substring(query.indexOf("prefix=") + 7);
    String after =
        query.startsWith("continuation-token=")
            ? query.substring("continuation-token=".length(), query.indexOf('&'))
            : "";
    StringBuilder xml = new StringBuilder("<ListBucketResult>");
    int n = 0;
    for (String key : objects.keySet().toArray(String[]::new)) {
      if (key.startsWith(prefix) && key.compareTo(after) > 0) {
        if (n++ == 2) {
          break;
        }
        xml.append("<Contents><Key>")
            .append(key.replace("&", "&amp;"))
            .append("</Key><LastModified>2026-01-31T12:00:00.000Z</LastModified><Size>")
            .append(objects.get(key).length)
            .append("</Size></Contents>");
        after = key;
      }
    }
    if (n > 2) {
      xml.append("<NextContinuationToken>").append(after).append("</NextContinuationToken>");
    }
    return xml.append("</ListBucketResult>").toString().getBytes(StandardCharsets.UTF_8);
  }
}
