package io.millrace.api.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuickRequestsTest {
  private static final String QUERY = "/collections/c/points/query?";
  private static final String FIRST =
      "{\"query\":[0.25,-1e-3, 3],\"limit\":10,\"filter\":{\"must\":[{\"key\":\"a\",\"match\":{\"any\":[1,2]}}]}}";

  private long nanos = 1L << 60;
  private final QuickRequests quick = new QuickRequests(() -> nanos);

  private static long kind(String body) {
    return QuickRequests.kind(QUERY, body.getBytes(UTF_8));
  }

  private void answered(long kind, int times, long took) {
    for (int i = 0; i < times; i++) {
      quick.answered(kind, took);
    }
  }

  @Test
  void another_vector_is_alike() {
    assertThat(kind(FIRST.replace("0.25,-1e-3, 3", "1.2, 7.25,+9"))).isEqualTo(kind(FIRST));
    assertThat(kind("{\"query\":[[1,2],[3,4]]}")).isEqualTo(kind("{\"query\":[[5,6],[7,8]]}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"limit\":10 \"limit\":11",
        "\"limit\":10 \"limit\":100",
        "\"a\" \"b\"",
        "[1,2] [1,2,3,4,5,6,7,8]",
        "[1,2] [\"x\"]",
        "\"limit\":10 \"limit\":10,\"params\":{\"exact\":true}"
      })
  void whatever_else_is_another_is_not_alike(String change) {
    String[] both = change.split(" ", -1);

    assertThat(FIRST).contains(both[0]);
    assertThat(kind(FIRST.replace(both[0], both[1]))).isNotEqualTo(kind(FIRST));
  }

  @Test
  void what_looks_like_the_begin_of_numbers_in_a_text_hides_nothing_behind_it() {
    assertThat(kind("{\"value\":\"[1\",\"exact\":true}"))
        .isNotEqualTo(kind("{\"value\":\"[1\",\"exact\":null}"));
  }

  @Test
  void another_target_is_not_alike() {
    assertThat(QuickRequests.kind("/collections/d/points/query?", FIRST.getBytes(UTF_8)))
        .isNotEqualTo(kind(FIRST));
    assertThat(QuickRequests.kind(QUERY + "timeout=1", FIRST.getBytes(UTF_8)))
        .isNotEqualTo(kind(FIRST));
  }

  @Test
  void so_many_quick_answers_make_a_kind_quick() {
    answered(kind(FIRST), QuickRequests.OFTEN - 1, QuickRequests.QUICK_NANOS);
    assertThat(quick.isQuick(kind(FIRST))).isFalse();

    answered(kind(FIRST), 1, QuickRequests.QUICK_NANOS);
    assertThat(quick.isQuick(kind(FIRST))).isTrue();
    assertThat(quick.isQuick(kind("{}"))).isFalse();
  }

  @Test
  void some_slow_answers_end_it() {
    answered(kind(FIRST), 10 * QuickRequests.OFTEN, 1);
    answered(kind(FIRST), 1, QuickRequests.MUCH * QuickRequests.QUICK_NANOS);
    assertThat(quick.isQuick(kind(FIRST))).as("once").isTrue();
    answered(kind(FIRST), QuickRequests.TAKEN - 1, 1);
    answered(kind(FIRST), 1, QuickRequests.QUICK_NANOS + 1);
    assertThat(quick.isQuick(kind(FIRST))).as("too soon again").isFalse();

    answered(kind(FIRST), 1, 1);
    assertThat(quick.isQuick(kind(FIRST))).isTrue();
  }

  @Test
  void one_answer_that_took_much_longer_ends_it() {
    answered(kind(FIRST), 10 * QuickRequests.OFTEN, 1);
    answered(kind(FIRST), 1, (QuickRequests.MUCH + 1) * QuickRequests.QUICK_NANOS);
    assertThat(quick.isQuick(kind(FIRST))).isFalse();

    answered(kind(FIRST), QuickRequests.OFTEN - 1, 1);
    assertThat(quick.isQuick(kind(FIRST))).isFalse();
    answered(kind(FIRST), 1, 1);
    assertThat(quick.isQuick(kind(FIRST))).isTrue();
  }

  @Test
  void what_was_quick_long_ago_says_nothing_of_now() {
    answered(kind(FIRST), QuickRequests.OFTEN, 1);

    nanos += QuickRequests.JUST_BEFORE_NANOS / 2;
    assertThat(quick.isQuick(kind(FIRST))).isTrue();
    nanos += QuickRequests.JUST_BEFORE_NANOS;
    assertThat(quick.isQuick(kind(FIRST))).isFalse();
  }

  /// Against a counter for each kind: no kind is quick that was not quick as often, whatever others
  /// share its place.
  @Test
  void no_kind_is_quick_for_what_others_were() {
    long seed = new Random().nextLong(); // printed if it fails
    Random random = new Random(seed);
    int kinds = 30_000;
    int[] inARow = new int[kinds];
    int found = 0;
    for (int step = 0; step < 2_000_000; step++) {
      int each = random.nextInt(10) > 0 ? random.nextInt(40) : random.nextInt(kinds);
      long kind = QuickRequests.kind(QUERY + each, new byte[0]);
      if (quick.isQuick(kind)) {
        found++;
        assertThat(inARow[each])
            .as("seed %d, step %d", seed, step)
            .isGreaterThanOrEqualTo(QuickRequests.OFTEN);
      }
      boolean isSlow = random.nextInt(2_000) == 0;
      quick.answered(kind, isSlow ? Long.MAX_VALUE : 1);
      inARow[each] = isSlow ? 0 : inARow[each] + 1;
      nanos += random.nextInt(1_000);
    }
    assertThat(found).as("seed %d", seed).isGreaterThan(100_000);
  }
}
