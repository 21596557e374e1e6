package io.millrace.search.query;

import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.query.Group;
import io.millrace.model.query.Group.Key;
import io.millrace.model.query.GroupRequest;
import io.millrace.model.query.Query;
import io.millrace.model.query.Stage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.util.BitSet;

/// Gathers hits by a value of the payload: the groups with the best first hits, each with its best
/// hits, exactly (Qdrant's behaviour, section 14, where a bounded search can find less).
///
/// 1. The ranking is read from its front. It may end there: enough groups, all full.
/// 2. While groups are missing, it is read again among the points that have a value not seen yet;
///    the first hit of a new group in it is the group's best.
/// 3. Groups that are not full are read one by one, among the points that have their value.
///
/// MMR picks anew each time, among the best candidates of those points.
final class Grouping {
  /// How much further is read when a ranking brought nothing new.
  private static final int GROWTH = 4;

  private final QuerySearch search;
  private final GroupRequest request;
  private final GroupKeys keys;
  private final Ranking ranking;
  private final int limit;
  private final int size;

  /// The ranking looks at so many points and no more, however many are asked for.
  private final int candidates;

  private final Map<Key, List<Scored>> groups = new LinkedHashMap<>();

  /// The hits of the query among the points that a filter admits.
  private interface Ranking {
    List<Scored> first(Filter among, int count) throws IOException;
  }

  Grouping(QuerySearch search, GroupRequest request) throws IOException {
    this.search = search;
    this.request = request;
    this.keys = new GroupKeys(request.by(), search.ids(), search.deadline());
    this.limit = search.atMost(request.query().root().limit());
    this.size = search.atMost(request.size());
    this.candidates = candidates(request.query().root());
    this.ranking = ranking(request.query().root());
  }

  private int candidates(Stage root) {
    Optional<Query.Mmr> mmr =
        root.query().orElse(null) instanceof Query.Nearest(var _, var asked)
            ? asked
            : Optional.empty();
    return search.atMost(
        mmr.map(m -> m.candidates().orElse(QuerySearch.MMR_CANDIDATES)).orElse(-1));
  }

  /// What prefetches found, or chance, is ranked once; everything else can be asked again.
  private Ranking ranking(Stage root) throws IOException {
    Filter filter = search.excluding(root.filter());
    boolean isOnce =
        !root.prefetches().isEmpty()
            || root.query().filter(query -> query instanceof Query.Sample).isPresent();
    if (!isOnce) {
      return (among, count) -> search.run(root, filter.and(among), count);
    }
    List<Scored> all = search.run(widened(root), filter.and(keys.any()), search.atMost(-1));
    return (among, count) -> among(all, among, count);
  }

  /// Prefetches bring as many times more points as a group holds hits, none that is in no group.
  private Stage widened(Stage stage) {
    List<Stage> prefetches = new ArrayList<>();
    for (Stage prefetch : stage.prefetches()) {
      long points = (long) search.atMost(prefetch.limit()) * size;
      prefetches.add(widened(prefetch).withLimit(points));
    }
    return stage.withPrefetches(prefetches);
  }

  private List<Scored> among(List<Scored> all, Filter filter, int count) throws IOException {
    if (filter.isEmpty()) {
      return all.subList(0, Math.min(count, all.size()));
    }
    Map<Integer, Optional<BitSet>> bySegment = new LinkedHashMap<>();
    List<Scored> found = new ArrayList<>();
    for (Scored scored : all) {
      if (found.size() == count) {
        break;
      }
      LeafReaderContext leaf = search.ids().leaf(scored.doc());
      Optional<BitSet> matching = bySegment.get(leaf.ord);
      if (matching == null) {
        matching = Optional.ofNullable(search.matching(filter).matching(leaf));
        bySegment.put(leaf.ord, matching);
      }
      int doc = scored.doc() - leaf.docBase;
      if (matching.isEmpty() || doc < matching.get().length() && matching.get().get(doc)) {
        found.add(scored);
      }
    }
    return found;
  }

  List<Group> groups() throws IOException {
    if (limit == 0 || size == 0) {
      return List.of();
    }
    if (!readFront()) {
      findMissing();
      fill();
    }
    List<Group> result = new ArrayList<>();
    for (Map.Entry<Key, List<Scored>> group : groups.entrySet()) {
      List<Hit> hits = new ArrayList<>();
      for (Scored scored : group.getValue()) {
        hits.add(search.hit(scored, request.query().fetch()));
      }
      result.add(new Group(group.getKey(), hits));
    }
    return result;
  }

  /// Returns whether nothing is left to find.
  private boolean readFront() throws IOException {
    int count = search.atMost(Math.max(64, 2L * limit * size));
    List<Scored> front = ranking.first(Filter.ALL, count);
    for (Scored scored : front) {
      for (Key key : keys.of(scored.doc())) {
        add(key, scored);
      }
      if (isComplete()) {
        return true;
      }
    }
    return isWhole(front, count);
  }

  /// Whether a ranking of so many holds all there is: else it ends where it was cut, or where MMR
  /// looked no further.
  private boolean isWhole(List<Scored> found, int count) {
    int most = Math.min(count, candidates);
    return found.size() < most || most == search.atMost(-1);
  }

  private void add(Key key, Scored scored) {
    List<Scored> group = groups.get(key);
    if (group == null) {
      if (groups.size() == limit) {
        return;
      }
      group = new ArrayList<>();
      groups.put(key, group);
    }
    boolean isThere = group.stream().anyMatch(other -> other.doc() == scored.doc());
    if (group.size() < size && !isThere) {
      group.add(scored);
    }
  }

  private boolean isComplete() {
    return groups.size() == limit && groups.values().stream().allMatch(g -> g.size() == size);
  }

  private void findMissing() throws IOException {
    int count = search.atMost(Math.max(64, 2L * limit));
    while (groups.size() < limit) {
      Set<Key> known = new HashSet<>(groups.keySet());
      List<Scored> further = ranking.first(keys.beyond(known), count);
      for (Scored scored : further) {
        for (Key key : keys.of(scored.doc())) {
          if (!known.contains(key)) {
            add(key, scored);
          }
        }
      }
      if (isWhole(further, count)) {
        return;
      }
      if (groups.size() == known.size()) {
        if (count >= candidates) {
          return;
        }
        count = search.atMost((long) count * GROWTH);
      }
    }
  }

  private void fill() throws IOException {
    for (Map.Entry<Key, List<Scored>> group : groups.entrySet()) {
      if (group.getValue().size() < size) {
        group.setValue(bestOf(group.getKey(), keys.within(group.getKey())));
      }
    }
  }

  private List<Scored> bestOf(Key key, Filter within) throws IOException {
    for (int count = search.atMost(size); ; count = search.atMost((long) count * GROWTH)) {
      List<Scored> found = ranking.first(within, count);
      List<Scored> best = new ArrayList<>();
      Set<Integer> taken = new java.util.HashSet<>();
      for (Scored scored : found) {
        if (best.size() < size && keys.of(scored.doc()).contains(key) && taken.add(scored.doc())) {
          best.add(scored);
        }
      }
      if (best.size() == size || isWhole(found, count) || count >= candidates) {
        return best;
      }
    }
  }
}
