package io.millrace.index;

import io.millrace.model.StreamSpan;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BiConsumer;

/// The highest position a collection holds of every stream. Not safe for several threads.
public final class StreamPositions {

  /// A stream in one life of its source.
  public record Stream(String source, long epoch, String name) {}

  /// @param leaderEpoch Kafka's, −1 where there is none
  public record Position(long last, int leaderEpoch) {}

  private final Map<Stream, Position> highest = new HashMap<>();

  public void add(StreamSpan span) {
    add(
        new Stream(span.source(), span.epoch(), span.stream()),
        new Position(span.last(), span.leaderEpoch()));
  }

  public void add(Stream stream, Position position) {
    highest.merge(stream, position, (a, b) -> a.last() >= b.last() ? a : b);
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
