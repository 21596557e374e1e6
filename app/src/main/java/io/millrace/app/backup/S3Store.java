package io.millrace.app.backup;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;

/// A bucket of S3 or of a server that speaks its protocol, by path-style addresses. An object is
/// put by one request, a large one in parts; one that fails leaves nothing, one that is killed may
/// leave parts, which a rule of the bucket removes (AbortIncompleteMultipartUpload).
public final class S3Store implements BackupStore {
  /// For an answer to a request with a body, which may be large.
  private static final Duration PATIENCE = Duration.ofHours(1);

  private static final Duration PATIENCE_WITHOUT_BODY = Duration.ofSeconds(30);

  /// S3 takes a body that is not part of the signature; every file is held against its checksum
  /// when it is read.
  private static final String UNSIGNED = "UNSIGNED-PAYLOAD";

  /// An object is put by one request up to here, and in parts of this size beyond. S3 wants parts
  /// of 5 MiB at least, 10,000 at most.
  private static final long PART_BYTES = 256L << 20;

  private static final int MOST_PARTS = 10_000;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();
  private final URI endpoint;
  private final String bucket;
  private final String prefix;
  private final Signer signer;
  private final String session;
  private final String advice;
  private final long partBytes;

  private S3Store(
      URI endpoint,
      String bucket,
      String prefix,
      Signer signer,
      String session,
      String advice,
      long partBytes) {
    this.endpoint = endpoint;
    this.bucket = bucket;
    this.prefix = prefix;
    this.signer = signer;
    this.session = session;
    this.advice = advice;
    this.partBytes = partBytes;
  }

  /// @param target `s3://bucket/prefix`
  /// @param environment `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` of keys
  ///   that hold for a while, `AWS_REGION`, and `AWS_ENDPOINT_URL_S3` for other servers than
  ///   Amazon's
  public static S3Store open(String target, Map<String, String> environment) {
    return open(target, environment, "AWS_ENDPOINT_URL_S3 and AWS_REGION choose the server");
  }

  /// @param advice for who reads that the server cannot be reached
  public static S3Store open(String target, Map<String, String> environment, String advice) {
    String rest = target.substring("s3://".length());
    int slash = rest.indexOf('/');
    String bucket = slash < 0 ? rest : rest.substring(0, slash);
    String prefix = slash < 0 ? "" : rest.substring(slash + 1);
    String region = environment.getOrDefault("AWS_REGION", "us-east-1");
    String endpoint =
        environment.getOrDefault("AWS_ENDPOINT_URL_S3", "https://s3." + region + ".amazonaws.com");
    String access = environment.getOrDefault("AWS_ACCESS_KEY_ID", "");
    String secret = environment.getOrDefault("AWS_SECRET_ACCESS_KEY", "");
    if (bucket.isEmpty() || access.isBlank() || secret.isBlank()) {
      throw new IllegalArgumentException(
          target
              + " needs a bucket, and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the"
              + " environment");
    }
    return new S3Store(
        URI.create(
            endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint),
        bucket,
        prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/",
        new Signer(access, secret, region),
        environment.getOrDefault("AWS_SESSION_TOKEN", "").strip(),
        advice,
        PART_BYTES);
  }

  S3Store withPartBytes(long bytes) {
    return new S3Store(endpoint, bucket, prefix, signer, session, advice, bytes);
  }

  @Override
  public boolean has(String key, long bytes) throws IOException {
    OptionalLong found = bytes(key);
    return found.isPresent() && found.getAsLong() == bytes;
  }

  /// How large an object is; empty where there is none.
  OptionalLong bytes(String key) throws IOException {
    HttpResponse<InputStream> answer = send("HEAD", object(key), BodyPublishers.noBody());
    try (InputStream body = answer.body()) {
      if (answer.statusCode() == 404) {
        return OptionalLong.empty();
      }
      check(answer, key);
      return answer.headers().firstValueAsLong("Content-Length");
    }
  }

  @Override
  public void put(String key, long bytes, InputStream content) throws IOException {
    if (bytes > partBytes) {
      putParts(key, bytes, content);
    } else {
      put(object(key), key, bytes, content);
    }
  }

  /// Returns the entity tag.
  private String put(URI uri, String key, long bytes, InputStream content) throws IOException {
    BodyPublisher body =
        bytes == 0
            ? BodyPublishers.noBody()
            : BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> content), bytes);
    HttpResponse<InputStream> answer = send("PUT", uri, body);
    try (InputStream said = answer.body()) {
      check(answer, key);
    }
    return answer.headers().firstValue("ETag").orElse("");
  }

  /// S3's multipart upload: nobody sees the object before its last request.
  private void putParts(String key, long bytes, InputStream content) throws IOException {
    String upload = element(post(key, "uploads=", ""), "UploadId");
    String query = "uploadId=" + encoded(upload);
    try {
      long size = Math.max(partBytes, (bytes + MOST_PARTS - 1) / MOST_PARTS);
      StringBuilder parts = new StringBuilder("<CompleteMultipartUpload>");
      for (long from = 0, n = 1; from < bytes; from += size, n++) {
        long length = Math.min(size, bytes - from);
        String tag =
            put(
                URI.create(object(key) + "?partNumber=" + n + "&" + query),
                key,
                length,
                new Part(content, length));
        parts.append("<Part><PartNumber>").append(n).append("</PartNumber><ETag>");
        parts.append(tag.replace("\"", "&quot;")).append("</ETag></Part>");
      }
      String said = post(key, query, parts.append("</CompleteMultipartUpload>").toString());
      if (!inner(said, "Error").isEmpty()) { // behind a status of 200
        throw new IOException("the bucket refused " + key + ": " + element(said, "Message"));
      }
    } catch (IOException | RuntimeException e) {
      abandon(key, query, e);
      throw e;
    }
  }

  private void abandon(String key, String query, Exception why) {
    try (InputStream said =
        send("DELETE", URI.create(object(key) + "?" + query), BodyPublishers.noBody()).body()) {
      said.skip(Long.MAX_VALUE);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  private String post(String key, String query, String text) throws IOException {
    HttpResponse<InputStream> answer =
        send("POST", URI.create(object(key) + "?" + query), BodyPublishers.ofString(text));
    try (InputStream body = answer.body()) {
      check(answer, key);
      return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /// The next bytes of a stream, which stays open.
  private static final class Part extends FilterInputStream {
    private long left;

    Part(InputStream content, long bytes) {
      super(content);
      left = bytes;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      if (left == 0) {
        return -1;
      }
      int n = in.read(b, off, (int) Math.min(len, left));
      left -= Math.max(0, n);
      return n;
    }

    @Override
    public void close() {}
  }

  @Override
  public InputStream get(String key) throws IOException {
    HttpResponse<InputStream> answer = send("GET", object(key), BodyPublishers.noBody());
    if (answer.statusCode() != 200) {
      try (InputStream said = answer.body()) {
        check(answer, key);
      }
    }
    return answer.body();
  }

  /// A piece of an object.
  InputStream get(String key, long from, long bytes) throws IOException {
    if (bytes == 0) {
      return InputStream.nullInputStream();
    }
    HttpResponse<InputStream> answer =
        send(
            "GET",
            object(key),
            BodyPublishers.noBody(),
            Map.of("range", "bytes=" + from + "-" + (from + bytes - 1)));
    if (answer.statusCode() != 206) {
      try (InputStream said = answer.body()) {
        check(answer, key);
        throw new IOException("the bucket answered " + answer.statusCode() + " for a part");
      }
    }
    return answer.body();
  }

  /// An object as a list has it.
  record Stored(String key, long bytes, Instant modified) {}

  @Override
  public List<String> list(String begin) throws IOException {
    return stored(begin).stream().map(Stored::key).toList();
  }

  /// Those whose keys begin so, sorted.
  List<Stored> stored(String begin) throws IOException {
    List<Stored> all = new ArrayList<>();
    String token = "";
    do {
      String query =
          (token.isEmpty() ? "" : "continuation-token=" + encoded(token) + "&")
              + "list-type=2&prefix="
              + encoded(prefix + begin);
      HttpResponse<InputStream> answer =
          send("GET", URI.create(endpoint + "/" + bucket + "?" + query), BodyPublishers.noBody());
      String text;
      try (InputStream body = answer.body()) {
        check(answer, begin);
        text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
      }
      for (String object : inner(text, "Contents")) {
        all.add(
            new Stored(
                element(object, "Key").substring(prefix.length()),
                Long.parseLong(element(object, "Size")),
                Instant.parse(element(object, "LastModified"))));
      }
      List<String> next = elements(text, "NextContinuationToken");
      token = next.isEmpty() ? "" : next.getFirst();
    } while (!token.isEmpty());
    all.sort(Comparator.comparing(Stored::key));
    return all;
  }

  @Override
  public void delete(String key) throws IOException {
    HttpResponse<InputStream> answer = send("DELETE", object(key), BodyPublishers.noBody());
    try (InputStream said = answer.body()) {
      check(answer, key);
    }
  }

  private URI object(String key) {
    return URI.create(endpoint + "/" + bucket + "/" + encoded(prefix + key).replace("%2F", "/"));
  }

  /// Everything but letters, digits and `-._~`, as the signature wants it.
  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  private HttpResponse<InputStream> send(String method, URI uri, BodyPublisher body)
      throws IOException {
    return send(method, uri, body, Map.of());
  }

  /// @param more headers, in lower case
  private HttpResponse<InputStream> send(
      String method, URI uri, BodyPublisher body, Map<String, String> more) throws IOException {
    SortedMap<String, String> headers = Signer.headers();
    headers.putAll(more);
    headers.put("host", host(uri));
    headers.put("x-amz-content-sha256", UNSIGNED);
    headers.put("x-amz-date", Signer.time(Instant.now()));
    if (!session.isBlank()) {
      headers.put("x-amz-security-token", session);
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(body.contentLength() == 0 ? PATIENCE_WITHOUT_BODY : PATIENCE)
            .method(method, body);
    headers.forEach((name, value) -> {
      if (!name.equals("host")) {
        request.header(name, value);
      }
    });
    request.header("Authorization", signer.authorization(method, uri, headers));
    try {
      return client.send(request.build(), BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ConnectException | HttpConnectTimeoutException e) {
      throw new IOException(endpoint + " cannot be reached; " + advice, e);
    }
  }

  /// As the client sends it: without the port that its scheme has anyway.
  private static String host(URI uri) {
    boolean isDefault = uri.getPort() == ("https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80);
    return uri.getPort() < 0 || isDefault ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }

  private static void check(HttpResponse<InputStream> answer, String key) throws IOException {
    int status = answer.statusCode();
    if (status / 100 == 2) {
      return;
    }
    String said = new String(answer.body().readNBytes(4 << 10), StandardCharsets.UTF_8);
    if (status == 404 && !elements(said, "Code").contains("NoSuchBucket")) {
      throw new NoSuchFileException(key);
    }
    List<String> message = elements(said, "Message");
    throw new IOException(
        "the bucket answered "
            + status
            + " for "
            + key
            + (message.isEmpty() ? "" : ": " + message.getFirst()));
  }

  private static String element(String xml, String name) throws IOException {
    List<String> texts = elements(xml, name);
    if (texts.isEmpty()) {
      throw new IOException("the bucket's list has an object without " + name);
    }
    return texts.getFirst();
  }

  /// The texts of elements of that name.
  private static List<String> elements(String xml, String name) {
    return inner(xml, name).stream()
        .map(text ->
            text.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#34;", "\"")
                .replace("&apos;", "'")
                .replace("&#39;", "'")
                .replace("&amp;", "&"))
        .toList();
  }

  /// What stands in elements of that name, as it is written.
  private static List<String> inner(String xml, String name) {
    List<String> texts = new ArrayList<>();
    String open = "<" + name + ">";
    for (int at = xml.indexOf(open); at >= 0; at = xml.indexOf(open, at + 1)) {
      int end = xml.indexOf("</" + name + ">", at);
      if (end < 0) {
        break;
      }
      texts.add(xml.substring(at + open.length(), end));
    }
    return texts;
  }
}
