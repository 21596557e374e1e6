package io.millrace.app.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Against a small server of our own that keeps objects in memory and checks every signature.
class S3StoreTest {
  private static final Signer SIGNER = new Signer("AK", "SK", "eu-central-1");

  private final SortedMap<String, byte[]> objects = new TreeMap<>();
  private HttpServer server;
  private S3Store store;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::serve);
    server.start();
    store = open("SK");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private S3Store open(String secret) {
    return open("s3://bucket/a b", secret);
  }

  private S3Store open(String place, String secret) {
    return S3Store.open(
        place,
        Map.of(
            "AWS_ACCESS_KEY_ID",
            "AK",
            "AWS_SECRET_ACCESS_KEY",
            secret,
            "AWS_REGION",
            "eu-central-1",
            "AWS_ENDPOINT_URL_S3",
            "http://127.0.0.1:" + server.getAddress().getPort() + "/"));
  }

  private synchronized void serve(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    SortedMap<String, String> signed = new TreeMap<>();
    for (String name : new String[] {"host", "x-amz-content-sha256", "x-amz-date"}) {
      signed.put(name, exchange.getRequestHeaders().getFirst(name));
    }
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
        case "PUT" -> objects.put(key, body);
        case "DELETE" -> {
          objects.remove(key);
          status = 204;
        }
        default -> {
          status = objects.containsKey(key) ? 200 : 404;
          answer = objects.getOrDefault(key, answer);
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

  /// Two keys a page.
  private byte[] listed(String query) {
    String prefix = query.substring(query.indexOf("prefix=") + 7);
    String after =
        query.startsWith("continuation-token=")
            ? query.substring("continuation-token=".length(), query.indexOf('&'))
            : "";
    StringBuilder xml = new StringBuilder("<ListBucketResult>");
    int n = 0;
    for (String key : objects.keySet()) {
      if (key.startsWith(prefix) && key.compareTo(after) > 0) {
        if (n++ == 2) {
          break;
        }
        xml.append("<Contents><Key>").append(key).append("</Key></Contents>");
        after = key;
      }
    }
    if (n > 2) {
      xml.append("<NextContinuationToken>").append(after).append("</NextContinuationToken>");
    }
    return xml.append("</ListBucketResult>").toString().getBytes(StandardCharsets.UTF_8);
  }

  private void put(String key, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    store.put(key, bytes.length, new ByteArrayInputStream(bytes));
  }

  @Test
  void objects_are_put_found_read_listed_and_deleted() throws IOException {
    for (String key : new String[] {"objects/ab/1", "objects/ab/2", "objects/cd/3", "x~é"}) {
      put(key, key);
    }
    put("empty", "");
    assertThat(objects).containsKey("a b/objects/ab/1").containsKey("a b/x~é");
    assertThat(store.has("objects/ab/1", 12)).isTrue();
    assertThat(store.has("objects/ab/1", 13)).isFalse();
    assertThat(store.has("objects/ab/9", 12)).isFalse();
    try (InputStream in = store.get("x~é")) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("x~é");
    }
    assertThat(store.list("objects/"))
        .containsExactly("objects/ab/1", "objects/ab/2", "objects/cd/3");
    store.delete("objects/ab/1");
    assertThat(store.list("objects/")).hasSize(2);
    assertThatThrownBy(() -> store.get("objects/ab/1")).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void a_refusal_is_told_in_the_servers_words() {
    assertThatThrownBy(() -> open("other").list(""))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("403")
        .hasMessageContaining("wrong & bad");
    assertThatThrownBy(() -> open("s3://missing", "SK").list(""))
        .isNotInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("no such bucket");
    assertThatThrownBy(() -> S3Store.open("s3://bucket", Map.of()))
        .hasMessageContaining("AWS_ACCESS_KEY_ID");
    assertThatThrownBy(() ->
            S3Store.open(
                "s3://bucket", Map.of("AWS_ACCESS_KEY_ID", "a", "AWS_SECRET_ACCESS_KEY", " ")))
        .hasMessageContaining("AWS_SECRET_ACCESS_KEY");
    Map<String, String> away =
        Map.of(
            "AWS_ACCESS_KEY_ID", "a",
            "AWS_SECRET_ACCESS_KEY", "b",
            "AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1");
    assertThatThrownBy(() -> S3Store.open("s3://bucket", away).list(""))
        .hasMessageStartingWith("http://127.0.0.1:1 cannot be reached; ");
  }

  /// The example of Amazon's documentation of Signature Version 4, "GET Object".
  @Test
  void a_signature_is_the_one_of_the_documentation() {
    SortedMap<String, String> headers = Signer.headers();
    headers.put("host", "examplebucket.s3.amazonaws.com");
    headers.put("range", "bytes=0-9");
    headers.put(
        "x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    headers.put("x-amz-date", "20130524T000000Z");
    assertThat(
            new Signer(
                    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
                .authorization(
                    "GET", URI.create("https://examplebucket.s3.amazonaws.com/test.txt"), headers))
        .isEqualTo(
            "AWS4-HMAC-SHA256"
                + " Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  }
}
