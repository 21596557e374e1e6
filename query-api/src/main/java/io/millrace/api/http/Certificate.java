package io.millrace.api.http;

import io.millrace.api.ApiSettings.Tls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server's certificate and key from PEM files, read again after a while, so that a renewed
/// certificate needs no restart. A file that is wrong by then is named in the log and the old
/// certificate stays.
final class Certificate extends X509ExtendedKeyManager {
  private static final Logger log = LoggerFactory.getLogger(Certificate.class);

  private final Tls settings;
  private volatile Pair pair;
  private volatile Pair before; // handshakes that began with it end with it
  private volatile long readNanos;

  /// @param alias what handshakes know it by, different for each
  @SuppressWarnings("ArrayRecordComponent") // handed to the TLS engine as it is
  private record Pair(String alias, X509Certificate[] chain, PrivateKey key) {
    boolean isSame(Pair other) {
      return Arrays.equals(chain, other.chain) && key.equals(other.key);
    }
  }

  private Certificate(Tls settings) {
    this.settings = settings;
    this.pair = pair(settings);
    this.before = pair;
    this.readNanos = System.nanoTime();
  }

  /// Throws [IllegalArgumentException] that names the file at fault.
  static Certificate read(Tls settings) {
    return new Certificate(settings);
  }

  SSLContext context() {
    try {
      TrustManager[] trusted = null;
      if (settings.clientAuthority().isPresent()) {
        KeyStore authorities = KeyStore.getInstance("PKCS12");
        authorities.load(null, null);
        X509Certificate[] chain = chain(settings.clientAuthority().get(), "tls.ca_cert");
        for (int i = 0; i < chain.length; i++) {
          authorities.setCertificateEntry("authority-" + i, chain[i]);
        }
        TrustManagerFactory factory =
            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(authorities);
        trusted = factory.getTrustManagers();
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {this}, trusted, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException("TLS cannot be set up: " + e.getMessage(), e);
    }
  }

  private static Pair pair(Tls settings) {
    return new Pair(
        UUID.randomUUID().toString(),
        chain(settings.certificate(), "tls.cert"),
        key(settings.key()));
  }

  private static X509Certificate[] chain(Path file, String configured) {
    try (var in = new ByteArrayInputStream(Files.readAllBytes(file))) {
      List<X509Certificate> chain = new ArrayList<>();
      for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        chain.add((X509Certificate) certificate);
      }
      if (chain.isEmpty()) {
        throw new IllegalArgumentException("The file " + file + " holds no certificate (PEM)");
      }
      return chain.toArray(X509Certificate[]::new);
    } catch (IOException e) {
      throw unreadable("certificate", configured, file, e);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "The file " + file + " is no certificate (PEM): " + e.getMessage(), e);
    }
  }

  private static IllegalArgumentException unreadable(
      String what, String configured, Path file, IOException e) {
    return new IllegalArgumentException(
        "The %s %s %s; name another by %s"
            .formatted(
                what,
                file,
                switch (e) {
                  case NoSuchFileException _ -> "is not there";
                  case AccessDeniedException _ ->
                      "may not be read by user " + System.getProperty("user.name");
                  default -> "cannot be read: " + e;
                },
                configured),
        e);
  }

  private static PrivateKey key(Path file) {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw unreadable("key", "tls.key", file, e);
    }
    try {
      return PemKey.read(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("The file " + file + " " + e.getMessage(), e);
    }
  }

  /// The newest pair, for a handshake that begins.
  private synchronized Pair current() {
    if (System.nanoTime() - readNanos >= settings.reread().toNanos()) {
      renew();
    }
    return pair;
  }

  /// Reads the files now.
  synchronized void renew() {
    readNanos = System.nanoTime();
    try {
      Pair newest = pair(settings);
      if (!newest.isSame(pair)) {
        before = pair;
        pair = newest;
        log.info(
            "TLS certificate renewed file={} valid_until={}",
            settings.certificate(),
            newest.chain()[0].getNotAfter().toInstant());
      }
    } catch (IllegalArgumentException wrong) {
      log.warn("The TLS certificate was not renewed, the old one stays: {}", wrong.getMessage());
    }
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return of(alias).chain().clone();
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return of(alias).key();
  }

  private Pair of(String alias) {
    Pair old = before;
    return old.alias().equals(alias) ? old : pair;
  }

  private @Nullable String alias(String keyType) {
    Pair newest = current();
    String algorithm = newest.key().getAlgorithm();
    return keyType.startsWith(algorithm) || keyType.equals("UNKNOWN") || algorithm.startsWith("Ed")
        ? newest.alias()
        : null;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return alias(keyType);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return alias(keyType);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    String alias = alias(keyType);
    return alias == null ? null : new String[] {alias};
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
