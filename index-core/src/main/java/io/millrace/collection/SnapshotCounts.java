package io.millrace.collection;

import io.millrace.snapshot.SnapshotFolder.Description;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What this process does and did with snapshots, by collection. Safe for use by several threads.
public final class SnapshotCounts {
  /// @param made since the start
  /// @param making how many at this moment
  /// @param restoring how many at this moment
  /// @param newest when the newest was made, also before the start if its file was there then
  public record Of(long made, int making, int restoring, Optional<Instant> newest) {
    private static final Of NOTHING = new Of(0, 0, 0, Optional.empty());

    private Of withMaking(int more) {
      return new Of(made, making + more, restoring, newest);
    }

    private Of withNewest(Optional<Instant> at) {
      return new Of(made, making, restoring, at);
    }

    private Of withRestoring(int more) {
      return new Of(made, making, restoring + more, newest);
    }
  }

  private final Map<String, Of> counts = new ConcurrentHashMap<>();

  /// Where the newest lies; of those whose file is known.
  private final Map<String, Path> files = new ConcurrentHashMap<>();

  private volatile boolean elsewhere;
  private volatile Function<String, Optional<Found>> finding = _ -> Optional.empty();

  /// A snapshot that is there.
  record Found(Path file, Instant made) {}

  /// @param newest looks for the newest that is kept of a collection
  void findBy(Function<String, Optional<Found>> newest) {
    finding = newest;
  }

  /// Looks whether the newest is still there: whoever deletes one may be another process.
  public Of of(String collection) {
    Path file = files.get(collection);
    if (file != null && !elsewhere && !Files.exists(file)) {
      files.remove(collection, file);
      Optional<Found> left = finding.apply(collection);
      left.ifPresent(found -> files.put(collection, found.file()));
      counts.computeIfPresent(
          collection, (_, now) -> orNone(now.withNewest(left.map(Found::made))));
    }
    return counts.getOrDefault(collection, Of.NOTHING);
  }

  /// From now on snapshots are made here and kept elsewhere: what lies here says nothing, and one
  /// counts once it [#isKept].
  public void areKeptElsewhere() {
    elsewhere = true;
    files.clear();
    counts.replaceAll((_, now) -> now.withNewest(Optional.empty()));
    counts.values().removeIf(Of.NOTHING::equals);
  }

  /// One that is kept elsewhere, from before the start.
  public void found(String collection, Description newest) {
    Optional<Instant> made = Optional.of(newest.created().toInstant(ZoneOffset.UTC));
    counts.merge(
        collection,
        Of.NOTHING.withNewest(made),
        (now, _) -> now.withNewest(now.newest().or(() -> made)));
  }

  /// One was put where it is kept.
  public void isKept(String collection, Instant at) {
    counts.merge(
        collection,
        new Of(1, 0, 0, Optional.of(at)),
        (now, _) -> new Of(now.made() + 1, now.making(), now.restoring(), Optional.of(at)));
  }

  void found(String collection, Found newest) {
    counts.put(collection, new Of(0, 0, 0, Optional.of(newest.made())));
    files.put(collection, newest.file());
  }

  /// The newest of a collection lies there.
  void lies(String collection, Path file) {
    files.put(collection, file);
  }

  void making(String collection) {
    counts.merge(collection, Of.NOTHING.withMaking(1), (now, _) -> now.withMaking(1));
  }

  /// @param written when; empty: it failed
  void made(String collection, Optional<Instant> written) {
    Optional<Instant> made = elsewhere ? Optional.empty() : written;
    counts.computeIfPresent(
        collection,
        (_, now) ->
            orNone(
                new Of(
                    now.made() + (made.isPresent() ? 1 : 0),
                    now.making() - 1,
                    now.restoring(),
                    made.or(now::newest))));
  }

  void restoring(String collection) {
    counts.merge(collection, Of.NOTHING.withRestoring(1), (now, _) -> now.withRestoring(1));
  }

  void restored(String collection) {
    counts.computeIfPresent(collection, (_, now) -> orNone(now.withRestoring(-1)));
  }

  /// The collection is dropped; what is under way still comes to its end.
  void forget(String collection) {
    files.remove(collection);
    counts.computeIfPresent(
        collection, (_, now) -> orNone(new Of(0, now.making(), now.restoring(), Optional.empty())));
  }

  /// How many collections there is something to say about.
  int size() {
    return counts.size();
  }

  private static @Nullable Of orNone(Of now) {
    return now.equals(Of.NOTHING) ? null : now;
  }
}
