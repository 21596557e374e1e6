package io.millrace.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.api.Api;
import io.millrace.api.ApiSettings;
import io.millrace.api.ApiSettings.Tls;
import io.millrace.api.SourceControl;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.slow.Issues;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateTest {
  private static final char[] PASSWORD = "secret".toCharArray();

  @TempDir Path folder;

  /// Makes a key pair with a certificate of its own and writes both as PEM.
  private KeyStore pair(String name, String algorithm) throws Exception {
    Path store = folder.resolve(name + "-" + System.nanoTime() + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "k",
                "-keyalg",
                algorithm,
                "-dname",
                "CN=" + name,
                "-ext",
                "san=ip:127.0.0.1,dns:localhost",
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "secret")
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes());
    assertThat(keytool.waitFor()).as(said).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
    pem(name + ".pem", "CERTIFICATE", keys.getCertificate("k").getEncoded());
    pem(name + ".key", "PRIVATE KEY", keys.getKey("k", PASSWORD).getEncoded());
    return keys;
  }

  private void pem(String file, String kind, byte[] der) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        folder.resolve(file),
        "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
  }

  private Listener listener(Optional<Path> clients, Duration reread) {
    Listener listener =
        new Listener(
            ApiSettings.defaults()
                .withAddress("127.0.0.1", 0)
                .withTls(
                    new Tls(
                        folder.resolve("server.pem"),
                        folder.resolve("server.key"),
                        clients,
                        reread)),
            () -> true,
            new RequestCounts(),
            (collection, filter) -> false,
            SourceControl.NONE,
            List.of(),
            new Issues(name -> Optional.empty(), InstantSource.system()),
            name -> true,
            new QuickRequests(System::nanoTime),
            Api.Host.none(),
            new ConnectionsByAddress(1));
    listener.start();
    return listener;
  }

  /// @param own what the client shows of itself
  private static SSLSession call(Listener listener, Certificate trusted, KeyStore own)
      throws Exception {
    KeyStore trust = KeyStore.getInstance("PKCS12");
    trust.load(null, null);
    trust.setCertificateEntry("server", trusted);
    TrustManagerFactory trusting =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusting.init(trust);
    KeyManagerFactory showing =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    showing.init(own, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(showing.getKeyManagers(), trusting.getTrustManagers(), null);
    try (HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
      var answer =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("https://127.0.0.1:" + listener.port() + "/healthz"))
                  .build(),
              BodyHandlers.ofString());
      assertThat(answer.body()).isEqualTo("healthz check passed");
      return answer.sslSession().orElseThrow();
    }
  }

  @Test
  void a_renewed_certificate_is_taken_up_when_that_is_asked_for() throws Exception {
    KeyStore first = pair("server", "EC");
    Listener listener = listener(Optional.empty(), Duration.ofDays(1));
    try {
      KeyStore second = pair("server", "EC");
      call(listener, first.getCertificate("k"), first);

      listener.renewCertificate();

      call(listener, second.getCertificate("k"), first);
    } finally {
      listener.stop(Duration.ofSeconds(1));
    }
  }

  @Test
  void connections_are_encrypted_and_a_renewed_certificate_is_taken_up() throws Exception {
    KeyStore first = pair("server", "RSA");
    Listener listener = listener(Optional.empty(), Duration.ofNanos(1));
    try {
      call(listener, first.getCertificate("k"), first);
      KeyStore second = pair("server", "EC");
      SSLSession renewed = call(listener, second.getCertificate("k"), first);
      assertThat(((X509Certificate) renewed.getPeerCertificates()[0]).getPublicKey().getAlgorithm())
          .isEqualTo("EC");
      Files.writeString(folder.resolve("server.key"), "no key");
      call(listener, second.getCertificate("k"), first);
    } finally {
      listener.stop(Duration.ofSeconds(1));
    }
  }

  @Test
  void with_an_authority_for_clients_a_stranger_is_refused() throws Exception {
    KeyStore server = pair("server", "RSA");
    KeyStore client = pair("client", "RSA");
    Listener listener = listener(Optional.of(folder.resolve("client.pem")), Duration.ofHours(1));
    try {
      call(listener, server.getCertificate("k"), client);
      assertThatThrownBy(() -> call(listener, server.getCertificate("k"), server))
          .isInstanceOf(IOException.class);
    } finally {
      listener.stop(Duration.ofSeconds(1));
    }
  }

  @Test
  void keys_as_older_tools_write_them_are_read_too() throws Exception {
    for (String algorithm : List.of("RSA", "EC")) {
      KeyStore server = pair("server", algorithm);
      List<byte[]> pkcs8 = parts(server.getKey("k", PASSWORD).getEncoded());
      byte[] bare = content(pkcs8.get(2));
      if (algorithm.equals("RSA")) {
        pem("server.key", "RSA PRIVATE KEY", bare);
      } else {
        byte[] curve = parts(pkcs8.get(1)).get(1);
        List<byte[]> sec1 = parts(bare);
        pem("server.key", "EC PRIVATE KEY", der(0x30, sec1.get(0), sec1.get(1), der(0xA0, curve)));
      }
      Listener listener = listener(Optional.empty(), Duration.ofHours(1));
      try {
        call(listener, server.getCertificate("k"), server);
      } finally {
        listener.stop(Duration.ofSeconds(1));
      }
    }
  }

  /// The values in a short or long value of DER, each with its head.
  private static List<byte[]> parts(byte[] der) {
    byte[] all = content(der);
    List<byte[]> parts = new ArrayList<>();
    for (int at = 0; at < all.length; ) {
      byte[] rest = Arrays.copyOfRange(all, at, all.length);
      byte[] part = Arrays.copyOf(rest, head(rest) + content(rest).length);
      parts.add(part);
      at += part.length;
    }
    return parts;
  }

  private static byte[] content(byte[] der) {
    int length = der[1] & 0xFF;
    if (length >= 0x80) {
      length = new BigInteger(1, Arrays.copyOfRange(der, 2, head(der))).intValueExact();
    }
    return Arrays.copyOfRange(der, head(der), head(der) + length);
  }

  private static int head(byte[] der) {
    return 2 + (der[1] < 0 ? der[1] & 0x7F : 0);
  }

  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(tag);
    all.write(Arrays.stream(parts).mapToInt(part -> part.length).sum());
    Arrays.stream(parts).forEach(all::writeBytes);
    return all.toByteArray();
  }

  @Test
  void a_key_that_is_encrypted_or_cut_off_is_refused_by_name() throws Exception {
    pair("server", "RSA");
    Path key = folder.resolve("server.key");
    String whole = Files.readString(key).replace("PRIVATE KEY", "RSA PRIVATE KEY");
    String begin = "KEY-----\n";
    for (String wrong :
        List.of(
            whole.replaceFirst(begin, begin + "Proc-Type: 4,ENCRYPTED\n\n"),
            whole.replace("RSA", "EC"),
            "-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\n",
            whole)) {
      Files.writeString(key, wrong);
      assertThatThrownBy(() -> listener(Optional.empty(), Duration.ofHours(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("server.key holds ");
    }
  }

  @Test
  void a_wrong_file_is_named_with_the_cure() throws Exception {
    pair("server", "RSA");
    Path key = folder.resolve("server.key");
    Files.writeString(key, Files.readString(key).replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
    assertThatThrownBy(() -> listener(Optional.empty(), Duration.ofHours(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("server.key")
        .hasMessageContaining("openssl pkcs8 -topk8");
    Files.delete(key);
    assertThatThrownBy(() -> listener(Optional.empty(), Duration.ofHours(1)))
        .hasMessageContaining("server.key is not there; name another by tls.key");
  }
}
