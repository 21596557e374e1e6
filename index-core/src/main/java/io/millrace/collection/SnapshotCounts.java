package io.millrace.collection;

import io.millrace.snapshot.SnapshotFolder.Description;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
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

    private Of withRestoring(int more) {
      return new Of(made, making, restoring + more, newest);
    }
  }

  private final Map<String, Of> counts = new ConcurrentHashMap<>();

  public Of of(String collection) {
    return counts.getOrDefault(collection, Of.NOTHING);
  }

  /// One that is from before the start. It counts until one is made.
  public void found(String collection, Description newest) {
    Of found =
        new Of(0, 0, 0, Optional.of(newest.created().toInstant(ZoneOffset.UTC)));
    counts.merge(
        collection,
        found,
        (now, _) ->
            new Of(now.made(), now.making(), now.restoring(), now.newest().or(found::newest)));
  }

  void making(String collection) {
    counts.merge(collection, Of.NOTHING.withMaking(1), (now, _) -> now.withMaking(1));
  }

  /// @param made when; empty: it failed
  void made(String collection, Optional<Instant> made) {
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
