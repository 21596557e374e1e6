package io.millrace.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.BadInput;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PatternsTest {
  /// Longer than a busy machine makes anything wait, far shorter than what is guarded against.
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void patterns_are_found_anywhere_in_the_text() {
    assertThat(Patterns.isFound(Patterns.of("b+c"), "abbcd")).isTrue();
    assertThat(Patterns.isFound(Patterns.of("^b"), "abbcd")).isFalse();
    assertThat(Patterns.isFound(Patterns.of("(?i)É"), "é")).isTrue();
    assertThat(Patterns.isFound(Patterns.of("[{]"), "{")).isTrue();
  }

  @Test
  void a_pattern_that_backtracks_elsewhere_takes_linear_time() {
    String text = "a".repeat(20_000);
    long begin = System.nanoTime();
    assertThat(Patterns.isFound(Patterns.of("(a*)*b"), text)).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(SOON);
  }

  @Test
  void wrong_and_costly_patterns_are_refused_with_the_place() {
    assertThatThrownBy(() -> Patterns.of("a(b"))
        .isInstanceOf(BadInput.class)
        .hasMessage("Regex is wrong: missing closing ) at `a(b`");
    assertThatThrownBy(() -> Patterns.of("x[z-a]"))
        .hasMessage("Regex is wrong: invalid character class range at `z-a`");
    assertThatThrownBy(() -> Patterns.of("a".repeat(1_001)))
        .hasMessageContaining("1001 characters");
    long begin = System.nanoTime();
    for (String costly :
        new String[] {"((a{100}){100}){100}", "(((x{9}){9}){9}y{99}){99}", "(a|b|c{999}){999}"}) {
      assertThatThrownBy(() -> Patterns.of(costly)).as(costly).hasMessageContaining("too costly");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(SOON);
    assertThat(Patterns.states("a{3}(bc){2,5}")).isBetween(13L, 25L);
  }
}
