package io.millrace.torture.history;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One line of a history. The order of the lines is the order of time: a request has its line
/// before it is sent and its answer has one after it came.
public sealed interface Event {

  /// How the changes of a collection are ordered, and so what state they allow.
  enum Rule {
    /// Every id belongs to one client, which waits for each answer: one order per client.
    CLIENTS,
    /// Any client writes any id at any time: only what followed an answer is ordered.
    SHARED,
    /// Changes come from streams with one order each and with ids of their own.
    STREAMS
  }

  /// A collection exists from here on, empty.
  record Made(String collection, Rule rule) implements Event {}

  record Sent(long op, int client, String collection, Change change) implements Event {}

  /// @param status of HTTP; 0 = there was no answer, -1 = the server was not reached
  record Answered(long op, int status, String detail) implements Event {}

  /// What a client saw of its own points right after a write it waited for.
  record Seen(int client, String collection, Which which, List<PointValue> points)
      implements Event {
    public Seen {
      points = List.copyOf(points);
    }
  }

  /// A record of a stream, by its number there. Absent = a bad one that may change nothing.
  record Logged(String collection, String stream, long number, Optional<Change> change)
      implements Event {}

  record Killed(String what) implements Event {}

  /// @param most what this start may take
  record Started(String what, long millis, long most) implements Event {}

  /// A point of a full scan, in the order of the scan.
  record Scanning(String collection, PointValue point) implements Event {}

  /// Count and scroll by one filter, between two points of time without writes.
  record Filtered(String collection, Which.Where where, long count, List<String> ids)
      implements Event {
    public Filtered {
      ids = List.copyOf(ids);
    }
  }

  /// The hits of an exact search over everything.
  record Nearest(String collection, String vector, List<String> ids) implements Event {
    public Nearest {
      ids = List.copyOf(ids);
    }
  }

  /// The scan is complete: everything sent before had its chance to show.
  record Scanned(String collection) implements Event {}

  /// Where a source says it continues, and where the stream ends.
  record Position(String stream, long next, long end) implements Event {}

  /// How many records of a source are in its dead letters.
  record DeadLetters(String source, long records) implements Event {}

  /// What the server told, where only one answer is right.
  record Told(String what, String expected, String found) implements Event {}

  /// A figure that may not be larger.
  record Bounded(String what, double value, double most) implements Event {}

  /// A dropped file at the end of its life.
  ///
  /// @param places the folders it lies in
  /// @param reports its report lines, raw
  record Dropped(String name, long lines, List<String> places, List<String> reports)
      implements Event {
    public Dropped {
      places = List.copyOf(places);
      reports = List.copyOf(reports);
    }
  }

  /// Something the driver itself found wrong.
  record Fault(String text) implements Event {}

  default String json() {
    Map<String, String> line = new LinkedHashMap<>();
    line.put("e", RawJson.quote(getClass().getSimpleName()));
    switch (this) {
      case Made(var collection, var rule) -> {
        line.put("collection", RawJson.quote(collection));
        line.put("rule", RawJson.quote(rule.name()));
      }
      case Sent(var op, var client, var collection, var change) -> {
        line.put("op", Long.toString(op));
        line.put("client", Integer.toString(client));
        line.put("collection", RawJson.quote(collection));
        line.put("change", change.json());
      }
      case Answered(var op, var status, var detail) -> {
        line.put("op", Long.toString(op));
        line.put("status", Integer.toString(status));
        line.put("detail", RawJson.quote(detail));
      }
      case Seen(var client, var collection, var which, var points) -> {
        line.put("client", Integer.toString(client));
        line.put("collection", RawJson.quote(collection));
        line.put("which", RawJson.object(which.body()));
        line.put("points", list(points.stream().map(PointValue::json).toList()));
      }
      case Logged(var collection, var stream, var number, var change) -> {
        line.put("collection", RawJson.quote(collection));
        line.put("stream", RawJson.quote(stream));
        line.put("number", Long.toString(number));
        change.ifPresent(c -> line.put("change", c.json()));
      }
      case Killed(var what) -> line.put("what", RawJson.quote(what));
      case Started(var what, var millis, var most) -> {
        line.put("what", RawJson.quote(what));
        line.put("millis", Long.toString(millis));
        line.put("most", Long.toString(most));
      }
      case Scanning(var collection, var point) -> {
        line.put("collection", RawJson.quote(collection));
        line.put("point", point.json());
      }
      case Filtered(var collection, var where, var count, var ids) -> {
        line.put("collection", RawJson.quote(collection));
        line.put("filter", where.filter());
        line.put("count", Long.toString(count));
        line.put("ids", list(ids));
      }
      case Nearest(var collection, var vector, var ids) -> {
        line.put("collection", RawJson.quote(collection));
        line.put("vector", RawJson.quote(vector));
        line.put("ids", list(ids));
      }
      case Scanned(var collection) -> line.put("collection", RawJson.quote(collection));
      case Position(var stream, var next, var end) -> {
        line.put("stream", RawJson.quote(stream));
        line.put("next", Long.toString(next));
        line.put("end", Long.toString(end));
      }
      case DeadLetters(var source, var records) -> {
        line.put("source", RawJson.quote(source));
        line.put("records", Long.toString(records));
      }
      case Told(var what, var expected, var found) -> {
        line.put("what", RawJson.quote(what));
        line.put("expected", RawJson.quote(expected));
        line.put("found", RawJson.quote(found));
      }
      case Bounded(var what, var value, var most) -> {
        line.put("what", RawJson.quote(what));
        line.put("value", Double.toString(value));
        line.put("most", Double.toString(most));
      }
      case Dropped(var name, var lines, var places, var reports) -> {
        line.put("name", RawJson.quote(name));
        line.put("lines", Long.toString(lines));
        line.put("places", list(places.stream().map(RawJson::quote).toList()));
        line.put("reports", list(reports));
      }
      case Fault(var text) -> line.put("text", RawJson.quote(text));
    }
    return RawJson.object(line);
  }

  static Event parse(String json) {
    var line = new Line(RawJson.fields(json));
    return switch (line.text("e")) {
      case "Made" -> new Made(line.text("collection"), Rule.valueOf(line.text("rule")));
      case "Sent" ->
          new Sent(
              line.number("op"),
              (int) line.number("client"),
              line.text("collection"),
              Change.parse(line.raw("change")));
      case "Answered" ->
          new Answered(line.number("op"), (int) line.number("status"), line.text("detail"));
      case "Seen" ->
          new Seen(
              (int) line.number("client"),
              line.text("collection"),
              Which.parse(RawJson.fields(line.raw("which"))),
              line.items("points").stream().map(PointValue::parse).toList());
      case "Logged" ->
          new Logged(
              line.text("collection"),
              line.text("stream"),
              line.number("number"),
              line.has("change")
                  ? Optional.of(Change.parse(line.raw("change")))
                  : Optional.empty());
      case "Killed" -> new Killed(line.text("what"));
      case "Started" -> new Started(line.text("what"), line.number("millis"), line.number("most"));
      case "Scanning" -> new Scanning(line.text("collection"), PointValue.parse(line.raw("point")));
      case "Filtered" ->
          new Filtered(
              line.text("collection"),
              Which.Where.parse(line.raw("filter")),
              line.number("count"),
              line.items("ids"));
      case "Nearest" ->
          new Nearest(line.text("collection"), line.text("vector"), line.items("ids"));
      case "Scanned" -> new Scanned(line.text("collection"));
      case "Position" -> new Position(line.text("stream"), line.number("next"), line.number("end"));
      case "DeadLetters" -> new DeadLetters(line.text("source"), line.number("records"));
      case "Told" -> new Told(line.text("what"), line.text("expected"), line.text("found"));
      case "Bounded" ->
          new Bounded(
              line.text("what"),
              Double.parseDouble(line.raw("value")),
              Double.parseDouble(line.raw("most")));
      case "Dropped" ->
          new Dropped(
              line.text("name"),
              line.number("lines"),
              line.items("places").stream().map(RawJson::text).toList(),
              line.items("reports"));
      case "Fault" -> new Fault(line.text("text"));
      default -> throw new IllegalArgumentException("unknown event: " + json);
    };
  }

  private static String list(List<String> raw) {
    return "[" + String.join(",", raw) + "]";
  }

  /// The fields of one line while it is read.
  record Line(Map<String, String> fields) {
    boolean has(String key) {
      return fields.containsKey(key);
    }

    String raw(String key) {
      String raw = fields.get(key);
      if (raw == null) {
        throw new IllegalArgumentException("a line without " + key + ": " + fields);
      }
      return raw;
    }

    String text(String key) {
      return RawJson.text(raw(key));
    }

    long number(String key) {
      return Long.parseLong(raw(key));
    }

    List<String> items(String key) {
      return new ArrayList<>(RawJson.items(raw(key)));
    }
  }
}
