package io.millrace.index;

import io.millrace.model.StreamSpan;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BiConsumer;

/// The highest position a collection holds of every stream. Not safe for several threads.
///
/// Dropped files are streams of their own, `file/<number>` with numbers that rise; without an end
/// they would fill every commit. Those far below the highest are forgotten: an inbox takes some
/// hundred at once, and none that was put away is read again.
public final class StreamPositions {
  private static final String FILE = "file/";

  /// Files below the highest number that stay known: several times what an inbox has open at once.
  static final int FILES_KEPT = 4_096;

  /// A stream in one life of its source.
  public record Stream(String source, long epoch, String name) {}

  /// @param leaderEpoch Kafka's, −1 where there is none
  public record Position(long last, int leaderEpoch) {}

  private final Map<Stream, Position> highest = new HashMap<>();
  private int filesSinceSweep;

  public void add(StreamSpan span) {
    add(
        new Stream(span.source(), span.epoch(), span.stream()),
        new Position(span.last(), span.leaderEpoch()));
  }

  public void add(Stream stream, Position position) {
    highest.merge(stream, position, (a, b) -> a.last() >= b.last() ? a : b);
    if (stream.name().startsWith(FILE) && ++filesSinceSweep >= FILES_KEPT) {
      filesSinceSweep = 0;
      forgetOldFiles();
    }
  }

  private void forgetOldFiles() {
    Map<Stream, Long> newest = new HashMap<>(); // by source and epoch
    highest.keySet().forEach(stream -> newest.merge(source(stream), file(stream), Math::max));
    highest
        .keySet()
        .removeIf(stream -> {
          long file = file(stream);
          return file >= 0 && file < newest.getOrDefault(source(stream), 0L) - FILES_KEPT;
        });
  }

  private static Stream source(Stream stream) {
    return new Stream(stream.source(), stream.epoch(), "");
  }

  /// Number of a file's stream, −1 for another stream.
  private static long file(Stream stream) {
    if (!stream.name().startsWith(FILE)) {
      return -1;
    }
    try {
      return Long.parseLong(stream.name(), FILE.length(), stream.name().length(), 10);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  public OptionalLong last(String source, long epoch, String stream) {
    Position p = highest.get(new Stream(source, epoch, stream));
    return p == null ? OptionalLong.empty() : OptionalLong.of(p.last());
  }

  public void forEach(BiConsumer<Stream, Position> visitor) {
    highest.forEach(visitor);
  }

  public StreamPositions copy() {
    StreamPositions copy = new StreamPositions();
    copy.highest.putAll(highest);
    return copy;
  }
}
