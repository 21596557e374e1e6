package io.millrace.api.endpoint;

import io.millrace.api.SnapshotGateway;
import io.millrace.api.SnapshotGateway.Stored;
import io.millrace.api.json.ShardManifest;
import io.millrace.api.json.SnapshotJson;
import io.millrace.api.json.SnapshotJson.Recovery;
import io.millrace.api.status.Fault;
import io.millrace.api.status.Reply;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.frame.RealDisk;
import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import io.millrace.snapshot.SnapshotFolder;
import io.millrace.snapshot.SnapshotFolder.Description;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Snapshots of collections, of their one shard and of everything.
///
/// All of them can be asked for without waiting: then what can be checked at once is checked, and
/// the rest is done behind the answer.
public final class SnapshotsEndpoint {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotsEndpoint.class);

  private final Collections collections;
  private final SnapshotGateway gateway;
  private final SnapshotFolder folder;
  private final Optional<SnapshotDownload> downloads;

  /// @param downloads empty: recovering from a URL is off
  public SnapshotsEndpoint(
      Collections collections, SnapshotGateway gateway, Optional<SnapshotDownload> downloads) {
    this.collections = collections;
    this.gateway = gateway;
    this.folder = gateway.folder();
    this.downloads = downloads;
    folder.sweepUploads();
  }

  /// Where they are made.
  SnapshotFolder folder() {
    return folder;
  }

  /// Which snapshots a route is about.
  private interface ScopeOf {
    Scope of(Call call);
  }

  private Scope ofCollection(Call call) {
    return new Scope.OfCollection(collections.require(call.collection()).name());
  }

  private Scope ofShard(Call call) {
    String name = call.collection();
    int shard = shard(call);
    String known = collections.require(name).name();
    if (shard != 0) {
      throw new Failure.NotFound("shard " + shard + " not found");
    }
    return new Scope.OfShard(known, shard);
  }

  private static int shard(Call call) {
    String shard = call.path("shard_id");
    try {
      return Integer.parseUnsignedInt(shard);
    } catch (NumberFormatException e) {
      throw Fault.pathParameter("can not parse \"" + shard + "\" to a u32");
    }
  }

  private static Scope full(Call call) {
    return new Scope.Full();
  }

  public Answer list(Call call) {
    return list(call, this::ofCollection);
  }

  public Answer listShard(Call call) {
    return list(call, this::ofShard);
  }

  public Answer listFull(Call call) {
    return list(call, SnapshotsEndpoint::full);
  }

  private Answer list(Call call, ScopeOf scope) {
    Scope of = scope.of(call);
    return new Answer.Result(out -> SnapshotJson.write(out, gateway.list(of)));
  }

  public Answer create(Call call) {
    return create(call, this::ofCollection);
  }

  public Answer createShard(Call call) {
    return create(call, this::ofShard);
  }

  public Answer createFull(Call call) {
    return create(call, SnapshotsEndpoint::full);
  }

  private Answer create(Call call, ScopeOf scope) {
    boolean waits = call.flag("wait", true);
    Scope of = scope.of(call);
    if (!waits) {
      return behind("create " + of, () -> gateway.create(of));
    }
    Description made = gateway.create(of);
    return new Answer.Result(out -> SnapshotJson.write(out, made));
  }

  public Answer download(Call call) {
    return download(call, this::ofCollection);
  }

  public Answer downloadShard(Call call) {
    return download(call, this::ofShard);
  }

  public Answer downloadFull(Call call) {
    return download(call, SnapshotsEndpoint::full);
  }

  private Answer download(Call call, ScopeOf scope) {
    return file(() -> {
      Scope of = scope.of(call);
      String name = call.path("snapshot_name");
      Optional<Stored> stored = gateway.stored(of, name);
      return stored.isPresent()
          ? new Answer.Forward(stored.get())
          : new Answer.Download(folder.find(of, name), Answer.Keep.KEPT);
    });
  }

  /// Who asks for a file is told in plain text why there is none, as Qdrant does.
  private static Answer file(Supplier<Answer> download) {
    try {
      return download.get();
    } catch (Failure failure) {
      throw Fault.plain(Reply.to(failure));
    }
  }

  /// What the shard holds, for who has an older copy and asks for what is newer.
  public Answer shardManifest(Call call) {
    ofShard(call);
    ShardManifest manifest = manifest(call);
    return new Answer.Result(out -> manifest.write(out));
  }

  private ShardManifest manifest(Call call) {
    Collection collection = collections.require(call.collection());
    collection.awaitInteractive(call.serviceDeadline());
    return new ShardManifest(
        collection.uid(),
        collection.progress().searchable(),
        collection.config().vectors().keySet());
  }

  /// A whole snapshot, since archives have no parts, or 304 for who has all of it.
  public Answer streamNewerShard(Call call) {
    ofShard(call);
    OptionalLong had = call.body(in -> ShardManifest.version(in, manifest(call).segment()));
    return had.isPresent() && had.getAsLong() >= manifest(call).version()
        ? new Answer.Text(304, "")
        : streamShard(call);
  }

  /// A fresh one that is not kept.
  public Answer streamShard(Call call) {
    return file(() -> {
      return new Answer.Download(gateway.createToSend(ofShard(call)), Answer.Keep.DELETED);
    });
  }

  public Answer delete(Call call) {
    return delete(call, this::ofCollection);
  }

  public Answer deleteShard(Call call) {
    return delete(call, this::ofShard);
  }

  public Answer deleteFull(Call call) {
    return delete(call, SnapshotsEndpoint::full);
  }

  private Answer delete(Call call, ScopeOf scope) {
    boolean waits = call.flag("wait", true);
    String name = call.path("snapshot_name");
    Scope of = scope.of(call);
    gateway.delete(of, name);
    return waits ? Answer.result(true) : new Answer.Accepted();
  }

  public Answer recover(Call call) {
    String name = call.newCollection();
    return recover(call, target(name), call.body(SnapshotJson::recovery), this::located);
  }

  public Answer recoverShard(Call call) {
    call.collection();
    shard(call);
    Recovery recovery = call.body(SnapshotJson::shardRecovery);
    Scope of = ofShard(call);
    return recover(call, target(call.collection()), recovery, it -> named(of, it));
  }

  /// An alias means its collection.
  private String target(String name) {
    return collections.find(name).map(Collection::name).orElse(name);
  }

  /// What to recover from, where it is not fetched from a server.
  private interface Kept {
    /// Until the end of the work.
    interface Use {
      void of(Path file);
    }

    void use(Use use);
  }

  private interface Finding {
    Kept find(Recovery recovery);
  }

  private Answer recover(Call call, String name, Recovery recovery, Finding finding) {
    boolean waits = call.flag("wait", true);
    Optional<URI> url = recovery.url();
    if (url.isPresent() && isWeb(url.get())) {
      SnapshotDownload download =
          downloads.orElseThrow(() ->
              Fault.json(
                  403,
                  "Forbidden: Snapshot recovery from remote URLs is disabled, the server would fetch"
                      + " whatever it is told to. Upload the snapshot, or set"
                      + " service.enable_snapshot_url_recovery"));
      if (!download.allows(url.get())) {
        throw Fault.json(
            403, "Forbidden: The address is not among those of service.snapshot_url_allow");
      }
      return run(
          waits,
          "recover " + name,
          () ->
              fetched(
                  file ->
                      download.fetch(
                          url.get(), recovery.apiKey(), bytes -> folder.incoming(file, bytes)),
                  file -> restore(name, file, recovery.checksum())));
    }
    Kept kept = finding.find(recovery);
    return run(
        waits, "recover " + name, () -> kept.use(file -> restore(name, file, recovery.checksum())));
  }

  /// Brings something into a file that is there for one use.
  private void fetched(Kept.Use fetching, Kept.Use use) {
    Path file = folder.temporary();
    try {
      fetching.of(file);
      use.of(file);
    } finally {
      delete(file);
    }
  }

  private Kept kept(Stored stored) {
    return use -> fetched(file -> copy(stored, file), use);
  }

  private void copy(Stored stored, Path to) {
    try (InputStream in = stored.pieces().read(0, stored.bytes());
        OutputStream out = folder.incoming(to, stored.bytes())) {
      in.transferTo(out);
    } catch (IOException e) {
      throw new Failure.Unavailable("Fetching " + stored.name() + " failed: " + e.getMessage(), e);
    }
  }

  private Kept kept(Path file) {
    if (!folder.contains(file)) {
      throw Fault.json(
          403,
          "Forbidden: Snapshot file path must be inside the snapshots directory " + folder.path());
    }
    return use -> use.of(file);
  }

  private Kept located(Recovery recovery) {
    return recovery
        .url()
        .flatMap(gateway::stored)
        .map(this::kept)
        .orElseGet(() -> kept(local(recovery)));
  }

  private static boolean isWeb(URI url) {
    return url.getScheme().equalsIgnoreCase("http") || url.getScheme().equalsIgnoreCase("https");
  }

  private static Path local(Recovery recovery) {
    URI url = recovery.url().orElseThrow(); // what is none was refused when the body was read
    if (!url.getScheme().equalsIgnoreCase("file")) {
      throw BadInput.badRequest(
          "Invalid snapshot URI, the scheme must be file, http or https, not "
              + url.getScheme().toLowerCase(Locale.ROOT));
    }
    String authority = url.getRawAuthority();
    if ((authority != null && !authority.isEmpty() && !authority.equals("localhost"))
        || url.getPath() == null
        || !url.getPath().startsWith("/")) {
      throw BadInput.badRequest("Invalid snapshot URI, file path must be absolute or on localhost");
    }
    Path file = path(url.getPath());
    if (!Files.isRegularFile(file)) {
      throw BadInput.badRequest("Snapshot file \"" + file + "\" does not exist");
    }
    return file;
  }

  /// A snapshot of a shard goes by its name alone.
  private Kept named(Scope of, Recovery recovery) {
    recovery
        .url()
        .ifPresent(url -> {
          throw BadInput.wrong(
              "Invalid snapshot URL %s: URLs with %s scheme are not supported"
                  .formatted(url, url.getScheme().toLowerCase(Locale.ROOT)));
        });
    return gateway
        .stored(of, recovery.location())
        .map(this::kept)
        .orElseGet(() -> kept(folder.find(of, recovery.location())));
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw BadInput.badRequest("Snapshot file \"" + text.replace('\0', '?') + "\" does not exist");
    }
  }

  public Answer upload(Call call) {
    String name = call.newCollection();
    return upload(call, () -> target(name));
  }

  public Answer uploadShard(Call call) {
    call.collection();
    shard(call);
    return upload(
        call,
        () -> {
          ofShard(call);
          return target(call.collection());
        });
  }

  private interface Target {
    String name();
  }

  private Answer upload(Call call, Target target) {
    boolean waits = call.flag("wait", true);
    Optional<String> checksum = Optional.ofNullable(call.query().get("checksum"));
    SnapshotJson.checksumFault(checksum.orElse(null))
        .ifPresent(fault -> {
          throw Fault.validation("query parameters", "checksum: " + fault);
        });
    checkPriority(call.query().get("priority"));
    String name = target.name();
    Path received = folder.temporary();
    boolean handedOn = false;
    try {
      Upload upload = call.upload();
      try (OutputStream out = folder.incoming(received, upload.declaredBytes())) {
        upload.copy("snapshot", out);
      } catch (IOException e) {
        throw Fault.json(400, "Receiving the snapshot failed: " + e.getMessage());
      }
      Answer answer =
          run(
              waits,
              "upload " + name,
              () -> {
                try {
                  restore(name, received, checksum);
                } finally {
                  delete(received);
                }
              });
      handedOn = true;
      return answer;
    } finally {
      if (!handedOn) {
        delete(received);
      }
    }
  }

  private static void checkPriority(@org.jspecify.annotations.Nullable String priority) {
    if (priority != null) {
      try {
        SnapshotJson.checkPriority(priority);
      } catch (BadInput unknown) {
        throw Fault.queryParameter(String.valueOf(unknown.getMessage()));
      }
    }
  }

  private void restore(String name, Path file, Optional<String> checksum) {
    if (checksum.isPresent()) {
      try {
        String actual = SnapshotFolder.sha256(new RealDisk(), file);
        if (!actual.equalsIgnoreCase(checksum.get())) {
          throw Fault.json(
              400, "Checksum mismatch: expected " + actual + ", actual " + checksum.get());
        }
      } catch (IOException e) {
        throw new Failure.Unavailable("Reading the snapshot failed: " + e, e);
      }
    }
    gateway.restore(name, file);
  }

  private static void delete(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      LOG.warn("a received snapshot is left until the next start file={}", temporary, e);
    }
  }

  private Answer run(boolean waits, String what, Runnable work) {
    if (!waits) {
      return behind(what, work);
    }
    work.run();
    return Answer.result(true);
  }

  private static Answer behind(String what, Runnable work) {
    Thread.ofVirtual()
        .name("snapshot-behind")
        .start(() -> {
          try {
            work.run();
          } catch (RuntimeException e) {
            LOG.error("what was accepted failed what={} why={}", what, e.getMessage(), e);
          }
        });
    return new Answer.Accepted();
  }
}
