package io.millrace.api.slow;

import io.millrace.api.strict.IndexNeed;
import io.millrace.collection.Collection;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Keys that slow searches filtered by and that had no index which fits, as Qdrant's `/issues`
/// reports them. An issue is over once its key has an index that it had not, or its collection is
/// gone. Held in memory. Safe for many threads.
public final class Issues {
  /// Clients choose the keys, so there is a bound; what is beyond it is not reported.
  private static final int MOST = 1_000;

  /// @param types of indexes of which one would do, in the words of the API
  public record UnindexedKey(
      String collection, PayloadPath key, List<String> types, Instant first) {}

  private record Place(long collection, PayloadPath key) {}

  /// @param had the index that did not fit
  private record Found(UnindexedKey issue, Optional<PayloadIndex> had) {}

  private final Function<String, Optional<Collection>> collections;
  private final InstantSource clock;
  private final Map<Place, Found> open = new HashMap<>();

  /// @param collections by name
  public Issues(Function<String, Optional<Collection>> collections, InstantSource clock) {
    this.collections = collections;
    this.clock = clock;
  }

  /// Of a search that was slow. What is known already keeps its time.
  public void tell(Searches.Searched searched) {
    Collection collection = searched.collection();
    for (IndexNeed need : new SlowSearch(searched).unindexed()) {
      add(collection, need);
    }
  }

  private synchronized void add(Collection collection, IndexNeed need) {
    Place place = new Place(collection.uid(), need.key());
    if (!open.containsKey(place) && open.size() >= MOST) {
      removeOver();
    }
    if (open.size() < MOST) {
      open.putIfAbsent(
          place,
          new Found(
              new UnindexedKey(collection.name(), need.key(), need.types(), clock.instant()),
              collection.config().payloadSchema().of(need.key())));
    }
  }

  /// By collection and key.
  public synchronized List<UnindexedKey> all() {
    removeOver();
    List<UnindexedKey> all = new ArrayList<>();
    open.values().forEach(found -> all.add(found.issue));
    all.sort(
        Comparator.comparing(UnindexedKey::collection)
            .thenComparing(issue -> issue.key().toString()));
    return all;
  }

  private void removeOver() {
    open.entrySet().removeIf(e -> isOver(e.getKey(), e.getValue()));
  }

  private boolean isOver(Place place, Found found) {
    Optional<Collection> collection =
        collections.apply(found.issue.collection).filter(c -> c.uid() == place.collection);
    Optional<PayloadIndex> has = collection.flatMap(c -> c.config().payloadSchema().of(place.key));
    return collection.isEmpty() || has.isPresent() && !has.equals(found.had);
  }

  public synchronized void clear() {
    open.clear();
  }
}
