package io.millrace.api;

import io.millrace.api.json.CollectionDefaults;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// How the server listens and what it allows.
///
/// @param host address to listen on
/// @param port 0 = any free one
/// @param maxRequestBytes of one body, inflated
/// @param maxUploadBytes of one uploaded snapshot, inflated
/// @param keys who may do what
/// @param corsEnabled whether pages of any origin may call
/// @param qdrantVersion the version of Qdrant whose behaviour is promised to clients
/// @param searchTimeout for reads that name none
/// @param writeTimeout for waited writes that name none
/// @param idleTimeout after which a connection without a request is closed
/// @param stopTimeout for running requests when the server stops
/// @param searchThreads searches that run at once
/// @param searchQueue searches that may wait for their turn
/// @param tls encrypts the connections
/// @param metricsPrefix before the names that Qdrant has, in `/metrics`
/// @param maxCollections each has files, threads and buffers of its own
/// @param newCollections what they get where their create call says nothing
/// @param headTimeout within which the head of a request has to come
/// @param pages for browsers
public record ApiSettings(
    String host,
    int port,
    long maxRequestBytes,
    long maxUploadBytes,
    Keys keys,
    boolean corsEnabled,
    String qdrantVersion,
    Duration searchTimeout,
    Duration writeTimeout,
    Duration idleTimeout,
    Duration stopTimeout,
    int searchThreads,
    int searchQueue,
    Optional<Tls> tls,
    String metricsPrefix,
    int maxCollections,
    CollectionDefaults newCollections,
    Duration headTimeout,
    Pages pages) {

  /// @param clientAuthority with it, clients must show a certificate that it signed
  /// @param reread the certificate from its file after this time
  public record Tls(Path certificate, Path key, Optional<Path> clientAuthority, Duration reread) {}

  /// What is served at `/dashboard`.
  ///
  /// @param areServed whether anything is
  /// @param folder whose files are served instead of the console that comes with the program
  /// @param hideTokens tells Qdrant's web UI to offer no page for tokens
  public record Pages(boolean areServed, Optional<Path> folder, boolean hideTokens) {
    public static final Pages DEFAULT = new Pages(true, Optional.empty(), false);
  }

  /// Keys a client may show; an absent one fits nobody. With none of them everybody may do all.
  ///
  /// @param tokens whether tokens signed with one of the first two are taken as well
  public record Keys(
      Optional<String> apiKey,
      Optional<String> alternateKey,
      Optional<String> readOnlyKey,
      boolean tokens) {
    public static final Keys NONE = new Keys(Optional.empty(), Optional.empty(), Optional.empty());

    public Keys(
        Optional<String> apiKey, Optional<String> alternateKey, Optional<String> readOnlyKey) {
      this(apiKey, alternateKey, readOnlyKey, false);
    }

    /// An empty string counts as not configured.
    public Keys {
      apiKey = apiKey.filter(k -> !k.isEmpty());
      alternateKey = alternateKey.filter(k -> !k.isEmpty());
      readOnlyKey = readOnlyKey.filter(k -> !k.isEmpty());
    }

    public boolean isEmpty() {
      return apiKey.isEmpty() && alternateKey.isEmpty() && readOnlyKey.isEmpty();
    }

    /// Says which keys there are, never what they are.
    @Override
    public String toString() {
      return "Keys[api_key="
          + apiKey.isPresent()
          + ", alt_api_key="
          + alternateKey.isPresent()
          + ", read_only_api_key="
          + readOnlyKey.isPresent()
          + "]";
    }
  }

  public static ApiSettings defaults() {
    return new ApiSettings(
        "127.0.0.1",
        6333,
        32L << 20,
        64L << 30,
        Keys.NONE,
        true,
        "1.19.0",
        Duration.ofSeconds(60),
        Duration.ofSeconds(60),
        Duration.ofSeconds(5),
        Duration.ofSeconds(5),
        2 * Runtime.getRuntime().availableProcessors(),
        1_024,
        Optional.empty(),
        "",
        1_000,
        CollectionDefaults.NONE,
        Duration.ofSeconds(5),
        Pages.DEFAULT);
  }

  public ApiSettings withAddress(String newHost, int newPort) {
    return new ApiSettings(
        newHost,
        newPort,
        maxRequestBytes,
        maxUploadBytes,
        keys,
        corsEnabled,
        qdrantVersion,
        searchTimeout,
        writeTimeout,
        idleTimeout,
        stopTimeout,
        searchThreads,
        searchQueue,
        tls,
        metricsPrefix,
        maxCollections,
        newCollections,
        headTimeout,
        pages);
  }

  public ApiSettings withKeys(Keys newKeys) {
    return new ApiSettings(
        host,
        port,
        maxRequestBytes,
        maxUploadBytes,
        newKeys,
        corsEnabled,
        qdrantVersion,
        searchTimeout,
        writeTimeout,
        idleTimeout,
        stopTimeout,
        searchThreads,
        searchQueue,
        tls,
        metricsPrefix,
        maxCollections,
        newCollections,
        headTimeout,
        pages);
  }

  public ApiSettings withMaxRequestBytes(long bytes) {
    return new ApiSettings(
        host,
        port,
        bytes,
        maxUploadBytes,
        keys,
        corsEnabled,
        qdrantVersion,
        searchTimeout,
        writeTimeout,
        idleTimeout,
        stopTimeout,
        searchThreads,
        searchQueue,
        tls,
        metricsPrefix,
        maxCollections,
        newCollections,
        headTimeout,
        pages);
  }

  public ApiSettings withMaxUploadBytes(long bytes) {
    return new ApiSettings(
        host,
        port,
        maxRequestBytes,
        bytes,
        keys,
        corsEnabled,
        qdrantVersion,
        searchTimeout,
        writeTimeout,
        idleTimeout,
        stopTimeout,
        searchThreads,
        searchQueue,
        tls,
        metricsPrefix,
        maxCollections,
        newCollections,
        headTimeout,
        pages);
  }

  public ApiSettings withTls(Tls newTls) {
    return new ApiSettings(
        host,
        port,
        maxRequestBytes,
        maxUploadBytes,
        keys,
        corsEnabled,
        qdrantVersion,
        searchTimeout,
        writeTimeout,
        idleTimeout,
        stopTimeout,
        searchThreads,
        searchQueue,
        Optional.of(newTls),
        metricsPrefix,
        maxCollections,
        newCollections,
        headTimeout,
        pages);
  }

  public ApiSettings withNewCollections(CollectionDefaults defaults) {
    return new ApiSettings(
        host,
        port,
        maxRequestBytes,
        maxUploadBytes,
        keys,
        corsEnabled,
        qdrantVersion,
        searchTimeout,
        writeTimeout,
        idleTimeout,
        stopTimeout,
        searchThreads,
        searchQueue,
        tls,
        metricsPrefix,
        maxCollections,
        defaults,
        headTimeout,
        pages);
  }

  public ApiSettings withPages(Pages newPages) {
    return new ApiSettings(
        host,
        port,
        maxRequestBytes,
        maxUploadBytes,
        keys,
        corsEnabled,
        qdrantVersion,
        searchTimeout,
        writeTimeout,
        idleTimeout,
        stopTimeout,
        searchThreads,
        searchQueue,
        tls,
        metricsPrefix,
        maxCollections,
        newCollections,
        headTimeout,
        newPages);
  }
}
