package io.millrace.torture.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EventTest {
  private static final PointValue POINT =
      new PointValue(
          "\"00000001-0000-4000-8000-000000000001\"",
          new Vectors(Map.of("a", List.of(1f, 0.5f), "b", List.of(-2f))),
          new Payload("{\"c\":1,\"w\":[2.0,\"\\u0000\"]}"));

  @Test
  void every_event_reads_as_it_was_written() {
    Which ids = new Which.Ids(List.of("1", POINT.id()));
    Which where = new Which.Where(Map.of("c", "1", "g", "\"x\""));
    List<Change> changes =
        List.of(
            new Change.Upsert(List.of(POINT)),
            new Change.Delete(ids),
            new Change.Delete(where),
            new Change.SetPayload(where, new Payload("{\"a\":null}")),
            new Change.OverwritePayload(ids, new Payload("{}")),
            new Change.DeletePayload(ids, List.of("a", "b.c")),
            new Change.UpdateVectors(
                List.of(new PointValue("7", Vectors.unnamed(1f), Payload.EMPTY))),
            new Change.All(List.of(new Change.Delete(ids), new Change.Upsert(List.of(POINT)))),
            new Change.Versioned(new Change.Delete(where), 7));
    for (Change change : changes) {
      check(new Event.Sent(4, 2, "c", change));
      check(new Event.Logged("c", "s/t/0", 12, Optional.of(change)));
    }
    check(new Event.Made("c", Event.Rule.SHARED));
    check(new Event.Answered(4, 503, "try \"later\""));
    check(new Event.Seen(1, "c", ids, List.of(POINT)));
    check(new Event.Logged("c", "s/t/0", 12, Optional.empty()));
    check(new Event.Killed("x"));
    check(new Event.Started("x", 12, 13));
    check(new Event.Scanning("c", POINT));
    check(new Event.Filtered("c", new Which.Where(Map.of()), 3, List.of("1", "2")));
    check(new Event.Nearest("c", "", List.of()));
    check(new Event.Scanned("c"));
    check(new Event.Position("s/t/0", 1, 2));
    check(new Event.DeadLetters("s", 3));
    check(new Event.Told("state of \"s\"", "running", "log_truncated"));
    check(new Event.Bounded("resumed, seconds", 1.25, 10));
    check(new Event.Dropped("f", 3, List.of("done"), List.of("{\"records\":3}")));
    check(new Event.Fault("no"));
  }

  private static void check(Event event) {
    assertThat(Event.parse(event.json())).isEqualTo(event);
  }
}
