package io.millrace.app.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Against a small server of our own that keeps objects in memory and checks every signature.
class S3StoreTest {
  private S3Server server;
  private S3Store store;

  @BeforeEach
  void start() throws IOException {
    server = new S3Server();
    store = open("SK");
  }

  @AfterEach
  void stop() {
    server.close();
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
            server.url() + "/"));
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
    assertThat(server.objects()).containsKey("a b/objects/ab/1").containsKey("a b/x~é");
    assertThat(store.has("objects/ab/1", 12)).isTrue();
    assertThat(store.has("objects/ab/1", 13)).isFalse();
    assertThat(store.has("objects/ab/9", 12)).isFalse();
    try (InputStream in = store.get("x~é")) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("x~é");
    }
    assertThat(store.list("objects/"))
        .containsExactly("objects/ab/1", "objects/ab/2", "objects/cd/3");
    try (InputStream in = store.get("objects/ab/2", 8, 4)) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("ab/2");
    }
    assertThat(store.stored("objects/ab/1"))
        .containsExactly(
            new S3Store.Stored("objects/ab/1", 12, Instant.parse("2026-01-31T12:00:00Z")));
    store.delete("objects/ab/1");
    assertThat(store.list("objects/")).hasSize(2);
    assertThatThrownBy(() -> store.get("objects/ab/1")).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void a_large_object_is_put_in_parts_and_seen_as_a_whole_or_not_at_all() throws IOException {
    S3Store inParts = store.withPartBytes(4);
    byte[] bytes = "0123456789".getBytes(StandardCharsets.UTF_8);
    inParts.put("x~é", 10, new ByteArrayInputStream(bytes));
    assertThat(server.objects().get("a b/x~é")).isEqualTo(bytes);
    inParts.put("small", 4, new ByteArrayInputStream(bytes, 0, 4));
    assertThat(server.objects().get("a b/small")).hasSize(4);

    server.refuseParts();
    assertThatThrownBy(() -> inParts.put("y", 10, new ByteArrayInputStream(bytes)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no such parts");
    assertThatThrownBy(() -> inParts.put("y", 10, new ByteArrayInputStream(bytes, 0, 6)))
        .isInstanceOf(IOException.class);
    assertThat(server.objects()).doesNotContainKey("a b/y");
    assertThat(server.openUploads()).isZero();
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

  @Test
  void keys_that_hold_for_a_while_come_with_their_token() throws IOException {
    assertThat(store.list("")).isEmpty();
    assertThat(server.session()).isEmpty();
    S3Store withToken =
        S3Store.open(
            "s3://bucket",
            Map.of(
                "AWS_ACCESS_KEY_ID", "AK",
                "AWS_SECRET_ACCESS_KEY", "SK",
                "AWS_SESSION_TOKEN", "for/a+while==",
                "AWS_REGION", "eu-central-1",
                "AWS_ENDPOINT_URL_S3", server.url()));

    assertThat(withToken.list("")).isEmpty();
    assertThat(server.session()).contains("for/a+while==");
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
