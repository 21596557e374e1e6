package io.millrace.torture.checker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.torture.checker.Violation.Kind;
import io.millrace.torture.history.Change;
import io.millrace.torture.history.Event;
import io.millrace.torture.history.Event.Rule;
import io.millrace.torture.history.Payload;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.Vectors;
import io.millrace.torture.history.Which;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A planted fault of every kind has to be found, and what is allowed must not be.
class CheckerTest {
  private final Checker checker = new Checker();
  private long ops;

  private static PointValue point(int id, int number) {
    return new PointValue(
        Integer.toString(id),
        Vectors.unnamed(1f, (float) number),
        new Payload("{\"c\":1,\"n\":" + number + "}"));
  }

  private static Change upsert(PointValue... points) {
    return new Change.Upsert(List.of(points));
  }

  private static Change delete(int id) {
    return new Change.Delete(new Which.Ids(List.of(Integer.toString(id))));
  }

  private void made(Rule rule) {
    checker.accept(new Event.Made("c", rule));
  }

  private long sent(int client, Change change) {
    long op = ++ops;
    checker.accept(new Event.Sent(op, client, "c", change));
    return op;
  }

  private void answered(long op, int status) {
    checker.accept(new Event.Answered(op, status, ""));
  }

  private void done(int client, Change change) {
    answered(sent(client, change), 200);
  }

  private void logged(String stream, long number, Change change) {
    checker.accept(new Event.Logged("c", stream, number, Optional.of(change)));
  }

  private List<Kind> scan(PointValue... points) {
    for (PointValue point : points) {
      checker.accept(new Event.Scanning("c", point));
    }
    checker.accept(new Event.Scanned("c"));
    return kinds();
  }

  private List<Kind> kinds() {
    List<Kind> kinds = new ArrayList<>();
    checker.violations().forEach(violation -> kinds.add(violation.kind()));
    return kinds;
  }

  @Test
  void a_right_state_is_clean() {
    made(Rule.CLIENTS);
    done(1, upsert(point(1, 1), point(2, 1)));
    done(1, upsert(point(1, 2)));
    done(1, delete(2));

    assertThat(scan(point(1, 2))).isEmpty();
  }

  @Test
  void a_lost_write_is_found() {
    made(Rule.CLIENTS);
    done(1, upsert(point(1, 1)));

    assertThat(scan()).containsExactly(Kind.LOST);
  }

  @Test
  void a_deleted_point_that_is_back_is_found() {
    made(Rule.CLIENTS);
    done(1, upsert(point(1, 1)));
    done(1, delete(1));

    assertThat(scan(point(1, 1))).containsExactly(Kind.PHANTOM);
  }

  @Test
  void a_point_nobody_wrote_is_found() {
    made(Rule.CLIENTS);

    assertThat(scan(point(1, 1))).containsExactly(Kind.PHANTOM);
  }

  @Test
  void a_lost_overwrite_is_found() {
    made(Rule.CLIENTS);
    done(1, upsert(point(1, 1)));
    done(1, upsert(point(1, 2)));

    assertThat(scan(point(1, 1))).containsExactly(Kind.OLDER);
  }

  @Test
  void half_points_are_found() {
    made(Rule.CLIENTS);
    done(1, upsert(point(1, 1), point(2, 1), point(3, 1)));
    done(1, upsert(point(1, 2)));
    PointValue mixed = new PointValue("1", point(1, 2).vectors(), point(1, 1).payload());
    PointValue noVector = new PointValue("2", Vectors.NONE, point(2, 1).payload());
    PointValue noPayload = new PointValue("3", point(3, 1).vectors(), Payload.EMPTY);

    assertThat(scan(mixed, noVector, noPayload)).containsExactly(Kind.HALF, Kind.HALF, Kind.HALF);
  }

  @Test
  void one_changed_byte_of_a_payload_is_found() {
    made(Rule.CLIENTS);
    done(1, upsert(new PointValue("1", Vectors.unnamed(1f), new Payload("{\"a\":2.0}"))));

    assertThat(scan(new PointValue("1", Vectors.unnamed(1f), new Payload("{\"a\":2}"))))
        .containsExactly(Kind.IMPOSSIBLE);
  }

  @Test
  void a_write_without_an_answer_may_be_there_or_not() {
    made(Rule.CLIENTS);
    done(1, upsert(point(1, 1)));
    answered(sent(1, upsert(point(1, 2), point(2, 2))), 0);
    assertThat(scan(point(1, 2), point(2, 2))).isEmpty();

    answered(sent(1, upsert(point(1, 3), point(2, 3))), 0);
    assertThat(scan(point(1, 2), point(2, 2))).isEmpty();
  }

  @Test
  void a_write_without_an_answer_must_not_be_there_in_part() {
    made(Rule.CLIENTS);
    sent(1, upsert(point(1, 1), point(2, 1))); // killed before any answer

    assertThat(scan(point(1, 1))).isNotEmpty();
  }

  @Test
  void a_refused_write_must_not_be_there() {
    made(Rule.CLIENTS);
    answered(sent(1, upsert(point(1, 1))), 429);

    assertThat(scan(point(1, 1))).containsExactly(Kind.PHANTOM);
  }

  @Test
  void what_a_client_reads_right_after_its_write_is_compared() {
    made(Rule.CLIENTS);
    done(1, upsert(point(1, 1)));
    done(1, upsert(point(1, 2)));
    Which which = new Which.Ids(List.of("1"));
    checker.accept(new Event.Seen(1, "c", which, List.of(point(1, 2))));
    assertThat(kinds()).isEmpty();

    checker.accept(new Event.Seen(1, "c", which, List.of(point(1, 1))));
    assertThat(kinds()).containsExactly(Kind.OLDER);
  }

  @Test
  void a_read_settles_what_a_missing_answer_left_open() {
    made(Rule.CLIENTS);
    answered(sent(1, upsert(point(1, 1))), 0);
    checker.accept(new Event.Seen(1, "c", new Which.Ids(List.of("1")), List.of(point(1, 1))));

    assertThat(scan()).containsExactly(Kind.LOST);
  }

  @Test
  void an_id_twice_and_ids_out_of_order_are_found() {
    made(Rule.CLIENTS);
    done(1, upsert(point(1, 1), point(2, 1), point(3, 1)));

    assertThat(scan(point(1, 1), point(3, 1), point(2, 1), point(3, 1)))
        .containsExactly(Kind.DUPLICATE, Kind.DUPLICATE);
  }

  @Test
  void count_scroll_and_search_have_to_agree_with_the_scan() {
    made(Rule.CLIENTS);
    done(1, upsert(point(1, 1), point(2, 1)));
    Which.Where mine = new Which.Where(Map.of("c", "1"));
    checker.accept(new Event.Filtered("c", mine, 2, List.of("1", "2")));
    checker.accept(new Event.Nearest("c", "", List.of("2", "1")));
    assertThat(scan(point(1, 1), point(2, 1))).isEmpty();

    checker.accept(new Event.Filtered("c", mine, 3, List.of("1")));
    checker.accept(new Event.Nearest("c", "", List.of("1")));
    assertThat(scan(point(1, 1), point(2, 1)))
        .containsExactly(Kind.DISAGREEMENT, Kind.DISAGREEMENT, Kind.DISAGREEMENT);
  }

  @Test
  void of_two_writes_at_once_either_may_be_last() {
    made(Rule.SHARED);
    long a = sent(1, upsert(point(1, 1)));
    long b = sent(2, upsert(point(1, 2)));
    answered(a, 200);
    answered(b, 200);
    assertThat(scan(point(1, 1))).isEmpty();

    a = sent(1, upsert(point(1, 3)));
    b = sent(2, delete(1));
    answered(b, 200);
    answered(a, 200);
    assertThat(scan()).isEmpty();
  }

  @Test
  void a_shared_write_that_was_overwritten_later_must_not_be_last() {
    made(Rule.SHARED);
    done(1, upsert(point(1, 1)));
    done(2, upsert(point(1, 2)));

    assertThat(scan(point(1, 1))).containsExactly(Kind.OLDER);
  }

  @Test
  void a_shared_write_that_was_acknowledged_must_not_vanish() {
    made(Rule.SHARED);
    done(1, upsert(point(1, 1)));
    sent(2, upsert(point(1, 2)));

    assertThat(scan()).containsExactly(Kind.LOST);
  }

  @Test
  void records_out_of_order_are_found() {
    made(Rule.STREAMS);
    logged("s/t/0", 1, upsert(point(1, 1)));
    logged("s/t/0", 2, upsert(point(1, 2)));
    logged("s/t/1", 1, upsert(point(9, 5)));

    assertThat(scan(point(1, 1), point(9, 5))).containsExactly(Kind.OLDER);
  }

  @Test
  void a_record_applied_twice_is_found() {
    made(Rule.STREAMS);
    Change mark =
        new Change.SetPayload(new Which.Where(Map.of("n", "2")), new Payload("{\"s\":1}"));
    logged("s/t/0", 1, upsert(point(1, 1)));
    logged("s/t/0", 2, mark);
    logged("s/t/0", 3, upsert(point(1, 2)));
    PointValue markedByTheSecondTime =
        new PointValue("1", point(1, 2).vectors(), new Payload("{\"c\":1,\"n\":2,\"s\":1}"));

    assertThat(scan(markedByTheSecondTime)).containsExactly(Kind.IMPOSSIBLE);
  }

  @Test
  void a_lost_record_and_a_missed_tombstone_are_found() {
    made(Rule.STREAMS);
    logged("s/t/0", 1, upsert(point(1, 1)));
    logged("s/t/0", 2, upsert(point(2, 1)));
    logged("s/t/0", 3, delete(2));

    assertThat(scan(point(2, 1))).containsExactlyInAnyOrder(Kind.LOST, Kind.PHANTOM);
  }

  @Test
  void the_keys_of_an_edited_payload_may_have_any_order_but_no_other_values() {
    made(Rule.STREAMS);
    logged("s/t/0", 1, upsert(point(1, 1)));
    logged(
        "s/t/0",
        2,
        new Change.SetPayload(new Which.Ids(List.of("1")), new Payload("{\"n\":7,\"c\":null}")));
    logged(
        "s/t/0", 3, new Change.SetPayload(new Which.Ids(List.of("1")), new Payload("{\"a\":1}")));
    Vectors vectors = point(1, 1).vectors();

    assertThat(scan(new PointValue("1", vectors, new Payload("{\"a\":1,\"n\":7}")))).isEmpty();
    assertThat(scan(new PointValue("1", vectors, new Payload("{\"a\":1,\"n\":7.0}")))).isNotEmpty();
  }

  @Test
  void positions_dead_letters_and_files_have_to_add_up() {
    made(Rule.STREAMS);
    checker.accept(new Event.Logged("c", "s/t/0", 1, Optional.empty()));
    checker.accept(new Event.Position("s/t/0", 2, 2));
    checker.accept(new Event.DeadLetters("s", 1));
    checker.accept(new Event.Dropped("f", 3, List.of("done"), List.of("{\"records\":3}")));
    assertThat(kinds()).isEmpty();

    checker.accept(new Event.Position("s/t/0", 1, 2));
    checker.accept(new Event.DeadLetters("s", 2));
    checker.accept(new Event.Dropped("f", 3, List.of("done", "work"), List.of()));
    checker.accept(new Event.Dropped("g", 3, List.of("done"), List.of("{\"records\":4}")));
    assertThat(kinds()).hasSize(5).containsOnly(Kind.BOOKKEEPING);
  }

  @Test
  void an_unexpected_status_and_a_slow_start_are_found() {
    made(Rule.CLIENTS);
    checker.accept(new Event.Started("millrace serve", 500, 10_000));
    checker.accept(new Event.Started("millrace serve", 10_000, 10_000));
    answered(sent(1, delete(1)), 503);
    assertThat(kinds()).isEmpty();

    checker.accept(new Event.Started("millrace serve", 10_001, 10_000));
    answered(sent(1, delete(1)), 500);
    assertThat(kinds()).containsExactly(Kind.BEHAVIOUR, Kind.BEHAVIOUR);
  }

  @Test
  void another_word_than_the_right_one_is_found() {
    checker.accept(new Event.Told("code of s/t/0@7", "JSON_SYNTAX", "JSON_SYNTAX"));
    assertThat(kinds()).isEmpty();

    checker.accept(new Event.Told("code of s/t/0@8", "JSON_SYNTAX", ""));

    assertThat(kinds()).containsExactly(Kind.BEHAVIOUR);
  }

  @Test
  void a_figure_over_its_bound_is_found_and_so_is_none_at_all() {
    checker.accept(new Event.Bounded("seconds", 10, 10));
    assertThat(kinds()).isEmpty();

    checker.accept(new Event.Bounded("seconds", 10.001, 10));
    checker.accept(new Event.Bounded("seconds", Double.NaN, 10));

    assertThat(kinds()).containsExactly(Kind.BEHAVIOUR, Kind.BEHAVIOUR);
  }

  /// Two servers of a group: each is judged by what it says it has read.
  @Test
  void a_record_behind_the_position_that_a_server_tells_is_found() {
    made(Rule.STREAMS);
    logged("a/feed/t/0", 0, upsert(point(1, 1)));
    assertThat(scan(point(1, 1))).isEmpty();

    // Record 1 writes point 1 again; the server says that it has not read it.
    assertThat(scan(point(1, 2))).containsExactly(Kind.IMPOSSIBLE);
  }
}
