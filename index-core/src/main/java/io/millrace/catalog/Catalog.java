package io.millrace.catalog;

import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.frame.Disk;
import io.millrace.frame.FileKind;
import io.millrace.frame.Frame;
import io.millrace.frame.FrameReader;
import io.millrace.model.AliasAction;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Failure;
import io.millrace.model.QuotaConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The facts of a data folder: durable before a change returns, read from memory without waiting.
///
/// They stand in one framed file, `catalog.mcat` ([Frame]; magic `MCAT`, version 1, first sequence
/// 0). Its first frame makes nothing into all there was when the file was written, each further one
/// is one change, forced before the next is written; so only the last frame can be torn. A file
/// that has grown is written anew beside itself, forced and renamed into place. After a failed
/// write the file is not written again: the next change writes it anew.
///
/// Safe for use by several threads: changes wait for each other, readers for nobody.
public final class Catalog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Catalog.class);

  static final FileKind KIND = new FileKind("MCAT", 1);
  static final String FILE = "catalog.mcat";

  /// A file is written anew once its changes take this much and four times what they came to.
  private static final long REWRITE_BYTES = 64 << 10;

  private static final int REWRITE_FACTOR = 4;

  /// Whatever stands before a frame of the catalog was forced before it.
  private static final FrameReader.Witness WITNESS = (bytes, body, n, frameOffset) -> frameOffset;

  private enum Access {
    WRITE,
    READ
  }

  private final Disk disk;
  private final Path folder;
  private final Path path;
  private final Access access;
  private final ReentrantLock changing = new ReentrantLock();

  // guarded by changing
  private Disk.@Nullable AppendFile file; // null: the next change writes it anew
  private long imageBytes; // what the first frame of the file takes
  private long burntUid; // the highest uid that a change, even a failed one, has used
  private boolean closed;

  private volatile CatalogImage image = CatalogImage.NOTHING;

  private Catalog(Path folder, Disk disk, Access access) {
    this.disk = disk;
    this.folder = folder;
    this.path = folder.resolve(FILE);
    this.access = access;
  }

  /// Opens the catalog for writing and makes it if there is none. Throws [Failure.Damaged], with
  /// everything left as it is, for damage and for a newer format.
  public static Catalog open(Path folder, Disk disk) {
    Catalog catalog = new Catalog(folder, disk, Access.WRITE);
    try {
      catalog.start();
    } catch (IOException e) {
      throw new Failure.Unavailable("The catalog in " + folder + " could not be opened: " + e, e);
    }
    return catalog;
  }

  /// Opens the catalog beside a process that writes it; [#reload] looks for what has changed.
  public static Catalog openReadOnly(Path folder, Disk disk) {
    Catalog catalog = new Catalog(folder, disk, Access.READ);
    catalog.reload();
    return catalog;
  }

  private void start() throws IOException {
    disk.createFolder(folder);
    disk.forceFolder(Disk.folderOf(folder)); // it may be there and not yet forced
    List<String> strangers = new ArrayList<>(disk.list(folder));
    strangers.removeAll(List.of(FILE, FILE + ".tmp"));
    if (!strangers.isEmpty()) {
      LOG.warn("Left unknown files alone folder={} names={}", folder, strangers);
    }
    if (!disk.exists(path)) {
      byte[] id = new byte[16];
      new SecureRandom().nextBytes(id);
      image = CatalogImage.NOTHING.withFolderId(HexFormat.of().formatHex(id));
      writeAnew(image);
      return;
    }
    Content content = read();
    image = content.image();
    if (content.tornBytes() > 0) {
      LOG.warn("Cut a torn tail file={} bytes={}", path, content.tornBytes());
    }
    if (content.tornBytes() > 0 || content.frames() > 1) {
      writeAnew(image);
    } else {
      Disk.AppendFile opened = disk.append(path);
      file = opened;
      imageBytes = opened.size();
      opened.force();
      disk.forceFolder(folder);
    }
  }

  private record Content(CatalogImage image, int frames, long tornBytes) {}

  private Content read() throws IOException {
    try (FrameReader reader = FrameReader.open(disk, path, KIND)) {
      if (reader.firstSequence().orElse(-1) != 0) {
        throw new Failure.Damaged(
            path + " is damaged at byte 0: its header is bad. It was left as it is.");
      }
      CatalogImage read = CatalogImage.NOTHING;
      int frames = 0;
      while (reader.next()) {
        try {
          read = CatalogCodec.apply(read, reader.bytes(), reader.bodyAt(), reader.bodyLength());
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
          throw reader.damaged("its checksum is right, but this is no catalog change (" + e + ")");
        }
        frames++;
      }
      FrameReader.End end = reader.end(WITNESS);
      if (frames == 0) { // renamed into place with its first frame forced: never torn that far
        throw reader.damaged(reader.fault().orElse("it ends before its first frame"));
      }
      return new Content(read, frames, end.tornBytes());
    }
  }

  /// What the catalog says now; read once per request.
  public CatalogImage image() {
    return image;
  }

  /// Reads the file again; for a catalog opened read-only.
  public CatalogImage reload() {
    if (access == Access.WRITE) {
      return image;
    }
    try {
      image = read().image();
      return image;
    } catch (IOException e) {
      throw new Failure.Unavailable("The catalog " + path + " could not be read: " + e, e);
    }
  }

  /// Throws [Failure.AlreadyExists] for the name of a collection, [BadInput] for that of an alias.
  /// Its uid is new; a folder for it may not be there yet.
  public CollectionFact createCollection(String name, CollectionConfig config, long createdMillis) {
    checkName(name);
    config.vectorNames().forEach(Catalog::checkName);
    CatalogImage after =
        change(now -> {
          if (now.aliases().containsKey(name)) {
            throw BadInput.wrong(
                "Can't create collection with name "
                    + name
                    + ". Alias with the same name already exists");
          }
          if (now.collections().containsKey(name)) {
            throw alreadyExists(name);
          }
          burntUid = Math.max(now.nextUid(), burntUid + 1);
          SortedMap<String, CollectionFact> collections = new TreeMap<>(now.collections());
          collections.put(name, new CollectionFact(burntUid, name, config, createdMillis));
          return now.withCollections(collections).withNextUid(burntUid + 1);
        });
    CollectionFact made = after.collections().get(name);
    if (made == null) {
      throw new AssertionError("the change did not make " + name);
    }
    return made;
  }

  /// Throws [Failure.NotFound].
  public void updateCollection(String name, CollectionConfig config) {
    config.vectorNames().forEach(Catalog::checkName);
    change(now -> {
      CollectionFact old = now.collections().get(name);
      if (old == null) {
        throw Failure.NotFound.collection(name);
      }
      SortedMap<String, CollectionFact> collections = new TreeMap<>(now.collections());
      collections.put(name, new CollectionFact(old.uid(), name, config, old.createdMillis()));
      return now.withCollections(collections);
    });
  }

  /// Burns a uid for a collection that is brought in from elsewhere. Until it is adopted its folder
  /// counts as one of a dropped collection: a crash in between removes it at the next start.
  public CollectionFact prepareCollection(
      String name, CollectionConfig config, long createdMillis) {
    checkName(name);
    config.vectors().keySet().forEach(Catalog::checkName);
    CatalogImage after =
        change(now -> {
          burntUid = Math.max(now.nextUid(), burntUid + 1);
          SortedMap<Long, CollectionFact> dropped = new TreeMap<>(now.dropped());
          dropped.put(burntUid, new CollectionFact(burntUid, name, config, createdMillis));
          return now.withDropped(dropped).withNextUid(burntUid + 1);
        });
    CollectionFact prepared = after.dropped().get(after.nextUid() - 1);
    if (prepared == null) {
      throw new AssertionError("the change did not prepare " + name);
    }
    return prepared;
  }

  /// Makes a prepared collection the one of its name, in one change: one that had the name is
  /// dropped, aliases go on to lead to the name. Sources that are unknown here get the life that
  /// the positions of the collection are from.
  ///
  /// @param epochs by source
  /// @param lifeOf what tells those lives from others, kept with them
  public void adoptCollection(
      CollectionFact prepared, SortedMap<String, Long> epochs, ConfigBytes lifeOf) {
    change(now -> {
      if (now.aliases().containsKey(prepared.name())) {
        throw BadInput.wrong(
            "Can't create collection with name "
                + prepared.name()
                + ". Alias with the same name already exists");
      }
      SortedMap<Long, CollectionFact> dropped = new TreeMap<>(now.dropped());
      if (!prepared.equals(dropped.remove(prepared.uid()))) {
        throw new IllegalStateException("not prepared: " + prepared);
      }
      SortedMap<String, CollectionFact> collections = new TreeMap<>(now.collections());
      CollectionFact old = collections.put(prepared.name(), prepared);
      if (old != null) {
        dropped.put(old.uid(), old);
      }
      CatalogImage next = now.withCollections(collections).withDropped(dropped);
      for (var epoch : epochs.entrySet()) {
        if (!now.sources().containsKey(epoch.getKey())) {
          next =
              withSource(next, new SourceFact(epoch.getKey(), epoch.getValue(), lifeOf, false))
                  .withNextEpoch(Math.max(next.nextEpoch(), epoch.getValue() + 1));
        }
      }
      return next;
    });
  }

  /// Takes the name and its aliases away. The collection stays in [CatalogImage#dropped] until its
  /// folder is removed and [#forget] is called. False if there is no collection of that uid.
  public boolean markDropped(long uid) {
    CatalogImage before = image;
    CatalogImage after =
        change(now -> {
          SortedMap<String, CollectionFact> collections = new TreeMap<>(now.collections());
          SortedMap<Long, CollectionFact> dropped = new TreeMap<>(now.dropped());
          SortedMap<String, String> aliases = new TreeMap<>(now.aliases());
          for (CollectionFact fact : now.collections().values()) {
            if (fact.uid() == uid) {
              collections.remove(fact.name());
              dropped.put(uid, fact);
              aliases.values().removeIf(target -> target.equals(fact.name()));
            }
          }
          return now.withCollections(collections).withDropped(dropped).withAliases(aliases);
        });
    return after.dropped().containsKey(uid) && !before.dropped().containsKey(uid);
  }

  /// Once the folder of a dropped collection is gone.
  public void forget(long uid) {
    change(now -> {
      SortedMap<Long, CollectionFact> dropped = new TreeMap<>(now.dropped());
      dropped.remove(uid);
      return now.withDropped(dropped);
    });
  }

  /// In order and visible as one change. When a step fails the ones before it stay. Throws
  /// [Failure.NotFound] and [Failure.AlreadyExists].
  public void changeAliases(List<AliasAction> actions) {
    Failure[] failed = new Failure[1];
    change(now -> {
      SortedMap<String, String> aliases = new TreeMap<>(now.aliases());
      try {
        actions.forEach(action -> step(now, aliases, action));
      } catch (Failure e) {
        failed[0] = e;
      }
      return now.withAliases(aliases);
    });
    if (failed[0] != null) {
      throw failed[0];
    }
  }

  private static void step(
      CatalogImage now, SortedMap<String, String> aliases, AliasAction action) {
    switch (action) {
      case AliasAction.Create(String alias, String collection) -> {
        checkName(alias);
        if (!now.collections().containsKey(collection)) {
          throw Failure.NotFound.collection(collection);
        }
        if (now.collections().containsKey(alias)) {
          throw alreadyExists(alias);
        }
        aliases.put(alias, collection);
      }
      case AliasAction.Delete(String alias) -> aliases.remove(alias);
      case AliasAction.Rename(String from, String to) -> {
        checkName(to);
        String collection = aliases.get(from);
        if (collection == null) {
          throw new Failure.NotFound("Alias " + from + " does not exists!");
        }
        if (now.collections().containsKey(to)) {
          throw alreadyExists(to);
        }
        aliases.remove(from);
        aliases.put(to, collection);
      }
    }
  }

  public void changeQuotas(QuotaConfig quotas) {
    change(now -> now.withQuotas(quotas));
  }

  /// Sets the configuration of a source; one of a new name gets an epoch and is not paused.
  public SourceFact putSource(String name, ConfigBytes config) {
    checkName(name);
    return changeSource(
        name,
        now -> {
          SourceFact old = now.sources().get(name);
          if (old == null) {
            return withSource(now, new SourceFact(name, now.nextEpoch(), config, false))
                .withNextEpoch(now.nextEpoch() + 1);
          }
          return withSource(now, new SourceFact(name, old.epoch(), config, old.isPaused()));
        });
  }

  /// Begins a new life of the source. Throws [Failure.NotFound].
  public long nextEpoch(String source) {
    return changeSource(
            source,
            now -> {
              SourceFact old = requireSource(now, source);
              return withSource(
                      now, new SourceFact(source, now.nextEpoch(), old.config(), old.isPaused()))
                  .withNextEpoch(now.nextEpoch() + 1);
            })
        .epoch();
  }

  /// Throws [Failure.NotFound].
  public SourceFact pauseSource(String name) {
    return setPaused(name, true);
  }

  /// Throws [Failure.NotFound].
  public SourceFact resumeSource(String name) {
    return setPaused(name, false);
  }

  private SourceFact setPaused(String name, boolean isPaused) {
    return changeSource(
        name,
        now -> {
          SourceFact old = requireSource(now, name);
          return withSource(now, new SourceFact(name, old.epoch(), old.config(), isPaused));
        });
  }

  /// Fine if there is none.
  public void removeSource(String name) {
    change(now -> {
      SortedMap<String, SourceFact> sources = new TreeMap<>(now.sources());
      sources.remove(name);
      return now.withSources(sources);
    });
  }

  private SourceFact changeSource(String name, UnaryOperator<CatalogImage> step) {
    return requireSource(change(step), name);
  }

  private static SourceFact requireSource(CatalogImage now, String name) {
    SourceFact source = now.sources().get(name);
    if (source == null) {
      throw new Failure.NotFound("Source `" + name + "` doesn't exist!");
    }
    return source;
  }

  private static CatalogImage withSource(CatalogImage now, SourceFact source) {
    SortedMap<String, SourceFact> sources = new TreeMap<>(now.sources());
    sources.put(source.name(), source);
    return now.withSources(sources);
  }

  private static Failure.AlreadyExists alreadyExists(String collection) {
    return new Failure.AlreadyExists("Collection `" + collection + "` already exists!");
  }

  /// A lone surrogate has no UTF-8 form: the name would come back as another one.
  private static void checkName(String name) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
      throw BadInput.wrong("The name " + name + " is not well-formed Unicode");
    }
  }

  /// The one way to change: the step sees the present image, and what it makes is durable, then
  /// visible. Returns it.
  private CatalogImage change(UnaryOperator<CatalogImage> step) {
    changing.lock(); // held over IO: changes are rare, and readers do not take it
    try {
      if (closed || access == Access.READ) {
        throw new Failure.Unavailable("The catalog " + path + " is not open for changes");
      }
      CatalogImage before = image;
      CatalogImage after = step.apply(before);
      if (!after.equals(before)) {
        write(before, after);
        image = after;
      }
      return after;
    } finally {
      changing.unlock();
    }
  }

  private void write(CatalogImage before, CatalogImage after) {
    try {
      Disk.AppendFile open = file;
      if (open == null || open.size() > REWRITE_BYTES + REWRITE_FACTOR * imageBytes) {
        writeAnew(after);
      } else {
        append(open, Frame.encode(CatalogCodec.change(before, after)));
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private void append(Disk.AppendFile open, byte[] frame) throws IOException {
    long good = open.size();
    try {
      open.append(frame, 0, frame.length);
      open.force();
    } catch (IOException | RuntimeException e) {
      file = null;
      try (open) {
        open.cut(good);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  private void writeAnew(CatalogImage all) throws IOException {
    if (file != null) {
      Disk.AppendFile old = file;
      file = null;
      old.close();
    }
    byte[] header = KIND.header(0);
    byte[] frame = Frame.encode(CatalogCodec.change(CatalogImage.NOTHING, all));
    byte[] content = new byte[header.length + frame.length];
    System.arraycopy(header, 0, content, 0, header.length);
    System.arraycopy(frame, 0, content, header.length, frame.length);
    disk.replace(path, content);
    file = disk.append(path);
    imageBytes = content.length;
  }

  private Failure failed(IOException cause) {
    long free;
    try {
      free = disk.freeSpace(folder);
    } catch (IOException e) {
      free = Long.MAX_VALUE;
    }
    if (free < REWRITE_BYTES + 2 * imageBytes) {
      return new Failure.StorageFull(
          "No space left to write %s: %d bytes are free".formatted(path, free));
    }
    return new Failure.Unavailable(
        "The catalog " + path + " could not be written: " + cause, cause);
  }

  @Override
  public void close() {
    changing.lock();
    try {
      closed = true;
      if (file != null) {
        file.close(); // everything in it is forced
        file = null;
      }
    } catch (IOException e) {
      LOG.warn("Could not close the catalog file={}", path, e);
    } finally {
      changing.unlock();
    }
  }
}
