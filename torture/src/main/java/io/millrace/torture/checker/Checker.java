package io.millrace.torture.checker;

import io.millrace.torture.checker.Judge.Answer;
import io.millrace.torture.history.Event;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.RawJson;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Reads a history in order and collects what must not be.
///
/// Every collection has a judge for its rule of order. A scan is held until it is complete; then
/// the judge compares it, and counts, filters and searches of the same moment are compared with it.
public final class Checker {
  /// Answers a healthy server may give under this load: not reached, none (killed), done, a partial
  /// change of a point that is not there, back-pressure, stopping.
  private static final Set<Integer> EXPECTED_STATUS = Set.of(-1, 0, 200, 404, 429, 503);

  /// Violations of one kind that are written out.
  private static final int SHOWN_PER_KIND = 20;

  private final Map<String, Judge> judges = new LinkedHashMap<>();
  private final Map<String, Scan> scans = new HashMap<>();
  private final Map<Long, Event.Sent> open = new LinkedHashMap<>();
  private final List<Violation> violations = new ArrayList<>();
  private final Map<String, Long> badRecords = new HashMap<>();
  private final Tally tally = new Tally();

  /// What a history holds, to be shown beside the verdict: a check of nothing proves nothing.
  public static final class Tally {
    private long acknowledged;
    private long unanswered;
    private long refused;
    private long records;
    private long reads;
    private long scans;
    private long points;
    private long kills;
    private long slowestStart;

    public Map<String, Long> figures() {
      Map<String, Long> figures = new LinkedHashMap<>();
      figures.put("kills", kills);
      figures.put("acknowledged", acknowledged);
      figures.put("unanswered", unanswered);
      figures.put("refused", refused);
      figures.put("records", records);
      figures.put("reads", reads);
      figures.put("scans", scans);
      figures.put("points", points);
      figures.put("slowest_start_millis", slowestStart);
      return figures;
    }
  }

  private static final class Scan {
    final Map<String, PointValue> points = new LinkedHashMap<>();
    final List<Event.Filtered> filtered = new ArrayList<>();
    final List<Event.Nearest> nearest = new ArrayList<>();
    String lastId = "";
  }

  public void accept(Event event) {
    switch (event) {
      case Event.Made(var collection, var rule) ->
          judges.put(
              collection,
              switch (rule) {
                case CLIENTS -> new ClientsJudge();
                case SHARED -> new SharedJudge();
                case STREAMS -> new StreamsJudge();
              });
      case Event.Sent sent -> {
        open.put(sent.op(), sent);
        judge(sent.collection()).sent(sent);
      }
      case Event.Answered answered -> answered(answered);
      case Event.Seen seen -> {
        tally.reads++;
        violations.addAll(judge(seen.collection()).seen(seen));
      }
      case Event.Logged logged -> {
        tally.records++;
        if (logged.change().isPresent()) {
          judge(logged.collection()).logged(logged);
        } else {
          badRecords.merge(source(logged.stream()), 1L, Long::sum);
        }
      }
      case Event.Killed killed -> tally.kills++;
      case Event.Started(var what, var millis, var most) -> {
        tally.slowestStart = Math.max(tally.slowestStart, millis);
        if (millis > most) {
          behaviour("%s took %d ms to start, at most %d".formatted(what, millis, most));
        }
      }
      case Event.Scanning(var collection, var point) -> scanning(collection, point);
      case Event.Filtered filtered -> scan(filtered.collection()).filtered.add(filtered);
      case Event.Nearest nearest -> scan(nearest.collection()).nearest.add(nearest);
      case Event.Scanned(var collection) -> scanned(collection);
      case Event.Position(var stream, var next, var end) -> {
        if (next != end) {
          bookkeeping("%s is stored at %d, its end is %d".formatted(stream, next, end));
        }
      }
      case Event.DeadLetters(var source, var records) -> {
        long expected = badRecords.getOrDefault(source, 0L);
        if (records != expected) {
          bookkeeping(
              "%s has %d dead letters, %d bad records were sent"
                  .formatted(source, records, expected));
        }
      }
      case Event.Told(var what, var expected, var found) -> {
        tally.reads++;
        if (!expected.equals(found)) {
          behaviour("%s: expected %s, found %s".formatted(what, expected, shortened(found)));
        }
      }
      case Event.Bounded(var what, var value, var most) -> {
        if (!(value <= most)) { // also what is no number
          behaviour("%s: %s, at most %s".formatted(what, value, most));
        }
      }
      case Event.Dropped dropped -> dropped(dropped);
      case Event.Fault(var text) -> behaviour(text);
    }
  }

  public List<Violation> violations() {
    Map<Violation.Kind, Integer> shown = new HashMap<>();
    return violations.stream()
        .filter(v -> shown.merge(v.kind(), 1, Integer::sum) <= SHOWN_PER_KIND)
        .toList();
  }

  public long violationCount() {
    return violations.size();
  }

  public Tally tally() {
    return tally;
  }

  private void answered(Event.Answered answered) {
    Event.Sent sent = open.remove(answered.op());
    if (sent == null) {
      throw new IllegalArgumentException("an answer to no request: " + answered);
    }
    Answer answer = Answer.of(answered.status());
    switch (answer) {
      case DONE -> tally.acknowledged++;
      case REFUSED -> tally.refused++;
      case UNKNOWN -> tally.unanswered++;
    }
    if (!EXPECTED_STATUS.contains(answered.status())) {
      behaviour(
          "status %d to %s: %s"
              .formatted(answered.status(), shortened(sent.change().json()), answered.detail()));
    }
    judge(sent.collection()).answered(sent, answer);
  }

  private void scanning(String collection, PointValue point) {
    Scan scan = scan(collection);
    if (scan.points.put(point.id(), point) != null) {
      violations.add(
          new Violation(
              Violation.Kind.DUPLICATE, "%s has %s twice".formatted(collection, point.id())));
    } else if (!scan.lastId.isEmpty() && compareIds(scan.lastId, point.id()) >= 0) {
      violations.add(
          new Violation(
              Violation.Kind.DUPLICATE,
              "%s shows %s after %s".formatted(collection, point.id(), scan.lastId)));
    }
    scan.lastId = point.id();
  }

  private void scanned(String collection) {
    Scan scan = scan(collection);
    scans.remove(collection);
    tally.scans++;
    tally.points += scan.points.size();
    Judge judge = judge(collection);
    // What is still open here will never be answered: all clients have stopped before a scan.
    for (Event.Sent sent : List.copyOf(open.values())) {
      if (sent.collection().equals(collection)) {
        open.remove(sent.op());
        tally.unanswered++;
        judge.answered(sent, Answer.UNKNOWN);
      }
    }
    for (Violation violation : judge.settle(scan.points)) {
      violations.add(new Violation(violation.kind(), collection + " " + violation.text()));
    }
    scan.filtered.forEach(filtered -> compare(scan, filtered));
    scan.nearest.forEach(nearest -> compare(scan, nearest));
  }

  private void compare(Scan scan, Event.Filtered filtered) {
    Set<String> matching = new LinkedHashSet<>();
    for (PointValue point : scan.points.values()) {
      if (filtered.where().matches(point.payload())) {
        matching.add(point.id());
      }
    }
    Set<String> found = new LinkedHashSet<>(filtered.ids());
    if (!found.equals(matching) || found.size() != filtered.ids().size()) {
      disagreement(
          "scroll of %s by %s is not what a full scan has, both ways: %s"
              .formatted(
                  filtered.collection(), filtered.where().filter(), exclusive(found, matching)));
    }
    if (filtered.count() != matching.size()) {
      disagreement(
          "count of %s by %s is %d, a full scan has %d"
              .formatted(
                  filtered.collection(),
                  filtered.where().filter(),
                  filtered.count(),
                  matching.size()));
    }
  }

  private void compare(Scan scan, Event.Nearest nearest) {
    Set<String> stored = new LinkedHashSet<>();
    for (PointValue point : scan.points.values()) {
      if (point.vectors().byName().containsKey(nearest.vector())) {
        stored.add(point.id());
      }
    }
    Set<String> found = new LinkedHashSet<>(nearest.ids());
    if (!found.equals(stored) || found.size() != nearest.ids().size()) {
      disagreement(
          "exact search in %s by vector '%s' does not find what a full scan has, both ways: %s"
              .formatted(nearest.collection(), nearest.vector(), exclusive(found, stored)));
    }
  }

  private void dropped(Event.Dropped dropped) {
    String name = dropped.name();
    if (!dropped.places().equals(List.of("done"))) {
      bookkeeping("file %s is in %s, should be in done only".formatted(name, dropped.places()));
    }
    if (dropped.reports().size() != 1) {
      bookkeeping("file %s has %d report lines".formatted(name, dropped.reports().size()));
    }
    for (String report : dropped.reports()) {
      String records = RawJson.fields(report).getOrDefault("records", "none");
      if (!records.equals(Long.toString(dropped.lines()))) {
        bookkeeping(
            "file %s has %d lines, its report says %s records: %s"
                .formatted(name, dropped.lines(), records, report));
      }
    }
  }

  private Judge judge(String collection) {
    Judge judge = judges.get(collection);
    if (judge == null) {
      throw new IllegalArgumentException("the history does not say how " + collection + " is made");
    }
    return judge;
  }

  private Scan scan(String collection) {
    return scans.computeIfAbsent(collection, key -> new Scan());
  }

  private static String source(String stream) {
    int slash = stream.indexOf('/');
    return slash < 0 ? stream : stream.substring(0, slash);
  }

  /// Qdrant's order: numbers by value, then UUIDs.
  private static int compareIds(String a, String b) {
    boolean uuidA = a.startsWith("\"");
    boolean uuidB = b.startsWith("\"");
    if (uuidA != uuidB) {
      return uuidA ? 1 : -1;
    }
    return uuidA ? a.compareTo(b) : new BigInteger(a).compareTo(new BigInteger(b));
  }

  private static String exclusive(Set<String> a, Set<String> b) {
    Set<String> onlyA = new TreeSet<>(a);
    onlyA.removeAll(b);
    Set<String> onlyB = new TreeSet<>(b);
    onlyB.removeAll(a);
    return "surplus " + shortened(onlyA.toString()) + ", missing " + shortened(onlyB.toString());
  }

  private void behaviour(String text) {
    violations.add(new Violation(Violation.Kind.BEHAVIOUR, text));
  }

  private void bookkeeping(String text) {
    violations.add(new Violation(Violation.Kind.BOOKKEEPING, text));
  }

  private void disagreement(String text) {
    violations.add(new Violation(Violation.Kind.DISAGREEMENT, text));
  }

  private static String shortened(String text) {
    return text.length() <= 300 ? text : text.substring(0, 300) + "…";
  }
}
