package io.millrace.collection;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.CollectionFact;
import io.millrace.catalog.ConfigBytes;
import io.millrace.catalog.DataFolder;
import io.millrace.frame.Disk;
import io.millrace.frame.FreeSpace;
import io.millrace.frame.RealDisk;
import io.millrace.index.MergeRoom;
import io.millrace.meter.Jobs;
import io.millrace.meter.SearchPaths;
import io.millrace.model.AliasAction;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Failure;
import io.millrace.model.QuotaConfig;
import io.millrace.search.SharedSearch;
import io.millrace.search.filter.MatchingDocs;
import io.millrace.search.nearest.NearestSearch;
import io.millrace.search.nearest.SegmentThreads;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All collections of one data folder. Safe for use by several threads: names are looked up in the
/// catalog's immutable image, changes are made one after another.
public final class Collections implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Collections.class);

  /// For the answers of filters in segments, all collections together.
  private static final long FILTER_CACHE_BYTES = 64L << 20;

  private final Disk disk;
  private final DataFolder folder;
  private final Catalog catalog;
  private final StoreSettings settings;
  private final boolean following;
  private final Optional<String> recovery;
  private final Optional<SegmentThreads> segmentThreads;
  private final SharedSearch shared;
  private final Quotas quotas;
  private final WriterFacts gone = new WriterFacts(); // guarded by itself, with leaving `open`
  private final FreeSpace space;
  private final MergeRoom mergeRoom;
  private final Jobs jobs = new Jobs(Clock.systemUTC());
  private final SnapshotCounts snapshotCounts = new SnapshotCounts();
  private final Map<Long, Collection> open =
      new ConcurrentHashMap<>(); // by uid; changed under this

  private Collections(
      Disk disk,
      DataFolder folder,
      Catalog catalog,
      StoreSettings settings,
      boolean following,
      Optional<String> recovery) {
    this.recovery = recovery;
    this.disk = disk;
    this.folder = folder;
    this.catalog = catalog;
    this.settings = settings;
    this.following = following;
    this.segmentThreads =
        settings.segmentThreads() == 0
            ? Optional.empty()
            : Optional.of(new SegmentThreads(settings.segmentThreads()));
    this.space = new FreeSpace(disk, folder.path());
    this.mergeRoom = new MergeRoom(space::bytes);
    this.quotas = Quotas.over(this::quotaConfig, disk, folder.path());
    this.shared =
        new SharedSearch(
            new MatchingDocs(FILTER_CACHE_BYTES),
            segmentThreads.map(NearestSearch::new).orElseGet(NearestSearch::new));
  }

  /// How segments of all collections were searched.
  public SearchPaths searchPaths() {
    return shared.nearest().paths();
  }

  /// Takes the folder's lock, opens what is there and replays the logs. Throws
  /// [Failure.Unavailable] when another process holds the lock, [Failure.Damaged] for a newer
  /// format. A collection that cannot be opened is red and stops nobody else.
  public static Collections open(Path dataFolder, StoreSettings settings) {
    return open(dataFolder, settings, false);
  }

  /// Opens the folder beside a writing process; reads follow its publications.
  public static Collections openReadOnly(Path dataFolder, StoreSettings settings) {
    return open(dataFolder, settings, true);
  }

  /// Takes the folder's lock and opens every collection for reads alone, as of its newest commit:
  /// no log is replayed and nothing is merged, which is what a start may fail of. Collections can
  /// be dropped and replaced by snapshots, and aliases and quotas changed; all else that writes is
  /// refused.
  ///
  /// @param reason is told with every refusal
  public static Collections openForRecovery(
      Path dataFolder, StoreSettings settings, String reason) {
    return open(dataFolder, settings, false, Optional.of(reason), new RealDisk());
  }

  private static Collections open(Path dataFolder, StoreSettings settings, boolean following) {
    return open(dataFolder, settings, following, new RealDisk());
  }

  static Collections open(Path dataFolder, StoreSettings settings, boolean following, Disk disk) {
    return open(dataFolder, settings, following, Optional.empty(), disk);
  }

  private static Collections open(
      Path dataFolder,
      StoreSettings settings,
      boolean following,
      Optional<String> recovery,
      Disk disk) {
    DataFolder folder =
        following ? DataFolder.openReadOnly(dataFolder, disk) : DataFolder.open(dataFolder, disk);
    try {
      Catalog catalog =
          following
              ? Catalog.openReadOnly(folder.catalog(), disk)
              : Catalog.open(folder.catalog(), disk);
      Collections collections =
          new Collections(disk, folder, catalog, settings, following, recovery);
      if (!following) {
        collections.finishRemovals();
      }
      collections.openAll();
      return collections;
    } catch (RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  /// A crash between the catalog's fact and the folder's removal left these behind.
  private void finishRemovals() {
    for (long uid : catalog.image().dropped().keySet()) {
      folder.removeCollection(uid);
      catalog.forget(uid);
    }
  }

  private void openAll() {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    try (ExecutorService openers =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().name("open-collection-", 0).factory())) {
      Map<Long, Future<Collection>> opening = new HashMap<>();
      for (CollectionFact entry : catalog.image().collections().values()) {
        opening.put(entry.uid(), openers.submit(() -> openOne(entry)));
      }
      opening.forEach((uid, collection) -> open.put(uid, joined(collection)));
    }
  }

  private static Collection joined(Future<Collection> opening) {
    try {
      return opening.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("Interrupted while opening the collections", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("opening a collection failed", e.getCause());
    }
  }

  private Collection openOne(CollectionFact entry) {
    Collection.Place place =
        new Collection.Place(
            disk,
            entry.uid(),
            entry.name(),
            entry.config(),
            folder.collection(entry.uid()),
            mergeRoom);
    if (following) {
      return Collection.follow(place, shared, quotas, jobs, settings);
    }
    return recovery
        .map(reason -> Collection.recover(place, shared, quotas, jobs, reason, settings))
        .orElseGet(() -> Collection.open(place, shared, quotas, jobs, settings));
  }

  /// By name or alias; an alias wins over a collection of the same name.
  public Optional<Collection> find(String nameOrAlias) {
    CatalogImage image = catalog.image();
    String name = image.aliases().getOrDefault(nameOrAlias, nameOrAlias);
    CollectionFact entry = image.collections().get(name);
    return entry == null ? Optional.empty() : Optional.ofNullable(open.get(entry.uid()));
  }

  public Collection require(String nameOrAlias) {
    return find(nameOrAlias).orElseThrow(() -> Failure.NotFound.collection(nameOrAlias));
  }

  public SortedSet<String> names() {
    return new TreeSet<>(catalog.image().collections().keySet());
  }

  /// Alias to collection name.
  public SortedMap<String, String> aliases() {
    return catalog.image().aliases();
  }

  /// What is known beside the collections: sources and their lives.
  public Catalog catalog() {
    return catalog;
  }

  /// What the server may take of its machine.
  public Quotas quotas() {
    return quotas;
  }

  /// Those of the settings until others are made at run time; made empty, they hold again.
  private QuotaConfig quotaConfig() {
    QuotaConfig made = catalog.image().quotas();
    return made.equals(QuotaConfig.OFF) ? settings.quotas() : made;
  }

  /// Durable before it returns.
  public void changeQuotas(QuotaConfig config) {
    writable();
    catalog.changeQuotas(config);
  }

  public Path folder() {
    return folder.path();
  }

  /// Why collections are only read, with [#openForRecovery].
  public Optional<String> recovery() {
    return recovery;
  }

  /// Durable before it returns. Throws [Failure.AlreadyExists], and [Failure.StorageFull] while a
  /// quota is reached.
  public synchronized Collection create(String name, CollectionConfig config) {
    changeable();
    quotas.check();
    CollectionFact entry = catalog.createCollection(name, config, Clock.systemUTC().millis());
    Collection created = openOne(entry);
    open.put(entry.uid(), created);
    LOG.info("collection created collection={} uid={}", name, entry.uid());
    return created;
  }

  /// Replaces the configuration; sizes and distances of vectors stay. Applied by the next merges. A
  /// change of payload indexes waits for the operations before it, and holds up no other collection
  /// meanwhile.
  public void update(String nameOrAlias, CollectionConfig config) {
    changeable();
    Collection collection = require(nameOrAlias);
    Runnable durable = () -> catalog.updateCollection(collection.name(), config);
    if (config.payloadSchema().equals(collection.config().payloadSchema())) {
      durable.run();
      collection.configure(config);
    } else {
      collection.reindex(config, durable);
    }
  }

  /// Durable before it returns; drops the aliases too. False if there was none.
  public synchronized boolean drop(String name) {
    writable();
    CollectionFact entry = catalog.image().collections().get(name);
    if (entry == null) {
      return false;
    }
    catalog.markDropped(entry.uid());
    discard(entry, Failure.NotFound.collection(name));
    snapshotCounts.forget(name);
    LOG.info("collection deleted collection={} uid={}", name, entry.uid());
    return true;
  }

  /// A place for a collection that comes from elsewhere, not visible yet. It is either adopted or
  /// abandoned; a crash abandons it.
  synchronized CollectionFact prepare(String name, CollectionConfig config, long createdMillis) {
    writable();
    CollectionFact prepared = catalog.prepareCollection(name, config, createdMillis);
    folder.createCollection(prepared.uid());
    return prepared;
  }

  Path folderOf(CollectionFact entry) {
    return folder.collection(entry.uid());
  }

  /// Opens what was prepared and makes it the collection of its name, replacing one that has the
  /// name. Who reads the old one meanwhile reads it to the end.
  ///
  /// @param epochs lives of sources that its positions are from
  synchronized Collection adopt(
      CollectionFact prepared, SortedMap<String, Long> epochs, ConfigBytes lifeOf) {
    writable();
    Collection opened = openOne(prepared);
    CollectionFact old;
    try {
      opened
          .failure()
          .ifPresent(why -> {
            throw BadInput.badRequest("What the snapshot holds cannot be opened: " + why);
          });
      open.put(prepared.uid(), opened);
      old = catalog.image().collections().get(prepared.name());
      catalog.adoptCollection(prepared, epochs, lifeOf);
    } catch (RuntimeException e) {
      open.remove(prepared.uid());
      opened.discard(e instanceof Failure f ? f : new Failure.Unavailable(String.valueOf(e)));
      throw e;
    }
    if (old != null) {
      discard(old, new Failure.Unavailable("The collection was replaced by a snapshot of it"));
    }
    return opened;
  }

  /// Removes what was prepared.
  synchronized void abandon(CollectionFact prepared) {
    if (!catalog.image().dropped().containsKey(prepared.uid())) {
      return;
    }
    removeFolder(prepared);
  }

  Disk disk() {
    return disk;
  }

  /// What all collections did since the start, also those that were dropped: nothing in it ever
  /// falls.
  public WriterFacts totals() {
    WriterFacts all = new WriterFacts();
    synchronized (gone) {
      all.addAll(gone);
      open.values().forEach(collection -> collection.retireInto(all));
    }
    return all;
  }

  /// Whether the volume of the data folder is as good as full, so that writes are refused.
  public boolean isFull() {
    return space.isLow();
  }

  public SnapshotCounts snapshotCounts() {
    return snapshotCounts;
  }

  /// Long work of this process.
  public Jobs jobs() {
    return jobs;
  }

  private void discard(CollectionFact entry, Failure why) {
    Collection dropped;
    synchronized (gone) {
      dropped = open.remove(entry.uid());
      if (dropped != null) {
        dropped.retireInto(gone);
      }
    }
    if (dropped != null) {
      dropped.discard(why);
    }
    removeFolder(entry);
  }

  private void removeFolder(CollectionFact entry) {
    try {
      folder.removeCollection(entry.uid());
      catalog.forget(entry.uid());
    } catch (Failure e) {
      LOG.warn(
          "the folder of a deleted collection is removed at the next start collection={} uid={}",
          entry.name(),
          entry.uid(),
          e);
    }
  }

  /// In order; earlier actions stay when a later one fails.
  public synchronized void changeAliases(List<AliasAction> actions) {
    writable();
    catalog.changeAliases(actions);
  }

  private void writable() {
    if (following) {
      throw new Failure.Unavailable("This process only reads; another one owns the data folder");
    }
  }

  /// A change of the configuration has its place between operations, which are not replayed in
  /// recovery mode.
  private void changeable() {
    writable();
    recovery.ifPresent(why -> {
      throw new Failure.Unavailable("Nothing is made or changed in recovery mode: " + why);
    });
  }

  /// In a following process: takes over what the writing process changed in the catalog and
  /// published.
  public synchronized void refreshFromDisk() {
    if (!following) {
      return;
    }
    CatalogImage image = catalog.reload();
    Map<Long, Collection> gone = new HashMap<>(open);
    for (CollectionFact entry : image.collections().values()) {
      gone.remove(entry.uid());
      Collection known = open.get(entry.uid());
      if (known == null) {
        open.put(entry.uid(), openOne(entry));
      } else {
        if (!known.config().equals(entry.config())) {
          known.configure(entry.config());
        }
        known.refresh();
      }
    }
    gone.forEach((uid, collection) -> {
      open.remove(uid);
      collection.discard(Failure.NotFound.collection(collection.name()));
    });
  }

  /// Commits and closes everything; the lock goes last.
  @Override
  public synchronized void close() {
    List<Collection> all = new ArrayList<>(open.values());
    open.clear();
    try (ExecutorService closers =
        Executors.newFixedThreadPool(
            Math.max(1, Runtime.getRuntime().availableProcessors()),
            Thread.ofPlatform().name("close-collection-", 0).factory())) {
      all.forEach(collection -> closers.submit(collection::close));
    }
    segmentThreads.ifPresent(SegmentThreads::close);
    catalog.close();
    folder.close();
  }
}
