package io.millrace.app.config;

import io.millrace.api.json.CollectionDefaults;
import io.millrace.ingest.SourceTexts;
import io.millrace.ingest.config.SourceConfig;
import io.millrace.model.QuotaConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a server runs with, checked. Made by [Configuration]; the meaning of each value stands at
/// its key in the reference file, `config/millrace.yaml`.
///
/// @param templates by name
/// @param sourceTexts reads configurations of sources that come later, with this file's defaults
public record Settings(
    Service service,
    Storage storage,
    OperationLog log,
    Link link,
    Limits limits,
    Inference inference,
    Logging logging,
    Watching watching,
    Optional<Audit> audit,
    Optional<Tracing> tracing,
    List<SourceConfig> sources,
    SortedMap<String, Template> templates,
    SourceTexts sourceTexts) {

  public Settings {
    sources = List.copyOf(sources);
    templates = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(templates));
  }

  /// The data folder that stands for "one of its own, removed at the end".
  public static final String TEMPORARY = ":temp";

  /// @param clientRequest within which the head of a request has to come
  public record Service(
      String host,
      int httpPort,
      int grpcPort,
      int maxRequestSizeMiB,
      Duration keepAlive,
      Duration clientRequest,
      boolean corsEnabled,
      String qdrantVersion,
      ApiKeys apiKeys,
      Optional<Tls> tls,
      String metricsPrefix,
      Pages pages) {
    /// Whether other machines reach it and whoever does may do everything.
    public boolean isOpen() {
      boolean isLocal = host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
      return !isLocal && apiKeys.areNone() && tls.flatMap(Tls::clientAuthority).isEmpty();
    }
  }

  /// What browsers get at `/dashboard`.
  ///
  /// @param folder with other pages than our own
  public record Pages(boolean areServed, Optional<Path> folder, boolean hideTokens) {}

  /// @param clientAuthority with it, clients must show a certificate
  public record Tls(Path certificate, Path key, Optional<Path> clientAuthority, Duration reread) {}

  /// @param tokens whether tokens signed with one of the first two are taken
  public record ApiKeys(
      Optional<String> full,
      Optional<String> alternate,
      Optional<String> readOnly,
      boolean tokens) {
    boolean areNone() {
      return full.isEmpty() && alternate.isEmpty() && readOnly.isEmpty();
    }

    /// Says which there are, never what they are.
    @Override
    public String toString() {
      return "full="
          + full.isPresent()
          + " alternate="
          + alternate.isPresent()
          + " readOnly="
          + readOnly.isPresent()
          + " tokens="
          + tokens;
    }
  }

  /// @param temporary where snapshots lie that come in; empty = beside the others
  /// @param networkAllowed whether the folder may lie on another machine
  /// @param recovery why collections are opened for reads alone
  /// @param mergeThreads 0 = by the number of cores, like `searchThreads`
  public record Storage(
      Path path,
      Optional<Path> snapshots,
      Optional<Path> temporary,
      boolean networkAllowed,
      Optional<String> recovery,
      SnapshotUrls snapshotUrls,
      Optional<Bucket> snapshotBucket,
      QuotaConfig quotas,
      CollectionDefaults newCollections,
      int mergeThreads,
      int searchThreads,
      int segmentThreads,
      Duration refreshInterval,
      Duration commitInterval) {
    public boolean isTemporary() {
      return path.toString().equals(TEMPORARY);
    }
  }

  enum SnapshotsStorage {
    LOCAL,
    S3
  }

  /// Where snapshots are kept; what is empty comes from the variables that AWS's tools read.
  public record Bucket(
      String name,
      Optional<String> region,
      Optional<String> accessKey,
      Optional<String> secretKey,
      Optional<URI> endpoint) {
    /// Never what the keys are.
    @Override
    public String toString() {
      return "bucket=" + name + " region=" + region + " endpoint=" + endpoint;
    }
  }

  /// Whether snapshots may be fetched from an address.
  ///
  /// @param allowed beginnings of addresses; empty = any
  public record SnapshotUrls(boolean areAllowed, List<URI> allowed) {
    public SnapshotUrls {
      allowed = List.copyOf(allowed);
    }
  }

  /// @param fsyncGroup how long an fsync waits for further writes to share it
  public record OperationLog(Durability durability, Duration fsyncGroup, int commitAfterMiB) {}

  /// @param socket where it is not `ingest.sock` in the data folder
  public record Link(Optional<Path> socket) {
    public Path in(Path dataFolder) {
      return socket.orElseGet(() -> dataFolder.resolve("ingest.sock"));
    }
  }

  /// @param fileRoots below which sources made by the API may read; empty = the usual ones
  public record Limits(
      Duration requestTimeout,
      int searchQueue,
      int ingestMiB,
      int snapshotUploadMiB,
      List<Path> fileRoots,
      int maxCollections) {
    public Limits {
      fileRoots = List.copyOf(fileRoots);
    }
  }

  /// @param model empty = the module's own
  /// @param threads 0 = half the cores
  public record Inference(
      boolean isEnabled, Optional<Path> model, int threads, int batch, int queue) {}

  /// How people and machines watch the server.
  ///
  /// @param slow requests that take longer are logged; 0 = none are
  /// @param readyMaxLag how old the oldest waiting record of a server that is ready may be; 0 = any
  public record Watching(
      Optional<Integer> metricsPort, AccessLog access, Duration slow, Duration readyMaxLag) {}

  /// Where spans go.
  ///
  /// @param endpoint takes OTLP over HTTP
  /// @param share of requests and batches, 0 to 1
  /// @param authorization of the header of that name
  public record Tracing(
      URI endpoint, double share, String service, Optional<String> authorization) {
    /// Does not show the authorization.
    @Override
    public String toString() {
      return "endpoint=" + endpoint + " share=" + share + " service=" + service;
    }
  }

  /// @param kept files, the one at work among them
  /// @param trustForwarded whether the client's address is what `X-Forwarded-For` says
  public record Audit(Path dir, Rotation rotation, int kept, boolean trustForwarded) {}

  /// When the next audit file is begun.
  public enum Rotation {
    DAILY,
    HOURLY
  }

  public enum AccessLog {
    NONE,
    ERRORS,
    ALL
  }

  public record Logging(LogLevel level, LogFormat format, Optional<LogFile> file) {}

  /// @param maxMiB the file is put aside at
  /// @param kept files that were put aside
  public record LogFile(Path path, int maxMiB, int kept) {}

  public enum Durability {
    FSYNC,
    INTERVAL
  }

  public enum LogLevel {
    OFF,
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  public enum LogFormat {
    TEXT,
    JSON
  }
}
