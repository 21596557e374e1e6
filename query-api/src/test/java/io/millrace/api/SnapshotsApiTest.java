package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.millrace.collection.Collections;
import io.millrace.collection.Snapshots;
import io.millrace.collection.StoreSettings;
import io.millrace.frame.Disk;
import io.millrace.frame.RealDisk;
import io.millrace.model.Failure;
import io.millrace.snapshot.SnapshotFolder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The snapshot routes over a real data folder; every JSON answer is held against the contract.
class SnapshotsApiTest {
  private static final Contract CONTRACT = new Contract();
  private static final JsonMapper JSON = new JsonMapper();
  private static final String C = "/collections/c";
  private static final String BOUNDARY = "----b0undary";
  private static final String S = C + "/snapshots";
  private static final String NEWEST = "millrace_snapshot_last_timestamp_seconds";

  @TempDir Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private Collections collections;
  private Api api;
  private Optional<Failure> creating = Optional.empty(); // fails with it
  private List<URI> allowed = List.of(); // addresses that may be fetched from

  private record Got(int status, byte[] body, HttpResponse<byte[]> response) {
    JsonNode json() {
      return JSON.readTree(body);
    }

    JsonNode result() {
      assertThat(status).as(new String(body, StandardCharsets.UTF_8)).isEqualTo(200);
      return json().path("result");
    }

    String error() {
      return status + " " + json().path("status").path("error").asString();
    }
  }

  @BeforeEach
  void start() throws Exception {
    open(false);
    send("PUT", C, "{'vectors':{'size':2,'distance':'Dot'}}").result();
    send("PUT", C + "/index?wait=true", "{'field_name':'city','field_schema':'keyword'}").result();
    points(5);
  }

  private void open(boolean urls) {
    open(urls, ApiSettings.defaults());
  }

  private void open(boolean urls, ApiSettings settings) {
    open(urls, settings, SnapshotGateway::folder);
  }

  private void open(
      boolean urls, ApiSettings settings, Function<SnapshotGateway, SnapshotFolder> kept) {
    collections = Collections.open(folder.resolve("data"), StoreSettings.defaults());
    SnapshotGateway snapshots =
        new LocalSnapshots(
            new Snapshots(collections, folder.resolve("snapshots"), Clock.systemUTC()));
    SnapshotFolder snapshotFolder = kept.apply(snapshots);
    api =
        new Api(
            collections,
            new LocalGateway(collections),
            new LocalWork(collections),
            SourceControl.NONE,
            () -> true,
            settings.withAddress("127.0.0.1", 0),
            new Api.SnapshotAccess(
                new SnapshotGateway() {
                  @Override
                  public SnapshotFolder folder() {
                    return snapshotFolder;
                  }

                  @Override
                  public SnapshotFolder.Description create(SnapshotFolder.Scope scope) {
                    creating.ifPresent(failure -> {
                      throw failure;
                    });
                    return snapshots.create(scope);
                  }

                  @Override
                  public void restore(String collection, Path archive) {
                    snapshots.restore(collection, archive);
                  }
                },
                urls,
                allowed),
            Api.Host.none());
    api.start();
  }

  @AfterEach
  void stop() {
    client.close();
    close();
  }

  private void close() {
    api.close();
    collections.close();
  }

  private void points(int n) throws Exception {
    StringBuilder points = new StringBuilder("{'points':[");
    for (int i = 1; i <= n; i++) {
      points
          .append(i == 1 ? "" : ",")
          .append("{'id':%d,'vector':[%d,1],'payload':{'city':'c%d'}}".formatted(i, i, i));
    }
    send("PUT", C + "/points?wait=true", points + "]}").result();
  }

  private long count(String collection) throws Exception {
    return send("POST", "/collections/" + collection + "/points/count", "{}")
        .result()
        .path("count")
        .longValue();
  }

  private Got send(String method, String path, String json) throws Exception {
    return send(request(method, path, json));
  }

  private HttpRequest request(String method, String path, String json) {
    HttpRequest.Builder request = request(path);
    if (json == null) {
      request.method(method, BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", "application/json")
          .method(method, BodyPublishers.ofString(json.replace('\'', '"')));
    }
    return request.build();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.port() + path));
  }

  private Got send(HttpRequest request) throws Exception {
    Got got = beside(request);
    String type = got.response().headers().firstValue("Content-Type").orElse("");
    String text = new String(got.body(), StandardCharsets.UTF_8);
    if (!type.startsWith("application/octet-stream")) {
      assertThat(
              CONTRACT.faults(
                  request.method(), request.uri().getRawPath(), got.status(), type, text))
          .as(request + " " + got.status() + " " + text)
          .isEmpty();
    }
    return got;
  }

  /// An answer of a route that the contract does not know.
  private Got beside(HttpRequest request) throws Exception {
    HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
    return new Got(response.statusCode(), response.body(), response);
  }

  private Got upload(String path, String field, byte[] file) throws Exception {
    return send(uploading(path, field, file));
  }

  private HttpRequest uploading(String path, String field, byte[] file) {
    return uploadTo(path).POST(BodyPublishers.ofByteArray(form(field, file))).build();
  }

  private static byte[] form(String field, byte[] file) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(
        ("--"
                + BOUNDARY
                + "\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--"
                + BOUNDARY
                + "\r\nContent-Disposition: form-data; name=\""
                + field
                + "\"; filename=\"a.snapshot\"\r\nContent-Type: application/octet-stream\r\n\r\n")
            .getBytes(StandardCharsets.UTF_8));
    body.writeBytes(file);
    body.writeBytes(("\r\n--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
    return body.toByteArray();
  }

  private HttpRequest.Builder uploadTo(String path) {
    return request(path).header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY);
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private Path snapshots() throws IOException {
    return folder.resolve("snapshots").toRealPath();
  }

  @Test
  void a_snapshot_is_made_listed_downloaded_and_deleted() throws Exception {
    JsonNode made = send("POST", S, null).result();
    String name = made.path("name").asString();
    assertThat(name).startsWith("c-0-").endsWith(".snapshot");
    assertThat(send("POST", S, "{}").result().path("name").asString()).isNotEqualTo(name);

    assertThat(metrics())
        .contains(
            "snapshot_created_total{id=\"c\"} 2",
            "snapshot_creation_running{id=\"c\"} 0",
            "snapshot_recovery_running{id=\"c\"} 0")
        .anyMatch(line -> line.startsWith(NEWEST + "{collection=\"c\"} 1"));

    JsonNode listed = send("GET", S, null).result();
    assertThat(listed).hasSize(2);
    assertThat(listed.get(0)).isEqualTo(made);

    Got file = send("GET", S + "/" + name, null);
    assertThat(file.status()).isEqualTo(200);
    assertThat(file.body()).hasSize(made.path("size").intValue());
    assertThat(sha256(file.body())).isEqualTo(made.path("checksum").asString());
    assertThat(file.response().headers().firstValue("Content-Disposition"))
        .hasValue("attachment; filename=\"" + name + "\"");

    Got part = send(request(S + "/" + name).header("Range", "bytes=512-531").build());
    assertThat(part.status()).isEqualTo(206);
    assertThat(new String(part.body(), StandardCharsets.US_ASCII))
        .isEqualTo("millrace snapshot 1\n");
    assertThat(send(request(S + "/" + name).header("Range", "bytes=99999999-").build()).status())
        .isEqualTo(416);

    assertThat(send("DELETE", S + "/" + name, null).result().booleanValue()).isTrue();
    assertThat(send("DELETE", S + "/" + name, null).error())
        .isEqualTo("404 Not found: Snapshot " + name + " not found");
    assertThat(send("GET", S, null).result()).hasSize(1);
  }

  @Test
  void a_file_that_is_not_there_is_missed_in_plain_text() throws Exception {
    for (String missing : List.of(S + "/a", C + "/shards/0/snapshots/a", "/snapshots/a")) {
      missed(missing, "Snapshot a not found");
    }
    missed(C + "/shards/7/snapshot", "shard 7 not found");
    missed("/collections/no/snapshots/a", "Collection `no` doesn't exist!");
  }

  private void missed(String path, String text) throws Exception {
    Got got = send("GET", path, null);
    assertThat(got.status()).isEqualTo(404);
    assertThat(got.response().headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/plain");
    assertThat(new String(got.body(), StandardCharsets.UTF_8)).isEqualTo("Not found: " + text);
  }

  @Test
  void the_time_of_the_newest_snapshot_is_known_after_a_restart() throws Exception {
    assertThat(metrics()).noneMatch(line -> line.startsWith(NEWEST + "{"));
    send("POST", S, null).result();
    close();

    open(false);

    assertThat(metrics())
        .contains("snapshot_created_total{id=\"c\"} 0")
        .anyMatch(line -> line.startsWith(NEWEST + "{collection=\"c\"} 1"));
  }

  private List<String> metrics() {
    return api.metrics().lines().toList();
  }

  @Test
  void a_name_never_leads_out_of_the_folder() throws Exception {
    send("POST", S, null).result();
    Files.writeString(folder.resolve("secret.snapshot"), "secret");
    for (String name :
        new String[] {
          "..%2Fsecret.snapshot",
          "..%2F..%2Fsecret.snapshot",
          "%2e%2e%2f%2e%2e%2fsecret.snapshot",
          "%2Fetc%2Fpasswd",
          "..%5Csecret.snapshot",
          "..",
          "c",
          "nothing.snapshot",
          "%00.snapshot"
        }) {
      Got got = send("GET", S + "/" + name, null);
      assertThat(got.status()).as(name).isEqualTo(404);
      assertThat(new String(got.body(), StandardCharsets.UTF_8)).doesNotContain("secret\"");
      assertThat(send("GET", "/snapshots/" + name, null).status()).as(name).isEqualTo(404);
    }
  }

  @Test
  void what_was_uploaded_brings_back_points_and_indexes() throws Exception {
    JsonNode made = send("POST", S, null).result();
    byte[] file = send("GET", S + "/" + made.path("name").asString(), null).body();
    points(9);

    String checksum = made.path("checksum").asString();
    assertThat(
            upload(S + "/upload?priority=snapshot&checksum=" + checksum, "snapshot", file)
                .result()
                .booleanValue())
        .isTrue();
    assertThat(count("c")).isEqualTo(5);
    assertThat(send("GET", C, null).result().path("payload_schema").path("city").path("points"))
        .isEqualTo(JSON.readTree("5"));
    points(7);
    assertThat(count("c")).isEqualTo(7);

    upload("/collections/fresh/snapshots/upload", "snapshot", file).result();
    assertThat(count("fresh")).isEqualTo(5);
    try (Stream<Path> left = Files.list(snapshots())) {
      assertThat(left.map(p -> p.getFileName().toString())).containsExactly("c");
    }
  }

  @Test
  void a_bad_upload_says_why_and_changes_nothing() throws Exception {
    JsonNode made = send("POST", S, null).result();
    byte[] file = send("GET", S + "/" + made.path("name").asString(), null).body();
    String wrong = "0".repeat(64);

    assertThat(upload(S + "/upload?checksum=abc", "snapshot", file).error())
        .startsWith("422 Validation error in query parameters: [checksum: ")
        .contains("invalid_sha256_hash");
    assertThat(upload(S + "/upload?checksum=" + wrong, "snapshot", new byte[10]).error())
        .isEqualTo("400 Checksum mismatch: expected " + sha256(new byte[10]) + ", actual " + wrong);
    assertThat(upload(S + "/upload", "snapshot", new byte[1000]).error())
        .startsWith("400 Bad request: ")
        .contains("is not a whole Millrace snapshot");
    assertThat(upload(S + "/upload", "snapshot", new byte[0]).error())
        .isEqualTo(
            "400 Bad request: Snapshot archive does not contain a collection config, so it is not a"
                + " whole Millrace snapshot: it ends at byte 0 in the middle");
    assertThat(upload(S + "/upload", "file", file).error())
        .isEqualTo("400 Multipart error: there is no part `snapshot`");
    assertThat(upload(S + "/upload?priority=some", "snapshot", file).error())
        .startsWith("400 Deserialize error in query parameters: unknown variant `some`");
    byte[] damaged = file.clone();
    damaged[1600] ^= 1;
    assertThat(upload(S + "/upload", "snapshot", damaged).status()).isEqualTo(400);
    assertThat(send("POST", S + "/upload", "{}").error()).isEqualTo("400 Content type error");
    send("PUT", "/collections/three", "{'vectors':{'size':3,'distance':'Dot'}}").result();
    assertThat(upload("/collections/three/snapshots/upload", "snapshot", file).error())
        .startsWith("400 Wrong input: Snapshot is not compatible with existing collection");
    assertThat(count("c")).isEqualTo(5);
    try (Stream<Path> left = Files.list(snapshots())) {
      assertThat(left.map(p -> p.getFileName().toString())).containsExactly("c");
    }
  }

  @Test
  void an_upload_over_the_limit_is_answered_by_413_and_leaves_nothing() throws Exception {
    JsonNode made = send("POST", S, null).result();
    byte[] file = send("GET", S + "/" + made.path("name").asString(), null).body();
    byte[] larger = form("snapshot", Arrays.copyOf(file, 1 << 20));
    close();
    open(false, ApiSettings.defaults().withMaxUploadBytes(form("snapshot", file).length));
    points(9);

    Got declared = send(uploadTo(S + "/upload").POST(BodyPublishers.ofByteArray(larger)).build());
    Got counted =
        send(
            uploadTo(S + "/upload?wait=false")
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(larger)))
                .build());
    Got inflated =
        send(
            uploadTo(S + "/upload")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(gzip(larger)))
                .build());

    assertThat(declared.error())
        .isEqualTo(
            "413 Snapshot (%d bytes) is larger than allowed (limit: %d bytes)."
                .formatted(larger.length, form("snapshot", file).length));
    for (Got got : List.of(counted, inflated)) {
      assertThat(got.error()).startsWith("413 Snapshot (").contains("is larger than allowed");
    }
    assertThat(count("c")).isEqualTo(9);
    try (Stream<Path> left = Files.list(snapshots())) {
      assertThat(left.map(p -> p.getFileName().toString())).containsExactly("c");
    }
    upload(S + "/upload", "snapshot", file).result();
    assertThat(count("c")).isEqualTo(5);
  }

  @Test
  void an_upload_that_finds_no_room_is_answered_by_507_and_leaves_nothing() throws Exception {
    JsonNode made = send("POST", S, null).result();
    byte[] file = send("GET", S + "/" + made.path("name").asString(), null).body();
    byte[] form = form("snapshot", Arrays.copyOf(file, 1 << 20));
    AtomicLong free = new AtomicLong(1 << 20);
    close();
    open(
        false,
        ApiSettings.defaults(),
        snapshots -> new SnapshotFolder(snapshots.folder().path(), volume(free::get, 10 << 20)));
    points(9);

    Got declared = send(uploadTo(S + "/upload").POST(BodyPublishers.ofByteArray(form)).build());
    Got counted =
        send(
            uploadTo(S + "/upload?wait=false")
                .POST(BodyPublishers.ofInputStream(() -> new FillingUp(form, free)))
                .build());

    assertThat(declared.error())
        .isEqualTo(
            "507 Insufficient storage: No space left to write %s: %d bytes are wanted, %d are free,"
                    .formatted(snapshots(), form.length, 1 << 20)
                + " the last 1048576 are kept for deletes and merges");
    assertThat(counted.error())
        .isEqualTo(
            "507 Insufficient storage: No space left to write "
                + snapshots()
                + ": 0 bytes are free, the last 1048576 are kept for deletes and merges");
    assertThat(count("c")).isEqualTo(9);
    try (Stream<Path> left = Files.list(snapshots())) {
      assertThat(left.map(p -> p.getFileName().toString())).containsExactly("c");
    }
    free.set(1L << 30);
    upload(S + "/upload", "snapshot", file).result();
    assertThat(count("c")).isEqualTo(5);
  }

  /// The files of this machine on a volume of another size.
  private static Disk volume(LongSupplier free, long total) {
    Disk real = new RealDisk();
    return (Disk)
        Proxy.newProxyInstance(
            Disk.class.getClassLoader(),
            new Class<?>[] {Disk.class},
            (_, method, arguments) ->
                switch (method.getName()) {
                  case "freeSpace" -> free.getAsLong();
                  case "totalSpace" -> total;
                  default -> method.invoke(real, arguments);
                });
  }

  /// A body during which the volume fills up.
  private static final class FillingUp extends ByteArrayInputStream {
    private final AtomicLong free;

    FillingUp(byte[] body, AtomicLong free) {
      super(body);
      this.free = free;
      free.set(2 << 20);
    }

    @Override
    public synchronized int read(byte[] into, int offset, int length) {
      if (pos > count / 2) {
        free.set(0);
      }
      return super.read(into, offset, length);
    }
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  @Test
  void a_parcel_of_any_bytes_passes_the_multipart_reader() throws Exception {
    // boundaries that nearly match, at every alignment to the reader's buffer
    Random random = new Random(7);
    byte[] file = new byte[200_000];
    random.nextBytes(file);
    byte[] nearly = "\r\n----b0undarx\r\n------b0undar\r\r\n".getBytes(StandardCharsets.US_ASCII);
    for (int at = 1000; at < file.length - 100; at += 8191) {
      System.arraycopy(nearly, 0, file, at, nearly.length);
    }
    String wrong = "1".repeat(64);
    assertThat(upload(S + "/upload?checksum=" + wrong, "snapshot", file).error())
        .isEqualTo("400 Checksum mismatch: expected " + sha256(file) + ", actual " + wrong);
  }

  @Test
  void recovering_reads_files_of_the_snapshot_folder_only() throws Exception {
    JsonNode made = send("POST", S, null).result();
    String name = made.path("name").asString();
    Path file = snapshots().resolve("c").resolve(name);
    points(8);

    send("PUT", S + "/recover", "{'location':'file://%s','priority':'no_sync'}".formatted(file))
        .result();
    assertThat(count("c")).isEqualTo(5);
    send(
            "PUT",
            "/collections/copy/snapshots/recover",
            "{'location':'file://localhost%s','checksum':'%s'}"
                .formatted(file, made.path("checksum").asString()))
        .result();
    assertThat(count("copy")).isEqualTo(5);

    assertThat(recover("file://x.snapshot"))
        .isEqualTo(
            "400 Bad request: Invalid snapshot URI, file path must be absolute or on localhost");
    assertThat(recover("file://./x.snapshot"))
        .isEqualTo(
            "400 Bad request: Invalid snapshot URI, file path must be absolute or on localhost");
    assertThat(recover("file:///none.snapshot"))
        .isEqualTo("400 Bad request: Snapshot file \"/none.snapshot\" does not exist");
    Path outside = Files.copy(file, folder.resolve("outside.snapshot"));
    assertThat(recover("file://" + outside.toRealPath()))
        .startsWith("403 Forbidden: Snapshot file path must be inside the snapshots directory");
    Path link = Files.createSymbolicLink(snapshots().resolve("link.snapshot"), outside);
    assertThat(recover("file://" + link))
        .startsWith("403 Forbidden: Snapshot file path must be inside the snapshots directory");
    assertThat(recover(name)).startsWith("400 Format error in JSON body: relative URL");
    assertThat(recover("ftp://localhost/x")).startsWith("400 Bad request: Invalid snapshot URI");
    assertThat(
            send("PUT", S + "/recover", "{'location':'file://%s','checksum':'x'}".formatted(file))
                .error())
        .startsWith("422 Validation error in JSON body: [")
        .contains("invalid_sha256_hash");
    assertThat(recover("http://127.0.0.1:1/x"))
        .startsWith("403 Forbidden: Snapshot recovery from remote URLs is disabled");
    assertThat(count("c")).isEqualTo(5);
  }

  private String recover(String location) throws Exception {
    return send("PUT", S + "/recover", "{'location':'%s'}".formatted(location)).error();
  }

  @Test
  void a_url_is_fetched_where_that_is_allowed() throws Exception {
    JsonNode made = send("POST", S, null).result();
    byte[] file = send("GET", S + "/" + made.path("name").asString(), null).body();
    close();
    open(true);
    HttpServer other =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    other.createContext(
        "/a.snapshot",
        exchange -> {
          boolean known = "k".equals(exchange.getRequestHeaders().getFirst("api-key"));
          exchange.sendResponseHeaders(known ? 200 : 401, known ? file.length : -1);
          exchange.getResponseBody().write(known ? file : new byte[0]);
          exchange.close();
        });
    other.start();
    try {
      String url = "http://127.0.0.1:" + other.getAddress().getPort();
      send(
              "PUT",
              "/collections/far/snapshots/recover",
              "{'location':'%s/a.snapshot','api_key':'k'}".formatted(url))
          .result();
      assertThat(count("far")).isEqualTo(5);
      assertThat(recover(url + "/a.snapshot"))
          .isEqualTo(
              "400 Bad request: Failed to download snapshot from "
                  + url
                  + "/a.snapshot: status 401");
      assertThat(recover(url + "/b.snapshot")).endsWith("status 404");
    } finally {
      other.stop(0);
    }
  }

  @Test
  void what_comes_in_lies_in_the_temporary_folder() throws Exception {
    byte[] file =
        send("GET", S + "/" + send("POST", S, null).result().path("name").asString(), null).body();
    close();
    Path temporary = folder.resolve("temporary");
    open(
        false,
        ApiSettings.defaults(),
        snapshots -> new SnapshotFolder(snapshots.folder().path(), temporary, new RealDisk()));
    points(9);

    upload(S + "/upload", "snapshot", file).result();

    assertThat(count("c")).isEqualTo(5);
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void only_allowed_addresses_are_fetched_from() throws Exception {
    close();
    allowed = List.of(URI.create("http://127.0.0.1:1/kept/"));
    open(true);
    String forbidden =
        "403 Forbidden: The address is not among those of service.snapshot_url_allow";

    for (String other :
        List.of(
            "http://127.0.0.1:1/x",
            "http://127.0.0.1:2/kept/x",
            "https://127.0.0.1:1/kept/x",
            "http://127.0.0.1:1/kept/../x",
            "http://127.0.0.1:1/kept/%2e%2e/x",
            "http://127.0.0.1:1@other.example/kept/x",
            "http://other.example:1/kept/x")) {
      assertThat(recover(other)).as(other).isEqualTo(forbidden);
    }
    assertThat(recover("http://127.0.0.1:1/kept/x"))
        .startsWith("400 Bad request: Failed to download snapshot from");
  }

  @Test
  void the_one_shard_has_snapshots_of_its_own() throws Exception {
    String shard = C + "/shards/0/snapshots";
    JsonNode made = send("POST", shard, null).result();
    String name = made.path("name").asString();
    assertThat(name).startsWith("c-shard-0-");
    assertThat(send("GET", shard, null).result()).hasSize(1);
    assertThat(send("GET", S, null).result()).isEmpty();
    byte[] file = send("GET", shard + "/" + name, null).body();
    assertThat(sha256(file)).isEqualTo(made.path("checksum").asString());
    points(8);

    send("PUT", shard + "/recover", "{'location':'%s'}".formatted(name)).result();
    assertThat(count("c")).isEqualTo(5);
    points(8);
    upload(shard + "/upload", "snapshot", file).result();
    assertThat(count("c")).isEqualTo(5);

    byte[] fresh = send("GET", C + "/shards/0/snapshot", null).body();
    assertThat(new String(fresh, 512, 20, StandardCharsets.US_ASCII))
        .isEqualTo("millrace snapshot 1\n");
    // what was made for the download goes once it is sent
    while (send("GET", shard, null).result().size() != 1) {
      Thread.onSpinWait();
    }

    send("DELETE", shard + "/" + name, null).result();
    assertThat(send("GET", C + "/shards/1/snapshots", null).error())
        .isEqualTo("404 Not found: shard 1 not found");
    assertThat(send("GET", C + "/shards/x/snapshots", null).error())
        .startsWith("400 Deserialize error in path parameters");
    assertThat(
            send("PUT", "/collections/no/shards/0/snapshots/recover", "{'location':'a.snapshot'}")
                .error())
        .isEqualTo("404 Not found: Collection `no` doesn't exist!");
    for (String missing : List.of("a.snapshot", "../../../x", "../0/" + name)) {
      assertThat(send("PUT", shard + "/recover", "{'location':'%s'}".formatted(missing)).error())
          .isEqualTo("404 Not found: Snapshot " + missing + " not found");
    }
    assertThat(send("PUT", shard + "/recover", "{'location':'file:///a.snapshot'}").error())
        .isEqualTo(
            "400 Wrong input: Invalid snapshot URL file:///a.snapshot: URLs with file scheme are"
                + " not supported");
  }

  @Test
  void who_asks_for_a_file_is_told_in_plain_text_why_there_is_none() throws Exception {
    creating = Optional.of(new Failure.Unavailable("away"));
    Got away = send("GET", C + "/shards/0/snapshot", null);
    assertThat(away.status() + " " + new String(away.body(), StandardCharsets.UTF_8))
        .isEqualTo("503 Service temporarily unavailable: away");
    assertThat(away.response().headers().firstValue("Retry-After")).hasValue("1");
    assertThat(away.response().headers().firstValue("Content-Type"))
        .hasValue("text/plain; charset=utf-8");

    creating = Optional.of(new Failure.StorageFull("no room"));
    Got full = send("GET", C + "/shards/0/snapshot", null);
    assertThat(full.status() + " " + new String(full.body(), StandardCharsets.UTF_8))
        .isEqualTo("507 Insufficient storage: no room");
    assertThat(send("POST", C + "/shards/0/snapshots", null).error())
        .isEqualTo("507 Insufficient storage: no room");
  }

  @Test
  void who_has_a_copy_of_the_shard_gets_a_newer_one_or_nothing() throws Exception {
    String partial = C + "/shards/0/snapshot/partial";
    HttpRequest manifest = request("GET", partial + "/manifest", null);
    JsonNode before = beside(manifest).result();
    long written =
        send("POST", C + "/points/vectors/delete?wait=true", "{'points':[1],'vector':['']}")
            .result()
            .path("operation_id")
            .asLong();

    JsonNode after = beside(manifest).result();
    JsonNode segment = after.iterator().next();
    assertThat(segment.path("segment_version").asLong()).isEqualTo(written);
    assertThat(segment.path("file_versions").path("vector_storage/rows").asLong())
        .isEqualTo(written);

    String create = partial + "/create";
    assertThat(beside(request("POST", create, after.toString())).status()).isEqualTo(304);
    byte[] newer = beside(request("POST", create, before.toString())).body();
    assertThat(beside(request("POST", create, "{}")).status()).isEqualTo(200);
    points(8);
    beside(uploading(partial + "/recover", "snapshot", newer)).result();
    assertThat(count("c")).isEqualTo(5);
    assertThat(beside(uploading(partial + "/recover?checksum=abc", "snapshot", newer)).error())
        .startsWith("422 Validation error in query parameters: [checksum: Validation error: inval");
  }

  @Test
  void a_full_snapshot_holds_every_collection_and_the_aliases() throws Exception {
    send("PUT", "/collections/d", "{'vectors':{'size':1,'distance':'Dot'}}").result();
    send(
            "POST",
            "/collections/aliases",
            "{'actions':[{'create_alias':{'collection_name':'c','alias_name':'a'}}]}")
        .result();
    JsonNode made = send("POST", "/snapshots", null).result();
    String name = made.path("name").asString();
    assertThat(name).startsWith("full-snapshot-");
    assertThat(send("GET", "/snapshots", null).result()).hasSize(1);
    byte[] file = send("GET", "/snapshots/" + name, null).body();
    assertThat(sha256(file)).isEqualTo(made.path("checksum").asString());
    assertThat(new String(file, StandardCharsets.ISO_8859_1))
        .contains("\"aliases\":{\"a\":\"c\"}")
        .contains("\"name\":\"d\"");
    send("DELETE", "/snapshots/" + name, null).result();
    assertThat(send("GET", "/snapshots", null).result()).isEmpty();
    try (Stream<Path> left = Files.list(snapshots())) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void what_nobody_waits_for_is_accepted_and_done() throws Exception {
    assertThat(send("POST", S + "?wait=false", null).status()).isEqualTo(202);
    JsonNode listed = send("GET", S, null).result();
    while (listed.isEmpty()) {
      Thread.onSpinWait();
      listed = send("GET", S, null).result();
    }
    String name = listed.get(0).path("name").asString();
    byte[] file = send("GET", S + "/" + name, null).body();
    assertThat(upload("/collections/e/snapshots/upload?wait=false", "snapshot", file).status())
        .isEqualTo(202);
    while (send("GET", "/collections/e", null).status() == 404) {
      Thread.onSpinWait();
    }
    assertThat(count("e")).isEqualTo(5);
    assertThat(send("DELETE", S + "/" + name + "?wait=false", null).status()).isEqualTo(202);
    assertThat(send("POST", "/collections/no/snapshots?wait=false", null).error())
        .isEqualTo("404 Not found: Collection `no` doesn't exist!");
  }
}
