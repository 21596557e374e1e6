package io.millrace.torture.workload;

import io.millrace.torture.history.Change;
import io.millrace.torture.history.Event;
import io.millrace.torture.history.Event.Rule;
import io.millrace.torture.history.History;
import io.millrace.torture.history.Payload;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.Vectors;
import io.millrace.torture.workload.Api.Answer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Changes for two collections that come by streams: the partitions of a topic, or the files of a
/// folder. Every stream has points of its own in both collections.
public final class Streams {
  public static final String LEFT = "left";
  public static final String RIGHT = "right";
  private static final List<String> COLLECTIONS = List.of(LEFT, RIGHT);
  private static final Map<String, Map<String, Integer>> VECTORS =
      Map.of(LEFT, Map.of("", 4), RIGHT, Map.of("a", 4, "b", 3));
  private static final int IDS = 120;
  private static final int BAD_PER_THOUSAND = 3;
  private static final int VERSIONED_PERCENT = 33;
  private static final int LISTS_PERCENT = 5;

  /// How far a version may lie behind the newest one: then it is stale, or a duplicate.
  private static final int VERSIONS_BEHIND = 40;

  private final Draw draw;
  private final List<String> collections;
  private final boolean plain;
  private final List<Map<String, ChangeMix>> mixes = new ArrayList<>();
  private long version;

  /// What the next record of a stream is. Absent = a bad one.
  record Next(String collection, Optional<Change> change) {}

  public Streams(Draw draw, int streams) {
    this(draw, streams, COLLECTIONS);
  }

  /// Changes that REST knows as well: without versions, and one in a record.
  public static Streams plain(Draw draw, int streams) {
    return new Streams(draw, streams, COLLECTIONS, true);
  }

  /// @param collections that the records go to, of [#LEFT] and [#RIGHT]
  public Streams(Draw draw, int streams, List<String> collections) {
    this(draw, streams, collections, false);
  }

  private Streams(Draw draw, int streams, List<String> collections, boolean plain) {
    this.draw = draw;
    this.plain = plain;
    this.collections = List.copyOf(collections);
    for (int stream = 0; stream < streams; stream++) {
      Map<String, ChangeMix> mix = new LinkedHashMap<>();
      for (String collection : collections) {
        mix.put(collection, new ChangeMix(draw.split(), stream, IDS, vectors(collection), 3));
      }
      mixes.add(mix);
    }
  }

  public static void make(Api api, History history) {
    make(api, history, COLLECTIONS, "");
  }

  /// @param server stands before the names in the history, where there are several
  public static void make(Api api, History history, List<String> collections, String server) {
    for (String collection : collections) {
      RestCollections.create(api, collection, vectors(collection));
      history.add(new Event.Made(server + collection, Rule.STREAMS));
    }
  }

  public static void scan(Api api, History history, int streams) {
    scan(api, history, streams, COLLECTIONS, "");
  }

  /// @param server as in [#make]
  public static void scan(
      Api api, History history, int streams, List<String> collections, String server) {
    List<Integer> writers = new ArrayList<>();
    for (int stream = 0; stream < streams; stream++) {
      writers.add(stream);
    }
    var scan = new Scan(api, history, server);
    collections.forEach(collection -> scan.all(collection, vectors(collection), writers));
  }

  Next next(int stream) {
    Map<String, ChangeMix> mix = mixes.get(stream);
    String collection = draw.of(collections);
    ChangeMix changes = mix.get(collection);
    if (changes == null || draw.below(1_000) < BAD_PER_THOUSAND) {
      return new Next(collection, Optional.empty());
    }
    return new Next(collection, Optional.of(plain ? changes.next() : dressed(changes)));
  }

  private Change dressed(ChangeMix changes) {
    if (draw.percent(VERSIONED_PERCENT)) {
      version++;
      return new Change.Versioned(
          changes.next(), Math.max(1, version - draw.below(VERSIONS_BEHIND)));
    }
    if (draw.percent(LISTS_PERCENT)) {
      List<Change> list = new ArrayList<>();
      for (int i = draw.between(2, 5); i > 0; i--) {
        list.add(changes.next());
      }
      return new Change.All(list);
    }
    return changes.next();
  }

  /// The last records of a stream for now: when they show, all before them do.
  List<Next> marks(int stream, int round) {
    List<Next> marks = new ArrayList<>();
    for (String collection : collections) {
      Vectors vector = Values.vectors(vectors(collection), stream, round);
      Payload payload = new Payload("{\"round\":" + round + "}");
      marks.add(
          new Next(
              collection,
              Optional.of(
                  new Change.Upsert(List.of(new PointValue(markId(stream), vector, payload))))));
    }
    return marks;
  }

  /// Whether the marks of a round show in all collections.
  public static boolean showsMarks(Api api, int streams, int round) {
    return showsMarks(api, streams, round, COLLECTIONS);
  }

  public static boolean showsMarks(Api api, int streams, int round, List<String> collections) {
    for (String collection : collections) {
      for (int stream = 0; stream < streams; stream++) {
        Answer answer = api.get("/collections/" + collection + "/points/" + markId(stream));
        if (!answer.isOk()
            || !PointValue.parse(answer.result())
                .payload()
                .text()
                .equals("{\"round\":" + round + "}")) {
          return false;
        }
      }
    }
    return true;
  }

  private static String markId(int stream) {
    return Integer.toString(800_000 + stream);
  }

  private static Map<String, Integer> vectors(String collection) {
    return VECTORS.getOrDefault(collection, Map.of());
  }
}
