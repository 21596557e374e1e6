package io.millrace.index;

import io.millrace.index.StreamPositions.Position;
import io.millrace.index.StreamPositions.Stream;
import java.util.HashMap;
import java.util.Map;

/// What a Lucene commit says about itself, kept as its user data:
///
/// ```
/// key                                              value
/// millrace.version                                 1
/// millrace.sequence                                sequence of the last operation contained, decimal
/// millrace.durable                                 true: every file was fsynced first; false: published
///                                                  for another process, may be lost with the power
/// millrace.at/<source>/<epoch>/<stream>            <last position> SPACE <leader epoch>
/// millrace.version_markers                         deleted points whose version is remembered, as of
///                                                  the last durable commit; absent: none
/// ```
///
/// A source name holds no `/`, so the key is read from the left; a stream may hold some.
///
/// @param sequence −1 before the first operation
/// @param versionMarkers deleted points whose version is remembered
public record CommitData(
    long sequence, boolean durable, StreamPositions positions, long versionMarkers) {
  private static final String VERSION = "millrace.version";
  private static final String SEQUENCE = "millrace.sequence";
  private static final String DURABLE = "millrace.durable";
  private static final String AT = "millrace.at/";
  private static final String MARKERS = "millrace.version_markers";

  public static final CommitData NONE = new CommitData(-1, true, new StreamPositions());

  /// Without markers.
  public CommitData(long sequence, boolean durable, StreamPositions positions) {
    this(sequence, durable, positions, 0);
  }

  CommitData withMarkers(long markers) {
    return new CommitData(sequence, durable, positions, markers);
  }

  public Map<String, String> toMap() {
    Map<String, String> map = new HashMap<>();
    map.put(VERSION, "1");
    map.put(SEQUENCE, Long.toString(sequence));
    map.put(DURABLE, Boolean.toString(durable));
    if (versionMarkers > 0) {
      map.put(MARKERS, Long.toString(versionMarkers));
    }
    positions.forEach((stream, position) ->
        map.put(
            AT + stream.source() + "/" + stream.epoch() + "/" + stream.name(),
            position.last() + " " + position.leaderEpoch()));
    return map;
  }

  public static CommitData fromMap(Map<String, String> map) {
    String sequence = map.get(SEQUENCE);
    if (sequence == null) {
      return NONE;
    }
    StreamPositions positions = new StreamPositions();
    map.forEach((key, value) -> {
      if (key.startsWith(AT)) {
        int source = key.indexOf('/', AT.length());
        int epoch = key.indexOf('/', source + 1);
        int space = value.indexOf(' ');
        positions.add(
            new Stream(
                key.substring(AT.length(), source),
                Long.parseLong(key.substring(source + 1, epoch)),
                key.substring(epoch + 1)),
            new Position(
                Long.parseLong(value.substring(0, space)),
                Integer.parseInt(value.substring(space + 1))));
      }
    });
    return new CommitData(
        Long.parseLong(sequence),
        Boolean.parseBoolean(map.get(DURABLE)),
        positions,
        Long.parseLong(map.getOrDefault(MARKERS, "0")));
  }
}
